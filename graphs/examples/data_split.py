"""How to Treat Your Data? (deck, "Deep Neural Network(DNN) Tips").

Models are fitted to train rows, and valid rows are used to choose one of them. Test rows are used
once, to measure how well the chosen model generalizes. Cross validation (切出很多組的 (training,
validation)) splits the rows other than the test rows in several ways, and chooses the model with the
best mean over all splits.

The lesson hunter-classification is compared with scikit-learn's models through scikit-learn's own
interface (``LessonClassifier``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from graphs.examples import Result
from graphs.hunter_classification import HunterClassification
from tfcourse import plots
from tfcourse.batches import data_fn
from tfcourse.datasets import hunter

FOLDS = 5


class LessonClassifier(ClassifierMixin, BaseEstimator):
    """The lesson hunter-classification as a scikit-learn classifier of labels 0 to 5.

    Args:
        learning_rate, n_epoch, seed: hyper-parameters of the lesson.

    Attributes:
        classes_: the labels, int (6,).
        w_, b_: the trained weights, float32 (13, 6) and (6,).
    """

    def __init__(self, learning_rate: float = 0.5, n_epoch: int = 20, seed: int = 88):
        self.learning_rate = learning_rate
        self.n_epoch = n_epoch
        self.seed = seed

    def fit(self, X: np.ndarray, y: np.ndarray) -> LessonClassifier:
        """Train the lesson from its initial weights.

        Args:
            X: features, float32 (n, 13).
            y: labels, int (n,).
        """
        self.classes_ = np.arange(6)
        model = HunterClassification(
            learning_rate=self.learning_rate, n_epoch=self.n_epoch, seed=self.seed
        )
        one_hot = np.eye(6, dtype=np.float32)[y]
        model.fit(data_fn(X, one_hot, model.n_batch, shuffle=True), verbose=False, engine="feed")
        self.w_, self.b_ = model.session.run([model.w, model.b])
        model.close()
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The label with the highest score for each row of ``X``, int (n,)."""
        return (X @ self.w_ + self.b_).argmax(axis=1)


def candidates(seed: int) -> dict[str, Any]:
    """The models to choose from, not yet fitted, by name."""
    return {
        "hunter-classification, rate 0.5": LessonClassifier(0.5, seed=seed),
        "hunter-classification, rate 0.001": LessonClassifier(0.001, seed=seed),
        "naive Bayes": GaussianNB(var_smoothing=1e-2),
        "1 nearest neighbour": KNeighborsClassifier(1),
        "15 nearest neighbours": KNeighborsClassifier(15),
        "decision tree": DecisionTreeClassifier(random_state=seed),
        "decision tree, depth 6": DecisionTreeClassifier(max_depth=6, random_state=seed),
    }


def run(seed: int = 88) -> Result:
    data = hunter.classification()
    x, y = data.features, data.labels
    rest, test = train_test_split(np.arange(len(x)), test_size=0.2, random_state=seed, stratify=y)
    train, valid = train_test_split(rest, test_size=0.25, random_state=seed, stratify=y[rest])
    rows, scores = [], {}
    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    for name, model in candidates(seed).items():
        model.fit(x[train], y[train])
        across = cross_val_score(model, x[rest], y[rest], cv=folds)
        scores[name] = across
        rows.append(
            {
                "model": name,
                "train": model.score(x[train], y[train]),
                "valid": model.score(x[valid], y[valid]),
                f"{FOLDS}-fold mean": across.mean(),
                "standard deviation": across.std(ddof=1),
                "lowest fold": across.min(),
                "highest fold": across.max(),
            }
        )
    table = pd.DataFrame(rows)
    by_valid = table.loc[table["valid"].idxmax(), "model"]
    by_folds = table.loc[table[f"{FOLDS}-fold mean"].idxmax(), "model"]
    # The chosen model is fitted to all rows except the test rows, which are used only here.
    final = candidates(seed)[by_folds].fit(x[rest], y[rest])
    used = [
        (part, len(index), np.bincount(y[index], minlength=6).tolist())
        for part, index in (("train", train), ("valid", valid), ("test", test))
    ]
    shown = {
        "note": hunter.NOTE,
        "rows": pd.DataFrame(used, columns=["part", "rows", "rows of each type"]),
        "accuracy": table,
        "chosen on valid rows": by_valid,
        f"chosen by {FOLDS}-fold cross validation": by_folds,
        "test accuracy of the model chosen by cross validation": float(
            final.score(x[test], y[test])
        ),
    }
    return Result(shown, picture=scores)


def draw(result: Result, path: str | Path) -> Path:
    figure, axes = plots.panels(size=(7.6, 4.0))
    axis, table = axes[0, 0], result["accuracy"]
    place = np.arange(len(table))
    axis.barh(place, table[f"{FOLDS}-fold mean"], xerr=table["standard deviation"], color="lightsteelblue",
              label=f"{FOLDS}-fold mean, standard deviation")  # fmt: skip
    for i, name in enumerate(table["model"]):
        folds = result.picture[name]
        axis.plot(folds, np.full(len(folds), i), "k.", label="one fold" if i == 0 else None)
    axis.plot(table["train"], place, "r|", markersize=14, label="train")
    axis.plot(table["valid"], place, "g|", markersize=14, label="valid")
    axis.set_yticks(place, table["model"])
    axis.set_xlim(0.2, 1.02)
    axis.set_xlabel("accuracy")
    axis.set_ylabel("model")
    axis.set_title("Choosing a model: one valid set, and cross validation")
    axis.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.4, -0.14), ncol=4)
    return plots.save(figure, path)
