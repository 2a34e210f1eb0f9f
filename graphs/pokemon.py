"""寶可夢Deep Neural Network Tutorial (deck, "Deep Neural Network(DNN) Tips").

The network that all Pokémon lessons share. Each lesson states its loss or varies one thing.

    h1 = σ(x W1 + b1),   h2 = σ(h1 W2 + b2),   nets = h2 W3 + b3,   y = softmax(nets)

Two hidden layers turn 200 features into a score for each of five classes, the Pokémon that may appear.

| Symbol      | Shape                 | Meaning                                                |
|-------------|-----------------------|--------------------------------------------------------|
| inputs      | (batch, n_features)   | x: time, weather, place, surroundings, cooc_1..cooc_151|
| labels      | (batch, n_classes)    | ŷ: the Pokémon that appeared, one-hot                  |
| isTrain     | ()                    | true while training, false at evaluation               |
| dnn1/kernel | (n_features, hidden1) | W1: 200 x 128                                          |
| dnn2/kernel | (hidden1, hidden2)    | W2: 128 x 256                                          |
| dnn3/kernel | (hidden2, n_classes)  | W3: 256 x 5                                            |
| nets        | (batch, n_classes)    | score of each class, before the softmax                |
| pred        | (batch, n_classes)    | y, probability of each class; a row adds up to 1       |
| acc         | ()                    | share of rows whose largest pred is that of the label  |
"""

from __future__ import annotations

import abc

from tfcourse.model import BaseModel
from tfcourse.tf1 import tf


class PokemonDNN(BaseModel):
    dataset = "pokemon"

    n_features: int = 200
    n_classes: int = 5
    hidden1: int = 128
    hidden2: int = 256
    learning_rate: float = 0.01
    optimizer: str = "sgd"
    n_batch: int = 16
    n_epoch: int = 30

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, self.n_features], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, self.n_classes], name="labels")
            self.isTrain = tf.placeholder(tf.bool, [], name="isTrain")

    def graph_dnn(self):
        # Glorot normal: random numbers with standard deviation sqrt(2 / (rows + columns)) of the kernel.
        init_fn = tf.glorot_normal_initializer()
        regularizer = self.regularizer()
        with tf.variable_scope("dnn"):
            nets = tf.layers.dense(
                self.inputs, self.hidden1, activation=self.activate,
                kernel_initializer=init_fn, kernel_regularizer=regularizer, name="dnn1",
            )  # (batch, hidden1)  # fmt: skip
            nets = tf.layers.dense(
                nets, self.hidden2, activation=self.activate,
                kernel_initializer=init_fn, kernel_regularizer=regularizer, name="dnn2",
            )  # (batch, hidden2)  # fmt: skip
            self.nets = tf.layers.dense(
                nets, self.n_classes,
                kernel_initializer=init_fn, kernel_regularizer=regularizer, name="dnn3",
            )  # (batch, n_classes)  # fmt: skip

    @abc.abstractmethod
    def activate(self, nets):
        """σ, the activation function of the hidden layers: float32 (batch, units) to the same shape."""

    def regularizer(self):
        """Regularizer of the kernels, or None; the lessons pokemon-l1 and pokemon-l2 have one."""
        return None

    def graph_computation(self):
        with tf.variable_scope("computation"):
            self.pred = tf.nn.softmax(self.nets, name="pred")  # (batch, n_classes)
            hit = tf.equal(tf.argmax(self.pred, 1), tf.argmax(self.labels, 1))  # (batch,)
            self.acc = tf.reduce_mean(tf.to_float(hit), name="acc")

    def metrics(self):
        return {"acc": self.acc}

    def measure(self, data):
        found = super().measure(data)
        return {"loss": found["loss"], "accuracy": found["acc"]}
