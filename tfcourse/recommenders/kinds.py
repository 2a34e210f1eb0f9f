"""What a built graph does with a query's ids and lengths: a kind for each tensor.

=========  ==========================================================================================
CONSTANT   computed from constants
ZERO       zeros, and UNIFORM one number everywhere, whatever the shape
EXTENT     a number of rows or columns of the batch: a shape, the longest length
PLACES     a number for each place in a query, 0, 1, 2, ..., or what is computed of that
LENGTH     a row for each row of the batch, computed from that row's length and the place alone
INDEX      the ids themselves
ROWS       looked-up rows, or what is linear in those of the same query, with LENGTH as coefficients
OTHER      all else
=========  ==========================================================================================

The rules are sound, not complete: an op that is not known makes OTHER. In LENGTH and ROWS the first axis
is that of the batch, and no rule mixes it. An EXTENT may set shapes and the end of the places; a value
that is computed from one would depend on the rest of the batch, and is OTHER.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tfcourse.recommenders.histories import IDS, SIZE
from tfcourse.tf1 import Operation, Tensor, Variable, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

CONSTANT, ZERO, UNIFORM, EXTENT = "constant", "zero", "uniform", "extent"
PLACES, LENGTH, INDEX, ROWS, OTHER = "places", "length", "index", "rows", "other"

_ONE_ARGUMENT = {
    *(
        "Abs",
        "Cast",
        "Ceil",
        "Exp",
        "Expm1",
        "Floor",
        "Identity",
        "Inv",
        "Log",
        "Log1p",
        "LogicalNot",
    ),
    *(
        "Neg",
        "Reciprocal",
        "Relu",
        "Round",
        "Rsqrt",
        "Sigmoid",
        "Sign",
        "Softplus",
        "Sqrt",
        "Square",
    ),
    *("Tanh",),
}
_ELEMENTWISE = {
    *("Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "DivNoNan", "FloorDiv", "FloorMod", "Pow"),
    *("Maximum", "Minimum", "Less", "LessEqual", "Greater", "GreaterEqual", "Equal", "NotEqual"),
    *("LogicalAnd", "LogicalOr", "SquaredDifference"),
}
_REDUCTIONS = {"Sum", "Mean", "Max", "Min", "Prod", "All", "Any"}
_OF_EXTENTS = {
    "Identity",
    "Cast",
    "Pack",
    "ConcatV2",
    "StridedSlice",
    "Maximum",
    "Minimum",
    "Mul",
    "Prod",
}
_ALIKE = {CONSTANT, ZERO, UNIFORM}


class Lookup:
    """A look-up of query ids in a variable: the variable, its index and what it gives."""

    def __init__(self, table: Variable, index: Tensor, rows: Tensor):
        self.table, self.index, self.rows = table, index, rows


class Kinds:
    """The kinds of a graph's tensors, by name in ``of``, and the look-ups of query ids."""

    def __init__(self, model: BaseModel):
        ids, size = model.placeholders[IDS], model.placeholders[SIZE]
        self.of: dict[str, str] = {
            ids.name: INDEX,
            size.name: LENGTH if size.shape.rank == 1 else OTHER,
        }
        self.lookups: list[Lookup] = []
        variables = model.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        self._variables = {v.handle.name: v for v in variables if hasattr(v, "handle")}

    def add(self, op: Operation) -> None:
        """Find the kinds of an operation's outputs. Those of its inputs must be known."""
        inputs = [self.of.get(tensor.name, OTHER) for tensor in op.inputs]
        kind = OTHER if _is_strange(op) else self._kind(op, inputs)
        for tensor in op.outputs:
            self.of.setdefault(tensor.name, kind)

    def _kind(self, op: Operation, inputs: list[str]) -> str:
        if op.type == "ResourceGather":
            return self._looked_up(op, op.inputs[0].name, op.inputs[1], inputs[1:])
        if op.type in ("GatherV2", "Gather") and op.inputs[0].op.type == "ReadVariableOp":
            return self._looked_up(op, op.inputs[0].op.inputs[0].name, op.inputs[1], inputs[1:])
        if all(kind in (CONSTANT, ZERO) for kind in inputs):
            value = tf.get_static_value(op.outputs[0]) if len(op.outputs) == 1 else None
            return ZERO if value is not None and np.size(value) and not np.any(value) else CONSTANT
        if OTHER in inputs:
            return OTHER
        if op.type in ("Shape", "Size", "Rank"):
            return EXTENT
        if op.type == "ZerosLike":
            return ZERO
        if op.type == "OnesLike":
            return UNIFORM
        if op.type == "Fill":
            return inputs[1] if inputs[1] == ZERO else (UNIFORM if inputs[1] in _ALIKE else OTHER)
        if INDEX in inputs:
            keeps = op.type in ("Identity", "StridedSlice", "Slice") and inputs[0] == INDEX
            return INDEX if keeps and INDEX not in inputs[1:] else OTHER
        if op.type == "Range":
            return PLACES if (inputs[0], inputs[2]) in _CONSTANT_ENDS else OTHER
        if ROWS in inputs:
            return ROWS if self._is_linear(op, inputs) else OTHER
        if EXTENT in inputs and not {LENGTH, PLACES} & set(inputs):
            return EXTENT if op.type in _OF_EXTENTS else OTHER
        return self._by_row(op, inputs)

    def _by_row(self, op: Operation, inputs: list[str]) -> str:
        """The kind of an op on LENGTH or PLACES."""
        kind = LENGTH if LENGTH in inputs else PLACES
        if op.type in _ONE_ARGUMENT:
            return inputs[0]
        if op.type in _ELEMENTWISE or op.type in ("Select", "SelectV2"):
            return kind if _side_by_side(op.inputs, inputs, kind) else OTHER
        if op.type in _REDUCTIONS and inputs[0] == LENGTH:
            axes = _axes(op)
            if axes is None:
                return OTHER
            everything = len(axes) == op.inputs[0].shape.rank and not op.get_attr("keep_dims")
            if op.type == "Max" and op.inputs[0].shape.rank == 1 and everything:
                return EXTENT if self._is_size(op.inputs[0]) else OTHER
            # A mean would count the padding, whose width is the batch's.
            return LENGTH if 0 not in axes and op.type != "Mean" else OTHER
        if op.type == "ExpandDims" and inputs[1] in _ALIKE:
            return inputs[0] if inputs[0] == PLACES or _new_axis(op) != 0 else OTHER
        if op.type == "StridedSlice" and inputs[0] in (LENGTH, PLACES):
            return inputs[0] if _only_new_axes(op) else OTHER
        if op.type == "Tile" and inputs[0] == LENGTH:
            multiples = tf.get_static_value(op.inputs[1])
            return LENGTH if multiples is not None and multiples[0] == 1 else OTHER
        return OTHER

    def _is_size(self, tensor: Tensor) -> bool:
        """Whether a tensor is the lengths themselves, whose largest is the batch's width."""
        while tensor.op.type in ("Identity", "Cast"):
            tensor = tensor.op.inputs[0]
        return tensor.op.type == "Placeholder"

    def _is_linear(self, op: Operation, inputs: list[str]) -> bool:
        """Whether an op on ROWS is linear in them, row by row."""
        kinds = set(inputs[1:])
        if op.type in ("Identity", "Neg"):
            return True
        if op.type in ("Add", "AddV2", "Sub", "AddN"):
            return set(inputs) == {ROWS} and _side_by_side(op.inputs, inputs, ROWS)
        if op.type == "Mul":
            return inputs.count(ROWS) == 1 and _side_by_side(op.inputs, inputs, ROWS)
        if op.type in ("RealDiv", "DivNoNan"):
            return ROWS not in kinds and _side_by_side(op.inputs, inputs, ROWS)
        if op.type in ("Select", "SelectV2"):
            chosen = set(inputs[1:]) <= {ROWS, ZERO} and inputs[0] in (LENGTH, UNIFORM)
            return chosen and _side_by_side(op.inputs, inputs, ROWS)
        if op.type == "Sum" and ROWS not in kinds:
            axes = _axes(op)
            return axes is not None and 0 not in axes
        if op.type == "ExpandDims" and ROWS not in kinds:
            return _new_axis(op) not in (0, None)
        if op.type == "Squeeze":
            dims = op.get_attr("squeeze_dims")
            return bool(dims) and 0 not in dims
        if op.type == "StridedSlice" and ROWS not in kinds:
            return _only_new_axes(op)
        if op.type in ("BatchMatMul", "BatchMatMulV2"):
            ranks = {tensor.shape.rank for tensor in op.inputs}
            return inputs.count(ROWS) == 1 and set(inputs) <= {ROWS, LENGTH} and ranks == {3}
        if op.type == "Einsum":
            terms, _, result = op.get_attr("equation").decode().partition("->")
            first = {term[:1] for term in [*terms.split(","), result]}
            once = all(term.count(next(iter(first))) == 1 for term in [*terms.split(","), result])
            return (
                inputs.count(ROWS) == 1
                and set(inputs) <= {ROWS, LENGTH}
                and len(first) == 1
                and once
            )
        return False

    def _looked_up(self, op: Operation, handle: str, index: Tensor, rest: list[str]) -> str:
        """The kind of a look-up, which is remembered where it is of the query's ids."""
        if rest[0] != INDEX or not set(rest[1:]) <= _ALIKE or handle not in self._variables:
            return OTHER
        if op.get_attr("batch_dims") != 0 or (
            len(rest) > 1 and tf.get_static_value(op.inputs[2]) != 0
        ):
            return OTHER
        rows = op.outputs[0]
        if rows.shape.rank != 3 or rows.shape.as_list()[2] is None or rows.dtype != tf.float32:
            return OTHER
        self.lookups.append(Lookup(self._variables[handle], index, rows))
        return ROWS


