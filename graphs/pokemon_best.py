"""Current Best Model Configuration (deck, "Deep Neural Network(DNN) Tips").

    cross entropy, relu + softmax, Adam

After 50 epochs the train accuracy is about 0.9, 可以舉杯慶祝了, but the valid loss rises: Overfitting!

A variant of pokemon-overfit ("Overfitting"): only the hidden layers' activation differs.
"""

from __future__ import annotations

from graphs.pokemon_overfit import ModelOverfit


class ModelBest(ModelOverfit):
    lesson = "pokemon-best"

    activation: str = "relu"
