"""比較潮的Activation Function, ReLU - variant: Leaky ReLU (deck, "Deep Neural Network(DNN) Tips").

    f(x) = x if x > 0, α x otherwise

A unit that is negative for every row still has a gradient, with slope α, so it can become positive
again: no dying ReLU. The slide names no α; 0.2 is TensorFlow's default.

A variant of pokemon-ce ("Tensorflow Code(Loss Function)"): only the hidden layers' activation
differs. It is fixed, so this lesson has no hyper-parameter ``activation``.

| Symbol | Shape | Meaning                                   |
|--------|-------|-------------------------------------------|
| alpha  | ()    | α, the slope below 0, a hyper-parameter   |
"""

from __future__ import annotations

from graphs.pokemon import PokemonDNN
from graphs.pokemon_ce import ModelCrossEntropy
from tfcourse.tf1 import tf


class ModelLeakyRelu(PokemonDNN):
    lesson = "pokemon-leaky-relu"

    alpha: float = 0.2

    def activate(self, nets):
        return tf.nn.leaky_relu(nets, alpha=self.alpha)

    graph_loss = ModelCrossEntropy.graph_loss
