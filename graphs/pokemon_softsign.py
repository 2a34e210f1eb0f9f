"""傳統的Activation Function, Softsign (deck, "Deep Neural Network(DNN) Tips").

    f(x) = x / (1 + |x|),    df/dx = 1 / (1 + |x|)²

It has tanh's shape, but goes to -1 and 1 more slowly.

A variant of "Tensorflow Code(Loss Function)": the hidden layers' activation alone is another.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelSoftsign(ModelCrossEntropy):
    lesson = "pokemon-softsign"

    activation: str = "softsign"
