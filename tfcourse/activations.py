"""TensorFlow's activation functions by name (deck, "Choose Your Activation Function")."""

from __future__ import annotations

from collections.abc import Callable

from tfcourse.errors import UsageError
from tfcourse.lang import _
from tfcourse.tf1 import Tensor, tf

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": tf.identity,
    "sigmoid": tf.nn.sigmoid,
    "tanh": tf.nn.tanh,
    "softsign": tf.nn.softsign,
    "relu": tf.nn.relu,
    "leaky_relu": tf.nn.leaky_relu,  # alpha 0.2
    "softplus": tf.nn.softplus,
}


def find_activation(name: str) -> Callable[[Tensor], Tensor]:
    """Find an activation function.

    Args:
        name: a name from ``ACTIVATIONS``, in upper or lower case, with "_" or "-".

    Returns:
        A function from a float tensor to one of the same shape and dtype.

    Raises:
        UsageError: the name is unknown; the message lists the known ones.
    """
    key = str(name).lower().replace("-", "_")
    if key not in ACTIVATIONS:
        raise UsageError(
            _("unknown activation {name!r}; known: {known}").format(
                name=name, known=", ".join(ACTIVATIONS)
            )
        )
    return ACTIVATIONS[key]
