"""以分類來說, 常碰到的瓶頸(Limitation); Feature Transformation; Cascading Functions (deck, "Machine
Learning Framework").

(0, 0) and (1, 1) are class 0, (0, 1) and (1, 0) are class 1. No line separates the classes: a line
classifies at most three of the four clouds of points correctly. A transformation by hand makes them
separable:

    trans(x) = [distance of x to (0, 0), distance of x to (1, 1)]

Or the machine learns its own transformation. Functions y = σ(wx + b) in series and in parallel (串聯 +
並聯) are fully connected layers. Two hidden units can represent a solution, but training does not find
it from every start. With more units it is found from more starts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from graphs.examples import Result
from tfcourse import plots
from tfcourse.batches import data_fn
from tfcourse.datasets import hunter
from tfcourse.model import BaseModel
from tfcourse.tf1 import tf

N_STARTS = 6
HIDDEN = ((2,), (4,), (8, 8))


class Line(BaseModel):
    """A line as classifier, y = σ(wx + b): inputs (batch, 2) to pred (batch,), labels 0 or 1."""

    learning_rate: float = 0.15
    optimizer: str = "adam"
    n_batch: int = 50
    n_epoch: int = 60

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 2], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None], name="labels")

    def graph_dnn(self):
        self.hidden = self.inputs  # (batch, 2)

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.z = tf.layers.dense(self.hidden, 1)[:, 0]  # (batch,)
            self.pred = tf.nn.sigmoid(self.z)  # (batch,)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=self.labels, logits=self.z)
            )
            hit = tf.equal(tf.to_float(self.pred > 0.5), self.labels)
            self.acc = tf.reduce_mean(tf.to_float(hit))

    def metrics(self):
        return {"acc": self.acc}


class Cascade(Line):
    """Layers of sigmoid units before the line; ``units`` gives the number of units of each layer."""

    units: tuple[int, ...] = (2,)

    def graph_dnn(self):
        with tf.variable_scope("dnn"):
            self.hidden = self.inputs
            for n in self.units:
                self.hidden = tf.layers.dense(self.hidden, n, tf.nn.sigmoid)  # (batch, n)


def train(model: Line, x: np.ndarray, label: np.ndarray) -> tuple[Line, float]:
    """Train a model.

    Args:
        model: a ``Line``.
        x: points, float32 (n, 2).
        label: 0 or 1, float32 (n,).

    Returns:
        The model and its accuracy on the same points.
    """
    model.fit(data_fn(x, label, model.n_batch, shuffle=True), verbose=False, engine="feed")
    return model, model.evaluate(data_fn(x, label, len(x)))["acc"]


def run(seed: int = 88) -> Result:
    cloud = hunter.not_linearly_separable()
    x, label = cloud.points, cloud.labels.astype(np.float32)
    four = hunter.corners()

    line, line_acc = train(Line(seed=seed), x, label)
    by_hand, by_hand_acc = train(Line(seed=seed), hunter.distance_features(x), label)
    rows = [
        {"model": "a line", "accuracy": line_acc},
        {"model": "a line on the distances", "accuracy": by_hand_acc},
    ]
    best: dict[str, tuple[Line, float]] = {}
    tries = []
    for units in HIDDEN:
        name = ", ".join(map(str, units))
        accuracies = []
        for start in range(seed, seed + N_STARTS):
            model, acc = train(Cascade(seed=start, units=units), x, label)
            accuracies.append(acc)
            if name not in best or acc > best[name][1]:
                best[name] = model, acc
        tries.append(
            {
                "hidden units": name,
                "starts that separate all points": accuracies.count(1.0),
                "mean accuracy": float(np.mean(accuracies)),
                "lowest": min(accuracies),
            }
        )
    cascade, cascade_acc = best["2"]
    rows.append({"model": f"two hidden units, best of {N_STARTS} starts", "accuracy": cascade_acc})
    shown = {
        "corners": four.points,
        "their distances to (0, 0), (1, 1)": hunter.distance_features(four.points),
        "accuracy": pd.DataFrame(rows),
        f"cascades, {N_STARTS} starts each": pd.DataFrame(tries),
        "outputs of the two hidden units for the corners": cascade.predict(
            {"inputs": four.points}, cascade.hidden
        ),
    }
    models = {"line": line, "by hand": by_hand, "cascade": cascade}
    return Result(shown, picture={**models, "points": x, "class": cloud.labels})


def draw(result: Result, path: str | Path) -> Path:
    picture = result.picture
    line, by_hand, cascade = (picture[name] for name in ("line", "by hand", "cascade"))
    x, kind = picture["points"], picture["class"]
    accuracy = result["accuracy"]["accuracy"]

    def of(model: Line) -> Callable[[np.ndarray], np.ndarray]:
        return lambda places: model.predict({"inputs": places})

    def after_distances(places: np.ndarray) -> np.ndarray:
        return of(by_hand)(hunter.distance_features(places))

    figure, axes = plots.panels(2, 3, (3.9, 3.7))
    title = "{}: accuracy {:.2f}"
    plots.regions(axes[0, 0], of(line), x, kind, title.format("A line", accuracy[0]))
    plots.regions(
        axes[0, 1],
        after_distances,
        x,
        kind,
        title.format("A line on the distances", accuracy[1]),
    )
    plots.regions(axes[0, 2], of(cascade), x, kind, title.format("Two hidden units", accuracy[2]))
    for axis in axes[0]:
        axis.set_xlabel("x1")
        axis.set_ylabel("x2")

    moved = hunter.distance_features(x)
    plots.regions(axes[1, 1], of(by_hand), moved, kind, "The points in terms of the distances")
    axes[1, 1].set_xlabel("x'1: distance to (0, 0)")
    axes[1, 1].set_ylabel("x'2: distance to (1, 1)")
    hidden = cascade.predict({"inputs": x}, cascade.hidden)
    plots.regions(
        axes[1, 2],
        lambda places: cascade.session.run(cascade.pred, {cascade.hidden: places}),
        hidden,
        kind,
        "The points in terms of the hidden units",
    )
    axes[1, 2].set_xlabel("hidden unit 1")
    axes[1, 2].set_ylabel("hidden unit 2")

    axis, tries = axes[1, 0], result[f"cascades, {N_STARTS} starts each"]
    bars = axis.bar(
        tries["hidden units"], tries["starts that separate all points"], color="tab:green"
    )
    axis.bar_label(bars)
    axis.set_ylim(0, N_STARTS + 1)
    axis.set_xlabel("hidden units")
    axis.set_ylabel(f"starts that separate all points, of {N_STARTS}")
    axis.set_title("How often training finds a solution", fontsize="medium")
    axes[0, 0].legend(fontsize="small")
    return plots.save(figure, path)
