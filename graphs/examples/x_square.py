"""x² by gradient descent (deck, "Step 3: Pick Best Function": Gradient Descent).

The derivative of x² is 2x, so that an update multiplies x by a constant:

    x ← x - η · 2x = (1 - 2η) x

A small learning rate η approaches the minimum slowly, 0.5 reaches it in one update, above 0.5 each
update jumps to the other side, and above 1 each jump leads farther away.

Then three numbers a, b, c are found for which ax² + bx + c is a given function: the same update, with
the mean squared error over points as the loss.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from graphs.examples import Result
from tfcourse import plots
from tfcourse.tf1 import tf

START = 2.0
RATES = (0.05, 0.3, 0.5, 0.9, 1.05)
N_UPDATES = 20
TRUE = (2.0, -3.0, 1.0)  # 2x² - 3x + 1
FIT_RATE, FIT_UPDATES, FIT_SHOWN = 0.3, 300, (0, 10, 50, 100, 300)


def descend(rate: float) -> np.ndarray:
    """x after each update of gradient descent on x², the start first, float32 (N_UPDATES + 1,)."""
    with tf.Graph().as_default():
        x = tf.Variable(START, name="x")
        loss = tf.square(x)
        train_op = tf.train.GradientDescentOptimizer(rate).minimize(loss)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            path = [sess.run(x)]
            for _ in range(N_UPDATES):
                sess.run(train_op)
                path.append(sess.run(x))
    return np.array(path)


def fit_square() -> pd.DataFrame:
    """a, b, c and the loss after each number of updates, from a = b = c = 0."""
    points = np.linspace(-1, 1, 41, dtype=np.float32)
    with tf.Graph().as_default():
        with tf.variable_scope("inputs"):
            x = tf.placeholder(tf.float32, [None], name="x")
            y = tf.placeholder(tf.float32, [None], name="y")
        a, b, c = (tf.Variable(0.0, name=name) for name in "abc")
        loss = tf.reduce_mean(tf.square(a * x**2 + b * x + c - y))
        train_op = tf.train.GradientDescentOptimizer(FIT_RATE).minimize(loss)
        feeds = {x: points, y: np.polyval(TRUE, points)}
        rows = []
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for update in range(FIT_UPDATES + 1):
                rows.append([update, *map(float, sess.run([a, b, c, loss], feeds))])
                sess.run(train_op, feeds)
    return pd.DataFrame(rows, columns=["updates", "a", "b", "c", "loss"])


def run(seed: int = 88) -> Result:
    paths = {rate: descend(rate) for rate in RATES}
    updates = np.array([0, 1, 2, 3, 10, N_UPDATES])
    table = pd.DataFrame(
        [
            {
                "learning rate": rate,
                "1 - 2η": 1 - 2 * rate,
                **{f"x after {n}": path[n] for n in updates},
                "off (1 - 2η)^n x by": np.abs(
                    path - START * (1 - 2 * rate) ** np.arange(N_UPDATES + 1)
                ).max(),
            }
            for rate, path in paths.items()
        ]
    )
    found = fit_square().iloc[list(FIT_SHOWN)].reset_index(drop=True)
    shown = {
        f"x² by gradient descent from x = {START:g}": table,
        "ax² + bx + c, fitted to 2x² - 3x + 1": found,
    }
    return Result(shown, picture=paths)


def draw(result: Result, path: str | Path) -> Path:
    figure, (axes,) = plots.panels(1, len(RATES), (3.0, 3.4))
    line = np.linspace(-3.2, 3.2, 200)
    for axis, (rate, xs) in zip(axes, result.picture.items(), strict=True):
        xs = xs[:9]
        axis.plot(line, line**2, color="grey", linewidth=1)
        axis.plot(xs, xs**2, "o-", markersize=4)
        axis.plot(xs[0], xs[0] ** 2, "ko", markersize=6)
        axis.set_xlim(-3.3, 3.3)
        axis.set_ylim(-0.5, 10)
        axis.set_title(f"learning rate {rate}")
        axis.set_xlabel("x")
    axes[0].set_ylabel("x², 8 updates from the black point")
    return plots.save(figure, path)
