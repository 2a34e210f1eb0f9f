"""Model Bias and Variance; Overfitting (deck, "Deep Neural Network(DNN) Tips").

Trains a small, a right-sized and a large network, each on many samples of the same noisy curve:

    bias²     squared distance of the mean of all trained networks to the true curve
    variance  squared distance of the single networks to that mean

The small network misses the curve on every sample. The large network follows the noise of its sample.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphs.examples import Result
from tfcourse.tf1 import Tensor, tf

SAMPLES, ROWS, NOISE = 40, 40, 0.4
SIZES = {"small (1 unit)": 1, "right (3 units)": 3, "large (40 units)": 40}
STEPS, RATE = 1500, 0.03
GRID = np.linspace(-1, 1, 81).astype(np.float32)


def truth(x: np.ndarray) -> np.ndarray:
    """The true curve, in the shape and dtype of ``x``."""
    return np.sin(np.pi * x)


def samples(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of all samples, float32 (SAMPLES, ROWS, 1) each."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, (SAMPLES, ROWS, 1)), axis=1)
    y = truth(x) + rng.normal(0, NOISE, x.shape)
    return x.astype(np.float32), y.astype(np.float32)


def train(units: int, seed: int) -> tuple[np.ndarray, float]:
    """Train one network on each sample, all in one graph.

    Args:
        units: tanh units in the hidden layer.
        seed: of the samples and of the initial weights.

    Returns:
        The curves of the networks on GRID, float32 (SAMPLES, len(GRID)), and their mean squared
        error on their own rows.
    """
    x, y = samples(seed)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(seed)
        w1 = tf.Variable(tf.random_normal([SAMPLES, 1, units], stddev=2.0))
        b1 = tf.Variable(tf.random_normal([SAMPLES, 1, units]))
        w2 = tf.Variable(tf.random_normal([SAMPLES, units, 1], stddev=units**-0.5))
        b2 = tf.Variable(tf.zeros([SAMPLES, 1, 1]))

        def curve(at: Tensor) -> Tensor:
            return tf.matmul(tf.nn.tanh(tf.matmul(at, w1) + b1), w2) + b2  # (samples, rows, 1)

        error = tf.reduce_mean(tf.square(curve(tf.constant(x)) - y))
        step = tf.train.AdamOptimizer(RATE).minimize(error)
        grid = np.broadcast_to(GRID[:, None], (SAMPLES, len(GRID), 1))
        shown = curve(tf.constant(grid))[:, :, 0]
        sess.run(tf.global_variables_initializer())
        run_step = sess.make_callable(step)
        for _ in range(STEPS):
            run_step()
        curves, train_error = sess.run([shown, error])
    return curves, float(train_error)


def run(seed: int = 88) -> Result:
    rows, curves = [], {}
    for name, units in SIZES.items():
        found, train_error = train(units, seed)
        curves[name] = found
        mean, true = found.mean(0), truth(GRID)
        rows.append(
            {
                "model": name,
                "bias²": float(np.square(mean - true).mean()),
                "variance": float(found.var(0).mean()),
                "bias² + variance": float(np.square(found - true).mean()),
                "error on the train rows": train_error,
                "error on new rows": float(np.square(found - true).mean() + NOISE**2),
            }
        )
    shown = {f"{SAMPLES} samples of {ROWS} rows, noise variance {NOISE**2:.2f}": rows}
    return Result(shown, curves)


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    rows = next(iter(result.values()))
    figure, (axes,) = plots.panels(1, 4, (4.0, 3.8))
    for axis, (name, found) in zip(axes, result.picture.items(), strict=False):
        axis.plot(GRID, found.T, color="C0", alpha=0.15, linewidth=0.8)
        axis.plot(GRID, found.mean(0), color="C1", linewidth=2, label="mean of all")
        axis.plot(GRID, truth(GRID), "k--", label="true curve")
        axis.plot([], [], color="C0", alpha=0.5, label="one network")
        axis.set_ylim(-2.2, 2.2)
        axis.set_title(name)
        axis.set_xlabel("x")
        axis.set_ylabel("y")
        axis.legend(fontsize="small", loc="upper left")
    at = np.arange(len(rows))
    axes[3].bar(at - 0.2, [r["bias²"] for r in rows], 0.4, label="bias²")
    axes[3].bar(at + 0.2, [r["variance"] for r in rows], 0.4, label="variance")
    axes[3].set_xticks(at, [name.split(" (")[0] for name in SIZES])
    axes[3].set_title("Bias and variance")
    axes[3].set_xlabel("model")
    axes[3].set_ylabel("squared error")
    axes[3].legend()
    return plots.save(figure, path)
