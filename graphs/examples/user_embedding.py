"""Reflections (Transformation); User ID To Embedding (deck, "Recommendation Engine in Matrix Factorization").

Ids such as 1263 and 1080 are numbers, but their differences have no meaning. 把user和movie看成是categorical
variable: an id is a category, so it is one-hot encoded, and all ids are equally far from each other.

第i號user的latent factor等價於取Weight的第i列: the product of one-hot and weights is the row of that user. An
embedding lookup takes the row without the multiplication.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder

from tfcourse import plots
from tfcourse.tf1 import tf

WEIGHTS = np.array([[1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4]], np.float32)  # (4 users, 3)
IDS = {"user id": (1263, 1080, 87), "movie id": (103, 554, 187)}  # as on the slide


def encoded(name: str, ids: tuple[int, ...]) -> pd.DataFrame:
    """Each id with its one-hot vector, and its distances to the others as number and as one-hot."""
    number = np.array(ids, float)[:, None]  # (ids, 1)
    one_hot = OneHotEncoder(sparse_output=False).fit_transform(number)  # (ids, ids)
    rows = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        rows.append(
            {
                name: f"{ids[i]}, {ids[j]}",
                "one-hot": f"{one_hot[i].astype(int)}, {one_hot[j].astype(int)}",
                "distance of the numbers": float(np.linalg.norm(number[i] - number[j])),
                "distance of the one-hot vectors": float(np.linalg.norm(one_hot[i] - one_hot[j])),
            }
        )
    return pd.DataFrame(rows)


def run(seed: int = 88) -> dict[str, Any]:
    with tf.Graph().as_default(), tf.Session() as sess:
        one_hot = tf.one_hot([0, 1, 2, 3], depth=4)  # (4, 4)
        product = tf.matmul(one_hot, WEIGHTS)  # (4, 3)
        looked_up = tf.nn.embedding_lookup(WEIGHTS, [0, 1, 2, 3])  # (4, 3)
        one_hot, product, looked_up = sess.run([one_hot, product, looked_up])
    return {
        **{f"{name}s are categories": encoded(name, ids) for name, ids in IDS.items()},
        "one hot": one_hot,
        "weights": WEIGHTS,
        "one hot x weights": product,
        "rows looked up": looked_up,
        "equal": bool((product == looked_up).all()),
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, (axes,) = plots.panels(1, 4, (3.2, 3.2), "A user's one-hot id times W is a row of W")
    users = [f"U{i}" for i in range(1, 5)]
    plots.numbers(axes[0], result["one hot"], "one-hot (4, 4)", users, users)
    plots.numbers(axes[1], result["weights"], "x weights (4, 3)", users)
    plots.numbers(axes[2], result["one hot x weights"], "= factors (4, 3)", users)
    plots.numbers(axes[3], result["rows looked up"], "embedding_lookup (4, 3)", users)
    return plots.save(figure, path)
