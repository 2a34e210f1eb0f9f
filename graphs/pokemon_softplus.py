"""比較潮的Activation Function, Softplus (deck, "Deep Neural Network(DNN) Tips").

    f(x) = ln(1 + e^x),    df/dx = e^x / (1 + e^x)

A smooth ReLU. Its slope is the sigmoid function, which is never exactly 0.

A variant of pokemon-ce ("Tensorflow Code(Loss Function)"): only the hidden layers' activation
differs.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelSoftplus(ModelCrossEntropy):
    lesson = "pokemon-softplus"

    activation: str = "softplus"
