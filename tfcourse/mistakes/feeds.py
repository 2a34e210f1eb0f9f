"""Placeholders that are not fed, cannot be fed, or are fed for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfcourse.ancestry import ancestors
from tfcourse.lang import _
from tfcourse.mistakes.built import PLACEHOLDERS, Built
from tfcourse.tf1 import Tensor, tf


def check_unfed_placeholders(built: Built) -> None:
    """Placeholders that ``fit`` does not feed, since they stand outside the scope "inputs"."""
    fed = {tensor.op.name for tensor in built.model.placeholders.values()}
    needed = {**built.behind_measured, **built.behind_update}
    for name, op in {**needed, **built.forward}.items():
        if op.type not in PLACEHOLDERS or name in fed:
            continue
        flag = _is_flag(op.outputs[0])
        if op.type == "PlaceholderWithDefault":
            write = 'tf.placeholder(tf.bool, [], name="isTrain")' if flag else "tf.placeholder"
            built.warn(
                _(
                    "fit feeds nothing to {name!r}, so it always has its default: write {write} in "
                    'graph_inputs, in tf.variable_scope("inputs")'
                ).format(name=name, write=write)
            )
            continue
        line = _(
            'the placeholder {name!r} stands outside the scope "inputs", so no column is fed to it: '
            'make it in graph_inputs, in tf.variable_scope("inputs")'
        ).format(name=name)
        if flag:
            line += _(', with name="isTrain"')
        if name in needed:
            built.refuse(line)
        built.warn(line)


def check_scalar_feeds(built: Built) -> None:
    """Placeholders without a batch dimension: a column of data has one, and only ``isTrain`` is
    fed without a column."""
    for name, tensor in built.model.placeholders.items():
        if name == "isTrain" or tensor.shape.rank != 0:
            continue
        write = 'name="isTrain"' if _is_flag(tensor) else _("a shape that begins with None")
        built.warn(
            _(
                "the placeholder {op!r} has the shape (), and a column has a value for each row. "
                "Only isTrain is fed by fit itself: write {write}"
            ).format(op=tensor.op.name, write=write)
        )


def check_unused_placeholders(built: Built) -> None:
    """Placeholders of which nothing is computed, though every batch must have their columns."""
    model = built.model
    nodes = [node for node in _nodes(vars(model)) if node.graph is model.graph]
    used = {op.name for op in ancestors([*nodes, *built.measured])} | set(built.behind_update)
    for name, tensor in model.placeholders.items():
        unused = name != "isTrain" and tensor.op.name not in used
        if unused and not built.is_left_over(tensor.op):
            built.warn(
                _(
                    "nothing depends on the placeholder {op!r}, and every batch must have a column "
                    "{name!r} for it: use it, or leave it out"
                ).format(op=tensor.op.name, name=name)
            )


def _is_flag(tensor: Tensor) -> bool:
    return tensor.dtype == tf.bool and tensor.shape.rank in (0, None)


def _nodes(values: Any) -> Iterator[Tensor]:
    """The nodes among a lesson's attributes, placeholders aside."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, Tensor) and value.op.type not in PLACEHOLDERS:
            yield value
        elif isinstance(value, (list, tuple, dict)):
            yield from _nodes(value)
