"""Variables that training never changes."""

from __future__ import annotations

from tfcourse.lang import _
from tfcourse.mistakes.built import Built
from tfcourse.tf1 import Operation, Tensor, tf

_READS = {"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape",
          "VarIsInitializedOp"}  # fmt: skip
_OF_SHAPES = {"Rank", "Shape", "ShapeN", "Size"}
_NO_GRADIENT = {"Ceil", "Floor", "Rint", "Round"}  # though they give floats


def check_gradients(built: Built) -> None:
    """Trainable variables that no gradient of the loss reaches. A variable behind
    ``tf.stop_gradient``, or one that the lesson's own update leaves out, is meant to stay."""
    changed = _variables_changed(built)
    for variable in built.model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES):
        name = variable.op.name
        if name in changed:
            continue
        if name not in built.behind_loss:
            if built.is_left_over(variable.op):
                continue
            built.warn(
                _(
                    "the loss does not depend on the variable {name!r}, so training does not change "
                    "it: use it in the prediction, or write trainable=False"
                ).format(name=name)
            )
        elif built.model.made_optimizer is not None:
            reached, without = _with_gradient(built, name)
            if not reached and without is not None:
                built.warn(
                    _(
                        "no gradient reaches the variable {name!r}, so training does not change it: "
                        "{type} ({op!r}) between it and the loss has no gradient; compute the loss "
                        "without it"
                    ).format(name=name, type=without.type, op=without.name)
                )


def _variables_changed(built: Built) -> set[str]:
    """Names of the variables that one update may change."""
    return {
        tensor.op.name
        for op in built.behind_update.values()
        if op.type not in _READS
        for tensor in op.inputs
        if tensor.dtype == tf.resource or tensor.dtype._is_ref_dtype
    }


def _with_gradient(built: Built, variable: str) -> tuple[bool, Operation | None]:
    """Whether a gradient of the loss reaches a variable, or is stopped on purpose; and else the op
    on the way that has none."""
    waiting, seen, lost = [built.loss.op], set(), []
    while waiting:
        op = waiting.pop()
        if op.name == variable:
            return True, None
        if op.name in seen:
            continue
        seen.add(op.name)
        if op.type in _NO_GRADIENT:
            lost.append(op)
            continue
        # What tf.stop_gradient stops is followed too: it is no mistake.
        for tensor in op.inputs:
            (waiting if _has_gradient(tensor) else lost).append(tensor.op)
    return False, _first_without(built, variable, lost)


def _has_gradient(tensor: Tensor) -> bool:
    return tensor.dtype.is_floating or tensor.dtype in (tf.resource, tf.variant)


def _first_without(built: Built, variable: str, lost: list[Operation]) -> Operation | None:
    """The op that makes whole numbers, or truth values, of what a variable has an effect on."""
    seen = set()
    while lost:
        op = lost.pop()
        if op.name in seen or op.type in _OF_SHAPES:
            continue
        seen.add(op.name)
        for tensor in op.inputs:
            if not _has_gradient(tensor):
                lost.append(tensor.op)
            elif variable in built.sources.get(tensor.op.name, ()):
                return op
    return None
