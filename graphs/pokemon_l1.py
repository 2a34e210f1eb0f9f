"""Regularization: L1 (deck, "Deep Neural Network(DNN) Tips").

    L' = L + λ Σ |w|    sum over the kernels of all layers, without biases

The gradient of the term is λ or -λ, whatever the size of w. It pulls small weights to 0, so the
kernels become sparse.

The losses in the epoch table include the term. The slide of the lab adds it "to each hidden layers".
The course's own code adds it to the output layer too, and so does this lesson.

A variant of pokemon-overfit ("Overfitting"): only the regularizer and its term in the loss are added.

| Symbol      | Shape          | Meaning                                                      |
|-------------|----------------|--------------------------------------------------------------|
| scale       | ()             | λ, usually 0.01 or below                                     |
| regularizer | (in, out) → () | function from a layer's kernel (W1, W2, W3) to its term      |
"""

from __future__ import annotations

from graphs.pokemon_overfit import ModelOverfit
from tfcourse.tf1 import tf


class ModelL1(ModelOverfit):
    lesson = "pokemon-l1"

    scale: float = 0.01

    def regularizer(self):
        return tf.contrib.layers.l1_regularizer(float(self.scale))

    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            self.loss += tf.losses.get_regularization_loss()
