"""Tensorflow Code(Loss Function): classification with cross entropy (deck, "Deep Neural
Network(DNN) Tips").

    L = -1/n Σ ŷ · ln softmax(nets)

A variant of pokemon-mse ("Result of ModelMSE"): only the loss differs. For one row its gradient with
respect to nets is y - ŷ. It lacks the factor that makes the gradient of the squared error small.

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
            self.loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=nets))  # fmt: skip
