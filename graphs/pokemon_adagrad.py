"""Optimizer - Adagrad (deck, "Deep Neural Network(DNN) Tips").

    w ← w - η / sqrt(Σ g²) · g

Each parameter has its own learning rate. It only shrinks, because the sum runs over all steps so far.
TensorFlow starts the sum at 0.1 and the slide at 0: see the example optimizers.

A variant of pokemon-softplus ("比較潮的Activation Function, Softplus"): only the optimizer differs.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelAdagrad(ModelSoftplus):
    lesson = "pokemon-adagrad"

    optimizer: str = "adagrad"
