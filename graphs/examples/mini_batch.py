"""Step 3: Pick Best Function (Stochastic Gradient Descent) (deck, "Machine Learning Framework").

Shuffle the training data, then update the weights after every mini-batch. With 10,000 rows, batches of
100 make 100 updates in an epoch, and all rows at once make one. The example trains the lesson
hunter-regression for one epoch on 10,000 generated hunters, with each batch size.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd

from graphs.examples import Result
from graphs.hunter_regression import HunterRegression
from tfcourse import plots
from tfcourse.batches import Batches, data_fn
from tfcourse.callbacks import Callback
from tfcourse.datasets import hunter
from tfcourse.model import BaseModel

N_ROWS = 10_000
SIZES = (32, 64, 100, 128, 256, 512, N_ROWS)


class LossOnTheWay(Callback):
    """Measures the loss on fixed rows during an epoch: after each of the first ten updates, then
    about 25 times.

    Args:
        rows: columns by name, (n, ...) each.

    Attributes:
        updates: the numbers of the updates after which the loss was measured, from 1.
        losses: the loss after each of these updates.
    """

    def __init__(self, rows: dict[str, np.ndarray]):
        self.rows = rows
        self.updates: list[int] = []
        self.losses: list[float] = []

    def on_batch(self, model: BaseModel, done: int, total: int) -> None:
        if done <= 10 or done % max(total // 25, 1) == 0 or done == total:
            feed = model.feed_dict(self.rows, mode="eval")
            self.updates.append(done)
            self.losses.append(float(model.session.run(model.loss, feed)))


def count_updates(batches: Batches) -> int:
    """Number of batches in an epoch, by iterating over them."""
    return sum(1 for _ in batches())


def run(seed: int = 88) -> Result:
    data = hunter.regression(n=N_ROWS + 1000)
    x, label = data.features[:N_ROWS], data.score[:N_ROWS]
    rest = {"inputs": data.features[N_ROWS:], "labels": data.score[N_ROWS:]}

    rows, ways = [], {}
    for n_batch in SIZES:
        batches = data_fn(x, label, n_batch, shuffle=True)
        way = LossOnTheWay(rest)
        model = HunterRegression(seed=seed, n_batch=n_batch)
        begin = time.perf_counter()
        model.fit(batches, n_epoch=1, callback=[way], verbose=False, engine="feed")
        seconds = time.perf_counter() - begin
        loss = model.evaluate(data_fn(rest["inputs"], rest["labels"], 1000))["loss"]
        model.close()
        ways[n_batch] = {"updates": way.updates, "losses": way.losses}
        rows.append(
            {
                "batch": n_batch,
                "updates in an epoch": count_updates(batches),
                "loss after one epoch": loss,
                "seconds": round(seconds, 2),
            }
        )
    # With all rows in one batch, 100 updates take 100 epochs.
    model = HunterRegression(seed=seed, n_batch=N_ROWS)
    model.fit(data_fn(x, label, N_ROWS), n_epoch=100, verbose=False, engine="feed")
    after_100 = model.evaluate(data_fn(rest["inputs"], rest["labels"], 1000))["loss"]
    model.close()

    first = next(iter(data_fn(x, label, 100, shuffle=True)(epoch=1)))["labels"]
    second = next(iter(data_fn(x, label, 100, shuffle=True)(epoch=2)))["labels"]
    shown = {
        "note": hunter.NOTE,
        "10,000 rows, batch 100: updates in an epoch": count_updates(data_fn(x, label, 100)),
        "10,000 rows at once: updates in an epoch": count_updates(data_fn(x, label, N_ROWS)),
        "one epoch (loss on 1,000 other rows)": pd.DataFrame(rows).astype({"batch": object}),
        "all rows at once, after 100 epochs (100 updates)": after_100,
        "new order in each epoch: first labels of epochs 1 and 2": np.array(
            [first[:5], second[:5]]
        ),
    }
    return Result(shown, picture=ways)


def draw(result: Result, path: str | Path) -> Path:
    figure, axes = plots.panels(1, 2, (5.0, 3.9))
    for n_batch, way in result.picture.items():
        updates, losses = np.array(way["updates"]), np.array(way["losses"])
        label = f"batch {n_batch:,}" if n_batch < N_ROWS else "all rows at once"
        style = "o" if len(updates) == 1 else "-"
        axes[0, 0].plot(np.minimum(updates * n_batch, N_ROWS), losses, style, label=label)
        axes[0, 1].plot(updates, losses, style, label=label)
    axes[0, 0].set_xlabel("rows seen (10,000 are an epoch)")
    axes[0, 1].set_xlabel("updates")
    axes[0, 0].set_title("One epoch, by rows seen")
    axes[0, 1].set_title("The same epoch, by updates: all curves agree")
    axes[0, 1].set_xscale("log")
    for axis in axes[0]:
        axis.set_yscale("log")
        axis.set_ylabel("loss on other rows (mean square error)")
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    return plots.save(figure, path)
