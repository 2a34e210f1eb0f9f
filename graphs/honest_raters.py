"""Step 5: a movie is who rated it, and how (beyond the deck: an honest model).

What history is to a user, its raters are to a movie: the users' pooled histories, each by the residual of
the user's rating. It takes the place of the embedding by movie id:

    q_m = (Σ e z_u / sqrt(n_m + λ_5)) M + a_m Q'       over the context's ratings of m

So a movie that is rated for the first time has a vector from its first raters on, without training.

Beyond the symbols of step 4, without w_candidate_movie_id:

| Symbol               | Shape             | Meaning                                              |
|----------------------|-------------------|------------------------------------------------------|
| log_lambda_raters    | ()                | logarithm of λ_5                                     |
| w_raters             | (dim, dim)        | M, begins with 0.1 times the unit matrix             |
"""

from __future__ import annotations

import numpy as np

from graphs.honest_history import HonestHistory
from tfcourse.tf1 import tf


class HonestRaters(HonestHistory):
    lesson = "honest-raters"

    reg_embedding: float = 0.0002

    def candidate(self):
        self.log_lambda_raters = tf.Variable(np.float32(np.log(5)), name="log_lambda_raters")
        self.w_raters = tf.Variable(0.1 * tf.eye(self.dim), name="w_raters")
        raters = self.residual[:, tf.newaxis] * self.of_seen_user(self.query_emb)  # (seen, dim)
        n = self.count_item + tf.exp(self.log_lambda_raters)
        return tf.matmul(self.sum_by_movie(raters) / tf.sqrt(n)[:, tf.newaxis], self.w_raters)  # (n_movies, dim)
