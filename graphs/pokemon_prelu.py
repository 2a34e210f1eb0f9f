"""比較潮的Activation Function, ReLU - variant: Parametric ReLU (deck, "Deep Neural Network(DNN)
Tips").

    f(x) = x if x > 0, α x otherwise;    α also learned by gradient descent

The slide does not say how α starts; 0.25 is from He et al. (2015), "Delving Deep into Rectifiers".

A variant of pokemon-ce ("Tensorflow Code(Loss Function)"): only the hidden layers' activation
differs. It is fixed, so this lesson has no hyper-parameter ``activation``.

| Symbol     | Shape      | Meaning                                      |
|------------|------------|----------------------------------------------|
| alpha      | ()         | initial value of every α, a hyper-parameter  |
| dnn1/alpha | (hidden1,) | α of each unit in the first hidden layer     |
| dnn2/alpha | (hidden2,) | α of each unit in the second hidden layer    |
"""

from __future__ import annotations

from graphs.pokemon import PokemonDNN
from graphs.pokemon_ce import ModelCrossEntropy
from tfcourse.tf1 import tf


class ModelPRelu(PokemonDNN):
    lesson = "pokemon-prelu"

    alpha: float = 0.25

    def activate(self, nets):
        # Called within the layer's scope, so the variables are dnn1/alpha and dnn2/alpha.
        units = nets.shape[-1]
        alpha = tf.get_variable("alpha", [units], initializer=tf.constant_initializer(self.alpha))
        return tf.nn.relu(nets) - alpha * tf.nn.relu(-nets)

    graph_loss = ModelCrossEntropy.graph_loss