_CONSTANT_ENDS = {(a, b) for a in (CONSTANT, ZERO) for b in (CONSTANT, ZERO)}


def _is_strange(op: Operation) -> bool:
    """Whether the op does more than compute its outputs from its inputs, or has a gradient of its
    own."""
    return (
        (op.op_def.is_stateful and op.type != "ResourceGather")
        or bool(op.control_inputs)
        or "PyFunc" in op.type
        or op.type in ("Placeholder", "PlaceholderWithDefault")
        or "_gradient_op_type" in op.node_def.attr
        or any(value.HasField("func") for value in op.node_def.attr.values())
    )


def _side_by_side(tensors: list[Tensor], kinds: list[str], kind: str) -> bool:
    """Whether broadcasting keeps the rows of the batch apart: those that have the batch as their
    first axis have one rank, and the others do not reach to that axis."""
    by_row = (LENGTH, ROWS) if kind in (LENGTH, ROWS) else (PLACES,)
    ranks = {t.shape.rank for t, k in zip(tensors, kinds, strict=True) if k in by_row}
    if len(ranks) != 1 or None in ranks:
        return False
    (rank,) = ranks
    for tensor, other in zip(tensors, kinds, strict=True):
        if other in by_row or other in (ZERO, UNIFORM):
            continue
        if other not in (CONSTANT, PLACES) or tensor.shape.rank is None:
            return False
        if kind == PLACES:
            continue
        if tensor.shape.rank >= rank and tensor.shape.as_list()[0] != 1:
            return False
    return True


