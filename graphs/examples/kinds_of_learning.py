"""Machine Learning 的種類 (deck, "Machine Learning Framework").

Each kind on the slide, tried on the hunters: what it is given, what it finds, and a figure of how
well. The figures are on the last third of the rows, which none of them learned from.
"""

from __future__ import annotations

import warnings
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

from tfcourse.datasets import hunter

LABELLED = 12  # rows whose label the semi-supervised learner may see
N_SETS = 8  # of hunters that it is tried on
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
    add("supervised, regression", "scores", "linear", "RMSE", float(np.sqrt(np.mean(error**2))))

    kind = "supervised, classification"
    for name, model in (
        ("linear (logistic regression)", LogisticRegression(max_iter=1000)),
        ("non-linear: decision tree", DecisionTreeClassifier(max_depth=8, random_state=seed)),
        ("non-linear: SVM", SVC(random_state=seed)),
        ("non-linear: naive Bayes", GaussianNB(var_smoothing=1e-2)),
        ("deep: two hidden layers", MLPClassifier((16, 16), max_iter=300, alpha=0.1, tol=1e-3,
                                                  random_state=seed)),
    ):  # fmt: skip
        add(kind, f"{len(x)} types", name, "accuracy",
            model.fit(x, label).score(x_valid, label_valid))  # fmt: skip

    kind = "semi-supervised"
    alone, more = _semi_supervised()
    add(kind, f"{LABELLED} types alone, to compare", "linear", MEAN, alone)
    add(kind, f"{LABELLED} types, {len(x) - LABELLED} rows without", "label spreading", MEAN, more)

    groups = KMeans(6, n_init=10, random_state=seed).fit(x)
    add("unsupervised", "no types", "k-means, 6 groups", "adjusted Rand index (0: chance)",
        float(adjusted_rand_score(label_valid, groups.predict(x_valid))))  # fmt: skip

    # Transfer: other hunters, whose signs are turned round a little by a new examiner.
    other = hunter.classification(n=300, seed=seed + 1)
    turned = other.features @ (0.8 * np.eye(13, dtype=np.float32) + 0.2 / 13)
    start = LogisticRegression(max_iter=1000, warm_start=True).fit(x, label)
    kind = "transfer"
    alone = LogisticRegression(max_iter=1000).fit(turned[:FEW], other.deck_labels[:FEW])
    add(kind, f"{FEW} types of a new task alone, to compare", "linear", "accuracy",
        alone.score(turned[FEW:], other.deck_labels[FEW:]))  # fmt: skip
    with warnings.catch_warnings():  # one step is what is wanted
        warnings.simplefilter("ignore", ConvergenceWarning)
        both = start.set_params(max_iter=1).fit(turned[:FEW], other.deck_labels[:FEW])
    add(kind, f"{FEW} types, and the weights of the old task", "linear, one more step", "accuracy",
        both.score(turned[FEW:], other.deck_labels[FEW:]))  # fmt: skip

    add("reinforcement", "rewards of its own trials", "epsilon-greedy, six ways to train",
        "share of best choices, last 100 of 1,000", _bandit(seed))  # fmt: skip
    return {"note": hunter.NOTE, "kinds": pd.DataFrame(rows)}


def _semi_supervised() -> tuple[float, float]:
    """Accuracy of what learns from a few labels alone, and of what sees the other rows as well
    (-1: no label) and spreads the labels over rows that lie near each other."""
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
    """Six ways to train, each with a chance of success that is not known; one trial at a time."""
    rng = np.random.default_rng(seed)
    chance = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.8])
    tried, won = np.zeros(6), np.zeros(6)
    choices = []
    for _ in range(1000):
        value = won / np.maximum(tried, 1)
        way = rng.integers(6) if rng.random() < 0.1 else int(np.argmax(value))
        tried[way] += 1
        won[way] += rng.random() < chance[way]
        choices.append(way)
    return float(np.mean(np.array(choices[-100:]) == int(np.argmax(chance))))
