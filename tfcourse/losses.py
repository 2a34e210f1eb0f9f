"""Loss functions (deck, "How to Select Loss function").

Each function takes ``labels`` and ``predictions``, tensors or arrays of one shape, and returns a
scalar tensor of the predictions' dtype. It raises ``ValueError`` if the shapes differ.

Values at zero are not changed by a small constant:

| function      | labels         | at zero                                                          |
|---------------|----------------|------------------------------------------------------------------|
| mse, mae      | any number     | no special case                                                  |
| cross_entropy | probabilities  | infinite if the prediction is 0 and the label above 0; a label   |
|               |                | of 0 adds 0, whatever the prediction                             |
| mape          | any number     | infinite if the label is 0, unless the prediction is 0 too       |
|               | except 0       |                                                                  |
| smape         | any number     | 200 if only the label is 0; 0 if label and prediction are 0      |
"""

from __future__ import annotations

from collections.abc import Callable

from tfcourse.tf1 import Tensor, tf


def mse(labels: Tensor, predictions: Tensor) -> Tensor:
    """Mean squared error, 1/n Σ (a - p)²."""
    return tf.reduce_mean(tf.square(_difference(labels, predictions)))


def mae(labels: Tensor, predictions: Tensor) -> Tensor:
    """Mean absolute error, 1/n Σ |a - p|. It weights outliers less than ``mse``."""
    return tf.reduce_mean(tf.abs(_difference(labels, predictions)))


def cross_entropy(labels: Tensor, predictions: Tensor) -> Tensor:
    """Cross entropy, -1/n Σ ŷ ln y, of probabilities, (n, n_classes).

    For scores before the softmax use ``tf.nn.softmax_cross_entropy_with_logits``, which stays
    finite.
    """
    labels, predictions = _pair(labels, predictions)
    return -tf.reduce_mean(tf.reduce_sum(tf.math.xlogy(labels, predictions), -1))


def mape(labels: Tensor, predictions: Tensor) -> Tensor:
    """Mean absolute percentage error, 100/n Σ |a - p| / |a|, in percent.

    The slide divides by a and not by |a|, which would make the error on a negative label negative.
    """
    labels, predictions = _pair(labels, predictions)
    error = tf.abs(labels - predictions)
    size = tf.where(error > 0, tf.abs(labels), tf.ones_like(error))  # 0/1 instead of 0/0
    return 100.0 * tf.reduce_mean(error / size)


def smape(labels: Tensor, predictions: Tensor) -> Tensor:
    """Symmetric mean absolute percentage error, 100/n Σ |a - p| / ((|a| + |p|) / 2).

    Its values are 0 to 200 percent. The slide names it without a formula.
    """
    labels, predictions = _pair(labels, predictions)
    error = tf.abs(labels - predictions)
    size = (tf.abs(labels) + tf.abs(predictions)) / 2.0
    return 100.0 * tf.reduce_mean(error / tf.where(size > 0, size, tf.ones_like(size)))


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": mse,
    "mae": mae,
    "cross_entropy": cross_entropy,
    "mape": mape,
    "smape": smape,
}


def _pair(labels: Tensor, predictions: Tensor) -> tuple[Tensor, Tensor]:
    """Both as tensors of one dtype, after a check of their shapes."""
    predictions = tf.convert_to_tensor(predictions)
    labels = tf.convert_to_tensor(labels, dtype=predictions.dtype)
    if labels.shape.rank != predictions.shape.rank or not labels.shape.is_compatible_with(
        predictions.shape
    ):
        raise ValueError(
            f"labels {labels.shape} and predictions {predictions.shape} differ in shape"
        )
    return labels, predictions


def _difference(labels: Tensor, predictions: Tensor) -> Tensor:
    labels, predictions = _pair(labels, predictions)
    return labels - predictions
