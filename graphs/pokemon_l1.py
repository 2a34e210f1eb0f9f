"""Regularization: L1 (deck, "Deep Neural Network(DNN) Tips").

    L' = L + λ Σ |w|    over the kernels of all layers; biases are exempt

Its gradient is λ or -λ whatever the size of w, so small weights are drawn to 0: sparse kernels.

The loss that is shown contains the term. A variant of "Overfitting": the regularizer alone is new,
with its term in the loss.

| Symbol      | Shape          | Meaning                                                          |
|-------------|----------------|------------------------------------------------------------------|
| scale       | ()             | λ, usually 0.01 or below                                         |
| regularizer | (in, out) → () | makes a term of each layer's kernel: W1, W2 and W3               |
"""

from __future__ import annotations

from graphs.pokemon_overfit import ModelOverfit
from tfcourse.tf1 import tf


class ModelL1(ModelOverfit):
    lesson = "pokemon-l1"

    scale: float = 0.01

    def regularizer(self):
        if self.scale == 0:  # no term at all
            return None
        return tf.contrib.layers.l1_regularizer(float(self.scale))

    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            self.loss += tf.losses.get_regularization_loss()
