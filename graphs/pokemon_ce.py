"""Tensorflow Code(Loss Function): classification with cross entropy (deck, "Deep Neural
Network(DNN) Tips").

    L = -1/n Σ ŷ · ln softmax(nets)

A variant of "Result of ModelMSE": the loss alone is another. Its gradient at nets is y - ŷ, without
the factor that makes the squared error's small.

| Symbol | Shape              | Meaning                                                            |
|--------|--------------------|--------------------------------------------------------------------|
| nets   | (batch, n_classes) | scores: 這個function會自動幫你的prediction加上softmax              |
| loss   | ()                 | mean cross entropy of the batch                                    |
"""

from __future__ import annotations

from graphs.pokemon_mse import ModelMSE
from tfcourse.tf1 import tf


class ModelCrossEntropy(ModelMSE):
    lesson = "pokemon-ce"

    def graph_loss(self):
        nets = self.nets
        with tf.variable_scope("loss"):
            # loss function 改用 cross entropy
            self.loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=nets))
