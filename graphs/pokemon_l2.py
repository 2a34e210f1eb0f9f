"""Result - Regularization: L2 (deck, "Deep Neural Network(DNN) Tips").

    L' = L + λ Σ w² / 2    sum over the kernels of all layers, without biases

The gradient of the term is λ w, so a step of gradient descent first shrinks every weight (weight decay):

    w ← w - η (∂L/∂w + λ w) = (1 - η λ) w - η ∂L/∂w

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


class ModelL2(ModelOverfit):
    lesson = "pokemon-l2"

    scale: float = 0.01

    def regularizer(self):
        return tf.contrib.layers.l2_regularizer(float(self.scale))

    def graph_loss(self):
        super().graph_loss()
        with tf.variable_scope("loss"):
            self.loss += tf.losses.get_regularization_loss()
