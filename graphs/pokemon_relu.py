"""ReLU vs Sigmoid (deck, "Deep Neural Network(DNN) Tips").

    f(x) = max(0, x),    df/dx = 1 if x > 0, 0 otherwise

The slope does not shrink however large x is, so the gradient arrives at the first layers too.

A variant of "Tensorflow Code(Loss Function)": the hidden layers' activation alone is another.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelRelu(ModelCrossEntropy):
    lesson = "pokemon-relu"

    activation: str = "relu"
