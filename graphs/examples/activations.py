"""Choose Your Activation Function; Activation Function的初衷; 傳統的 and 比較潮的 Activation Function
(deck, "Deep Neural Network(DNN) Tips").

Compares each function and its derivative, as the slides print them, with TensorFlow's function and
with tf.gradients. Then shows why they are needed (把你的Neural network變成non-linear): without an
activation function, two layers compute no more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfcourse.activations import ACTIVATIONS
from tfcourse.tf1 import tf

e = np.exp
ALPHA = 0.2

Function = Callable[[np.ndarray], np.ndarray]
# name: f(x), df/dx
FORMULAS: dict[str, tuple[Function, Function]] = {
    "sigmoid": (lambda x: 1 / (1 + e(-x)), lambda x: e(-x) / (1 + e(-x)) ** 2),
    "tanh": (
        lambda x: (1 - e(-2 * x)) / (1 + e(-2 * x)),
        lambda x: 1 - ((1 - e(-2 * x)) / (1 + e(-2 * x))) ** 2,
    ),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "relu": (lambda x: np.maximum(0, x), lambda x: (x > 0) * 1.0),
    "leaky_relu": (lambda x: np.where(x > 0, x, ALPHA * x), lambda x: np.where(x > 0, 1, ALPHA)),
    "softplus": (lambda x: np.log(1 + e(x)), lambda x: e(x) / (1 + e(x))),
}


def grid(x: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """TensorFlow's values of each function and of its derivative by tf.gradients.

    Args:
        x: points, float64 (n,).

    Returns:
        name to (f(x), df/dx), float64 (n,) each.
    """
    with tf.Graph().as_default(), tf.Session() as sess:
        at = tf.constant(x)
        nodes = {}
        for name in FORMULAS:
            y = ACTIVATIONS[name](at)
            nodes[name] = (y, tf.gradients(y, at)[0])
        return sess.run(nodes)


def run(seed: int = 88) -> dict[str, Any]:
    x = np.linspace(-6, 6, 241)
    found = grid(x)
    rows = []
    for name, (f, df) in FORMULAS.items():
        y, slope = found[name]
        rows.append(
            {
                "function": name,
                "f(-2)": float(f(np.array(-2.0))),
                "f(2)": float(f(np.array(2.0))),
                "df/dx(-6)": float(slope[0]),
                "largest df/dx": float(slope.max()),
                "f: formula - TensorFlow": float(np.abs(f(x) - y).max()),
                "df/dx: formula - tf.gradients": float(np.abs(df(x) - slope).max()),
            }
        )
    rng = np.random.default_rng(seed)
    v, w1, w2 = rng.normal(size=(8, 4)), rng.normal(size=(4, 6)), rng.normal(size=(6, 3))
    with tf.Graph().as_default(), tf.Session() as sess:
        at = tf.constant(x)
        step = tf.cast(at > 0, tf.float64)
        # TensorFlow defines no gradient for a comparison, so a step function cannot be trained.
        gradient_of_step = tf.gradients(step, at)[0]
        linear = sess.run(tf.matmul(tf.matmul(v, w1), w2))
        sigmoid = sess.run(tf.matmul(tf.nn.sigmoid(tf.matmul(v, w1)), w2))
    one_layer = np.linalg.lstsq(v, sigmoid, rcond=None)[0]
    return {
        "functions": rows,
        "two linear layers minus the one layer v (W1 W2): largest difference": float(
            np.abs(linear - v @ (w1 @ w2)).max()
        ),
        "with a sigmoid between them, minus the best one layer: largest difference": float(
            np.abs(sigmoid - v @ one_layer).max()
        ),
        "gradient of a step function": "none" if gradient_of_step is None else "defined",
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    from tfcourse import plots

    x = np.linspace(-6, 6, 241)
    found = grid(x)
    figure, axes = plots.panels(2, 2, (5.0, 3.5))
    columns = {
        "Traditional activation functions": ("sigmoid", "tanh", "softsign"),
        "Newer activation functions": ("relu", "leaky_relu", "softplus"),
    }
    for column, (title, names) in enumerate(columns.items()):
        for name, style in zip(names, ("-", "--", "-."), strict=True):  # where two lines meet
            for row in (0, 1):
                axes[row, column].plot(x, found[name][row], style, label=name, linewidth=2)
        if column == 0:
            axes[0, 0].step(x, x > 0, ":", color="grey", label="step")
        axes[0, column].set_title(title)
        axes[0, column].set_ylabel("f(x)")
        axes[1, column].set_ylabel("df/dx, by tf.gradients")
        axes[1, column].set_xlabel("x")
        axes[1, column].set_ylim(-0.05, 1.1)
        for row in (0, 1):
            axes[row, column].grid(alpha=0.3)
            axes[row, column].legend()
    axes[0, 1].set_ylim(-1.5, 6)
    return plots.save(figure, path)
