"""Concept of Latent Factor; Model Formulation and Loss Function (deck, "Recommendation Engine in
Matrix Factorization").

Four users gave 10 ratings to five movies. The product of user factors (4, dim) and movie factors
(dim, 5), plus biases, is fitted to these ratings. It then also predicts the missing ones:

    L = Σ over (i, j) rated of (u_i · m_j + b_u + b_m + b_global - r_ij)²
"""

from __future__ import annotations

from typing import Any

import numpy as np

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

    ``infer`` (batch,) is the prediction for each pair of the batch, ``pred`` (4, 5) that for all pairs.
    """

    dim: int = 4
    learning_rate: float = 0.05
    n_batch: int = 10
    n_epoch: int = 2000

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.user_id = tf.placeholder(tf.int32, [None], name="user_id")
            self.movie_id = tf.placeholder(tf.int32, [None], name="movie_id")
            self.rating = tf.placeholder(tf.float32, [None], name="rating")

    def graph_computation(self):
        # Glorot uniform: random numbers within ± sqrt(6 / (rows + columns)) of the matrix.
        init_fn = tf.glorot_uniform_initializer()
        with tf.variable_scope("computation"):
            self.U = tf.Variable(init_fn(shape=[4, self.dim]), name="U")  # (4, dim)
            self.M = tf.Variable(init_fn(shape=[5, self.dim]), name="M")  # (5, dim)
            self.b_u = tf.Variable(tf.zeros([4]), name="b_u")
            self.b_m = tf.Variable(tf.zeros([5]), name="b_m")
            self.b_global = tf.Variable(0.0, name="b_global")

            u_m = tf.reduce_sum(
                tf.gather(self.U, self.user_id) * tf.gather(self.M, self.movie_id), 1
            )  # (batch,)
            bias = tf.gather(self.b_u, self.user_id) + tf.gather(self.b_m, self.movie_id)
            self.infer = u_m + bias + self.b_global  # (batch,)
            self.pred = (
                tf.matmul(self.U, tf.transpose(self.M))
                + self.b_u[:, tf.newaxis]
                + self.b_m
                + self.b_global
            )  # (4, 5)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_sum(tf.square(self.infer - self.rating))


def run(seed: int = 88) -> dict[str, Any]:
    user, movie = np.nonzero(RATINGS)
    rows = Columns({"user_id": user, "movie_id": movie, "rating": RATINGS[user, movie]})
    model = LatentFactor(seed=seed)
    model.fit(Batches(rows, model.n_batch), verbose=False, engine="feed")
    approximation = model.predict({})
    return {
        "ratings (0: not rated)": RATINGS,
        "user factors x movie factors + biases": approximation,
        "largest error on a given rating": float(
            np.abs(approximation - RATINGS)[user, movie].max()
        ),
        "r12, r33, r23 (5, 1, 2 on the slide)": approximation[[0, 2, 1], [1, 2, 2]],
    }
