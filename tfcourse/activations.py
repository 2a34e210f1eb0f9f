"""Activation functions by name (deck, "Choose Your Activation Function"): each is TensorFlow's own."""

from __future__ import annotations

from typing import Any

from tfcourse.errors import UsageError
from tfcourse.tf1 import tf

ACTIVATIONS: dict[str, Any] = {
    "linear": tf.identity,
    "sigmoid": tf.nn.sigmoid,
    "tanh": tf.nn.tanh,
    "softsign": tf.nn.softsign,
    "relu": tf.nn.relu,
    "leaky_relu": tf.nn.leaky_relu,  # alpha 0.2
    "softplus": tf.nn.softplus,
}


def find_activation(name: str) -> Any:
    """The activation function of that name.

    Raises:
        UsageError: a name that is not known; the known ones are listed.
    """
    key = str(name).lower().replace("-", "_")
    if key not in ACTIVATIONS:
        raise UsageError(f"unknown activation {name!r}; known: {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[key]
