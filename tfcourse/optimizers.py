"""Optimizers by name (deck, "Optimizer"): each is TensorFlow's own, with the deck's settings."""

from __future__ import annotations

from typing import Any

from tfcourse.errors import UsageError
from tfcourse.tf1 import tf

OPTIMIZERS: dict[str, Any] = {
    "sgd": lambda rate: tf.train.GradientDescentOptimizer(rate),
    "momentum": lambda rate: tf.train.MomentumOptimizer(rate, momentum=0.9),
    "adagrad": lambda rate: tf.train.AdagradOptimizer(rate),
    "rmsprop": lambda rate: tf.train.RMSPropOptimizer(rate),
    "adam": lambda rate: tf.train.AdamOptimizer(rate),
}


def make_optimizer(optimizer: Any, learning_rate: Any) -> Any:
    """A TensorFlow optimizer.

    Args:
        optimizer: a name from ``OPTIMIZERS``, also in TensorFlow's form "AdamOptimizer", by which a
            checkpoint's JSON names one that was given as a class; a class such as
            ``tf.train.AdamOptimizer`` or any callable that takes the learning rate; or an
            instance, which keeps its own rate.
        learning_rate: number or scalar tensor.

    Raises:
        UsageError: a name that is not known; the known ones are listed.
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
