"""Optimizer - Momentum (deck, "Deep Neural Network(DNN) Tips").

    v ← 0.9 v + g,    w ← w - η v

The step remembers its direction, and so rolls on where the gradient is 0.

A variant of "比較潮的Activation Function, Softplus": the optimizer alone is another.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelMomentum(ModelSoftplus):
    lesson = "pokemon-momentum"

    optimizer: str = "momentum"
