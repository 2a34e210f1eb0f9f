"""TensorFlow's optimizers by name, with the deck's settings (deck, "Optimizer")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfcourse.ancestry import ancestors
from tfcourse.errors import ModelError, UsageError
from tfcourse.lang import _
from tfcourse.tf1 import IndexedSlices, Operation, Optimizer, Tensor, Variable, tf

OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "sgd": lambda rate: tf.train.GradientDescentOptimizer(rate),
    "momentum": lambda rate: tf.train.MomentumOptimizer(rate, momentum=0.9),
    "adagrad": lambda rate: tf.train.AdagradOptimizer(rate),
    "rmsprop": lambda rate: tf.train.RMSPropOptimizer(rate),
    "adam": lambda rate: tf.train.AdamOptimizer(rate),
}


def make_optimizer(
    optimizer: str | Callable[[Any], Optimizer] | Optimizer, learning_rate: float | Tensor
) -> Optimizer:
    """Make a TensorFlow optimizer.

    Args:
        optimizer: one of
            a name from ``OPTIMIZERS``, in upper or lower case, or the name of TensorFlow's class,
            as "AdamOptimizer" (a checkpoint's JSON names an optimizer given as a class so);
            a class such as ``tf.train.AdamOptimizer``, or another callable that takes the learning
            rate;
            an instance, which keeps its own learning rate.
        learning_rate: number or scalar float32 tensor.

    Raises:
        UsageError: the name is unknown, or ``optimizer`` is none of the above.
    """
    if isinstance(optimizer, tf.train.Optimizer):
        return optimizer
    if isinstance(optimizer, str):
        name = optimizer.lower().removesuffix("optimizer")
        name = "sgd" if name == "gradientdescent" else name
        if name not in OPTIMIZERS:
            raise UsageError(
                _("unknown optimizer {optimizer!r}; known: {known}").format(
                    optimizer=optimizer, known=", ".join(OPTIMIZERS)
                )
            )
        return OPTIMIZERS[name](learning_rate)
    if callable(optimizer):
        return optimizer(learning_rate)
    raise UsageError(
        _("an optimizer is a name, a class or an instance, not {optimizer!r}").format(
            optimizer=optimizer
        )
    )


def make_optimizer_after(
    optimizer: str | Callable[[Any], Optimizer] | Optimizer,
    learning_rate: Variable,
    before: Sequence[Tensor],
) -> Optimizer:
    """Make an optimizer whose rate, where it depends on other variables, is read in a fixed order.

    Args:
        optimizer: as for ``make_optimizer``.
        learning_rate: the variable that ``fit(lr=...)`` assigns.
        before: what is computed before other variables than ``learning_rate`` are read.
    """
    graph = tf.get_default_graph()
    n = len(graph.get_operations())
    made = make_optimizer(optimizer, learning_rate)
    others = [op for op in graph.get_operations()[n:] if op.op_def.is_stateful]
    if all(op.type == "ReadVariableOp" and op.inputs[0] is learning_rate.handle for op in others):
        return made
    with tf.control_dependencies(before):
        return make_optimizer(optimizer, learning_rate)


def minimize(
    optimizer: Optimizer, loss: Tensor, variables: Sequence[Variable], before: Sequence[Tensor]
) -> Operation:
    """One step of an optimizer: its ``minimize``, in a fixed order.

    Args:
        loss: what is minimised, a scalar. variables: what changes.
        before: what is computed before the variables change.
    """
    if type(optimizer).minimize is not tf.train.Optimizer.minimize:
        with tf.control_dependencies(before):
            return optimizer.minimize(loss, var_list=variables)
    pairs = optimizer.compute_gradients(loss, var_list=variables)
    if all(gradient is None for gradient, _ in pairs):
        raise ModelError(_("the loss depends on no variable that can be trained"))
    if _read_before(before, pairs):
        return optimizer.apply_gradients(pairs)
    with tf.control_dependencies([tf.group(*before)]):
        return optimizer.apply_gradients(pairs)


def _read_before(
    nodes: Sequence[Tensor], pairs: Sequence[tuple[Tensor | IndexedSlices | None, Variable]]
) -> bool:
    """Whether each variable's gradient depends on all that the nodes read of the variable, so that
    no order has to be forced. That is so in most lessons, and saves an edge for each update."""
    reads = [op for op in ancestors(nodes) if op.type in ("ReadVariableOp", "ResourceGather")]
    for gradient, variable in pairs:
        if gradient is None:
            continue
        parts = [gradient]
        if isinstance(gradient, IndexedSlices):
            parts = [gradient.values, gradient.indices]
        behind = {op.name for op in ancestors(parts)}
        handles = {variable.handle.name, *_entered(variable.handle)}
        if any(op.inputs[0].name in handles and op.name not in behind for op in reads):
            return False
    return True


def _entered(handle: Tensor) -> set[str]:
    """The names that a variable's handle has inside loops."""
    return {use.outputs[0].name for use in handle.consumers() if use.type == "Enter"}
