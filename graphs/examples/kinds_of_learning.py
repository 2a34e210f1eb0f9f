"""Machine Learning 的種類 (deck, "Machine Learning Framework").

Tries every kind of learning that the slide names, on the hunters. The table shows what each model is
given and how well it does. Where labels of hunters are predicted, the figures are measured on rows that
the model was not trained on.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tfcourse import plots
from tfcourse.datasets import hunter

LABELLED = 12  # rows with a label in semi-supervised learning
N_SETS = 8  # sets of hunters in semi-supervised learning
MEAN = f"accuracy, mean of {N_SETS} sets of hunters"
FEW = 12  # rows of the new task in transfer learning


def run(seed: int = 88) -> dict[str, Any]:
    scored, typed = hunter.REGRESSION.prepare(), hunter.CLASSIFICATION.prepare()
    x, label = typed.train["inputs"], typed.train["number"]
    x_valid, label_valid = typed.valid["inputs"], typed.valid["number"]
    rows: list[dict[str, Any]] = []

    def add(kind: str, given: str, model: str, figure: str, value: float) -> None:
        rows.append(
            {"kind": kind, "given": given, "model": model, "figure": figure, "value": value}
        )

    line = LinearRegression().fit(scored.train["inputs"], scored.train["labels"])
    error = line.predict(scored.valid["inputs"]) - scored.valid["labels"]
    add(
        "supervised, regression",
        f"{len(scored.train['labels'])} labels",
        "linear",
        "RMSE",
        float(np.sqrt(np.mean(error**2))),
    )

    kind = "supervised, classification"
    for name, model in (
        ("linear (logistic regression)", LogisticRegression(max_iter=1000)),
        ("non-linear: decision tree", DecisionTreeClassifier(max_depth=8, random_state=seed)),
        ("non-linear: SVM", SVC(random_state=seed)),
        ("non-linear: naive Bayes", GaussianNB(var_smoothing=1e-2)),
        ("deep: two hidden layers", MLPClassifier((16, 16), max_iter=300, alpha=0.1, tol=1e-3,
                                                  random_state=seed)),
    ):  # fmt: skip
        add(kind, f"{len(x)} labels", name, "accuracy",
            model.fit(x, label).score(x_valid, label_valid))  # fmt: skip

    kind = "semi-supervised"
    alone, more = _semi_supervised()
    add(kind, f"{LABELLED} labels (baseline)", "linear", MEAN, alone)
    add(
        kind,
        f"{LABELLED} labels, {len(x) - LABELLED} rows without label",
        "label spreading",
        MEAN,
        more,
    )

    groups = KMeans(6, n_init=10, random_state=seed).fit(x)
    add("unsupervised", "no labels", "k-means, 6 groups", "adjusted Rand index (0: chance)",
        float(adjusted_rand_score(label_valid, groups.predict(x_valid))))  # fmt: skip

    # Transfer: other hunters, whose features are mixed a little, as by another examiner.
    other = hunter.classification(n=300, seed=seed + 1)
    turned = other.features @ (0.8 * np.eye(13, dtype=np.float32) + 0.2 / 13)
    start = LogisticRegression(max_iter=1000, warm_start=True).fit(x, label)
    kind = "transfer"
    alone = LogisticRegression(max_iter=1000).fit(turned[:FEW], other.deck_labels[:FEW])
    add(kind, f"{FEW} labels of a new task (baseline)", "linear", "accuracy",
        alone.score(turned[FEW:], other.deck_labels[FEW:]))  # fmt: skip
    with warnings.catch_warnings():  # a single step is intended
        warnings.simplefilter("ignore", ConvergenceWarning)
        both = start.set_params(max_iter=1).fit(turned[:FEW], other.deck_labels[:FEW])
    add(kind, f"{FEW} labels of a new task, weights of the old task", "linear, one more step", "accuracy",
        both.score(turned[FEW:], other.deck_labels[FEW:]))  # fmt: skip

    add("reinforcement", "rewards of its own actions", "epsilon-greedy bandit, six arms",
        "share of best actions, last 100 of 1,000", _bandit(seed))  # fmt: skip
    return {"note": hunter.NOTE, "kinds": pd.DataFrame(rows)}


def _semi_supervised() -> tuple[float, float]:
    """Valid accuracy of two models that are given the labels of the first LABELLED rows.

    Returns:
        The accuracy of a linear model of these rows alone; and that of label spreading, which also
        uses the other rows (label -1) and passes labels on to rows near by. Means over N_SETS sets.
    """
    alone, more = [], []
    for data_seed in range(N_SETS):
        data = hunter.CLASSIFICATION.prepare(seed=data_seed)
        x, label = data.train["inputs"], data.train["number"]
        some = np.where(np.arange(len(label)) < LABELLED, label, -1).astype(int)
        linear = LogisticRegression(max_iter=1000).fit(x[:LABELLED], label[:LABELLED])
        spread = LabelSpreading(gamma=2).fit(x, some)
        alone.append(linear.score(data.valid["inputs"], data.valid["number"]))
        more.append(spread.score(data.valid["inputs"], data.valid["number"]))
    return float(np.mean(alone)), float(np.mean(more))


def _bandit(seed: int) -> float:
    """Share of the best of six actions in the last 100 of 1,000 trials.

    Each action has a probability of success, which the learner has to estimate.
    """
    rng = np.random.default_rng(seed)
    success = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.8])
    tried, won = np.zeros(6), np.zeros(6)
    choices = []
    for _ in range(1000):
        value = won / np.maximum(tried, 1)
        action = rng.integers(6) if rng.random() < 0.1 else int(np.argmax(value))
        tried[action] += 1
        won[action] += rng.random() < success[action]
        choices.append(action)
    return float(np.mean(np.array(choices[-100:]) == int(np.argmax(success))))


def draw(result: dict[str, Any], path: str | Path) -> Path:
    table = result["kinds"][1:]  # the first row, an RMSE, has another scale
    figure, ((axis,),) = plots.panels(size=(9.6, 5.6))
    kinds = list(dict.fromkeys(table["kind"]))
    place = np.arange(len(table))[::-1]
    bars = axis.barh(place, table["value"], color=[f"C{kinds.index(k)}" for k in table["kind"]])
    axis.bar_label(bars, fmt="%.3f", padding=3)
    axis.set_yticks(place, table["model"] + "\n" + table["given"], fontsize="small")
    for kind in kinds:
        axis.barh([0], [0], color=f"C{kinds.index(kind)}", label=kind)
    axis.set_xlim(0, 1.1)
    axis.set_xlabel("accuracy (k-means: adjusted Rand index; bandit: share of best actions)")
    axis.set_title("Kinds of learning on generated hunters: what is given, and how well it does")
    axis.legend(loc="upper center", bbox_to_anchor=(0.35, -0.12), ncol=5, fontsize="small")
    return plots.save(figure, path)
