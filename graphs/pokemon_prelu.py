"""比較潮的Activation Function, ReLU - variant: Parametric ReLU (deck, "Deep Neural Network(DNN) Tips").

    f(x) = x if x > 0, α x otherwise;    α also learned by gradient descent

A variant of "Tensorflow Code(Loss Function)": the hidden layers' activation alone is another.

| Symbol     | Shape      | Meaning                                  |
|------------|------------|------------------------------------------|
| dnn1/alpha | (hidden1,) | slope below 0 of each unit, learned      |
| dnn2/alpha | (hidden2,) | the same for the second layer            |
"""

from __future__ import annotations

from typing import ClassVar

from graphs.pokemon_ce import ModelCrossEntropy
from tfcourse.tf1 import tf


class ModelPRelu(ModelCrossEntropy):
    lesson = "pokemon-prelu"

    activation: ClassVar[str] = "prelu"  # type: ignore[misc]  # not to be chosen here
    alpha: float = 0.25  # where each unit's slope starts

    def activate(self, nets):
        units = nets.shape[-1]  # called within the layer's scope, so dnn1/alpha and dnn2/alpha
        alpha = tf.get_variable("alpha", [units], initializer=tf.constant_initializer(self.alpha))
        return tf.nn.relu(nets) - alpha * tf.nn.relu(-nets)
