"""Step 2: taste by genre and year (beyond the deck: an honest model).

Which kinds of movies does a user rate higher than the biases say? A kind is a genre or a period:

    e = r - b_global - b_u - b_m                       residual of a rating in the context
    t_uk = Σ e τ_mk / (Σ τ_mk + λ_k)                   over the context's ratings of u
    f(u, m) = b_global + b_u + b_m + Σ_k w_k t_uk τ_mk

τ_m has the genres of a movie, each over their number, and 13 periods that overlap. λ and w are trained;
no weight belongs to a user or a movie.

Beyond the symbols of step 1:

| Symbol             | Shape             | Meaning                                                |
|--------------------|-------------------|--------------------------------------------------------|
| genres             | (n_movies, most)  | genres of all movies, padded with 0                    |
| genres_len         | (n_movies,)       | how many of them count                                 |
| year               | (n_movies,)       | year of all movies, scaled to 0..1                     |
| log_lambda_taste   | (kinds,)          | logarithm of λ_k; kinds is n_genres + 13               |
| w_taste            | (kinds,)          | w                                                      |
| genres_hot         | (n_movies,        | 1 for a genre of the movie, else 0                     |
|                    | n_genres)         |                                                        |
| kinds              | (n_movies, kinds) | τ                                                      |
| residual           | (seen,)           | e                                                      |
| taste              | (users, kinds)    | t                                                      |
"""

from __future__ import annotations

import numpy as np

from graphs.honest_bias import HonestBias
from tfcourse.tf1 import tf

# The middle of each period on the scale of ``year``, and its width. The later, the narrower.
MIDDLE = 1 - 0.75 * np.linspace(1, 0, 13, dtype=np.float32) ** 1.5
WIDTH = 0.15 - 0.12 * MIDDLE


class HonestTaste(HonestBias):
    lesson = "honest-taste"

    n_genres: int = 20

    def graph_inputs(self):
        super().graph_inputs()
        with tf.name_scope("inputs/"):  # the same scope again
            self.genres = tf.placeholder(tf.int32, [None, None], name="genres")
            self.genres_len = tf.placeholder(tf.int32, [None], name="genres_len")
            self.year = tf.placeholder(tf.float32, [None], name="year")

    def graph_embedding(self):
        super().graph_embedding()
        with tf.name_scope("embedding/"):
            n_kinds = self.n_genres + len(MIDDLE)
            self.log_lambda_taste = tf.Variable(np.log(np.full(n_kinds, 10.0, np.float32)), name="log_lambda_taste")
            self.w_taste = tf.Variable(tf.fill([n_kinds], 0.7), name="w_taste")

            mask = tf.sequence_mask(self.genres_len, tf.shape(self.genres)[1], tf.float32)
            hot = tf.one_hot(self.genres, self.n_genres) * mask[:, :, tf.newaxis]  # (n_movies, most, n_genres)
            self.genres_hot = tf.reduce_sum(hot, 1)  # (n_movies, n_genres)
            share = self.genres_hot / tf.to_float(tf.maximum(self.genres_len, 1))[:, tf.newaxis]
            self.periods = tf.nn.softmax(-0.5 * tf.square((self.year[:, tf.newaxis] - MIDDLE) / WIDTH))  # (n_movies, 13)
            self.kinds = tf.concat([share, self.periods], 1)  # (n_movies, kinds)

            self.residual = self.seen_rating - self.b_global - \
                            self.of_seen_user(self.bias_user) - self.of_seen_movie(self.bias_item)  # (seen,)
            kinds = self.of_seen_movie(self.kinds)  # (seen, kinds)
            self.taste = self.sum_by_user(self.residual[:, tf.newaxis] * kinds) / \
                         (self.sum_by_user(kinds) + tf.exp(self.log_lambda_taste))  # (users, kinds)
            self.user_repr, self.item_repr = self.taste * self.w_taste, self.kinds

    def graph_computation(self):
        with tf.variable_scope("computation"):
            user = tf.gather(self.user_repr, self.user_row)  # (batch, dim)
            item = tf.gather(self.item_repr, self.candidate_movie_id)
            bias_user = tf.gather(self.bias_user, self.user_row)[:, tf.newaxis]  # (batch, 1)
            bias_item = tf.gather(self.bias_item, self.candidate_movie_id)[:, tf.newaxis]
            infer = tf.reduce_sum(user * item, 1, keep_dims=True) + bias_user + bias_item
            self.infer = tf.add(infer, self.b_global, name="infer")  # (batch, 1)

            # one user for all movies
            self.pred = tf.matmul(user, tf.transpose(self.item_repr)) + \
                        bias_user + self.bias_item + self.b_global  # (queries, movies)

    @property
    def item_vectors(self):
        return self.item_repr
