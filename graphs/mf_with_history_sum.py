"""Movie ID Aggregation(Pooling) ? Sum: the embedding vectors are added up.

A variant of "Model - MF with History": u = Σ w_query. The vector of a user with many ratings is long.
"""

from __future__ import annotations

from graphs.mf_with_history import MFWithHistory
from tfcourse.tf1 import tf


class MFWithHistorySum(MFWithHistory):
    lesson = "mf-with-history-sum"

    # A sum over hundreds of movies has much larger gradients than SqrtN.
    learning_rate: float = 0.001

    def pooling(self):
        query_emb_mask = tf.sequence_mask(self.query_movie_ids_len)  # (batch, longest)
        weighted = tf.to_float(query_emb_mask)[:, :, tf.newaxis]
        self.query_emb = tf.reduce_sum(self.query_emb * weighted, 1)  # (batch, dim)
        self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])
