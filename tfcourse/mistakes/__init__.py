"""Mistakes in a lesson of one's own, found when its graph is built (docs/mistakes.md).

A graph that cannot be meant is a ``ModelError``. A graph that may be meant gives a warning, one line on
standard error through the logger "tfcourse", once for each model. The checks look at operations, types,
shapes and ancestry. They do not change the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcourse.mistakes.built import Built
from tfcourse.mistakes.feeds import (
    check_scalar_feeds,
    check_unfed_placeholders,
    check_unused_placeholders,
)
from tfcourse.mistakes.layers import (
    check_batch_norm,
    check_dropout_without_effect,
    check_random_masks,
)
from tfcourse.mistakes.losses import (
    check_loss_is_mean,
    check_loss_is_scalar,
    check_one_activation,
    check_one_hot_labels,
)
from tfcourse.mistakes.shapes import check_elementwise
from tfcourse.mistakes.variables import check_gradients
from tfcourse.mistakes.words import explained

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

__all__ = ["check", "explained"]

CHECKS = (
    check_unfed_placeholders,
    check_one_hot_labels,
    check_loss_is_scalar,
    check_elementwise,
    check_loss_is_mean,
    check_one_activation,
    check_dropout_without_effect,
    check_random_masks,
    check_batch_norm,
    check_scalar_feeds,
    check_unused_placeholders,
    check_gradients,
)


def check(model: BaseModel) -> None:
    """Look for mistakes in a lesson whose graph is built.

    Raises:
        ModelError: the graph cannot be meant.
    """
    if not hasattr(model, "train_op"):  # a build of the lesson's own, that is not complete
        return
    built = Built(model)
    for look in CHECKS:
        look(built)
