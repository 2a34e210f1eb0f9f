"""Data Preprocessing Tips (deck, "Deep Neural Network(DNN) Tips").

Neural network運算只接受數字. Categories become one-hot. An address becomes latitude and longitude, from
a table. Ordered categories (S, M, L, XL) become 1..4, or one-hot. An age band becomes the median age of
the people in it. Numbers on different scales are normalized:

    min-max:  (x - min) / (max - min)              注意outlier
    z-score:  (x - mean) / standard deviation      mean 0, standard deviation 1

不要讓幾個變數主導整個function: the example fits a line y = wx + b to a temperature of 0 to 40 and a
distance of 0 to 10,000. The gradient of each weight is proportional to the size of its feature, so no
learning rate suits both.

The slide shows the coordinates {25.04, 121.61} for an address in 台中市. They lie in 台北市.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from graphs.examples import Result
from tfcourse import plots
from tfcourse.batches import data_fn
from tfcourse.datasets import hunter
from tfcourse.model import BaseModel
from tfcourse.preprocessing import LookUp, band_numbers, ordinal
from tfcourse.tf1 import tf

SIZES = ("S", "M", "L", "XL")
ADDRESSES = {"台中市大馬路無尾巷": (25.04, 121.61)}
BANDS = ("0-17", "0-17", "55+", "26-35")  # P1, P2, P3, P4
# Invented ages of people with a known band; their medians are the ages on the slide.
KNOWN = {"0-17": (12, 14, 15, 16, 17), "26-35": (27, 29, 30, 33, 35), "55+": (58, 66, 70, 74, 81)}
WITH_OUTLIER = np.array([10, 12, 14, 16, 18, 1000], np.float64)[:, None]
N_UPDATES = 200


class TwoFeatures(BaseModel):
    """y = w1 x1 + w2 x2 + b: inputs (batch, 2) to pred (batch,); all rows in each update."""

    n_epoch: int = N_UPDATES
    shuffle: bool = False

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 2], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None], name="labels")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.w = tf.Variable(tf.zeros([2, 1]), name="w")
            self.b = tf.Variable(tf.zeros([1]), name="b")
            self.pred = (tf.matmul(self.inputs, self.w) + self.b)[:, 0]  # (batch,)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(tf.square(self.labels - self.pred))
            self.gradient = tf.gradients(self.loss, self.w)[0]  # (2, 1)


def weather(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Temperature and distance, float64 (500, 2), and a label that depends on both equally,
    float32 (500,)."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.uniform(0, 40, 500), rng.uniform(0, 10_000, 500)])
    label = 3 * x[:, 0] / 40 + 3 * x[:, 1] / 10_000 + rng.normal(0, 0.1, 500)
    return x, label.astype(np.float32)


def scales(seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Fit the line to the features unscaled, min-max scaled and as z-scores.

    Returns:
        A table with the gradient of each weight at the start and the fit after N_UPDATES updates;
        and for each scaling the data of the picture.
    """
    x, label = weather(seed)
    rows, pictures = [], {}
    for name, scaler in (
        ("unscaled", None),
        ("min-max", MinMaxScaler()),
        ("z-score", StandardScaler()),
    ):
        scaled = (x if scaler is None else scaler.fit_transform(x)).astype(np.float32)
        design = np.column_stack([scaled, np.ones(len(x))]).astype(np.float64)
        curvature = np.linalg.eigvalsh(2 * design.T @ design / len(x))
        rate = 1.0 / curvature[-1]  # half of the rate above which training diverges
        model = TwoFeatures(learning_rate=rate, seed=seed)
        feed = {"inputs": scaled, "labels": label}
        gradient = np.abs(model.session.run(model.gradient, model.feed_dict(feed))[:, 0])
        model.fit(data_fn(scaled, label, len(x)), verbose=False, engine="feed")
        weights = model.get_weights()["computation/w"][:, 0]
        model.close()
        rows.append(
            {
                "features": name,
                "|gradient| temperature": gradient[0],
                "|gradient| distance": gradient[1],
                "ratio": gradient[1] / gradient[0],
                "learning rate": rate,
                f"loss after {N_UPDATES} updates": model.hist["tr_loss"][-1],
                "w1 x range (true: 3)": weights[0] * np.ptp(scaled[:, 0]),
                "w2 x range (true: 3)": weights[1] * np.ptp(scaled[:, 1]),
            }
        )
        pictures[name] = {"x": scaled, "label": label, "loss": model.hist["tr_loss"]}
    return pd.DataFrame(rows), pictures


