"""Overfitting (deck, "Deep Neural Network(DNN) Tips").

    50 epochs at a learning rate of 0.001: train loss falls on, valid loss rises

The setting of the labs "Solve Overfitting": with ``--early-stopping 5`` training ends when the
valid loss has not fallen for five epochs. A variant of "Result: Gradient Descent vs Adam": it
learns in smaller steps and for longer.
"""

from __future__ import annotations

from graphs.pokemon_adam import ModelAdam


class ModelOverfit(ModelAdam):
    lesson = "pokemon-overfit"

    learning_rate: float = 0.001
    n_epoch: int = 50
