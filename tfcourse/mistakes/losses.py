"""The loss: what stands before it, the form of the labels, and the mean over the batch."""

from __future__ import annotations

from tfcourse.ancestry import ancestors
from tfcourse.lang import _
from tfcourse.mistakes.built import Built, plain, same_numbers
from tfcourse.tf1 import Operation, Tensor, tf

_WORDS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
# Ops that leave a sum a sum.
_STILL_A_SUM = {"Add", "AddN", "AddV2", "Identity", "Neg", "Sub"}
_DIVISIONS = {"Div", "DivNoNan", "RealDiv", "Reciprocal"}
_SMALL = 0.1  # a factor below it may stand for 1/n


def check_one_activation(built: Built) -> None:
    """Softmax or sigmoid of what is a probability already."""
    for op in built.forward.values():
        if op.type in ("SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits"):
            _warn_if_probability(built, "softmax cross entropy", op.inputs[0], _WORDS)
        elif op.type == "Log1p":
            logits = _logits_of_sigmoid_loss(op)
            if logits is not None:
                _warn_if_probability(built, "sigmoid cross entropy", logits, _WORDS)
        elif op.type in _WORDS:
            kind = _WORDS[op.type]
            _warn_if_probability(built, f"{kind} {op.name!r}", op.inputs[0], (op.type,))


def _warn_if_probability(built: Built, what: str, tensor: Tensor, kinds: object) -> None:
    before = same_numbers(tensor)
    if before.op.type in kinds:  # type: ignore[operator]
        word, scores = _WORDS[before.op.type], same_numbers(before.op.inputs[0])
        built.warn(
            _(
                "{what} takes scores, and {op!r} is a {word} already: give it the scores before "
                "the {word}, {scores!r}"
            ).format(what=what, op=before.op.name, word=word, scores=scores.op.name)
        )


def _logits_of_sigmoid_loss(op: Operation) -> Tensor | None:
    """The x of log(1 + exp(-|x|)), which TensorFlow's sigmoid cross entropies have in common."""
    exp = op.inputs[0].op
    if exp.type != "Exp":
        return None
    inner = exp.inputs[0].op
    if inner.type in ("Select", "SelectV2"):  # x < 0 ? x : -x
        minus, x = inner.inputs[1], inner.inputs[2]
        return x if minus.op.type == "Neg" and minus.op.inputs[0] is x else None
    if inner.type == "Neg" and inner.inputs[0].op.type == "Abs":
        return inner.inputs[0].op.inputs[0]
    return None


def check_one_hot_labels(built: Built) -> None:
    """Labels of softmax cross entropy that are not (batch, n_classes): TensorFlow broadcasts."""
    for op in built.forward.values():
        if op.type != "SoftmaxCrossEntropyWithLogits":
            continue
        logits, labels = _as_given(op.inputs[0]), _as_given(op.inputs[1])
        if logits.shape.rank is None or labels.shape.rank is None:
            continue
        n, given = logits.shape.as_list()[-1], labels.shape.as_list()[-1]
        same_rank = labels.shape.rank == logits.shape.rank
        if same_rank and (n is None or given is None or n == given):
            continue
        one_column = same_rank and given == 1
        classes = "n_classes" if n is None else n
        numbers = "labels[:, 0]" if one_column else "labels"
        built.refuse(
            _(
                "the labels of softmax cross entropy have the shape {shape} and the logits "
                "{logits}, so the labels are not one-hot: write tf.one_hot({numbers}, "
                "{classes}), or tf.nn.sparse_softmax_cross_entropy_with_logits"
            ).format(
                shape=plain(labels.shape),
                logits=plain(logits.shape),
                numbers=numbers,
                classes=classes,
            )
        )


def _as_given(tensor: Tensor) -> Tensor:
    """What TensorFlow's function was given, before it made a matrix of it."""
    op = tensor.op
    # A Reshape of the function's own: all dimensions but the last become one.
    if op.type == "Reshape" and op.inputs[1].op.type == "ConcatV2":
        return op.inputs[0]
    return tensor


def check_loss_is_scalar(built: Built) -> None:
    """A loss with a number for each row."""
    shape = built.loss.shape
    if shape.rank is not None and shape.rank > 0 and shape.num_elements() != 1:
        built.refuse(
            _(
                "self.loss has the shape {shape} and must be one number: write self.loss = "
                "tf.reduce_mean(...)"
            ).format(shape=plain(shape))
        )


def check_loss_is_mean(built: Built) -> None:
    """A loss that sums errors over the batch, so that its gradient grows with the batch."""
    for op in built.behind_loss.values():
        if op.type not in ("Sum", "L2Loss") or not built.labels:
            continue
        given, made = op.inputs[0], op.outputs[0].shape
        over_batch = given.shape.rank and not given.shape.is_fully_defined()
        if not over_batch or not made.is_fully_defined():
            continue
        if not built.placeholders_behind(given) & built.labels or _divides(built, given):
            continue
        if built.variables_behind(given) and _reaches(op, built.loss.op, set(built.behind_loss)):
            built.warn(
                _(
                    "the loss is a sum over the batch ({op!r}), so its gradient grows with n_batch, "
                    "and the loss shown depends on it: write tf.reduce_mean"
                ).format(op=op.name)
            )


def _divides(built: Built, tensor: Tensor) -> bool:
    """Whether an error, or its weight, is divided by something, as by the sum of the weights."""
    predicted = {op.name for op in ancestors(built.predicted)}
    return any(op.type in _DIVISIONS for op in ancestors([tensor]) if op.name not in predicted)


def _reaches(op: Operation, loss: Operation, within: set[str]) -> bool:
    """Whether a sum is a term of the loss, which nothing has divided."""
    waiting, seen = [op], {op.name}
    while waiting:
        op = waiting.pop()
        if op.name == loss.name:
            return True
        for use in op.outputs[0].consumers():
            if use.name in within and use.name not in seen and _keeps_sum(use):
                seen.add(use.name)
                waiting.append(use)
    return False


def _keeps_sum(op: Operation) -> bool:
    if op.type == "Mul":
        values = [tf.get_static_value(tensor) for tensor in op.inputs]
        return any(v is not None and v.ndim == 0 and abs(v) >= _SMALL for v in values)
    return op.type in _STILL_A_SUM
