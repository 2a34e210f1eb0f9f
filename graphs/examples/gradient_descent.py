"""Step 3: Pick Best Function (deck, "Machine Learning Framework").

    argmin over w, b of L(w, b)
    lim Δw → 0 of (L(w + Δw) - L(w)) / Δw          w些微的變化，會讓L改變多少？

Hisoka's score is predicted from the capacity alone, y = wx + b, so the loss surface has two parameters
and can be drawn. Brute force (百式觀音) tries every point of a grid. Gradient descent follows the slope;
here each update uses all rows. The learning rates are 0.1, 0.01, 0.001, and one at which training
diverges.

L is quadratic. An update therefore multiplies the distance to the minimum by 1 - η h along each
direction of curvature h. For η > 2 / (largest h) the distance grows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.examples import Result
from tfcourse import plots
from tfcourse.batches import data_fn
from tfcourse.datasets import hunter
from tfcourse.model import BaseModel
from tfcourse.tf1 import tf

GRID_W, GRID_B = np.arange(0.0, 121.0), np.arange(-30.0, 71.0)
RATES = (0.1, 0.01, 0.001)
DIVERGING = 0.8
N_UPDATES = 1000
STEPS = tuple(10.0**-k for k in range(11))  # Δw
AT = (40.0, 20.0)  # w, b where the derivative is taken


class Line(BaseModel):
    """y = wx + b for one feature: inputs (batch,) to pred (batch,); all rows in each update."""

    n_epoch: int = N_UPDATES
    shuffle: bool = False
    start_w: float = 0.0
    start_b: float = 0.0

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None], name="labels")

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.w = tf.Variable(self.start_w, name="w")
            self.b = tf.Variable(self.start_b, name="b")
            self.pred = self.w * self.inputs + self.b  # (batch,)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(tf.square(self.labels - self.pred))


def losses_of(w: np.ndarray, b: np.ndarray, x: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The loss at every (w, b).

    Args:
        w, b: parameters, in one shape.
        x, label: the rows, (n,) each.

    Returns:
        L in the shape of ``w``.
    """
    return ((label - (w[..., None] * x + b[..., None])) ** 2).mean(axis=-1)


def search(x: np.ndarray, label: np.ndarray, rate: float, n: int, seed: int) -> dict[str, Any]:
    """Run gradient descent from w = b = 0.

    Args:
        x, label: the rows, (n_rows,) each.
        rate: learning rate.
        n: number of updates.
        seed: of the model; it has no effect, since nothing is drawn.

    Returns:
        "path": w and b after each update, the start first, float64 (n + 1, 2); "loss": the loss
        before each update, float64 (n,).
    """
    model = Line(learning_rate=rate, seed=seed)
    path = [(0.0, 0.0)]

    def remember(model: BaseModel) -> None:
        path.append(tuple(model.session.run([model.w, model.b])))

    whole = data_fn(x, label, n_batch=len(x))
    model.fit(whole, n_epoch=n, callback=remember, verbose=False, engine="feed")
    model.close()
    return {"path": np.array(path, np.float64), "loss": np.array(model.hist["tr_loss"])}


def derivatives(x: np.ndarray, label: np.ndarray) -> tuple[float, pd.DataFrame]:
    """dL/dw at AT by tf.gradients, and by its definition for smaller and smaller Δw.

    Args:
        x, label: the rows, (n,) each.

    Returns:
        The derivative, and a table of its approximations.
    """
    x, label = x.astype(np.float64), label.astype(np.float64)
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.placeholder(tf.float64, [])
        loss = tf.reduce_mean(tf.square(label - (w * x + AT[1])))
        exact = float(sess.run(tf.gradients(loss, w)[0], {w: AT[0]}))

        def L(value: float) -> float:
            return float(sess.run(loss, {w: value}))

        found = [(L(AT[0] + step) - L(AT[0])) / step for step in STEPS]
    return exact, pd.DataFrame(
        {
            "Δw": STEPS,
            "(L(w + Δw) - L(w)) / Δw": found,
            "off by": np.abs(np.array(found) - exact),
        }
    )


