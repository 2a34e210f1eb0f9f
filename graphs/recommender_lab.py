"""What the recommender labs share: dropout and the loss as hyper-parameters (deck, "Lab").

The labs let the learner choose learning rate, dim, reg, dropout, loss function and optimizer. The lessons
stand as printed, so each lab is a variant of its lesson. It takes all hyper-parameters of the lesson, and

    loss_function    error
    mse              mean (f - r)²
    mae              mean |f - r|
    cross_entropy    - mean (ŷ · ln σ(f) + (1 - ŷ) · ln(1 - σ(f))),  ŷ = 1 for a rating of 4 and above, else 0

    L = error + the lesson's regularizer

With cross entropy ``pred`` ends in a sigmoid, and RMSE and MAE are of f against ŷ, as in
mf-with-dnn-xent: they cannot be compared with those of other losses. The epoch that is kept is the one
with the lowest error over the valid rows.

| Symbol   | Shape      | Meaning                                                       |
|----------|------------|---------------------------------------------------------------|
| isTrain  | ()         | true in training, where dropout drops units                   |
| label    | (batch, 1) | r, or ŷ with cross entropy                                    |
| error    | ()         | the chosen loss function, without the regularizer             |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from graphs.examples.deck_figures import IDEAL
from tfcourse import losses
from tfcourse.errors import UsageError
from tfcourse.tf1 import tf

if TYPE_CHECKING:
    Base = Any  # a lab's other base is a lesson
else:
    Base = object

LOSS_FUNCTIONS = ("mse", "mae", "cross_entropy")


@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class RecommenderLab(Base):
    """Stands before the lesson among the bases of a lab.

    Args:
        dp_scale: share of units that dropout drops while training, 0 to below 1.
        loss_function: one of ``LOSS_FUNCTIONS``.
    """

    monitor = "vl_error"
    epoch_table: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Train Loss", "tr_error"),
        ("Val Loss", "vl_error"),
        ("Train RMSE", "tr_rmse"),
        ("Val RMSE", "vl_rmse"),
    )

    dp_scale: float = 0.0
    loss_function: str = "mse"

    @property
    def ideal(self) -> Mapping[str, float]:
        """The slide's ideal scores under protocol deck, by the names of ``measure``. That of the RMSE
        is of ratings, so cross entropy has none."""
        found = IDEAL[self.lesson]
        by_rating = self.loss_function != "cross_entropy"
        return {name: value for name, value in found.items() if by_rating or name != "rmse"}

    def graph_inputs(self):
        if not self.dp_scale < 1:
            raise UsageError(f"dp_scale is below 1, not {self.dp_scale}")
        if self.loss_function not in LOSS_FUNCTIONS:
            known = ", ".join(LOSS_FUNCTIONS)
            raise UsageError(f"unknown loss_function {self.loss_function!r}; known: {known}")
        self.regularized = []  # of these the lesson's reg adds the squares
        super().graph_inputs()
        if not hasattr(self, "isTrain"):
            with tf.name_scope("inputs/"):  # the scope that the lesson has opened
                self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def dropout(self, units):
        """Units after dropout, in the same shape. While training, those kept are divided by
        1 - dp_scale."""
        return tf.layers.dropout(units, self.dp_scale, training=self.isTrain)

    def graph_computation(self):
        super().graph_computation()
        if self.loss_function == "cross_entropy":
            self.pred: Any = tf.nn.sigmoid(self.pred)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.label = self.rating[:, tf.newaxis]  # (batch, 1)
            if self.loss_function == "cross_entropy":
                # if rating >= 4 then 1 else 0
                self.label = tf.to_float(self.label >= 4)
                self.error = tf.reduce_mean(
                    tf.nn.sigmoid_cross_entropy_with_logits(labels=self.label, logits=self.infer)
                )
            else:
                self.error = losses.LOSSES[self.loss_function](self.label, self.infer)
            self.loss = self.error + sum(self.reg * tf.nn.l2_loss(x) for x in self.regularized)

            # for eval
            mse = tf.reduce_mean(tf.square(self.infer - self.label))
            self.rmse_loss = tf.sqrt(mse, name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - self.label), name="mae_loss")

    def metrics(self):
        return {"error": self.error, **super().metrics()}
