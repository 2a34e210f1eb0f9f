"""Step 6: half a cross entropy of liked (beyond the deck: an honest model).

Ratings and rankings at once: beside the error of the rating there is the cross entropy of "MF with
DNN(Classification)". A rating of at least 4 is 1, all others are 0:

    g = σ(s (f(u, m) - c))
    L = mean (f(u, m) - r)²  -  ½ mean (ŷ · ln g + (1 - ŷ) · ln(1 - g))  +  the regularizers of step 4

c is where a rating is as likely liked as not, between 3.5 and 4; s says how fast that changes.

Beyond the symbols of step 5:

| Symbol               | Shape             | Meaning                                              |
|----------------------|-------------------|------------------------------------------------------|
| alter_rating         | (batch,)          | 1 for a rating of 4 and above, else 0                |
| liked                | (2,)              | s and c                                              |
"""

from __future__ import annotations

from graphs.honest_raters import HonestRaters
from tfcourse.tf1 import tf


class HonestLiked(HonestRaters):
    lesson = "honest-liked"

    weight: float = 0.5

    def graph_loss(self):
        super().graph_loss()
        with tf.name_scope("loss/"):
            self.liked = tf.Variable([2.0, 3.75], name="liked")
            self.alter_rating = tf.to_float(self.rating >= 4)
            xent = tf.nn.sigmoid_cross_entropy_with_logits(
                labels=self.alter_rating[:, tf.newaxis], logits=self.liked[0] * (self.infer - self.liked[1]))
            self.loss += self.weight * tf.reduce_mean(xent)
