"""比較潮的Activation Function, Softplus (deck, "Deep Neural Network(DNN) Tips").

    f(x) = ln(1 + e^x),    df/dx = e^x / (1 + e^x)

A ReLU with a round corner: its slope, a sigmoid, is nowhere exactly 0.

A variant of "Tensorflow Code(Loss Function)": the hidden layers' activation alone is another.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelSoftplus(ModelCrossEntropy):
    lesson = "pokemon-softplus"

    activation: str = "softplus"
