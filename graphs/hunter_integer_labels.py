"""分類資料如何處理 (deck, "Machine Learning Framework").

How not to treat categories: the label is one number, 1 to 6, and a line is fitted to it.

    y = wx + b
    L = 1/n Σ (ŷ_i - y_i)²

這樣有點問題: the numbers put 強化系 (1) at distance 1 from 變化系 (2) and at distance 2 from
放出系 (3), and the data contain no such distances. ``tfcourse example one-hot`` compares the
accuracy with that of hunter-classification on the same hunters.

The slide only describes the problem. The model and its training are added here.

| Symbol | Shape       | Meaning                                                        |
|--------|-------------|----------------------------------------------------------------|
| inputs | (batch, 13) | x: X1 nen capacity, X2..X7 water divination, X8..X13 character |
| number | (batch,)    | ŷ: the type as a number, 1 to 6                                |
| w      | (13, 1)     | weight of each feature                                         |
| b      | (1,)        | bias                                                           |
| pred   | (batch,)    | y, any number                                                  |
| guess  | (batch,)    | y rounded, and limited to 1..6                                 |
| loss   | ()          | what training minimises                                        |
| acc    | ()          | share of hunters whose guess equals the label                  |
"""

from __future__ import annotations

from tfcourse.model import BaseModel
from tfcourse.tf1 import tf


class HunterIntegerLabels(BaseModel):
    lesson = "hunter-integer-labels"
    dataset = "hunter-classification"

    learning_rate: float = 0.1
    n_batch: int = 32
    n_epoch: int = 50

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 13], name="inputs")
            self.number = tf.placeholder(tf.float32, [None], name="number")

    def graph_computation(self):
        # Glorot uniform: random numbers within ± sqrt(6 / (rows + columns)) of the weight matrix.
        init_fn = tf.glorot_uniform_initializer()
        with tf.variable_scope("computation"):
            self.w = tf.Variable(init_fn(shape=[13, 1]), name="w")
            self.b = tf.Variable(tf.zeros([1]), name="b")
            y = tf.matmul(self.inputs, self.w) + self.b  # (batch, 1)
            self.pred = tf.squeeze(y, 1, name="pred")  # (batch,)
            self.guess = tf.clip_by_value(tf.round(self.pred), 1, 6, name="guess")  # (batch,)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(tf.square(self.number - self.pred))

            # for eval
            self.acc = tf.reduce_mean(tf.to_float(tf.equal(self.guess, self.number)))

    def metrics(self):
        return {"acc": self.acc}
