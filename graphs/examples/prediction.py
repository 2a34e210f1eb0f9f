"""Prediction (deck, "Recommendation Engine in Matrix Factorization").

All users against all movies at once, 以向量運算表示: u_i · m_j + b_u + b_m + b_global. b_u is added to
the rows, b_m to the columns, and b_global to every element.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tfcourse import plots
from tfcourse.tf1 import tf

U_M = np.array(
    [
        [3.5, 4.7, 0.87, 1.87, 0.8],
        [4.87, 5.6, 2.1, 3.87, 4.57],
        [5.87, 4.78, 1.87, 1.2, 3.6],
        [1.7, 3.2, 2.9, 2.87, 2.6],
    ]
)  # (4 users, 5 movies)
B_U = np.array([0.1, 0.2, 0.3, 0.4])
B_GLOBAL = 0.5
B_M = np.array([0.8, 0.7, 0.6, 0.5, 0.4])


def run(seed: int = 88) -> dict[str, Any]:
    with tf.Graph().as_default(), tf.Session() as sess:
        predict = tf.constant(U_M) + tf.constant(B_U)[:, tf.newaxis] + B_GLOBAL + tf.constant(B_M)
        result = sess.run(predict)
    return {"u · m": U_M, "b_u": B_U, "b_global": B_GLOBAL, "b_m": B_M, "predict": result}


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, (axes,) = plots.panels(1, 5, (2.9, 2.8), "u_i · m_j + b_u + b_global + b_m")
    users, movies = [f"U{i}" for i in range(1, 5)], [f"M{j}" for j in range(1, 6)]
    plots.numbers(axes[0], result["u · m"], "u_i · m_j", users, movies)
    plots.numbers(axes[1], result["b_u"][:, None], "+ b_u, to the rows", users)
    plots.numbers(axes[2], np.full((4, 5), result["b_global"]), "+ b_global, to each element")
    plots.numbers(axes[3], result["b_m"], "+ b_m, to the columns", columns=movies)
    plots.numbers(axes[4], result["predict"], "= prediction", users, movies)
    return plots.save(figure, path)
