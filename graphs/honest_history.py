"""Step 4: history (beyond the deck: an honest model).

As in "MF with History" a user is the movies that the user rated. Here their embeddings count by the
residual: a movie that was rated higher than the biases say counts for its embedding, one that was rated
lower against it.

    y_m = Y_m n_m / (n_m + λ_3) + a_m Y'               a_m: genres, periods, year, year² of the movie
    z_u = Σ e y_m / sqrt(n_u + λ_4)                    over the context's ratings of u
    q_m = Q_m n_m / (n_m + λ_3) + a_m Q'
    f(u, m) = b_global + b_u + c_u + b_m + c_m + Σ_k w_k t_uk τ_mk + (v z_u + p_u) · (q_m + p_m)
    L = mean (f(u, m) - r)²  +  λ Σ W² / 2  +  λ' Σ (Y² + Q²) / 2

p_u, c_u, p_m and c_m are from the towers, which get z_u and q_m as well. A movie with few ratings is what
its metadata say.

Beyond the symbols of step 3:

| Symbol               | Shape             | Meaning                                              |
|----------------------|-------------------|------------------------------------------------------|
| log_lambda_history   | (2,)              | logarithm of λ_3 and λ_4                             |
| w_query_movie_ids    | (n_movies, dim)   | Y, embedding of a movie in a history                 |
| w_query_metadata     | (n_metadata, dim) | Y'                                                   |
| w_candidate_movie_id | (n_movies, dim)   | Q, embedding of a movie to be predicted              |
| w_candidate_metadata | (n_metadata, dim) | Q'                                                   |
| w_query              | (dim,)            | v                                                    |
| query_emb            | (users, dim)      | z                                                    |
| candidate_emb        | (n_movies, dim)   | q                                                    |
"""

from __future__ import annotations

import numpy as np

from graphs.honest_towers import HonestTowers
from tfcourse.tf1 import tf


class HonestHistory(HonestTowers):
    lesson = "honest-history"

    reg_embedding: float = 0.001

    def embedding(self, rows, stddev, reg, name):
        embedding = tf.Variable(tf.random_normal([rows, self.dim], stddev=stddev), name=name)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, reg * tf.nn.l2_loss(embedding))
        return embedding

    def graph_embedding(self):
        super().graph_embedding()
        with tf.name_scope("embedding/"):
            self.log_lambda_history = tf.Variable(np.log([3, 3]).astype(np.float32), name="log_lambda_history")
            lambda_item, lambda_user = tf.unstack(tf.exp(self.log_lambda_history))
            metadata = self.metadata()
            n_metadata = metadata.shape[1]
            self.w_query_movie_ids = self.embedding(self.n_movies, 0.05, self.reg_embedding, "w_query_movie_ids")
            self.w_query_metadata = self.embedding(n_metadata, 0.02, self.reg, "w_query_metadata")
            self.w_query = tf.Variable(tf.ones([self.dim]), name="w_query")

            self.known = (self.count_item / (self.count_item + lambda_item))[:, tf.newaxis]  # (n_movies, 1)
            emb = self.of_all_movies(self.w_query_movie_ids) * self.known + tf.matmul(metadata, self.w_query_metadata)
            emb = self.residual[:, tf.newaxis] * self.of_seen_movie(emb)  # (seen, dim)
            self.query_emb = self.sum_by_user(emb) / tf.sqrt(self.count_user + lambda_user)[:, tf.newaxis]  # (users, dim)

            self.w_candidate_metadata = self.embedding(n_metadata, 0.02, self.reg, "w_candidate_metadata")
            self.candidate_emb = self.candidate() + tf.matmul(metadata, self.w_candidate_metadata)  # (n_movies, dim)

    def candidate(self):
        self.w_candidate_movie_id = self.embedding(self.n_movies, 0.05, self.reg_embedding, "w_candidate_movie_id")
        return self.of_all_movies(self.w_candidate_movie_id) * self.known

    def user_features(self):
        return [*super().user_features(), self.query_emb]

    def item_features(self):
        return [*super().item_features(), self.candidate_emb]

    def graph_dnn(self):
        super().graph_dnn()
        with tf.name_scope("dnn/"):
            after_kinds = [[0, 0], [self.kinds.shape[1], 0]]
            self.user_repr += tf.pad(self.query_emb * self.w_query, after_kinds)
            self.item_repr += tf.pad(self.candidate_emb, after_kinds)
