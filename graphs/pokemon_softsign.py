"""傳統的Activation Function, Softsign (deck, "Deep Neural Network(DNN) Tips").

    f(x) = x / (1 + |x|),    df/dx = 1 / (1 + |x|)²

It has the shape of tanh, but approaches -1 and 1 more slowly.

A variant of pokemon-ce ("Tensorflow Code(Loss Function)"): only the hidden layers' activation
differs.
"""

from __future__ import annotations

from graphs.pokemon_ce import ModelCrossEntropy


class ModelSoftsign(ModelCrossEntropy):
    lesson = "pokemon-softsign"

    activation: str = "softsign"