def _axes(op: Operation) -> list[int] | None:
    """The axes of a reduction, from 0; None where they are not known."""
    axes, rank = tf.get_static_value(op.inputs[1]), op.inputs[0].shape.rank
    if axes is None or rank is None:
        return None
    return [int(axis) % rank for axis in np.ravel(axes)]


def _new_axis(op: Operation) -> int | None:
    """Where ExpandDims puts its axis, from 0."""
    axis, rank = tf.get_static_value(op.inputs[1]), op.inputs[0].shape.rank
    return None if axis is None or rank is None else int(axis) % (rank + 1)


def _only_new_axes(op: Operation) -> bool:
    """Whether a slice takes all of the first axis and of all others, adds axes behind it, or takes
    the one element of an axis of size 1."""
    strides = tf.get_static_value(op.inputs[3])
    shape, rank = op.inputs[0].shape, op.inputs[0].shape.rank
    if strides is None or rank is None:
        return False
    mask = {
        n: op.get_attr(n + "_mask") for n in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    axis = 0
    for i, stride in enumerate(strides):
        bit = 1 << i
        if mask["ellipsis"] & bit:
            behind = sum(not mask["new_axis"] & (1 << j) for j in range(i + 1, len(strides)))
            axis = rank - behind
        elif mask["new_axis"] & bit:
            if axis == 0:
                return False
        elif mask["shrink_axis"] & bit:
            if axis == 0 or shape.as_list()[axis] != 1:
                return False
            axis += 1
        else:
            if not (mask["begin"] & bit and mask["end"] & bit and stride == 1):
                return False
            axis += 1
    return True
