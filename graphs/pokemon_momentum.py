"""Optimizer - Momentum (deck, "Deep Neural Network(DNN) Tips").

    v ← 0.9 v + g,    w ← w - η v

The update keeps part of its previous direction, so it also moves on where the gradient is 0. The
slide prints no formula; this one is TensorFlow's.

A variant of pokemon-softplus ("比較潮的Activation Function, Softplus"): only the optimizer differs.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelMomentum(ModelSoftplus):
    lesson = "pokemon-momentum"

    optimizer: str = "momentum"
