"""Overfitting (deck, "Deep Neural Network(DNN) Tips").

    50 epochs with a learning rate of 0.001: the train loss keeps falling, the valid loss rises

This is the setting of the labs "Solve Overfitting". With ``--early-stopping 5`` training ends when the
valid loss has not fallen for five epochs.

A variant of pokemon-adam ("Result: Gradient Descent vs Adam"): the learning rate is smaller and there
are more epochs.
"""

from __future__ import annotations

from graphs.pokemon_adam import ModelAdam


class ModelOverfit(ModelAdam):
    lesson = "pokemon-overfit"

    learning_rate: float = 0.001
    n_epoch: int = 50
