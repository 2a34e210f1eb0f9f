"""Concept of Latent Factor; Model Formulation and Loss Function (deck, "Recommendation Engine in
Matrix Factorization").

Four users gave 10 ratings to five movies. The product of user factors (4, dim) and movie factors
(dim, 5), plus biases, is fitted to these ratings. It then also predicts the missing ones:

    L = Σ over (i, j) rated of (u_i · m_j + b_u + b_m + b_global - r_ij)²

User與Movie的距離: with two factors, users and movies are points of a plane. For these points the mean
rating, 3, takes the place of the biases, so the rating depends on the points only. A movie in the
direction of a user is rated above the mean, and one in the opposite direction below it:

    u · m = (|u|² + |m|² - |u - m|²) / 2

For given lengths a rating is higher the smaller the distance is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from graphs.examples import Result
from tfcourse import plots
from tfcourse.batches import Batches, Columns
from tfcourse.model import BaseModel
from tfcourse.tf1 import tf

# Rows U1..U4, columns M1..M5; 0 where there is no rating.
RATINGS = np.array(
    [
        [3, 5, 0, 0, 1],
        [0, 0, 2, 4, 0],
        [5, 0, 1, 0, 0],
        [0, 3, 0, 3, 3],
    ],
    np.float32,
)


class LatentFactor(BaseModel):
    """Matrix factorization with biases for four users and five movies, all ratings in each update.

    ``infer`` (10,) is the prediction for each rated pair, ``pred`` (4, 5) that for all pairs. The
    placeholders have the size 10, since the slide's loss is a sum over all ratings.
    """

    dim: int = 4
    learning_rate: float = 0.05
    n_batch: int = 10
    n_epoch: int = 2000

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.user_id = tf.placeholder(tf.int32, [10], name="user_id")
            self.movie_id = tf.placeholder(tf.int32, [10], name="movie_id")
            self.rating = tf.placeholder(tf.float32, [10], name="rating")

    def graph_computation(self):
        # Glorot uniform: random numbers within ± sqrt(6 / (rows + columns)) of the matrix.
        init_fn = tf.glorot_uniform_initializer()
        with tf.variable_scope("computation"):
            self.U = tf.Variable(init_fn(shape=[4, self.dim]), name="U")  # (4, dim)
            self.M = tf.Variable(init_fn(shape=[5, self.dim]), name="M")  # (5, dim)
            self.graph_biases()
            u_m = tf.reduce_sum(
                tf.gather(self.U, self.user_id) * tf.gather(self.M, self.movie_id), 1
            )  # (10,)
            bias = tf.gather(self.b_u, self.user_id) + tf.gather(self.b_m, self.movie_id)
            self.infer = u_m + bias + self.b_global  # (10,)
            self.pred = (
                tf.matmul(self.U, tf.transpose(self.M))
                + self.b_u[:, tf.newaxis]
                + self.b_m
                + self.b_global
            )  # (4, 5)

    def graph_biases(self):
        self.b_u = tf.Variable(tf.zeros([4]), name="b_u")
        self.b_m = tf.Variable(tf.zeros([5]), name="b_m")
        self.b_global = tf.Variable(0.0, name="b_global")

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_sum(tf.square(self.infer - self.rating))


class InThePlane(LatentFactor):
    """Users and movies as points of a plane: two factors, and the mean rating as the only bias."""

    dim: int = 2

    def graph_biases(self):
        self.b_u, self.b_m = tf.zeros([4]), tf.zeros([5])
        self.b_global = tf.constant(RATINGS[RATINGS > 0].mean())


def run(seed: int = 88) -> Result:
    user, movie = np.nonzero(RATINGS)
    rows = Columns({"user_id": user, "movie_id": movie, "rating": RATINGS[user, movie]})
    model = LatentFactor(seed=seed)
    model.fit(Batches(rows, model.n_batch), verbose=False, engine="feed")
    approximation = model.predict({})
    plane = InThePlane(seed=seed)
    plane.fit(Batches(rows, plane.n_batch), verbose=False, engine="feed")
    users, movies = plane.session.run([plane.U, plane.M])  # (4, 2), (5, 2)
    distance = np.linalg.norm(users[:, None] - movies, axis=-1)  # (4, 5)
    product = (users @ [1, 1j])[:, None] * (
        movies @ [1, -1j]
    )  # its angle is the one between the two
    # A point at the origin, who gives every movie the mean rating, has no direction.
    angle = np.where(np.abs(product) < 1e-3, np.nan, np.degrees(np.abs(np.angle(product))))
    pairs = pd.DataFrame(
        {
            "pair": [f"U{i + 1}, M{j + 1}" for i, j in zip(user, movie, strict=True)],
            "rating": RATINGS[user, movie].astype(int),
            "u · m + mean rating": plane.predict({})[user, movie],
            "distance": distance[user, movie],
            "angle in degrees": angle[user, movie],
        }
    ).sort_values("distance", ignore_index=True)
    shown = {
        "ratings (0: not rated)": RATINGS,
        "user factors x movie factors + biases": approximation,
        "largest error on a given rating": float(
            np.abs(approximation - RATINGS)[user, movie].max()
        ),
        "r12, r33, r23 (5, 1, 2 on the slide)": approximation[[0, 2, 1], [1, 2, 2]],
        "two factors: points of the users": users,
        "two factors: points of the movies": movies,
        "distance of each user (row) to each movie (column)": distance,
        "rated pairs, the nearest first": pairs,
        "correlation of rating and distance": float(
            np.corrcoef(pairs["rating"], pairs["distance"])[0, 1]
        ),
    }
    model.close()
    plane.close()
    return Result(shown)


def draw(result: Result, path: str | Path) -> Path:
    users, movies = (result[f"two factors: points of the {kind}"] for kind in ("users", "movies"))
    figure, (axes,) = plots.panels(1, 2, (6.2, 5.2))
    axis, colours = axes[0], plots.colours("turbo", 5)
    for i, j in zip(*np.nonzero(RATINGS), strict=True):
        ends, rating = np.array([users[i], movies[j]]), int(RATINGS[i, j])
        axis.plot(*ends.T, color=colours[rating - 1], linewidth=2.5, zorder=1)
    for rating, colour in enumerate(colours, 1):
        below = -1.0
        of = result["rated pairs, the nearest first"].query("rating == @rating")
        for pair, far in zip(of["pair"], of["distance"], strict=True):
            axes[1].plot(rating, far, "o", color=colour, markeredgecolor="k")
            below = max(far, below + 0.13)  # labels do not lie on each other
            axes[1].text(rating + 0.12, below, pair, va="center")
        axis.plot([], [], color=colour, linewidth=2.5, label=f"rated {rating}")
    for points, name, marker in ((users, "U", "o"), (movies, "M", "s")):
        axis.scatter(*points.T, s=420, marker=marker, color="white", edgecolors="k", zorder=2)
        for i, point in enumerate(points, 1):
            axis.text(*point, f"{name}{i}", ha="center", va="center", zorder=3)
    axis.axhline(0, color="grey", linewidth=0.5, zorder=0)
    axis.axvline(0, color="grey", linewidth=0.5, zorder=0)
    axis.set_aspect("equal", "datalim")
    axis.margins(0.15)
    axis.set_xlabel("factor 1")
    axis.set_ylabel("factor 2")
    axis.set_title("Users (circles) and movies (squares) as points")
    axis.legend(fontsize="small")
    axes[1].set_xlim(0.5, 6)
    axes[1].set_xticks(range(1, 6))
    axes[1].set_xlabel("rating")
    axes[1].set_ylabel("distance of user and movie")
    correlation = result["correlation of rating and distance"]
    axes[1].set_title(f"The ten ratings: correlation {correlation:.2f}")
    axes[1].grid(alpha=0.3)
    return plots.save(figure, path)
