"""傳統的Activation Function, Tanh (deck, "Deep Neural Network(DNN) Tips").

    f(x) = (1 - e^(-2x)) / (1 + e^(-2x)),    df/dx = 1 - f(x)²

Its output lies between -1 and 1, and its slope at 0 is 1, four times the sigmoid's.

A variant of "Tensorflow Code(Loss Function)": the hidden layers' activation alone is another.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelTanh(ModelCrossEntropy):
    lesson = "pokemon-tanh"

    activation: str = "tanh"
