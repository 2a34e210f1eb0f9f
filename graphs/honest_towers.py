"""Step 3: two towers on statistics (beyond the deck: an honest model).

What is known of a user beside the bias: how many movies, how much the ratings differ, whether known and
well-rated movies are preferred. Of a movie: how many ratings, how much they differ, its metadata. Two
layers encode each side to a vector and a correction of its bias:

    [p_u, c_u] = W2 · relu(W1 · s_u),    [p_m, c_m] = V2 · relu(V1 · s_m)
    f(u, m) = b_global + b_u + c_u + b_m + c_m + Σ_k w_k t_uk τ_mk + p_u · p_m
    s_u = [b_u, ln n_u, spread of e, slope of e on ln n_m, slope of e on b_m, mean ln n_m, t_u]
    s_m = [b_m, ln n_m, spread of e, whether n_m = 0, genres, periods, year, year²]
    L = mean (f(u, m) - r)²  +  λ Σ W² / 2    over the four kernels

Spreads, slopes and means are shrunk as the biases are. Units differ, so each is scaled to about ±1.

Beyond the symbols of step 2:

| Symbol             | Shape             | Meaning                                                |
|--------------------|-------------------|--------------------------------------------------------|
| user_repr          | (users, dim)      | [w · t_u, p_u]; dim is kinds + the lesson's dim        |
| item_repr          | (n_movies, dim)   | [τ_m, p_m]                                             |
"""

from __future__ import annotations

from graphs.honest_taste import HonestTaste
from tfcourse.tf1 import tf


class HonestTowers(HonestTaste):
    lesson = "honest-towers"

    dim: int = 64
    hidden: int = 96
    reg: float = 0.002
    learning_rate: float = 0.002

    def user_features(self):
        n, e = self.count_user, self.residual
        known = tf.log1p(self.count_item) - 3  # (n_movies,)
        known, good = self.of_seen_movie(known), self.of_seen_movie(self.bias_item)  # (seen,)
        statistics = [
            self.bias_user * 2,
            tf.log1p(n) / 2 - 2,
            3 * tf.sqrt((self.sum_by_user(e * e) + 8) / (n + 10)) - 2.7,
            5 * self.sum_by_user(e * known) / (self.sum_by_user(known * known) + 20),
            2 * self.sum_by_user(e * good) / (self.sum_by_user(good * good) + 5),
            self.sum_by_user(known) / (n + 5),
        ]
        return [tf.stack(statistics, 1), self.taste * 5]

    def metadata(self):
        year = 5 * self.year[:, tf.newaxis] - 3.75
        return tf.concat([self.genres_hot, self.periods, year, tf.square(year)], 1)  # (n_movies, n_genres + 15)

    def item_features(self):
        n, e = self.count_item, self.residual
        statistics = [
            self.bias_item * 2,
            tf.log1p(n) / 2 - 1,
            3 * tf.sqrt((self.sum_by_movie(e * e) + 4) / (n + 5)) - 2.7,
            tf.to_float(tf.equal(n, 0)),
        ]
        return [tf.stack(statistics, 1), self.metadata()]

    def tower(self, features):
        def dense(x, n, scale, **kwargs):
            init_fn = tf.variance_scaling_initializer(scale, distribution="untruncated_normal")
            regularizer = tf.contrib.layers.l2_regularizer(float(self.reg))
            return tf.layers.dense(x, n, kernel_initializer=init_fn, kernel_regularizer=regularizer, **kwargs)

        # The last layer begins small: training starts from step 2.
        hidden = dense(tf.concat(features, 1), self.hidden, 1.0, activation=tf.nn.relu)
        encoded = dense(hidden, self.dim + 1, 0.01)
        return encoded[:, :-1], encoded[:, -1]

    def graph_dnn(self):
        with tf.variable_scope("dnn"):
            user, user_bias = self.tower(self.user_features())
            item, item_bias = self.tower(self.item_features())
            self.bias_user += user_bias
            self.bias_item += item_bias
            self.user_repr = tf.concat([self.user_repr, user], 1)  # (users, dim)
            self.item_repr = tf.concat([self.item_repr, item], 1)  # (n_movies, dim)
