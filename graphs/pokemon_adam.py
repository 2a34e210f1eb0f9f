"""Result: Gradient Descent vs Adam (deck, "Deep Neural Network(DNN) Tips").

    m ← 0.9 m + 0.1 g,    v ← 0.999 v + 0.001 g²,    w ← w - η m̂ / (sqrt(v̂) + ε)

Adam combines RMSProp and momentum: 個人建議起手式. m̂ and v̂ are m and v after correction of their bias
towards the initial value 0. The slides print no formula; this one is from Kingma and Ba (2015).

A variant of pokemon-softplus ("比較潮的Activation Function, Softplus"): only the optimizer differs.
"""

from __future__ import annotations

from graphs.pokemon_softplus import ModelSoftplus


class ModelAdam(ModelSoftplus):
    lesson = "pokemon-adam"

    optimizer: str = "adam"
