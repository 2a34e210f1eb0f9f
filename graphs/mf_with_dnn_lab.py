"""Lab: lab_reco_model_mf_dnn.ipynb (deck, "Recommendation Engine with DNN").

這裡的Network structure可以自行調整: a variant of "MF with DNN" in which layers, dropout and the loss are
hyper-parameters (``graphs.recommender_lab``). Dropout follows each layer, where the slide has it as a
comment. With the defaults, two layers of 16 units without dropout and MSE, it is the lesson itself.
Cross entropy wants a higher learning rate: mf-with-dnn-xent has 0.1.

The ideal scores of the slide: valid RMSE about 0.82, ROC AUC about 0.80, strict NDCG about 0.60. The deck's
own table has a strict NDCG of 0.73 for this model. The RMSE is out of reach under protocol clean: the deck
gets it by a leak (README, "Two protocols").
"""

from __future__ import annotations

from graphs.mf_with_dnn import MFWithDNN
from graphs.recommender_lab import RecommenderLab
from tfcourse.errors import UsageError
from tfcourse.tf1 import tf


class MFWithDNNLab(RecommenderLab, MFWithDNN):
    """Args:
    hidden: widths of the layers; the last one is the query's, dim.
    """

    lesson = "mf-with-dnn-lab"

    hidden: tuple[int, ...] = (16, 16)

    def graph_dnn(self):
        if not self.hidden or self.hidden[-1] != self.dim or min(self.hidden) < 1:
            raise UsageError(f"hidden ends with dim = {self.dim}, not {self.hidden}")
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            self.item_repr = tf.concat([self.candidate_emb, self.genres_emb, self.avg_rating[:, tf.newaxis], self.year[:, tf.newaxis]], 1)
            self.candidate_bias = tf.matmul(self.item_repr, self.b_candidate_movie_id[:, tf.newaxis])

            for width in self.hidden:
                self.item_repr = tf.layers.dense(
                    self.item_repr, width, kernel_initializer=init_fn, activation=tf.nn.relu)
                self.item_repr = self.dropout(self.item_repr)
