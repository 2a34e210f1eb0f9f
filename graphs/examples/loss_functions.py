"""How to Select Loss function (deck, "Deep Neural Network(DNN) Tips").

MSE, MAE, MAPE and SMAPE for regression, cross entropy for classification: which labels each loss is
defined for, and what it does at zero. MAPE is compared with scikit-learn's function, which returns a
fraction and not percent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import mean_absolute_percentage_error

from tfcourse import plots
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


def each(name: str, labels: ArrayLike, guesses: np.ndarray) -> np.ndarray:
    """The loss of that name for each of n guesses alone, (n,), all with the same labels."""
    with tf.Graph().as_default(), tf.Session() as sess:
        losses = [
            LOSSES[name](tf.constant(labels), tf.constant(guess))
            for guess in guesses.astype(np.float32)
        ]
        return np.array(sess.run(losses))


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, (axes,) = plots.panels(1, 3, (4.6, 4.0))
    guesses = np.linspace(-50.0, 250.0, 61)
    for axis, names in zip(axes, (("mse", "mae"), ("mape", "smape")), strict=False):
        for name, style in zip(names, ("-", "--"), strict=True):
            for label, colour in ((100.0, "C0"), (25.0, "C1")):
                axis.plot(guesses, each(name, [label], guesses[:, None]), style, color=colour,
                          label=f"{name.upper()}, label {label:.0f}")  # fmt: skip
        axis.set_xlabel("guess")
        axis.set_ylabel("loss")
    axes[0].set_yscale("symlog")
    axes[0].set_title("MSE and MAE: by the difference")
    axes[1].set_title("MAPE and SMAPE: in percent")
    z = np.linspace(0.01, 1.0, 100)
    shares = np.column_stack([1 - z, z])[:, None]  # (100, 1, 2)
    axes[2].plot(z, each("cross_entropy", [[0.0, 1.0]], shares), label="cross entropy")
    axes[2].set_xlabel("probability of the right class")
    axes[2].set_ylabel("loss")
    axes[2].set_title("Cross entropy: sure and wrong costs most")
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    return plots.save(figure, path)
