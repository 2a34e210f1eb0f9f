"""Losses as graph functions (deck, "How to Select Loss function").

Each takes labels and predictions of one shape and gives a scalar node. What they do at zero is part
of what they are, so it is said here and not hidden behind a small constant:

| function      | domain of the labels | at zero                                                    |
|---------------|----------------------|------------------------------------------------------------|
| mse, mae      | any number           | nothing special                                            |
| cross_entropy | 0..1, shares         | prediction 0 for a label above 0 costs infinity; label 0   |
|               |                      | costs nothing whatever the prediction                      |
| mape          | any number but 0     | label 0 costs infinity, unless it is met exactly           |
| smape         | any number           | label 0 costs 200 whatever the prediction; 0 met by 0: 0   |
"""

from __future__ import annotations

from typing import Any

from tfcourse.tf1 import tf


def mse(labels: Any, predictions: Any) -> Any:
    """Mean squared error, 1/n Σ (a - p)²."""
    return tf.reduce_mean(tf.square(_difference(labels, predictions)))


def mae(labels: Any, predictions: Any) -> Any:
    """Mean absolute error, 1/n Σ |a - p|: an outlier weighs no more than its distance."""
    return tf.reduce_mean(tf.abs(_difference(labels, predictions)))


def cross_entropy(labels: Any, predictions: Any) -> Any:
    """-1/n Σ ŷ ln y over rows of probabilities, (n, n_classes).

    For scores, tf.nn.softmax_cross_entropy_with_logits is the better way: it stays finite.
    """
    labels, predictions = _pair(labels, predictions)
    return -tf.reduce_mean(tf.reduce_sum(tf.math.xlogy(labels, predictions), -1))


def mape(labels: Any, predictions: Any) -> Any:
    """Mean absolute percentage error, 100/n Σ |a - p| / |a|.

    The slide divides by a itself, which would count an error on a negative label as a gain.
    """
    labels, predictions = _pair(labels, predictions)
    error = tf.abs(labels - predictions)
    size = tf.where(error > 0, tf.abs(labels), tf.ones_like(error))  # no error: 0, not 0/0
    return 100.0 * tf.reduce_mean(error / size)


def smape(labels: Any, predictions: Any) -> Any:
    """Symmetric mean absolute percentage error, 100/n Σ |a - p| / ((|a| + |p|) / 2), 0 to 200."""
    labels, predictions = _pair(labels, predictions)
    error = tf.abs(labels - predictions)
    size = (tf.abs(labels) + tf.abs(predictions)) / 2.0
    return 100.0 * tf.reduce_mean(error / tf.where(size > 0, size, tf.ones_like(size)))


LOSSES = {"mse": mse, "mae": mae, "cross_entropy": cross_entropy, "mape": mape, "smape": smape}


def _pair(labels: Any, predictions: Any) -> tuple[Any, Any]:
    predictions = tf.convert_to_tensor(predictions)
    labels = tf.convert_to_tensor(labels, dtype=predictions.dtype)
    if labels.shape.rank != predictions.shape.rank or not labels.shape.is_compatible_with(
        predictions.shape
    ):
        raise ValueError(f"labels {labels.shape} and predictions {predictions.shape} differ")
    return labels, predictions


def _difference(labels: Any, predictions: Any) -> Any:
    labels, predictions = _pair(labels, predictions)
    return labels - predictions
