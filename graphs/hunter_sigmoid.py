"""Softmax與Sigmoid的差別 (deck, "Machine Learning Framework").

一個獵人可以有多個系別: a hunter may belong to several types, so each type is a question of its own:

    y = σ(wx + b),  σ(z) = 1 / (1 + exp(-z))
    L = -1/n Σ (ŷ · ln y + (1 - ŷ) · ln(1 - y))

A variant of "如何判斷一個獵人是屬於什麼派系? (Softmax)": the activation and the cross entropy that
belongs to it differ. 算argmax是沒有意義的: a type counts as guessed where its own y is above 0.5.

| Symbol | Shape      | Meaning                                                   |
|--------|------------|-----------------------------------------------------------|
| labels | (batch, 6) | ŷ: 1 at each type of the hunter; one or two of the six    |
| pred   | (batch, 6) | y, the probability of each type; the sum may be anything  |
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
            self.loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=self.labels, logits=self.z))

            # for eval
            right = tf.equal(tf.to_float(self.pred > 0.5), self.labels)  # (batch, 6)
            self.acc = tf.reduce_mean(tf.to_float(tf.reduce_all(right, 1)))
