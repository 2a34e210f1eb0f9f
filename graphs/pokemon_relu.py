"""ReLU vs Sigmoid (deck, "Deep Neural Network(DNN) Tips").

    f(x) = max(0, x),    df/dx = 1 if x > 0, 0 otherwise

The slope stays 1 however large x is, so the gradient also reaches the first layers.

A variant of pokemon-ce ("Tensorflow Code(Loss Function)"): only the hidden layers' activation
differs.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelRelu(ModelCrossEntropy):
    lesson = "pokemon-relu"

    activation: str = "relu"
