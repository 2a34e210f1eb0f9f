"""Choose Optimizer; Optimizer - Momentum, Adagrad, RMSProp, Adam (deck, "Deep Neural Network(DNN)
Tips").

The update rules as the slides print them, beside TensorFlow's optimizers, step by step on the
slides' two gradient sequences; and their paths over a surface with a plateau, Gradient Descent
會卡在這裡 (gradient = 0).

Where TensorFlow differs from the slides:
- Adagrad starts its sum of squares at 0.1, not at 0, so gradients far below 0.3 are not raised.
- RMSProp starts its mean square at 1, not at the first gradient's, and adds 1e-10 under the root.
- Adam corrects m and v for their start at 0, within the rate, and adds 1e-8 outside the root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphs.examples import Result
from tfcourse.tf1 import tf

G_SMALL = (0.001, 0.001, 0.0002, 0.0087, 0.1)
G_LARGE = (8.7, 10.87, 18.7, 87.7, 0.1)
ETA = 0.01
W0 = 1.0

# --- the rules, in numpy: gradients (steps,) to weights after each step (steps,) ---------------


def sgd(g: Sequence[float], eta: float = ETA) -> np.ndarray:
    """w ← w - η g."""
    return W0 - eta * np.cumsum(g)


def momentum(g: Sequence[float], eta: float = ETA, beta: float = 0.9) -> np.ndarray:
    """v ← β v + g,  w ← w - η v."""
    w, v, out = W0, 0.0, []
    for gt in g:
        v = beta * v + gt
        w -= eta * v
        out.append(w)
    return np.array(out)


def adagrad_rate(g: Sequence[float], eta: float = ETA, start: float = 0.0) -> np.ndarray:
    """η / sqrt(start + Σ g²), the learning rate of each step."""
    return eta / np.sqrt(start + np.cumsum(np.square(g)))


def adagrad(g: Sequence[float], eta: float = ETA, start: float = 0.0) -> np.ndarray:
    """w ← w - η / sqrt(Σ g²) · g."""
    return W0 - np.cumsum(adagrad_rate(g, eta, start) * g)


def adagrad_by_time(g: Sequence[float], eta: float = ETA) -> np.ndarray:
    """w ← w - η^t / σ^t · g with η^t = η / sqrt(t + 1) and σ^t the root mean square of g^0..g^t:
    the slide's first form, which is the second since sqrt(t + 1) cancels."""
    steps = np.arange(1, len(g) + 1)
    rms = np.sqrt(np.cumsum(np.square(g)) / steps)
    return W0 - np.cumsum(eta / np.sqrt(steps) / rms * g)


def rmsprop(
    g: Sequence[float],
    eta: float = ETA,
    alpha: float = 0.9,
    start: float | None = None,
    epsilon: float = 0.0,
) -> np.ndarray:
    """σ² ← α σ² + (1 - α) g²,  w ← w - η / σ · g. Without start, σ^0 = g^0 as on the slide."""
    w, out = W0, []
    square = g[0] ** 2 if start is None else start
    for t, gt in enumerate(g):
        if t > 0 or start is not None:
            square = alpha * square + (1 - alpha) * gt**2
        w -= eta / np.sqrt(square + epsilon) * gt
        out.append(w)
    return np.array(out)


