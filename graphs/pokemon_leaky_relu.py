"""比較潮的Activation Function, ReLU - variant: Leaky ReLU (deck, "Deep Neural Network(DNN) Tips").

    f(x) = x if x > 0, α x otherwise

A unit that is below 0 for every row still has a gradient, α, so it can come back: no dying ReLU.
A variant of "Tensorflow Code(Loss Function)": the hidden layers' activation alone is another.

| Symbol | Shape | Meaning                                             |
|--------|-------|-----------------------------------------------------|
| alpha  | ()    | slope below 0, a number that is chosen beforehand   |
"""

from __future__ import annotations

from typing import ClassVar

from graphs.pokemon_ce import ModelCrossEntropy
from tfcourse.tf1 import tf


class ModelLeakyRelu(ModelCrossEntropy):
    lesson = "pokemon-leaky-relu"

    activation: ClassVar[str] = "leaky_relu"  # type: ignore[misc]  # not to be chosen here
    alpha: float = 0.2

    def activate(self, nets):
        return tf.nn.leaky_relu(nets, alpha=self.alpha)
