"""Step 7: what next (beyond the deck: an honest model).

"MF with DNN(Classification)" asks whether a user likes a movie. Here the question is which movie the
user likes next: all movies are the classes of one softmax. The score of a movie has two parts: what the
two towers of step 3 say, and how many users with a similar history, the neighbours, rated it.

    K = D^b X C^2a Xᵀ D^b / k                 similarity of users; X: 1 for a rating, 1.5 for a like
    P = (K + λ_5 I)⁻¹
    R = K P                                   ridge regression of each row of X on all rows
    w_uv = R_uv - R_uu P_uv / P_uu            the same without the user's own row: w_uu = 0
    s_um = Σ_v w_uv x_vm                      over all users v of the context
    f(u, m) = p_u · p_m + b_m + c_m + Σ_k w_k t_uk τ_mk + γ ln(ε + softplus(s_um))
    g_um = exp f(u, m) / Σ_m' exp f(u, m')    over the movies m' that u has not rated in the context
    L = - Σ_u h_u mean_m ln g_um / Σ_u h_u  +  λ Σ W² / 2        over the hidden movies m that u likes

C and D are diagonal: 3 more than the ratings of each movie and each user. k makes the mean of K_uu 1.
h_u is the root of the number of hidden likes. A user is never a neighbour of his own: w is what a
regression without the user's row gives, and for somebody new it is R itself. With ``recent`` the user's
latest ratings count more: the K of R, though not of P, has x (0.3 + exp(-j / recent)) in place of x on the
user's side, where j ratings of the user are later.

Sources: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019 (a regression without the own
column); Covington, Adams and Sargin, "Deep Neural Networks for YouTube Recommendations", 2016, and Liang et
al., "Variational Autoencoders for Collaborative Filtering", 2018 (the softmax over all movies).

Beyond the symbols of step 3:

| Symbol             | Shape               | Meaning                                              |
|--------------------|---------------------|------------------------------------------------------|
| w_neighbours       | (6,)                | a tenth of a, b, ln λ_5, the scale of s, ln γ, ln ε  |
| neighbours         | (n_movies, n_known) | Xᵀ of the users that can be neighbours               |
| weights            | (users, n_known)    | w                                                    |
| all_scores         | (n_movies, users)   | f, without what is the same for all movies           |
| infer              | (batch, 1)          | f of each row                                        |
| pred               | (queries, movies)   | f of each user_id for all movies                     |
"""

from __future__ import annotations

import numpy as np

from graphs.honest_towers import HonestTowers
from tfcourse.recommenders.top_ten import RankedByTopTen
from tfcourse.tf1 import tf