def adam(
    g: Sequence[float],
    eta: float = ETA,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> np.ndarray:
    """m ← β1 m + (1 - β1) g,  v ← β2 v + (1 - β2) g²; both less their start at 0."""
    w, m, v, out = W0, 0.0, 0.0, []
    for t, gt in enumerate(g, 1):
        m = beta1 * m + (1 - beta1) * gt
        v = beta2 * v + (1 - beta2) * gt**2
        rate = eta * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        w -= rate * m / (np.sqrt(v) + epsilon)
        out.append(w)
    return np.array(out)


def tensorflow(
    optimizer: Callable[[float], Any], g: Sequence[float], eta: float = ETA
) -> np.ndarray:
    """One of TensorFlow's optimizers on given gradients."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.get_variable("w", initializer=np.float64(W0), dtype=tf.float64)
        gradient = tf.placeholder(tf.float64, [])
        step = optimizer(eta).apply_gradients([(gradient, w)])
        sess.run(tf.global_variables_initializer())
        out = []
        for value in g:
            sess.run(step, {gradient: value})
            out.append(sess.run(w))
        return np.array(out)


train = tf.train
PAIRS: dict[str, tuple[Any, Any, Any]] = {
    # name: TensorFlow's, the slide's rule, the slide's rule with TensorFlow's start and epsilon
    "gradient descent": (train.GradientDescentOptimizer, sgd, sgd),
    "momentum": (lambda eta: train.MomentumOptimizer(eta, momentum=0.9), momentum, momentum),
    "Adagrad": (train.AdagradOptimizer, adagrad, lambda g: adagrad(g, start=0.1)),
    "RMSProp": (
        train.RMSPropOptimizer,
        rmsprop,
        lambda g: rmsprop(g, start=1.0, epsilon=1e-10),
    ),
    "Adam": (train.AdamOptimizer, adam, adam),
}

# --- paths ------------------------------------------------------------------------------------

START, STEPS = (-2.5, 1.2), 400


def surface(w1: Any, w2: Any) -> Any:
    """A slope down to w1 = -1, a plateau to w1 = 1 whose gradient along w1 is exactly 0, and a
    valley with its lowest point, -1, at w1 = 3; along w2 a bowl."""
    left, u = tf.nn.relu(-1.0 - w1), tf.nn.relu(w1 - 1.0)
    return left**2 + 0.25 * u**2 * (u - 3.0) + 0.3 * w2**2


RATES = {
    "gradient descent": 0.05,
    "momentum": 0.05,
    "Adagrad": 0.4,
    "RMSProp": 0.02,
    "Adam": 0.05,
}


def path_of(name: str) -> np.ndarray:
    """Positions (STEPS + 1, 2) on the surface."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.get_variable("w", initializer=tf.constant(START, tf.float64))
        step = PAIRS[name][0](RATES[name]).minimize(surface(w[0], w[1]))
        sess.run(tf.global_variables_initializer())
        out = [sess.run(w)]
        for _ in range(STEPS):
            sess.run(step)
            out.append(sess.run(w))
        return np.array(out)


def run(seed: int = 88) -> Result:
    rules = []
    for title, g in (("small", G_SMALL), ("large", G_LARGE)):
        for name, (optimizer, slide, exact) in PAIRS.items():
            found = tensorflow(optimizer, g)
            rules.append(
                {
                    "gradients": title,
                    "optimizer": name,
                    "w after step 1": found[0],
                    "after step 5": found[-1],
                    "by the slide's rule": float(slide(g)[-1]),
                    "slide - TensorFlow": float(np.abs(slide(g) - found).max()),
                    "with TensorFlow's start and ε": float(np.abs(exact(g) - found).max()),
                }
            )
    rates = [
        {"t": t, "g small": a, "its rate": ra, "g large": b, "its rate ": rb, "in TensorFlow, small": rt}
        for t, (a, ra, b, rb, rt) in enumerate(
            zip(G_SMALL, adagrad_rate(G_SMALL), G_LARGE, adagrad_rate(G_LARGE),
                adagrad_rate(G_SMALL, start=0.1), strict=True)
        )
    ]  # fmt: skip
    alphas = [
        {"α": alpha, "σ^4, small": _sigma(G_SMALL, alpha), "σ^4, large": _sigma(G_LARGE, alpha)}
        for alpha in (0.1, 0.5, 0.9, 0.99)
    ]
    two_forms = max(
        float(np.abs(adagrad(g) - adagrad_by_time(g)).max()) for g in (G_SMALL, G_LARGE)
    )
    ends = []
    paths = {name: path_of(name) for name in PAIRS}
    for name, path in paths.items():
        ends.append(
            {"optimizer": name, "rate": RATES[name], "ends at w1": path[-1, 0], "w2": path[-1, 1],
             "leaves the plateau": "yes" if path[-1, 0] > 1 else "no"}
        )  # fmt: skip
    shown = {
        "rules": rules,
        "Adagrad's learning rate η / sqrt(Σ g²)": rates,
        "two forms of Adagrad differ by": two_forms,
        "RMSProp: σ after the last gradient, 0.1 (α small: the current one; α large: those before)": alphas,
        f"after {STEPS} steps from w1 = {START[0]}; plateau from -1 to 1, lowest point at 3": ends,
    }
    return Result(shown, paths)


def _sigma(g: Sequence[float], alpha: float) -> float:
    square = g[0] ** 2
    for gt in g[1:]:
        square = alpha * square + (1 - alpha) * gt**2
    return float(np.sqrt(square))


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    x, y = np.meshgrid(np.linspace(-3, 4.2, 181), np.linspace(-1.6, 1.6, 121))
    with tf.Graph().as_default(), tf.Session() as sess:
        z = sess.run(surface(tf.constant(x), tf.constant(y)))
    figure, (axes,) = plots.panels(1, 2, (6.5, 4.4))
    shown = axes[0].contourf(x, y, z, 30, cmap="Greys_r")
    figure.colorbar(shown, ax=axes[0], label="loss")
    for i, (name, at) in enumerate(result.picture.items()):
        axes[0].plot(at[:, 0], at[:, 1], "-", color=f"C{i}", label=name, linewidth=1.6)
        axes[0].plot(at[-1, 0], at[-1, 1], "o", color=f"C{i}")
        axes[1].plot(at[:, 0], color=f"C{i}", label=name)
    axes[0].plot(*START, "k*", markersize=10, label="start")
    axes[0].set_xlabel("w1")
    axes[0].set_ylabel("w2")
    axes[0].set_title("Paths, each to its dot")
    axes[0].legend(loc="lower left", fontsize="small")
    axes[1].axhspan(-1, 1, color="grey", alpha=0.2, label="plateau: gradient 0")
    axes[1].axhline(3, color="grey", linestyle=":", label="lowest point")
    axes[1].set_xlabel("step")
    axes[1].set_ylabel("w1")
    axes[1].set_title("Who leaves the plateau")
    axes[1].legend(fontsize="small", loc="center right")
    axes[1].grid(alpha=0.3)
    return plots.save(figure, path)
