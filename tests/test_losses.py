"""The loss functions compared with scikit-learn, by hand, and at zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import (
    log_loss,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
)

from tfcourse.losses import LOSSES, cross_entropy, mae, mape, mse, smape
from tfcourse.tf1 import tf


def value(loss, labels, predictions, gradient=False):
    with tf.Graph().as_default(), tf.Session() as sess:
        guess = tf.constant(np.asarray(predictions, np.float64))
        node = loss(np.asarray(labels, np.float64), guess)
        return sess.run(tf.gradients(node, guess)[0] if gradient else node)


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    return rng.uniform(1, 9, (40, 3)), rng.uniform(1, 9, (40, 3))


def test_losses_equal_scikit_learns(rows):
    labels, guesses = rows
    assert value(mse, labels, guesses) == pytest.approx(mean_squared_error(labels, guesses))
    assert value(mae, labels, guesses) == pytest.approx(mean_absolute_error(labels, guesses))
    expected = 100 * mean_absolute_percentage_error(labels, guesses)
    assert value(mape, labels, guesses) == pytest.approx(expected)
    # A negative label: the divisor is its absolute value.
    assert value(mape, -labels, guesses) == pytest.approx(
        100 * mean_absolute_percentage_error(-labels, guesses)
    )
    share = guesses / guesses.sum(1, keepdims=True)
    kind = labels.argmax(1)
    assert value(cross_entropy, np.eye(3)[kind], share) == pytest.approx(
        log_loss(kind, share, labels=[0, 1, 2])
    )


def test_smape_by_hand():
    assert value(smape, [100.0, 50.0], [110.0, 100.0]) == pytest.approx(
        (100 * 10 / 105 + 100 * 50 / 75) / 2
    )
    assert value(smape, [3.0], [-3.0]) == pytest.approx(200)
    a, b = np.array([4.0, 9.0]), np.array([5.0, 2.0])
    assert value(smape, a, b) == pytest.approx(value(smape, b, a))
    assert value(mape, a, b) != pytest.approx(value(mape, b, a))


@pytest.mark.parametrize(
    ("loss", "label", "guess", "expected"),
    [
        (mape, 0.0, 1e-6, math.inf),
        (mape, 0.0, 0.0, 0.0),
        (mape, 5.0, 0.0, 100.0),
        (smape, 0.0, 1e-6, 200.0),
        (smape, 0.0, 0.0, 0.0),
        (smape, 5.0, 0.0, 200.0),
        (mse, 0.0, 0.0, 0.0),
        (mae, 0.0, -2.0, 2.0),
    ],
)
def test_values_at_zero(loss, label, guess, expected):
    assert value(loss, [label], [guess]) == pytest.approx(expected)


def test_cross_entropy_with_probabilities_of_zero():
    assert value(cross_entropy, [[1.0, 0.0]], [[0.0, 1.0]]) == math.inf
    assert value(cross_entropy, [[0.0, 1.0]], [[0.0, 1.0]]) == 0
    assert value(cross_entropy, [[0.5, 0.5]], [[0.5, 0.5]]) == pytest.approx(math.log(2))


@pytest.mark.parametrize("name", LOSSES)
def test_perfect_predictions_have_loss_zero_and_gradients_are_finite(name):
    labels = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert value(LOSSES[name], labels, labels) == pytest.approx(0)
    guesses = np.array([[0.2, 0.8], [0.6, 0.4]]) if name != "mape" else labels + [[0.0, 0.1]]
    labels = labels if name != "mape" else labels + 1.0
    assert np.isfinite(value(LOSSES[name], labels, guesses, gradient=True)).all()


@pytest.mark.parametrize("name", LOSSES)
def test_shapes_must_agree(name):
    with pytest.raises(ValueError, match="differ"):
        value(LOSSES[name], np.ones((4, 1)), np.ones(4))
