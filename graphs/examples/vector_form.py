"""以向量運算表示(分類)~, 以向量運算表示(回歸)~; Matrix Operation (deck, "Machine Learning Framework",
"Deep Neural Network(DNN) Tips").

Compares a loop over hunters, types and features with one matrix product, y = xw + b. Both give the same
numbers.

一層Layer的組成元素 σ, w, b:

    σ([1 -1] [[1 -1], [-2 1]] + [1 0]) = σ([4 -2]) = [0.98 0.12]
      data    weight             bias
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.hunter_classification import HunterClassification
from graphs.hunter_regression import HunterRegression
from tfcourse import plots
from tfcourse.datasets import hunter
from tfcourse.tf1 import tf

DATA = np.array([[1, -1]], np.float32)  # (1, 2)
WEIGHT = np.array([[1, -1], [-2, 1]], np.float32)  # (2, 2)
BIAS = np.array([1, 0], np.float32)  # (2,)


def by_loop(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """x w + b, one multiplication at a time.

    Args:
        x: float32 (rows, features).
        w: float32 (features, types).
        b: float32 (types,).

    Returns:
        float32 (rows, types).
    """
    z = np.zeros((len(x), w.shape[1]), np.float32)
    for row in range(len(x)):
        for kind in range(w.shape[1]):
            total = b[kind]
            for feature in range(len(w)):
                total += x[row, feature] * w[feature, kind]
            z[row, kind] = total
    return z


def by_product(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """x w + b as one matrix product; shapes as in ``by_loop``."""
    return x @ w + b


def timed(function: Callable[..., np.ndarray], *given: Any) -> tuple[np.ndarray, float]:
    """Call a function twice. Returns its result, and the seconds of the faster call."""
    seconds = []
    for _ in range(2):
        begin = time.perf_counter()
        result = function(*given)
        seconds.append(time.perf_counter() - begin)
    return result, min(seconds)


def run(seed: int = 88) -> dict[str, Any]:
    rows = []
    for name, model, data in (
        ("classification", HunterClassification(seed=seed), hunter.CLASSIFICATION.prepare()),
        ("regression", HunterRegression(seed=seed), hunter.REGRESSION.prepare()),
    ):
        model.fit(data.train_batches(model.n_batch), n_epoch=2, verbose=False, engine="feed")
        w, b = model.session.run([model.w, model.b])
        model.close()
        x = data.valid["inputs"][:100]
        looped, by_loop_seconds = timed(by_loop, x, w, b)
        product, seconds = timed(by_product, x, w, b)
        rows.append(
            {
                "task": name,
                "x": str(x.shape),
                "w": str(w.shape),
                "b": str(b.shape),
                "y": str(product.shape),
                "largest difference": float(np.abs(looped - product).max()),
                "time of the loop / time of the product": round(by_loop_seconds / seconds),
            }
        )
    with tf.Graph().as_default(), tf.Session() as sess:
        before = tf.matmul(DATA, WEIGHT) + BIAS  # (1, 2)
        before, after = sess.run([before, tf.nn.sigmoid(before)])
    return {
        "loop against matrix product": pd.DataFrame(rows),
        "data": DATA,
        "weight": WEIGHT,
        "bias": BIAS,
        "data x weight + bias": before,
        "σ(data x weight + bias)": after,
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, (axes,) = plots.panels(1, 5, (2.4, 2.2), "One layer: σ(data x weight + bias)")
    shown = {
        "data": "data (1, 2)",
        "weight": "x weight (2, 2)",
        "bias": "+ bias (2,)",
        "data x weight + bias": "= scores (1, 2)",
        "σ(data x weight + bias)": "σ of the scores (1, 2)",
    }
    for axis, (name, title) in zip(axes, shown.items(), strict=True):
        plots.numbers(axis, result[name], title)
    return plots.save(figure, path)
