"""Result of ModelMSE (deck, "Deep Neural Network(DNN) Tips").

    L = 1/(n · 5) Σ (y - ŷ)²,    y = softmax(nets)

After 30 epochs about 0.516 of the train rows are right, 好像不太妙啊: that is the share of the
largest class (948 of 1,836 rows), so the model says No.43 of nearly every row. The gradient of the
squared error carries the factor y (1 - y) of the softmax: it is small wherever the model is sure,
right or wrong.

| Symbol | Shape | Meaning                                                                         |
|--------|-------|---------------------------------------------------------------------------------|
| loss   | ()    | mean squared error between pred and labels, (batch, n_classes) each             |
"""

from __future__ import annotations

from graphs.pokemon import PokemonDNN
from tfcourse.tf1 import tf


class ModelMSE(PokemonDNN):
    lesson = "pokemon-mse"

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.losses.mean_squared_error(labels=self.labels, predictions=self.pred)
