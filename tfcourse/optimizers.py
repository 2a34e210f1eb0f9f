"""TensorFlow's optimizers by name, with the deck's settings (deck, "Optimizer")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfcourse.errors import UsageError
from tfcourse.tf1 import Optimizer, Tensor, tf

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
            raise UsageError(f"unknown optimizer {optimizer!r}; known: {', '.join(OPTIMIZERS)}")
        return OPTIMIZERS[name](learning_rate)
    if callable(optimizer):
        return optimizer(learning_rate)
    raise UsageError(f"an optimizer is a name, a class or an instance, not {optimizer!r}")
