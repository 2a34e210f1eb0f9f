"""Result: Gradient Descent vs Adam (deck, "Deep Neural Network(DNN) Tips").

    m ← 0.9 m + 0.1 g,    v ← 0.999 v + 0.001 g²,    w ← w - η m̂ / (sqrt(v̂) + ε)

RMSProp and momentum together; m̂ and v̂ are m and v without their start at 0. The deck advises
starting with it.

A variant of "比較潮的Activation Function, Softplus": the optimizer alone is another.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelAdam(ModelSoftplus):
    lesson = "pokemon-adam"

    optimizer: str = "adam"