def run(seed: int = 88) -> Result:
    data = hunter.REGRESSION.prepare().train
    x, label = data["inputs"][:, 0], data["labels"]  # (200,), (200,)

    # Brute force: the loss at every point of the grid.
    w, b = np.meshgrid(GRID_W, GRID_B)  # (101, 121)
    surface = losses_of(w, b, x, label)
    best = np.unravel_index(surface.argmin(), surface.shape)
    rows = [
        {
            "search": f"brute force, {surface.size:,} points",
            "evaluations": surface.size,
            "w": w[best],
            "b": b[best],
            "loss": surface[best],
        }
    ]
    paths, losses = {}, {}
    for rate in (*RATES, DIVERGING):
        n = N_UPDATES if rate != DIVERGING else 30
        found = search(x, label, rate, n, seed)
        last = found["path"][-1]
        paths[str(rate)], losses[str(rate)] = found["path"], found["loss"]
        rows.append(
            {
                "search": f"gradient descent, learning rate {rate}",
                "evaluations": n,
                "w": last[0],
                "b": last[1],
                "loss": np.mean((label - (last[0] * x + last[1])) ** 2),
            }
        )
    design = np.column_stack([x, np.ones_like(x)]).astype(np.float64)
    (w_best, b_best), *_ = np.linalg.lstsq(design, label.astype(np.float64), rcond=None)
    lowest = float(np.mean((label - design @ [w_best, b_best]) ** 2))
    curvature = np.linalg.eigvalsh(2 * design.T @ design / len(x))
    exact, table = derivatives(x, label)
    shown = {
        "note": hunter.NOTE,
        "brute force against gradient descent": pd.DataFrame(rows),
        "the minimum, by least squares: w, b, loss": np.array([w_best, b_best, lowest]),
        "points of a grid with 101 values for each of the 8 parameters of hunter-regression": 101
        ** 8,
        "curvatures of the surface": curvature,
        "learning rate above which training diverges": float(2 / curvature[-1]),
        "dL/dw at w = 40, b = 20 by tf.gradients": exact,
        "dL/dw by the definition": table,
    }
    return Result(shown, picture={"surface": surface, "paths": paths, "losses": losses})


def draw(result: Result, path: str | Path) -> Path:
    figure, axes = plots.panels(1, 3, (4.8, 4.2))
    axis = axes[0, 0]
    shown = {
        f"learning rate {k}": v for k, v in result.picture["paths"].items() if k != str(DIVERGING)
    }
    plots.surface(axis, GRID_W, GRID_B, result.picture["surface"], shown)
    w, b, lowest = result["the minimum, by least squares: w, b, loss"]
    axis.plot(w, b, "k*", markersize=12, label="minimum", zorder=4)
    axis.set_title("1,000 updates from (0, 0)")
    axis = axes[0, 1]
    far_w, far_b = np.linspace(-60, 200, 105), np.linspace(-180, 220, 101)
    data = hunter.REGRESSION.prepare().train
    far = losses_of(*np.meshgrid(far_w, far_b), data["inputs"][:, 0], data["labels"])
    some = {f"learning rate {DIVERGING}": result.picture["paths"][str(DIVERGING)][:15]}
    plots.surface(axis, far_w, far_b, far, some)
    axis.plot(w, b, "k*", markersize=12, label="minimum", zorder=4)
    axis.set_title("14 updates, each farther from the minimum")
    for axis in axes[0, :2]:
        axis.set_xlabel("w")
        axis.set_ylabel("b")
        axis.legend(fontsize="small")
    axis = axes[0, 2]
    for rate, loss in result.picture["losses"].items():
        axis.plot(range(1, len(loss) + 1), loss, label=f"learning rate {rate}")
    axis.axhline(lowest, color="black",
                 linestyle=":", label="lowest loss")  # fmt: skip
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(50, 1e6)
    axis.set_xlabel("update")
    axis.set_ylabel("loss (mean square error)")
    axis.set_title("Loss before each update")
    axis.legend(fontsize="small")
    return plots.save(figure, path)
