"""Optimizer - RMSProp (deck, "Deep Neural Network(DNN) Tips").

    σ² ← α σ² + (1 - α) g²,    w ← w - η / σ · g

It is similar to Adagrad, but forgets old gradients: α is 0.9, TensorFlow's default. TensorFlow starts
σ² at 1 and the slide at the first g²: see the example optimizers.

A variant of pokemon-softplus ("比較潮的Activation Function, Softplus"): only the optimizer differs.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelRMSProp(ModelSoftplus):
    lesson = "pokemon-rmsprop"

    optimizer: str = "rmsprop"
