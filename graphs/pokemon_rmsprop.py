"""Optimizer - RMSProp (deck, "Deep Neural Network(DNN) Tips").

    σ² ← α σ² + (1 - α) g²,    w ← w - η / σ · g

As Adagrad, but old gradients are forgotten: α is 0.9, TensorFlow's default.

A variant of "比較潮的Activation Function, Softplus": the optimizer alone is another.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelRMSProp(ModelSoftplus):
    lesson = "pokemon-rmsprop"

    optimizer: str = "rmsprop"