class HonestNext(RankedByTopTen, HonestTowers):
    lesson = "honest-next"

    learning_rate: float = 0.008
    n_epoch: int = 20
    n_parts: int = 5
    liked_more: float = 0.5
    recent: float = 0.0

    def graph_embedding(self):
        super().graph_embedding()
        with tf.name_scope("embedding/"):
            # Adam moves each weight by about the learning rate a step. These are to move ten times as fast.
            start = np.array([-0.4, -0.1, np.log(0.5), 0.3, -0.3, np.log(0.001)], np.float32)
            self.w_neighbours = tf.Variable(start / 10, name="w_neighbours")
            a, b, log_lambda, self.log_s, self.log_gamma, self.log_eps = tf.unstack(10 * self.w_neighbours)

            self.seen_liked = tf.to_float(self.seen_rating >= 4)  # (seen,)
            x = 1 + self.liked_more * self.seen_liked
            ratings = self.sparse_by_user(x)  # (users, n_movies)
            self.neighbours = self.unchanged(tf.transpose(tf.sparse.to_dense(ratings, validate_indices=False)))

            size_user, size_item = tf.pow(self.count_user + 3, b), tf.pow(self.count_item + 3, 2 * a)
            size_known = self.unchanged(size_user)
            scaled = self.neighbours * size_item[:, tf.newaxis] * size_known  # (n_movies, n_known)

            def similarity(ratings):
                return tf.sparse.sparse_dense_matmul(ratings, scaled) * size_user[:, tf.newaxis]

            kernel = similarity(ratings)  # (users, n_known)
            n_users = tf.reduce_sum(tf.sign(self.count_user))  # with ratings
            mean = tf.reduce_sum(tf.linalg.diag_part(kernel)) / tf.maximum(n_users, 1)
            mean = self.unchanged(tf.maximum(mean, 1e-6))

            n_known = tf.size(size_known)
            inverse = tf.linalg.inv(kernel / mean + tf.exp(log_lambda) * tf.eye(n_known))
            inverse = self.unchanged(inverse)  # P
            if self.recent:
                kernel = similarity(self.sparse_by_user(x * self.recency()))
            ridge = tf.matmul(kernel / mean, inverse)  # (users, n_known)
            own = ridge * tf.eye(self.n_seen_users, n_known) / tf.linalg.diag_part(inverse)
            self.weights = ridge - tf.matmul(own, inverse)

    def recency(self):
        """0.3 to 1.3 for each rating: how few the user's ratings are that come after it."""
        place = tf.range(tf.size(self.seen_user))
        last = tf.math.unsorted_segment_max(place, self.seen_user, self.n_seen_users)
        return 0.3 + tf.exp(-tf.to_float(tf.gather(last, self.seen_user) - place) / self.recent)

    def user_features(self):
        # What kinds of movies the user watches and likes, beside which ones are rated higher.
        n = self.count_user[:, tf.newaxis] + 5
        kinds = self.of_seen_movie(self.kinds)
        watched = self.sum_by_user(kinds) / n
        liked = self.sum_by_user(kinds * self.seen_liked[:, tf.newaxis]) / n
        latest = tf.math.unsorted_segment_max(self.of_seen_movie(self.year), self.seen_user, self.n_seen_users)
        latest = 10 * tf.maximum(latest, 0.5)[:, tf.newaxis] - 9
        return [*super().user_features(), watched * 5, liked * 5, latest]

    def graph_scores(self, weights, user):
        """f of some users: (users, n_known) and (users, dim) to (n_movies, users)."""
        near = tf.exp(self.log_s) * tf.matmul(self.neighbours, weights, transpose_b=True)
        near = tf.exp(self.log_gamma) * tf.log(tf.exp(self.log_eps) + tf.nn.softplus(20 * near) / 20)
        return tf.matmul(self.item_repr, user, transpose_b=True) + self.bias_item[:, tf.newaxis] + near

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.all_scores = self.graph_scores(self.weights, self.user_repr)  # (n_movies, users)
            place = tf.stack([self.candidate_movie_id, self.user_row], 1)
            self.infer = tf.expand_dims(tf.gather_nd(self.all_scores, place), 1, name="infer")  # (batch, 1)

            # one user for all movies
            row = self.user_row
            self.pred = tf.transpose(self.graph_scores(tf.gather(self.weights, row), tf.gather(self.user_repr, row)))

    def graph_loss(self):
        with tf.variable_scope("loss"):
            seen = tf.to_float(self.neighbours > 0)
            log_sum = tf.reduce_logsumexp(self.all_scores - 1e9 * seen, 0)  # (users,)
            log_softmax = self.infer[:, 0] - tf.gather(log_sum, self.user_row)  # (batch,)
            liked = tf.to_float(self.rating >= 4)
            n_liked = tf.math.unsorted_segment_sum(liked, self.user_row, self.n_seen_users)
            weight = liked / tf.sqrt(tf.maximum(tf.gather(n_liked, self.user_row), 1))
            self.xent = -tf.reduce_sum(weight * log_softmax) / tf.maximum(tf.reduce_sum(weight), 1)
            self.loss = self.xent + tf.losses.get_regularization_loss()
