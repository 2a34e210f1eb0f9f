"""如何判斷一個獵人是屬於什麼派系? (Sigmoid); Softmax與Sigmoid的差別 (deck, "Machine Learning
Framework").

一個獵人可以有多個系別: a hunter may have several types, so each type is a separate yes-or-no question:

    y = σ(wx + b),  σ(z) = 1 / (1 + exp(-z))
    L = -1/(6n) Σ (ŷ · ln y + (1 - ŷ) · ln(1 - y))       mean over n hunters and six types

A variant of hunter-classification ("如何判斷一個獵人是屬於什麼派系? (Softmax)"): the activation
differs, and with it the cross entropy. 算argmax是沒有意義的: every type whose y is above 0.5 is guessed.

| Symbol | Shape      | Meaning                                                   |
|--------|------------|-----------------------------------------------------------|
| labels | (batch, 6) | ŷ: 1 at each type of the hunter, who has one or two       |
| pred   | (batch, 6) | y, the probability of each type; need not add up to 1     |
| loss   | ()         | what training minimises                                   |
| acc    | ()         | share of hunters for whom all six guesses are right       |
"""

from __future__ import annotations

from graphs.hunter_classification import HunterClassification
from tfcourse.tf1 import tf


class HunterSigmoid(HunterClassification):
    lesson = "hunter-sigmoid"
    dataset = "hunter-multi-label"

    def graph_computation(self):
        super().graph_computation()
        self.pred = tf.nn.sigmoid(self.z, name="pred")  # (batch, 6)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.loss = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=self.labels, logits=self.z)
            )

            # for eval
            right = tf.equal(tf.to_float(self.pred > 0.5), self.labels)  # (batch, 6)
            self.acc = tf.reduce_mean(tf.to_float(tf.reduce_all(right, 1)))
