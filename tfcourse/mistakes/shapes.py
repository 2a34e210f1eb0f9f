"""Shapes that TensorFlow broadcasts without a word: (batch,) against (batch, 1)."""

from __future__ import annotations

from tfcourse.ancestry import ancestors
from tfcourse.lang import _
from tfcourse.mistakes.built import PLACEHOLDERS, Built, plain, same_numbers
from tfcourse.tf1 import Operation, Tensor, tf

_DIFFERENCES = {"Sub", "SquaredDifference"}
_ARITHMETIC = {*_DIFFERENCES, "Add", "AddV2", "Mul", "RealDiv", "Xdivy", "Xlogy", "DivNoNan"}
_ELEMENTWISE = {
    *_ARITHMETIC, "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalOr",
    "Maximum", "Minimum", "NotEqual", "Pow",
}  # fmt: skip
_BATCH = 7919  # rows of the trial: a prime, so that no other size is likely to be this one


def check_elementwise(built: Built) -> None:
    """A prediction and a label of different shapes; and (batch,) against (batch, 1), which makes
    (batch, batch), wherever the loss or a metric depends on it."""
    columns, pairs = [], []
    for op in built.behind_measured.values():
        if op.type not in _ELEMENTWISE:
            continue
        a, b = op.inputs
        if a.shape.rank is None or b.shape.rank is None or 0 in (a.shape.rank, b.shape.rank):
            continue
        if {a.shape.rank, b.shape.rank} == {1, 2} and _column_and_row(a, b):
            columns.append(op)
        if op.type in _ARITHMETIC and _differ(a, b) and _prediction_and_label(built, op):
            pairs.append(op)
    shapes = _shapes_of_a_batch(built) if columns else {}
    columns = [op for op in columns if shapes.get(op.name) == [_BATCH, _BATCH]]
    for pair in pairs:
        # The first place is named: what comes later has its shape from there.
        before = {op.name for op in ancestors([pair])}
        for op in columns:
            if op.name in before and not _prediction_and_label(built, op):
                built.refuse(_column_line(op))
        a, b = pair.inputs
        if pair.type in _DIFFERENCES or a.shape.rank != b.shape.rank:
            built.refuse(_pair_line(built, pair))
        built.warn(_pair_line(built, pair))  # a factor (batch, 1) may be meant for whole rows
    for op in columns:
        if _prediction_and_label(built, op):
            built.refuse(_pair_line(built, op))
        built.warn(_column_line(op))


def _column_line(op: Operation) -> str:
    a, b = op.inputs
    row = a if a.shape.rank == 1 else b
    return _(
        "{op!r} combines {a!r} {a_shape} with {b!r} {b_shape}, which makes (batch, "
        "batch): write [:, tf.newaxis] after {row!r}"
    ).format(
        op=op.name,
        a=a.op.name,
        a_shape=plain(a.shape),
        b=b.op.name,
        b_shape=plain(b.shape),
        row=row.op.name,
    )


def _pair_line(built: Built, op: Operation) -> str:
    a, b = op.inputs
    prediction, label = (a, b) if built.variables_behind(a) else (b, a)
    write = _("tf.reshape for one of them")
    if prediction.shape.rank == label.shape.rank + 1:
        n = prediction.shape.as_list()[-1]
        write = "label[:, tf.newaxis]" if n == 1 else f"tf.one_hot(label, {n})"
    elif prediction.shape.rank == label.shape.rank - 1:
        write = "tf.squeeze(label, -1)"
    elif label.shape.as_list()[-1] == 1 and prediction.shape.as_list()[-1] is not None:
        write = f"tf.one_hot(label[:, 0], {prediction.shape.as_list()[-1]})"
    return _(
        "{op} combines {a} of shape {a_shape} with {b} of shape {b_shape}: prediction and "
        "label must have one shape; write {write}"
    ).format(
        op=op.name,
        a=a.name,
        a_shape=a.shape.as_list(),
        b=b.name,
        b_shape=b.shape.as_list(),
        write=write,
    )


def _differ(a: Tensor, b: Tensor) -> bool:
    return a.shape.rank != b.shape.rank or any(
        (m == 1) != (n == 1) for m, n in zip(a.shape.as_list(), b.shape.as_list(), strict=True)
    )


def _prediction_and_label(built: Built, op: Operation) -> bool:
    """Whether one input is computed of variables and columns, and the other of a label alone."""
    a, b = op.inputs
    if bool(built.variables_behind(a)) == bool(built.variables_behind(b)):
        return False
    prediction, label = (a, b) if built.variables_behind(a) else (b, a)
    if not built.placeholders_behind(prediction) or not built.placeholders_behind(label):
        return False
    if not built.labels:  # nothing says which placeholders are labels
        return op.type in _DIFFERENCES and op.name.split("/")[0].startswith("loss")
    if not built.placeholders_behind(label) & built.labels:
        return False
    # An error times a weight of its row, or divided by the label, is no such pair.
    return op.type in _DIFFERENCES or not built.placeholders_behind(prediction) & built.labels


def _column_and_row(a: Tensor, b: Tensor) -> bool:
    """Whether the inputs are (n, 1) and (n,), and not x[:, tf.newaxis] and x itself."""
    column, row = (a, b) if a.shape.rank == 2 else (b, a)
    (rows, width), (length,) = column.shape.as_list(), row.shape.as_list()
    if width != 1 or rows != length or same_numbers(row).op.type == "Range":
        return False
    return same_numbers(column) is not same_numbers(row)


def _shapes_of_a_batch(built: Built) -> dict[str, list[int | None] | None]:
    """The shape of each op's first output, where all columns have ``_BATCH`` rows; empty if
    TensorFlow cannot say. The graph is rebuilt for that, and not run."""
    try:
        definition = built.model.graph.as_graph_def()
        for node in definition.node:
            if node.op in PLACEHOLDERS and node.attr["shape"].shape.dim:
                rows = node.attr["shape"].shape.dim[0]
                rows.size = _BATCH if rows.size < 0 else rows.size
        with tf.Graph().as_default() as trial:
            tf.import_graph_def(definition, name="")
    except Exception:  # whatever TensorFlow raises, nothing is known
        return {}
    found = {}
    for op in trial.get_operations():
        shape = op.outputs[0].shape if op.outputs else None
        found[op.name] = shape.as_list() if shape is not None and shape.rank is not None else None
    return found
