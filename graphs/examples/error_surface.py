"""Classification Loss Function: MSE or Cross Entropy (deck, "Deep Neural Network(DNN) Tips").

"The error surface of logarithmic functions is steeper than that of quadratic functions." The example
computes both losses and their gradients for one sigmoid unit on forty points, over a grid of its two
weights. The gradient of the squared error has the additional factor 2 y (1 - y), which is close to 0
where the unit is sure, right or wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from graphs.examples import Result
from tfcourse.tf1 import tf

LIMIT, STEPS = 8.0, 61


def points(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of two overlapping classes, float64 (40, 2), and their labels 0 or 1, float64 (40,)."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0.0, 1.0], 20)
    x = rng.normal(0, 1, (40, 2)) + np.where(labels[:, None] > 0, 0.8, -0.8)
    return x, labels


def surfaces(w: np.ndarray, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Both losses and their gradients at given weights.

    Args:
        w: pairs of weights, float64 (m, 2).
        seed: of the points.

    Returns:
        name of the loss to its values, float64 (m,), and gradients, float64 (m, 2).
    """
    x, labels = points(seed)
    with tf.Graph().as_default(), tf.Session() as sess:
        weights = tf.constant(w)
        logits = tf.matmul(weights, x.T)  # (m, 40)
        target = tf.ones_like(logits) * labels
        squared = tf.reduce_mean(tf.square(tf.nn.sigmoid(logits) - target), 1)  # (m,)
        entropy = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=logits), 1
        )
        found = {"MSE": squared, "cross entropy": entropy}
        return sess.run({k: (v, tf.gradients(v, weights)[0]) for k, v in found.items()})


def run(seed: int = 88) -> Result:
    line = np.linspace(-LIMIT, LIMIT, STEPS)
    w = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    found = surfaces(w, seed)
    slope = {name: np.linalg.norm(gradient, axis=1) for name, (_, gradient) in found.items()}
    best = w[found["cross entropy"][0].argmin()]
    far = np.linalg.norm(w - best, axis=1) > LIMIT
    z = np.array([-6.0, -2.0, 0.0, 2.0])
    y = 1 / (1 + np.exp(-z))
    shown: dict[str, Any] = {
        "gradient at the score z of a point with label 1": [
            {"z": a, "y": b, "MSE: 2 (y - 1) y (1 - y)": 2 * (b - 1) * b * (1 - b),
             "cross entropy: y - 1": b - 1}
            for a, b in zip(z.tolist(), y.tolist(), strict=True)
        ],
        "mean slope far from the best weights": {k: float(s[far].mean()) for k, s in slope.items()},
        "ratio of these mean slopes: cross entropy / MSE": float(
            slope["cross entropy"][far].mean() / slope["MSE"][far].mean()
        ),
        "share of the grid where cross entropy is steeper": float(
            (slope["cross entropy"] > slope["MSE"]).mean()
        ),
    }  # fmt: skip
    return Result(shown, {"surface": found, "cut": surfaces(np.stack((line, line), -1), seed)})


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    line = np.linspace(-LIMIT, LIMIT, STEPS)
    a, b = np.meshgrid(line, line)
    surfaces = result.picture["surface"]
    levels = np.linspace(0, max(values.max() for values, _ in surfaces.values()), 41)
    figure, (axes,) = plots.panels(1, 3, (4.9, 4.2))
    for axis, (name, (values, _)) in zip(axes, surfaces.items(), strict=False):
        shown = axis.contourf(a, b, values.reshape(a.shape), levels, cmap="viridis")
        axis.set_xlabel("w1")
        axis.set_ylabel("w2")
        axis.set_title(f"{name} from above: {values.min():.2f} to {values.max():.2f}")
        axes[2].plot(line, result.picture["cut"][name][0], label=name)
    figure.colorbar(shown, ax=axes[:2], label="loss, one scale for both", ticks=range(0, 15, 2))
    axes[2].set_title("Cut along w1 = w2")
    axes[2].set_xlabel("w1 = w2")
    axes[2].set_ylabel("loss")
    axes[2].grid(alpha=0.3)
    axes[2].legend()
    figure.suptitle("Error surfaces of one sigmoid unit on forty points")
    return plots.save(figure, path)