def run(seed: int = 88) -> Result:
    sizes, ages = pd.DataFrame({"size": SIZES}), pd.DataFrame({"age": BANDS})
    types = pd.DataFrame({"type": hunter.TYPES_ZH})
    one_hot = OneHotEncoder(sparse_output=False, dtype=int)
    in_order = OneHotEncoder(categories=[list(SIZES)], sparse_output=False, dtype=int)
    known_bands = [band for band, values in KNOWN.items() for _ in values]
    known_ages = [age for values in KNOWN.values() for age in values]
    table = band_numbers(known_bands, known_ages)
    address = LookUp(ADDRESSES).fit_transform(pd.DataFrame({"address": list(ADDRESSES)}))

    # All steps in one pipeline, from a table of words and numbers to a matrix.
    people = pd.DataFrame(
        {
            "type": ["強化系", "變化系", "強化系", "特質系"],
            "size": SIZES,
            "age": BANDS,
            "distance": [120.0, 9_800.0, 4_000.0, 650.0],
        }
    )
    matrix = ColumnTransformer(
        [
            ("type", OneHotEncoder(sparse_output=False), ["type"]),
            ("size", make_pipeline(ordinal(SIZES), MinMaxScaler()), ["size"]),
            ("age", make_pipeline(LookUp(table), MinMaxScaler()), ["age"]),
            ("distance", StandardScaler(), ["distance"]),
        ],
        verbose_feature_names_out=False,
    )
    values = matrix.fit_transform(people)
    scaled, pictures = scales(seed)
    without = WITH_OUTLIER[:-1]
    shown = {
        "categories, one-hot (rows in the order of the types)": one_hot.fit_transform(types)[
            :, [list(one_hot.categories_[0]).index(t) for t in hunter.TYPES_ZH]
        ],
        "address to latitude and longitude": address,
        "S, M, L, XL to numbers": ordinal(SIZES).fit_transform(sizes)[:, 0].astype(int),
        "S, M, L, XL one-hot": in_order.fit_transform(sizes),
        "age bands": pd.DataFrame(
            {
                "UID": ["P1", "P2", "P3", "P4"],
                "band": BANDS,
                "age": LookUp(table).fit_transform(ages)[:, 0].astype(int),
            }
        ),
        "min-max and z-score, with and without an outlier of 1000": pd.DataFrame(
            {
                "x": WITH_OUTLIER[:, 0],
                "min-max": MinMaxScaler().fit_transform(WITH_OUTLIER)[:, 0],
                "z-score": StandardScaler().fit_transform(WITH_OUTLIER)[:, 0],
                "min-max without the outlier": [*MinMaxScaler().fit_transform(without)[:, 0], None],
                "z-score without the outlier": [
                    *StandardScaler().fit_transform(without)[:, 0],
                    None,
                ],
            }
        ),
        "temperature 0..40, distance 0..10000: gradients at the start, and fit": scaled,
        "one pipeline: people": people,
        "one pipeline: columns": [str(name) for name in matrix.get_feature_names_out()],
        "one pipeline: matrix": values,
    }
    return Result(shown, picture=pictures)


def draw(result: Result, path: str | Path) -> Path:
    names = ("unscaled", "z-score")
    figure, axes = plots.panels(1, 3, (4.5, 3.9))
    for axis, name in zip(axes[0], names, strict=False):
        picture = result.picture[name]
        x, label = picture["x"].astype(np.float64), picture["label"]
        best, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), label, rcond=None)
        # Both axes have the same range, so that the contours show the true shape of the surface.
        reach = max(abs(best[0]), abs(best[1])) * 2 if name == "unscaled" else 2.0
        w1, w2 = (np.linspace(b - reach, b + reach, 121) for b in best[:2])
        one, two = np.meshgrid(w1, w2)
        # For each pair of weights b has its best value.
        centred, rest = x - x.mean(axis=0), label - label.mean()
        error = rest - one[..., None] * centred[:, 0] - two[..., None] * centred[:, 1]
        plots.surface(axis, w1, w2, (error**2).mean(axis=-1))
        axis.plot(best[0], best[1], "k*", markersize=11, label="minimum")
        axis.set_xlabel("w1 (temperature)")
        axis.set_ylabel("w2 (distance)")
        axis.set_title(f"Loss surface, features: {name}")
        axis.legend(fontsize="small")
    axis = axes[0, 2]
    for name, picture in result.picture.items():
        axis.plot(range(1, N_UPDATES + 1), picture["loss"], label=name)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("update (at half of the largest stable learning rate)")
    axis.set_ylabel("loss (mean square error)")
    axis.set_title("Training on temperature and distance")
    axis.legend(title="features", fontsize="small")
    axis.grid(alpha=0.3)
    return plots.save(figure, path)
