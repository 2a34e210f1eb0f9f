"""Layers that compute something else in training: dropout and batch normalization."""

from __future__ import annotations

from pathlib import PurePath

from tfcourse.ancestry import ancestors
from tfcourse.lang import _
from tfcourse.mistakes.built import VARIABLES, Built
from tfcourse.tf1 import Operation, Tensor, tf

_COMPARES = {"Greater", "GreaterEqual", "Less", "LessEqual"}
_CONDS = {"If", "StatelessIf"}
# What tf.random_uniform does with its numbers.
_SCALES = {"Add", "AddV2", "Identity", "Mul", "Sub"}


def check_dropout_without_effect(built: Built) -> None:
    """``tf.layers.dropout`` without ``training=``: it passes its input on, in training too."""
    for op in built.forward.values():
        if op.type == "Identity" and op.outputs[0].dtype.is_floating and _by_dropout(op):
            built.warn(
                _(
                    "dropout ({op!r}) drops nothing, not even in training: write "
                    "tf.layers.dropout(x, rate, training=self.isTrain)"
                ).format(op=op.name)
            )


def _by_dropout(op: Operation) -> bool:
    """Whether dropout made this op in place of dropping. The graph holds no more than an Identity,
    so the place is looked at where the op was made."""
    return any(
        frame.name == "<lambda>" and PurePath(frame.filename).parts[-2:] == ("regularization", "dropout.py")
        for frame in op.traceback
    )  # fmt: skip


def check_random_masks(built: Built) -> None:
    """Dropout that is drawn at evaluation too, as ``tf.nn.dropout`` and ``training=True`` do."""
    for op in built.forward.values():
        if op.type not in _COMPARES:
            continue
        uniform = [_is_uniform(tensor) for tensor in op.inputs]
        if sum(uniform) != 1:
            continue
        rate = op.inputs[0 if uniform[1] else 1]
        if built.placeholders_behind(rate) or _is_switched(built, op):
            continue
        built.warn(
            _(
                "a random mask ({op!r}) is drawn at evaluation too, as by tf.nn.dropout: write "
                "tf.layers.dropout(x, rate, training=self.isTrain)"
            ).format(op=op.name)
        )


def _is_uniform(tensor: Tensor) -> bool:
    """Whether a tensor is a random number from a uniform distribution."""
    while tensor.op.type in _SCALES:
        tensor = tensor.op.inputs[0]
    return tensor.op.type == "RandomUniform"


def _is_switched(built: Built, mask: Operation) -> bool:
    """Whether what follows from a mask is chosen or weighted by a flag that is fed."""
    follows: set[str] = set()
    for name, op in built.forward.items():
        inputs = list(op.inputs)
        if op is mask or any(tensor.op.name in follows for tensor in inputs):
            follows.add(name)
            others = [tensor for tensor in inputs if tensor.op.name not in follows]
            if op is mask or not any(_by_flag(built, tensor) for tensor in others):
                continue
            # A further layer with training= has what was dropped, and the flag. A tf.cond that
            # chooses has what was not dropped beside them.
            if op.type not in _CONDS or any(
                tensor.dtype.is_floating and built.placeholders_behind(tensor) for tensor in others
            ):
                return True
    return False


def _by_flag(built: Built, tensor: Tensor) -> bool:
    names = built.placeholders_behind(tensor)
    return any(built.forward[name].outputs[0].dtype == tf.bool for name in names)


def check_batch_norm(built: Built) -> None:
    """Batch normalization whose moving averages stay as they were initialized."""
    graph = built.model.graph
    trainable = {v.op.name for v in graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    for op in built.forward.values():
        for variable in _moving_averages(op):
            if variable.name not in trainable and _never_changes(variable):
                built.warn(
                    _(
                        "batch normalization uses {variable!r}, which nothing updates: write "
                        "tf.layers.batch_normalization(x, training=self.isTrain)"
                    ).format(variable=variable.name)
                )
                break
    for update in graph.get_collection(tf.GraphKeys.UPDATE_OPS):
        made = update if isinstance(update, Operation) else update.op
        if made.name in built.behind_update:
            continue
        changed = [op.name for op in ancestors([made]) if op.type in VARIABLES]
        if any(name in built.forward and name not in trainable for name in changed):
            built.warn(
                _(
                    "no update runs tf.GraphKeys.UPDATE_OPS, so batch normalization evaluates with "
                    "the initial moving averages: write def graph_train(self): with "
                    "tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)): return "
                    "super().graph_train()"
                )
            )
            return


def _moving_averages(op: Operation) -> list[Operation]:
    """The variables that an op takes as the averages of batch normalization."""
    if op.type == "Rsqrt" and op.inputs[0].op.type in ("Add", "AddV2"):
        tensors = list(op.inputs[0].op.inputs)
    elif op.type.startswith("FusedBatchNorm") and not op.get_attr("is_training"):
        tensors = list(op.inputs)[3:5]
    else:
        return []
    read = [t.op.inputs[0].op for t in tensors if t.op.type in ("ReadVariableOp", "Identity")]
    return [variable for variable in read if variable.type in VARIABLES]


def _never_changes(variable: Operation) -> bool:
    """Whether no op of the graph but its initializer writes a variable."""
    reads = {"ReadVariableOp", "VarIsInitializedOp", "VariableShape", "Identity"}
    uses = [use for use in variable.outputs[0].consumers() if use.type not in reads]
    return len(uses) <= 1 and all(use.type in ("AssignVariableOp", "Assign") for use in uses)
