"""Optimizer - Adagrad (deck, "Deep Neural Network(DNN) Tips").

    w ← w - η / sqrt(Σ g²) · g

Each parameter has a learning rate of its own, which only shrinks (Σ runs over all steps so far).

A variant of "比較潮的Activation Function, Softplus": the optimizer alone is another.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelAdagrad(ModelSoftplus):
    lesson = "pokemon-adagrad"

    optimizer: str = "adagrad"
