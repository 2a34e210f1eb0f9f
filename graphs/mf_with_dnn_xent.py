"""Model - MF with DNN(Classification) (deck, "Recommendation Engine with DNN").

Will the user like the movie? A rating of at least 4 is 1, all others are 0:

    f(u, m) = σ(u · m + b_u + b_m + b_global)
    L = - mean (ŷ · ln f + (1 - ŷ) · ln(1 - f))

The slide prints the last factor as (1 - ln f). It should be ln(1 - f), which is what the code computes.
The slide prints Σ; its code takes the mean.

| Symbol       | Shape             | Meaning                                                     |
|--------------|-------------------|-------------------------------------------------------------|
| alter_rating | (batch,)          | 1 for a rating of 4 and above, else 0                       |
| infer        | (batch, 1)        | the score before the sigmoid                                |
| pred         | (queries, movies) | probability that the user likes the movie                   |
| rmse_loss    | ()                | of infer against alter_rating. It cannot be compared with   |
|              |                   | other lessons (最佳化cross entropy, RMSE的分數是無意義的)   |
"""

from __future__ import annotations

import numpy as np

from graphs.mf_with_dnn import MFWithDNN
from tfcourse.tf1 import tf


class MFWithDNNXent(MFWithDNN):
    lesson = "mf-with-dnn-xent"
    monitor = "vl_loss"
    epoch_table = (
        ("XEntropy Error", "tr_loss"),
        ("Val XENT Error", "vl_loss"),
        ("Val RMSE Error", "vl_rmse"),
    )

    learning_rate: float = 0.1

    def graph_computation(self):
        super().graph_computation()
        self.pred = tf.nn.sigmoid(self.pred)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            # if rating >= 4 then 1 else 0
            self.alter_rating = tf.to_float(self.rating >= 4)
            self.loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=self.alter_rating[:, np.newaxis], logits=self.infer))

            # for eval
            self.rmse_loss = tf.sqrt(tf.losses.mean_squared_error(labels=self.alter_rating[:, tf.newaxis], predictions=self.infer))
            self.mae_loss = tf.reduce_mean(tf.abs(self.infer - self.alter_rating[:, tf.newaxis]))
