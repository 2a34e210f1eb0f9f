"""Lab: lab_reco_model_mf_dnn.ipynb (deck, "Recommendation Engine with DNN").

這裡的Network structure可以自行調整: a variant of "MF with DNN" in which layers and dropout are
hyper-parameters. With the defaults, two layers of 16 units without dropout, it is the lesson itself.
"""

from __future__ import annotations

from graphs.mf_with_dnn import MFWithDNN
from tfcourse.errors import UsageError
from tfcourse.tf1 import tf


class MFWithDNNLab(MFWithDNN):
    """Args:
    hidden: widths of the layers; the last one is the query's, dim.
    dp_scale: share of units dropped after each layer while training, 0 to below 1.
    """

    lesson = "mf-with-dnn-lab"

    hidden: tuple[int, ...] = (16, 16)
    dp_scale: float = 0.0

    def graph_dnn(self):
        if not self.hidden or self.hidden[-1] != self.dim or min(self.hidden) < 1:
            raise UsageError(f"hidden ends with dim = {self.dim}, not {self.hidden}")
        if not self.dp_scale < 1:
            raise UsageError(f"dp_scale is below 1, not {self.dp_scale}")
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            self.item_repr = tf.concat([self.candidate_emb, self.genres_emb, self.avg_rating[:, tf.newaxis], self.year[:, tf.newaxis]], 1)
            self.candidate_bias = tf.matmul(self.item_repr, self.b_candidate_movie_id[:, tf.newaxis])

            for width in self.hidden:
                self.item_repr = tf.layers.dense(
                    self.item_repr, width, kernel_initializer=init_fn, activation=tf.nn.relu)
                self.item_repr = tf.layers.dropout(
                    self.item_repr, self.dp_scale, training=self.isTrain)
