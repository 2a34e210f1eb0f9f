"""Network的架構(哪種比較好?); Network的架構: Modularization (deck, "Deep Neural Network(DNN) Tips").

One wide layer, or several narrow layers with about as many weights? Both networks learn the classes of
points on a chessboard, (x, y) to black or white. They are measured on points that they were not
trained on.

Deep Neural Network可以想成一種模組化的概念: each layer works with the output of the layer before it. How
well a line separates the classes on a layer's output shows how useful the features of that layer are.
(A line fitted to the output of the wide layer does better than the trained network: its features are
useful, but training did not make full use of them in these epochs.)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from graphs.examples import Result
from graphs.examples.feature_transformation import Line
from tfcourse import plots
from tfcourse.batches import data_fn
from tfcourse.tf1 import tf

SQUARES = 5
N_ROWS = 2000
N_STARTS = 2
STRUCTURES = {"wide": (231,), "deep": (20, 20, 20)}


class Network(Line):
    """Fully connected ReLU layers before the line; ``units`` gives the number of units of each."""

    learning_rate: float = 0.01
    n_batch: int = 100
    n_epoch: int = 40
    units: tuple[int, ...] = (20, 20, 20)

    def graph_dnn(self):
        with tf.variable_scope("dnn"):
            self.layers = []
            self.hidden = self.inputs
            for n in self.units:
                self.hidden = tf.layers.dense(self.hidden, n, tf.nn.relu)  # (batch, n)
                self.layers.append(self.hidden)


def board(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random points of a chessboard of SQUARES x SQUARES squares.

    Returns:
        Coordinates from -1 to 1, float32 (N_ROWS, 2); and colours, 0 (white) or 1 (black), float32
        (N_ROWS,).
    """
    x = np.random.default_rng(seed).uniform(-1, 1, (N_ROWS, 2)).astype(np.float32)
    square = np.floor((x + 1) * SQUARES / 2).astype(int)
    return x, (square.sum(axis=1) % 2).astype(np.float32)


def run(seed: int = 88) -> Result:
    x, label = board(seed)
    x_valid, label_valid = board(seed + 1)
    rows, probes, kept = [], [], {}
    for name, units in STRUCTURES.items():
        accuracies = []
        for start in range(seed, seed + N_STARTS):
            model = Network(seed=start, units=units)
            train = data_fn(x, label, model.n_batch, shuffle=True)
            model.fit(train, verbose=False, engine="feed")
            accuracies.append(model.evaluate(data_fn(x_valid, label_valid, N_ROWS))["acc"])
            if start == seed:
                kept[name] = model
        model = kept[name]
        variables = model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        rows.append(
            {
                "network": name,
                "layers": " - ".join(map(str, (2, *units, 1))),
                "weights and biases": sum(int(np.prod(v.shape.as_list())) for v in variables),
                "valid accuracy, mean": float(np.mean(accuracies)),
                "lowest": min(accuracies),
                "highest": max(accuracies),
            }
        )
        probes.append({"network": name, **probe(model, x, label, x_valid, label_valid)})
    shown = {
        f"two networks, {N_STARTS} starts each": pd.DataFrame(rows),
        "valid accuracy of a line on the output of each layer": pd.DataFrame(probes),
    }
    return Result(shown, picture={**kept, "points": x_valid, "class": label_valid})


def probe(
    model: Network, x: np.ndarray, label: np.ndarray, x_valid: np.ndarray, label_valid: np.ndarray
) -> dict[str, float]:
    """Fit a line to the inputs, and to the output of each layer.

    Args:
        model: a trained ``Network``.
        x, label: points and classes that the lines are fitted to, (n, 2) and (n,).
        x_valid, label_valid: points and classes that they are measured on.

    Returns:
        Valid accuracy, by name of the layer.
    """
    found = {}
    for i, layer in enumerate([model.inputs, *model.layers]):
        train = model.predict({"inputs": x}, layer)
        valid = model.predict({"inputs": x_valid}, layer)
        line = LogisticRegression(max_iter=300).fit(train, label)
        found[f"layer {i}" if i else "inputs"] = float(line.score(valid, label_valid))
    return found


def draw(result: Result, path: str | Path) -> Path:
    picture = result.picture
    x, kind = picture["points"][:600], picture["class"][:600]
    table = result[f"two networks, {N_STARTS} starts each"].set_index("network")
    figure, axes = plots.panels(1, 3, (4.4, 4.0))
    for axis, name in zip(axes[0], STRUCTURES, strict=False):
        model = picture[name]
        title = (
            f"{name}: {table.loc[name, 'layers']}, {table.loc[name, 'weights and biases']} weights"
        )

        def score(places: np.ndarray, model: Network = model) -> np.ndarray:
            return model.predict({"inputs": places})

        plots.regions(axis, score, x, kind, title)
        axis.set_xticks(np.linspace(-1, 1, 5))
        axis.set_xlim(-1, 1)
        axis.set_ylim(-1, 1)
        axis.set_xlabel("x1")
        axis.set_ylabel("x2")
    axes[0, 0].legend(fontsize="small", loc="upper right", framealpha=1)
    axis = axes[0, 2]
    for row in result["valid accuracy of a line on the output of each layer"].to_dict("records"):
        name = row.pop("network")
        values = [value for value in row.values() if not np.isnan(value)]
        axis.plot(range(len(values)), values, marker="o", label=name)
    axis.set_xticks(range(4), ["inputs", "layer 1", "layer 2", "layer 3"])
    axis.set_xlabel("input of the line")
    axis.set_ylabel("valid accuracy of a line")
    axis.set_title("Features, layer by layer", fontsize="medium")
    axis.grid(alpha=0.3)
    axis.legend()
    return plots.save(figure, path)
