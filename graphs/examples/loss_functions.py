"""How to Select Loss function (deck, "Deep Neural Network(DNN) Tips").

MSE, MAE, MAPE and SMAPE for regression, cross entropy for classification: where each is defined and
what it does at zero. MAPE is checked against scikit-learn's, which gives shares, not percent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
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
    {"loss": "MSE", "labels": "any number", "from, to": "0, infinity", "weighs": "large errors most"},
    {"loss": "MAE", "labels": "any number", "from, to": "0, infinity", "weighs": "all errors alike"},
    {"loss": "MAPE", "labels": "not 0", "from, to": "0, infinity", "weighs": "small labels most"},
    {"loss": "SMAPE", "labels": "any number", "from, to": "0, 200", "weighs": "small sizes most"},
    {"loss": "cross entropy", "labels": "0..1, shares", "from, to": "0, infinity",
     "weighs": "sure and wrong most"},
]  # fmt: skip


def value(name: str, labels: Any, guesses: Any) -> float:
    with tf.Graph().as_default(), tf.Session() as sess:
        return (
            float(sess.run(LOSSES[name](tf.constant(labels), tf.constant(guesses)))) + 0.0
        )  # no -0


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
        "the same by scikit-learn, x 100": float(
            100 * mean_absolute_percentage_error(labels, guesses)
        ),
    }
