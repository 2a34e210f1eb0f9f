"""How to Select Loss function (deck, "Deep Neural Network(DNN) Tips").

MSE, MAE, MAPE and SMAPE for regression, cross entropy for classification: which labels each loss is
defined for, and what it does at zero. MAPE is compared with scikit-learn's function, which returns a
fraction and not percent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import mean_absolute_percentage_error

from tfcourse.losses import LOSSES
from tfcourse.tf1 import tf

CASES = {
    "label 100, guess 110": ([100.0], [110.0]),
    "label 10, guess 11": ([10.0], [11.0]),
    "label 100, guess 50": ([100.0], [50.0]),
    "label 50, guess 100": ([50.0], [100.0]),
    "label 0, guess 1": ([0.0], [1.0]),
    "label 0, guess 0.001": ([0.0], [0.001]),
    "label 1, guess 0": ([1.0], [0.0]),
    "label 0, guess 0": ([0.0], [0.0]),
    "label -10, guess -11": ([-10.0], [-11.0]),
}
SHARES = {
    "sure and right": ([[0.0, 1.0]], [[0.01, 0.99]]),
    "undecided": ([[0.0, 1.0]], [[0.5, 0.5]]),
    "sure and wrong": ([[0.0, 1.0]], [[0.99, 0.01]]),
    "0 for the right class": ([[0.0, 1.0]], [[1.0, 0.0]]),
    "1 for the right class": ([[0.0, 1.0]], [[0.0, 1.0]]),
}
DOMAINS = [
    {"loss": "MSE", "labels": "any number", "range": "0 to infinity", "emphasis": "large errors"},
    {"loss": "MAE", "labels": "any number", "range": "0 to infinity", "emphasis": "none"},
    {"loss": "MAPE", "labels": "not 0", "range": "0 to infinity", "emphasis": "small labels"},
    {"loss": "SMAPE", "labels": "any number", "range": "0 to 200", "emphasis": "small numbers"},
    {"loss": "cross entropy", "labels": "probabilities", "range": "0 to infinity",
     "emphasis": "sure and wrong"},
]  # fmt: skip


def value(name: str, labels: ArrayLike, guesses: ArrayLike) -> float:
    """The loss of that name for labels and guesses of one shape."""
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(LOSSES[name](tf.constant(labels), tf.constant(guesses)))
    return float(found) + 0.0  # turns -0.0 into 0.0


def run(seed: int = 88) -> dict[str, Any]:
    regression = [
        {"case": case, **{n.upper(): value(n, a, p) for n in ("mse", "mae", "mape", "smape")}}
        for case, (a, p) in CASES.items()
    ]
    classification = [
        {"case": case, "cross entropy": value("cross_entropy", a, p), "MSE": value("mse", a, p)}
        for case, (a, p) in SHARES.items()
    ]
    rng = np.random.default_rng(seed)
    labels, guesses = rng.uniform(1, 100, 50), rng.uniform(1, 100, 50)
    return {
        "domains": DOMAINS,
        "regression": regression,
        "classification": classification,
        "MAPE of 50 random rows": value("mape", labels, guesses),
        "MAPE by scikit-learn, x 100": float(100 * mean_absolute_percentage_error(labels, guesses)),
    }
