"""如何判斷一個獵人是屬於什麼派系? (Softmax) (deck, "Machine Learning Framework").

Predicts which of six types a hunter belongs to, from 13 features. 一個類別一個Function對付他!
Each type has its own function, and one matrix product computes all six:

    z = wx + b
    y = softmax(z),  y_i = exp(z_i) / Σ exp(z_k)
    L = -1/n Σ ŷ · ln y             cross entropy, ŷ is the label as one-hot

Every y_i lies between 0 and 1, and the six add up to 1. The guess is the type with the largest y_i.

Two points differ from the slide. It writes the same b for all types; here each type has its own.
The loss is computed from z and not from y, because ln y is not finite where y rounds to 0.

| Symbol | Shape       | Meaning                                                        |
|--------|-------------|----------------------------------------------------------------|
| inputs | (batch, 13) | x: X1 nen capacity, X2..X7 water divination, X8..X13 character |
| labels | (batch, 6)  | ŷ: 1 at the hunter's type, else 0                              |
| w      | (13, 6)     | a column of weights for each type                              |
| b      | (6,)        | bias of each type                                              |
| z      | (batch, 6)  | score of each type                                             |
| pred   | (batch, 6)  | y, the probability of each type                                |
| loss   | ()          | what training minimises                                        |
| acc    | ()          | share of hunters whose largest y is that of the label          |
"""

from __future__ import annotations

from tfcourse.model import BaseModel
from tfcourse.tf1 import tf


class HunterClassification(BaseModel):
    lesson = "hunter-classification"
    dataset = "hunter-classification"

    learning_rate: float = 0.5
    n_batch: int = 32
    n_epoch: int = 50

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 13], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None, 6], name="labels")

    def graph_computation(self):
        # Glorot uniform: random numbers within ± sqrt(6 / (rows + columns)) of the weight matrix.
        init_fn = tf.glorot_uniform_initializer()
        with tf.variable_scope("computation"):
            self.w = tf.Variable(init_fn(shape=[13, 6]), name="w")
            self.b = tf.Variable(tf.zeros([6]), name="b")
            self.z = tf.matmul(self.inputs, self.w) + self.b  # (batch, 6)
            self.pred = tf.nn.softmax(self.z, name="pred")  # (batch, 6)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=self.z)
            )

            # for eval
            hit = tf.equal(tf.argmax(self.pred, 1), tf.argmax(self.labels, 1))  # (batch,)
            self.acc = tf.reduce_mean(tf.to_float(hit))

    def metrics(self):
        return {"acc": self.acc}
