"""Result of ModelMSE (deck, "Deep Neural Network(DNN) Tips").

    L = 1/(5n) Σ (y - ŷ)²,    y = softmax(nets)

After 30 epochs the train accuracy is about 0.516, 好像不太妙啊. This is the share of the largest
class (948 of 1,836 rows): the model predicts No.43 for nearly every row. The gradient of the squared
error contains the factor y (1 - y) of the softmax. This factor is small where the model is sure,
right or wrong.

| Symbol     | Shape | Meaning                                                                |
|------------|-------|------------------------------------------------------------------------|
| activation |       | σ of the hidden layers, by name (see tfcourse.activations)             |
| loss       | ()    | mean squared error of pred and labels, (batch, n_classes) each         |
"""

from __future__ import annotations

from graphs.pokemon import PokemonDNN
from tfcourse.activations import find_activation
from tfcourse.tf1 import tf


class ModelMSE(PokemonDNN):
    lesson = "pokemon-mse"

    activation: str = "sigmoid"

    def activate(self, nets):
        return find_activation(self.activation)(nets)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.losses.mean_squared_error(labels=self.labels, predictions=self.pred)
