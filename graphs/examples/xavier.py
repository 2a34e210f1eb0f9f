"""Step 3: Pick Best Function, the snippet on Xavier initializers (deck, "Machine Learning Framework").

    uniform:  within ± sqrt(6 / (fan_in + fan_out))
    normal:   standard deviation sqrt(2 / (fan_in + fan_out)), from a normal distribution that is
              truncated at ± 2 of its own standard deviations

fan_in and fan_out are the rows and columns of the weight matrix. Both forms have the same standard
deviation. Through layers of equal width the activations then neither vanish nor saturate. They vanish
with weights that start too small, and saturate with weights that start too large.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from graphs.examples import Result
from tfcourse import plots
from tfcourse.tf1 import tf

SHAPE = (100, 80)
N_LAYERS = 5
WIDTH = 100
CUT = 0.87962566103423978  # standard deviation of a standard normal truncated at ± 2


def measured(seed: int) -> pd.DataFrame:
    """Limits and standard deviations of both initializers, by formula and as drawn."""
    fans = sum(SHAPE)
    rows = []
    for name in ("uniform", "normal"):
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(seed)
            initFn = tf.glorot_uniform_initializer()
            if name == "normal":
                initFn = tf.glorot_normal_initializer()
            init_var = tf.Variable(initFn(shape=[100, 80]))
            sess.run(tf.global_variables_initializer())
            value = sess.run(init_var)
        limit = np.sqrt(6 / fans) if name == "uniform" else 2 * np.sqrt(2 / fans) / CUT
        rows.append(
            {
                "initializer": f"Glorot {name}",
                "limit by formula": limit,
                "largest |w|": np.abs(value).max(),
                "standard deviation by formula": np.sqrt(2 / fans),
                "standard deviation": value.std(),
                "mean": value.mean(),
            }
        )
    return pd.DataFrame(rows)


def activations(seed: int) -> dict[str, list[np.ndarray]]:
    """Activations of N_LAYERS tanh layers for 1,000 random rows, before training.

    Returns:
        name of the initial weights to the output of each layer, float32 (1000, WIDTH).
    """
    initializers = {
        "too small: normal, 0.01": tf.random_normal_initializer(stddev=0.01),
        "Glorot uniform": tf.glorot_uniform_initializer(),
        "Glorot normal": tf.glorot_normal_initializer(),
        "too large: normal, 1": tf.random_normal_initializer(stddev=1.0),
    }
    rows = np.random.default_rng(seed).normal(size=(1000, WIDTH)).astype(np.float32)
    out = {}
    for name, init_fn in initializers.items():
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(seed)
            layer, layers = tf.constant(rows), []
            for _ in range(N_LAYERS):
                layer = tf.layers.dense(layer, WIDTH, tf.tanh, kernel_initializer=init_fn)
                layers.append(layer)  # (1000, WIDTH)
            sess.run(tf.global_variables_initializer())
            out[name] = sess.run(layers)
    return out


def run(seed: int = 88) -> Result:
    layers = activations(seed)
    spread = {
        name: {f"layer {i}": float(a.std()) for i, a in enumerate(values, 1)}
        for name, values in layers.items()
    }
    saturated = {
        name: {f"layer {i}": float((np.abs(a) > 0.95).mean()) for i, a in enumerate(values, 1)}
        for name, values in layers.items()
    }
    shown = {
        "shape": list(SHAPE),
        "initializers": measured(seed),
        "standard deviation of the activations (tanh)": _table(spread),
        "share of activations beyond ± 0.95": _table(saturated),
    }
    counts = {
        name: [np.histogram(a, 40, (-1, 1))[0] for a in values] for name, values in layers.items()
    }
    return Result(shown, picture=counts)


def _table(values: dict[str, dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame([{"initial weights": name, **row} for name, row in values.items()])


def draw(result: Result, path: str | Path) -> Path:
    shown = [name for name in result.picture if name != "Glorot normal"]
    figure, axes = plots.panels(
        len(shown), N_LAYERS, (2.8, 2.3), "Activations of five tanh layers, by initial weights"
    )
    edges = np.linspace(-1, 1, 41)
    table = result["standard deviation of the activations (tanh)"].set_index("initial weights")
    for row, name in zip(axes, shown, strict=True):
        for i, (axis, counts) in enumerate(zip(row, result.picture[name], strict=True), 1):
            share = np.array(counts) / np.sum(counts)
            axis.bar((edges[1:] + edges[:-1]) / 2, share, 0.05, label=name)
            deviation = table.loc[name, f"layer {i}"]
            axis.set_title(f"layer {i}: std. dev. {deviation:.2g}", fontsize=10)
            axis.set_xlim(-1, 1)
            axis.tick_params(labelsize=9)
            if name == shown[-1]:
                axis.set_xlabel("activation")
        row[0].set_ylabel(f"{name}\nshare")
    return plots.save(figure, path)
