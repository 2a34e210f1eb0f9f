"""分類資料如何處理 (deck, "Machine Learning Framework").

With the numbers 1 to 6 as labels, the types have distances that the data do not contain:

    Distance(強化系, 變化系) = 2 - 1 = 1,  Distance(強化系, 放出系) = 3 - 1 = 2

With one-hot labels, the distance between any two types is sqrt(2). The lessons hunter-integer-labels
and hunter-classification are trained on the same hunters, four sets of them, to compare the accuracy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from graphs.hunter_classification import HunterClassification
from graphs.hunter_integer_labels import HunterIntegerLabels
from tfcourse import fonts, plots
from tfcourse.datasets import hunter

DATA_SEEDS = (100, 0, 1, 2)


def run(seed: int = 88) -> dict[str, Any]:
    number = np.arange(1, 7)
    one_hot = np.eye(6)
    rows = []
    confusion: dict[str, Any] = {}
    as_number, as_classes = HunterIntegerLabels(seed=seed), HunterClassification(seed=seed)
    for data_seed in DATA_SEEDS:
        data = hunter.CLASSIFICATION.prepare(seed=data_seed)
        valid = {"inputs": data.valid["inputs"]}
        as_number.fit(data.train_batches(as_number.n_batch), verbose=False, engine="feed")
        as_classes.fit(data.train_batches(as_classes.n_batch), verbose=False, engine="feed")
        guesses = {
            "integer labels": as_number.predict(valid, as_number.guess).astype(int),
            "one-hot": as_classes.predict(valid).argmax(axis=1) + 1,
        }
        label = data.valid["number"].astype(int)
        accuracy = {name: float(np.mean(guess == label)) for name, guess in guesses.items()}
        rows.append({"seed of the hunters": data_seed, **accuracy})
        for name, guess in guesses.items():
            counts = confusion_matrix(label, guess, labels=number)
            confusion[name] = confusion.get(name, 0) + counts
    as_number.close()
    as_classes.close()
    table = pd.DataFrame(rows)
    table["difference"] = table["one-hot"] - table["integer labels"]
    return {
        "labels": pd.DataFrame({"type": hunter.TYPES_ZH, "y": number}).join(
            pd.DataFrame(one_hot.astype(int), columns=[f"y{i}" for i in number])
        ),
        "distances between integer labels": np.abs(number[:, None] - number),
        "distances between one-hot labels": np.linalg.norm(
            one_hot[:, None, :] - one_hot[None, :, :], axis=-1
        ),
        "note": hunter.NOTE,
        "accuracy on 200 valid rows": table,
        "mean difference": float(table["difference"].mean()),
        "integer labels: confusion matrix (rows: labels 1 to 6, columns: guesses)": confusion[
            "integer labels"
        ],
        "one-hot: confusion matrix (rows: labels 1 to 6, columns: guesses)": confusion["one-hot"],
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, axes = plots.panels(1, 2, (5.6, 5.4))
    pairs = zip(hunter.TYPES_ZH, hunter.TYPES, strict=True)
    names = [f"{i} {fonts.bilingual(*pair)}" for i, pair in enumerate(pairs, 1)]
    table = result["accuracy on 200 valid rows"]
    for axis, name in zip(axes[0], ("integer labels", "one-hot"), strict=True):
        title = f"{name}: accuracy {table[name].mean():.3f}"
        counts = result[f"{name}: confusion matrix (rows: labels 1 to 6, columns: guesses)"]
        plots.table_of_shares(axis, counts, names, title)
    return plots.save(figure, path)
