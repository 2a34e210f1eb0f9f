"""Result - Dropout(After 100 Epochs) (deck, "Deep Neural Network(DNN) Tips").

    training:    h ← h · mask / (1 - p),   each element of mask is 0 with probability p, else 1
    evaluation:  h ← h

The mask is drawn again for every batch, so each batch trains one of 2^M networks that share their
weights. The slide only sets units to 0. TensorFlow also divides the others by 1 - p, which keeps the
expected value of h.

A variant of pokemon-best ("Current Best Model Configuration"): both hidden layers have dropout.
Training is slower with dropout, so it takes 100 epochs.

| Symbol    | Shape | Meaning                                                     |
|-----------|-------|-------------------------------------------------------------|
| drop_rate | ()    | p, expected share of units that are dropped in a batch      |
| isTrain   | ()    | whether dropout is active: in training only                 |
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
        # Glorot normal: random numbers with standard deviation sqrt(2 / (rows + columns)) of the kernel.
        init_fn = tf.glorot_normal_initializer()
        with tf.variable_scope("dnn"):
            nets = tf.layers.dense(
                self.inputs, self.hidden1, activation=self.activate, kernel_initializer=init_fn, name="dnn1",
            )  # (batch, hidden1)  # fmt: skip
            nets = tf.layers.dropout(nets, self.drop_rate, training=self.isTrain)
            nets = tf.layers.dense(
                nets, self.hidden2, activation=self.activate, kernel_initializer=init_fn, name="dnn2",
            )  # (batch, hidden2)  # fmt: skip
            nets = tf.layers.dropout(nets, self.drop_rate, training=self.isTrain)
            self.nets = tf.layers.dense(
                nets, self.n_classes, kernel_initializer=init_fn, name="dnn3",
            )  # (batch, n_classes)  # fmt: skip
