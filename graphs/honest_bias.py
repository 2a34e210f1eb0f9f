"""Step 1: biases of users and movies (beyond the deck: an honest model).

How much better than the average are a movie's ratings, and a user's? Both are computed from the context,
which is all train rows but those that are to be predicted. Nothing of a row reaches its own prediction.

    f(u, m) = b_global + b_u + b_m
    b_m = Σ (r - b_global - b_u) / (n_m + λ_m)    over the context's ratings of m
    b_u = Σ (r - b_global - b_m) / (n_u + λ_u)    over the context's ratings of u
    L = mean (f(u, m) - r)²

b_m is computed first, with b_u = 0, then twice b_u and b_m in turn. A bias with few ratings is drawn
to 0 by λ. The two λ are all that is trained. Source of the formulas: Koren, "Factorization Meets the
Neighborhood", 2008, section 2.1.

| Symbol             | Shape             | Meaning                                                |
|--------------------|-------------------|--------------------------------------------------------|
| user_id            | (batch,)          | user of each row that is to be predicted               |
| candidate_movie_id | (batch,)          | its movie                                              |
| rating             | (batch,)          | its rating, 0.5 to 5                                   |
| seen_user          | (seen,)           | user of each rating in the context                     |
| seen_movie         | (seen,)           | its movie                                              |
| seen_rating        | (seen,)           | the rating, 0.5 to 5                                   |
| log_lambda         | (2,)              | logarithm of λ_m and λ_u                               |
| b_global           | ()                | mean rating of the context                             |
| count_user         | (users,)          | n_u; the last user has no ratings                      |
| count_item         | (n_movies,)       | n_m                                                    |
| bias_user          | (users,)          | b_u                                                    |
| bias_item          | (n_movies,)       | b_m                                                    |
| infer              | (batch, 1)        | predicted rating of each row                           |
| pred               | (queries, movies) | predicted ratings of each user_id for all movies       |
"""

from __future__ import annotations

import numpy as np

from tfcourse.recommenders.context import ContextRecommender
from tfcourse.tf1 import tf


class HonestBias(ContextRecommender):
    lesson = "honest-bias"

    n_movies: int = 9125
    learning_rate: float = 0.02

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.user_id = tf.placeholder(tf.int32, [None], name="user_id")
            self.candidate_movie_id = tf.placeholder(tf.int32, [None], name="candidate_movie_id")
            self.rating = tf.placeholder(tf.float32, [None], name="rating")
            self.seen_user = tf.placeholder(tf.int32, [None], name="seen_user")
            self.seen_movie = tf.placeholder(tf.int32, [None], name="seen_movie")
            self.seen_rating = tf.placeholder(tf.float32, [None], name="seen_rating")

    def graph_embedding(self):
        with tf.variable_scope("embedding"):
            self.log_lambda = tf.Variable(np.log([4, 8]).astype(np.float32), name="log_lambda")
            lambda_item, lambda_user = tf.unstack(tf.exp(self.log_lambda))

            self.count_user = self.sum_by_user(tf.ones_like(self.seen_rating))  # (users,)
            self.count_item = self.sum_by_movie(tf.ones_like(self.seen_rating))  # (n_movies,)
            n_seen = tf.to_float(tf.size(self.seen_rating))
            self.b_global = self.unchanged(tf.reduce_sum(self.seen_rating) / tf.maximum(n_seen, 1))

            above = self.seen_rating - self.b_global  # (seen,)
            self.bias_item = self.sum_by_movie(above) / (self.count_item + lambda_item)  # (n_movies,)
            for _ in range(2):
                rest = above - self.of_seen_movie(self.bias_item)
                self.bias_user = self.sum_by_user(rest) / (self.count_user + lambda_user)  # (users,)
                rest = above - self.of_seen_user(self.bias_user)
                self.bias_item = self.sum_by_movie(rest) / (self.count_item + lambda_item)  # (n_movies,)

    def graph_computation(self):
        with tf.variable_scope("computation"):
            bias_user = tf.gather(self.bias_user, self.user_row)[:, tf.newaxis]  # (batch, 1)
            bias_item = tf.gather(self.bias_item, self.candidate_movie_id)[:, tf.newaxis]
            self.infer = tf.add(bias_user + bias_item, self.b_global, name="infer")  # (batch, 1)

            # one user for all movies
            self.pred = bias_user + self.bias_item + self.b_global  # (queries, movies)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            label = self.rating[:, tf.newaxis]  # (batch, 1)
            mse = tf.reduce_mean(tf.square(self.infer - label))
            self.loss = mse + tf.losses.get_regularization_loss()  # of the steps that have one

            # for eval
            self.rmse_loss = tf.sqrt(mse, name="rmse_loss")
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - label), name="mae_loss")
