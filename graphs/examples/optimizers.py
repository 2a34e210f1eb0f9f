"""Choose Optimizer; Optimizer - Momentum, Adagrad, RMSProp, Adam (deck, "Deep Neural Network(DNN) Tips").

Compares update rules with TensorFlow's optimizers, step by step on the slides' two sequences of
gradients. Then shows the optimizers' paths over two plateaus. On the first the gradient is exactly 0:
Gradient Descent會卡在這裡(gradient = 0). Only optimizers that add up past gradients, momentum and Adam,
can leave it. The second has a small slope. RMSProp leaves it too, since it forgets the large gradients
from before. Adagrad does not forget them (learning rate會一直遞減), so it is slow there.

The rules of gradient descent, Adagrad and RMSProp are those of the slides. The slides print no formula
for momentum and Adam; theirs are TensorFlow's (Adam: Kingma and Ba, 2015).

Where TensorFlow differs from the slides:
- Adagrad starts its sum of squares at 0.1, not at 0. The learning rate is therefore at most η / 0.316.
- RMSProp starts its mean square at 1, not at the square of the first gradient, and adds 1e-10 under
  the root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from graphs.examples import Result
from tfcourse.tf1 import Optimizer, Tensor, tf

G_SMALL = (0.001, 0.001, 0.0002, 0.0087, 0.1)
G_LARGE = (8.7, 10.87, 18.7, 87.7, 0.1)
ETA = 0.01
W0 = 1.0

# --- the rules in NumPy -------------------------------------------------------------------------
# Each takes the gradients of one weight, (steps,), and returns the weight after each step, float64
# (steps,). eta is the learning rate; the weight starts at W0.


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
    """The learning rate of each step, η / sqrt(start + Σ g²), float64 (steps,).

    Args:
        g: gradients.
        eta: η.
        start: initial value of the sum; 0 on the slide, 0.1 in TensorFlow.
    """
    return eta / np.sqrt(start + np.cumsum(np.square(g)))


def adagrad(g: Sequence[float], eta: float = ETA, start: float = 0.0) -> np.ndarray:
    """w ← w - η / sqrt(start + Σ g²) · g."""
    return W0 - np.cumsum(adagrad_rate(g, eta, start) * g)


def adagrad_by_time(g: Sequence[float], eta: float = ETA) -> np.ndarray:
    """w ← w - η^t / σ^t · g with η^t = η / sqrt(t + 1) and σ^t the root mean square of g^0..g^t.

    This is the slide's first form. It equals the second, because sqrt(t + 1) cancels.
    """
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
    """σ² ← α σ² + (1 - α) g²,  w ← w - η / sqrt(σ² + ε) · g.

    Args:
        g: gradients.
        eta: η.
        alpha: α.
        start: σ² before the first step; without it σ^0 = g^0, as on the slide.
        epsilon: ε; 0 on the slide.
    """
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
    """m ← β1 m + (1 - β1) g,  v ← β2 v + (1 - β2) g²,  w ← w - η_t m / (sqrt(v) + ε).

    η_t = η sqrt(1 - β2^t) / (1 - β1^t) corrects the bias of m and v towards their initial value 0.
    """
    w, m, v, out = W0, 0.0, 0.0, []
    for t, gt in enumerate(g, 1):
        m = beta1 * m + (1 - beta1) * gt
        v = beta2 * v + (1 - beta2) * gt**2
        rate = eta * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        w -= rate * m / (np.sqrt(v) + epsilon)
        out.append(w)
    return np.array(out)


def tensorflow(
    optimizer: Callable[[float], Optimizer], g: Sequence[float], eta: float = ETA
) -> np.ndarray:
    """Apply one of TensorFlow's optimizers to given gradients.

    Args:
        optimizer: makes the optimizer from a learning rate.
        g: gradients, (steps,).
        eta: learning rate.

    Returns:
        The weight after each step, float64 (steps,).
    """
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
Rule = Callable[[Sequence[float]], np.ndarray]
PAIRS: dict[str, tuple[Callable[[float], Optimizer], Rule, Rule]] = {
    # name: TensorFlow's optimizer, the rule, the rule with TensorFlow's initial value and epsilon
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

START, STEPS = (-2.5, 1.2), 600
PLATEAUS = {"gradient 0": 0.0, "gradient -0.02": 0.02}  # name: slope downwards along w1


def surface(w1: Tensor, w2: Tensor, slope: float = 0.0) -> Tensor:
    """The loss at (w1, w2), tensors of one shape.

    Along w1 it falls until -1, then by ``slope`` only until 1, and then again until its lowest point
    at 3. Along w2 it is a parabola with its lowest point at 0.
    """
    left, u = tf.nn.relu(-1.0 - w1), tf.nn.relu(w1 - 1.0)
    return left**2 + 0.25 * u**2 * (u - 3.0) + 0.3 * w2**2 - slope * tf.minimum(w1, 1.0)


RATES = {
    "gradient descent": 0.05,
    "momentum": 0.05,
    "Adagrad": 0.4,
    "RMSProp": 0.02,
    "Adam": 0.3,
}


def path_of(name: str, slope: float = 0.0) -> np.ndarray:
    """The path of the optimizer of that name from START, float64 (STEPS + 1, 2)."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.get_variable("w", initializer=tf.constant(START, tf.float64))
        step = PAIRS[name][0](RATES[name]).minimize(surface(w[0], w[1], slope))
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
                    "after step 5 by the rule": float(slide(g)[-1]),
                    "largest difference": float(np.abs(slide(g) - found).max()),
                    "with TensorFlow's initial value and ε": float(np.abs(exact(g) - found).max()),
                }
            )
    rates = [
        {"t": t, "g small": a, "rate, small": ra, "g large": b, "rate, large": rb,
         "rate in TensorFlow, small": rt}
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
    paths = {
        plateau: {name: path_of(name, slope) for name in PAIRS}
        for plateau, slope in PLATEAUS.items()
    }
    for plateau, by_name in paths.items():
        for name, path in by_name.items():
            beyond = np.flatnonzero(path[:, 0] > 1)
            ends.append(
                {"plateau": plateau, "optimizer": name, "rate": RATES[name],
                 "ends at w1": path[-1, 0], "w2": path[-1, 1],
                 "leaves the plateau": f"step {beyond[0]}" if len(beyond) else "no"}
            )  # fmt: skip
    shown = {
        "weight after the slides' gradients": rules,
        "Adagrad's learning rate η / sqrt(Σ g²)": rates,
        "two forms of Adagrad: largest difference": two_forms,
        "RMSProp: σ after the last gradient, 0.1 (α 小: 代表相信當前gradient)": alphas,
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

    # Where lines lie on each other their dashes take turns.
    styles = {
        name: (i * 4, (4, 8)) for i, name in enumerate(("gradient descent", "Adagrad", "RMSProp"))
    }
    x, y = np.meshgrid(np.linspace(-3, 4.2, 181), np.linspace(-1.6, 1.6, 121))
    with tf.Graph().as_default(), tf.Session() as sess:
        z = sess.run(surface(tf.constant(x), tf.constant(y)))
    figure, (axes,) = plots.panels(1, 3, (5.2, 4.6))
    axes[0].contourf(x, y, z, 30, cmap="Greys_r", alpha=0.7)
    first = result.picture["gradient 0"]
    for i, (name, at) in enumerate(first.items()):
        axes[0].plot(at[:, 0], at[:, 1], color=f"C{i}", label=name, linewidth=1.6)
        axes[0].plot(*at[-1], "osD^v"[i], color=f"C{i}", markersize=12 - 2 * i, markeredgecolor="k")
    axes[0].plot(*START, "k*", markersize=10, label="start")
    axes[0].set_xlabel("w1")
    axes[0].set_ylabel("w2")
    axes[0].set_title("Paths over the flat plateau (dark: low loss)")
    for axis, (plateau, by_name) in zip(axes[1:], result.picture.items(), strict=True):
        plain = axis.axhspan(-1, 1, color="grey", alpha=0.2, label="plateau")
        lowest = axis.axhline(3, color="grey", linestyle=":", label="lowest point")
        for i, (name, at) in enumerate(by_name.items()):
            style = styles.get(name, "-")
            axis.plot(range(1, STEPS + 2), at[:, 0], color=f"C{i}", linestyle=style, linewidth=2)
        axis.set_xscale("log")
        axis.set_xlabel("step + 1")
        axis.set_ylabel("w1")
        axis.set_title(f"w1 after each step, plateau with {plateau}")
        axis.grid(alpha=0.3)
    lines = [*axes[0].get_legend_handles_labels()[0], plain, lowest]
    figure.legend(handles=lines, loc="outside lower center", ncol=8)
    return plots.save(figure, path)
