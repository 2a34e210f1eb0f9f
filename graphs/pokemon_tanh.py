"""傳統的Activation Function, Tanh (deck, "Deep Neural Network(DNN) Tips").

    f(x) = (1 - e^(-2x)) / (1 + e^(-2x)),    df/dx = 1 - f(x)²

Its output lies between -1 and 1. Its slope at 0 is 1, four times that of the sigmoid.

A variant of pokemon-ce ("Tensorflow Code(Loss Function)"): only the hidden layers' activation
differs.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelTanh(ModelCrossEntropy):
    lesson = "pokemon-tanh"

    activation: str = "tanh"
