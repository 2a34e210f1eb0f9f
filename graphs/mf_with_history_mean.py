"""Movie ID Aggregation(Pooling) ? Mean: the embedding vectors are averaged.

A variant of "Model - MF with History": u = Σ w_query / n. The mean of an empty history is 0.
"""

from __future__ import annotations

from graphs.mf_with_history import MFWithHistory
from tfcourse.tf1 import tf


class MFWithHistoryMean(MFWithHistory):
    lesson = "mf-with-history-mean"

    def pooling(self):
        query_emb_mask = tf.sequence_mask(self.query_movie_ids_len)  # (batch, longest)
        n = tf.to_float(tf.maximum(self.query_movie_ids_len, 1))
        weighted = (tf.to_float(query_emb_mask) / n[:, tf.newaxis])[:, :, tf.newaxis]
        self.query_emb = tf.reduce_sum(self.query_emb * weighted, 1)  # (batch, dim)
        self.query_bias = tf.matmul(self.query_emb, self.b_query_movie_ids[:, tf.newaxis])
