"""Result - Dropout(After 100 Epochs) (deck, "Deep Neural Network(DNN) Tips").

    training:    h ← h · mask / (1 - p),  each mask 0 with probability p, drawn anew every batch
    evaluation:  h as it is

Every batch trains one of 2^M networks that share their weights. A variant of "Current Best Model
Configuration": both hidden layers drop out, and training takes 100 epochs since it is slower.

| Symbol    | Shape | Meaning                                            |
|-----------|-------|----------------------------------------------------|
| drop_rate | ()    | p, share of units that a batch goes without        |
| isTrain   | ()    | dropout always works on training time only         |
"""

from __future__ import annotations

from graphs.pokemon_best import ModelBest
from tfcourse.errors import UsageError
from tfcourse.tf1 import tf


class ModelDropout(ModelBest):
    lesson = "pokemon-dropout"

    drop_rate: float = 0.5
    n_epoch: int = 100

    def graph_dnn(self):
        if self.drop_rate >= 1:
            raise UsageError(f"drop_rate is a share below 1, not {self.drop_rate}")
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            nets = tf.layers.dense(self.inputs, self.hidden1, activation=self.activate, kernel_initializer=init_fn, name="dnn1")  # (batch, hidden1)
            nets = tf.layers.dropout(nets, self.drop_rate, training=self.isTrain)
            nets = tf.layers.dense(nets, self.hidden2, activation=self.activate, kernel_initializer=init_fn, name="dnn2")  # (batch, hidden2)
            nets = tf.layers.dropout(nets, self.drop_rate, training=self.isTrain)
            self.nets = tf.layers.dense(nets, self.n_classes, kernel_initializer=init_fn, name="dnn3")  # (batch, n_classes)
