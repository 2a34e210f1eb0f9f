"""Machine Learning 3 Steps (deck, "Machine Learning Framework").

Step 1, define a set of functions: y = wx + b, one function f(θ) for every θ = (w, b).
Step 2, evaluate and search: the loss of f(θ94), f(θ87), f(θ945), ...
Step 3, pick the best function: f(θ*).

θ94 is drawn at random with the seed 94; the others likewise. The loss is the mean square error on the
train rows of the hunters. The best θ of 1,000 is compared with the θ* that gradient descent finds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.examples import Result
from graphs.hunter_regression import HunterRegression
from tfcourse import plots
from tfcourse.datasets import hunter

NUMBERS = (94, 87, 945)  # as on the slide
N_DRAWN = 1000


def draw_theta(number: int) -> tuple[np.ndarray, float]:
    """θ drawn with the seed ``number``: w, float64 (7,), the capacity's weight first; and b."""
    rng = np.random.default_rng(number)
    w = np.concatenate([rng.uniform(0, 100, 1), rng.uniform(-20, 20, 6)])
    return w, float(rng.uniform(0, 50))


def mse(theta: tuple[np.ndarray, float], x: np.ndarray, label: np.ndarray) -> float:
    """Mean square error of f(θ) on rows x (n, 7) with labels (n,)."""
    w, b = theta
    return float(np.mean((label - (x @ w + b)) ** 2))


def run(seed: int = 88) -> Result:
    data = hunter.REGRESSION.prepare()
    train, valid = data.train, data.valid

    def row(name: str, theta: tuple[np.ndarray, float]) -> dict[str, Any]:
        return {
            "function": name,
            "w of capacity": theta[0][0],
            "b": theta[1],
            "train loss": mse(theta, train["inputs"], train["labels"]),
            "valid loss": mse(theta, valid["inputs"], valid["labels"]),
        }

    drawn = [mse(draw_theta(n), train["inputs"], train["labels"]) for n in range(N_DRAWN)]
    best = int(np.argmin(drawn))
    model = HunterRegression(seed=seed)
    model.fit(data.train_batches(model.n_batch), data.valid_batches(), verbose=False, engine="feed")
    w, b = model.session.run([model.w, model.b])
    model.close()
    rows = [row(f"f(θ{n})", draw_theta(n)) for n in NUMBERS]
    rows.append(row(f"f(θ{best}), best of {N_DRAWN} drawn at random", draw_theta(best)))
    rows.append(row("f(θ*), by gradient descent", (w[:, 0].astype(np.float64), float(b[0]))))
    shown = {
        "note": hunter.NOTE,
        "step 1: define a set of functions": "y = wx + b, where x is the capacity and the faction as one-hot",
        "steps 2 and 3: evaluate, pick the best": pd.DataFrame(rows),
    }
    return Result(shown, picture=np.array(drawn))


def draw(result: Result, path: str | Path) -> Path:
    figure, axes = plots.panels(size=(6.4, 3.8))
    axis, table = axes[0, 0], result["steps 2 and 3: evaluate, pick the best"]
    axis.hist(result.picture, np.geomspace(5, 5000, 50), color="lightgrey",
              label=f"{N_DRAWN} drawn at random")  # fmt: skip
    for i, (name, loss) in enumerate(zip(table["function"], table["train loss"], strict=True)):
        axis.axvline(loss, color=f"C{i}", label=f"{name}: {loss:.1f}")
    axis.set_xscale("log")
    axis.set_xlabel("train loss (mean square error)")
    axis.set_ylabel("number of functions")
    axis.set_title("Three steps: a set of functions, their losses, the best")
    axis.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.18), ncol=2)
    return plots.save(figure, path)
