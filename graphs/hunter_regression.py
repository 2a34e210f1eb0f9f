"""Step1: Define Function Set(Formulation), Regression (deck, "Machine Learning Framework").

西索對十二地支的實力評分？ Predicts Hisoka's score of a hunter from nen capacity and faction:

    y = wx + b
    L = 1/n Σ (ŷ_i - y_i)²          mean square error, ŷ is the label

The capacity is scaled to 0..1 and the faction is one-hot, so x has 1 + 6 numbers.

| Symbol | Shape      | Meaning                                       |
|--------|------------|-----------------------------------------------|
| inputs | (batch, 7) | x: X1 nen capacity, X2 the faction as one-hot |
| labels | (batch,)   | ŷ: score, 0 to 100                            |
| w      | (7, 1)     | weight of each feature                        |
| b      | (1,)       | bias                                          |
| pred   | (batch,)   | y, the predicted score                        |
| mse    | ()         | mean square error                             |
| mae    | ()         | mean absolute error                           |
| rmse   | ()         | root of mse, for evaluation                   |
| loss   | ()         | what training minimises: mse                  |
"""

from __future__ import annotations

from tfcourse.model import BaseModel
from tfcourse.tf1 import tf


class HunterRegression(BaseModel):
    lesson = "hunter-regression"
    dataset = "hunter-regression"
    root_mean_square = ("rmse",)
    epoch_table = (
        ("train MSE", "tr_mse"), ("valid MSE", "vl_mse"), ("valid RMSE", "vl_rmse"), ("valid MAE", "vl_mae"),
    )  # fmt: skip

    learning_rate: float = 0.1
    n_batch: int = 16
    n_epoch: int = 100

    def graph_inputs(self):
        with tf.variable_scope("inputs"):
            self.inputs = tf.placeholder(tf.float32, [None, 7], name="inputs")
            self.labels = tf.placeholder(tf.float32, [None], name="labels")

    def graph_computation(self):
        # Glorot uniform: random numbers within ± sqrt(6 / (rows + columns)) of the weight matrix.
        init_fn = tf.glorot_uniform_initializer()
        with tf.variable_scope("computation"):
            self.w = tf.Variable(init_fn(shape=[7, 1]), name="w")
            self.b = tf.Variable(tf.zeros([1]), name="b")
            y = tf.matmul(self.inputs, self.w) + self.b  # (batch, 1)
            self.pred = tf.squeeze(y, 1, name="pred")  # (batch,)

    def graph_loss(self):
        with tf.variable_scope("loss"):
            self.mse = tf.reduce_mean(tf.square(self.labels - self.pred))
            self.mae = tf.reduce_mean(tf.abs(self.labels - self.pred))
            self.loss = self.mse

            # for eval
            self.rmse = tf.sqrt(self.mse)

    def metrics(self):
        return {"mse": self.mse, "mae": self.mae, "rmse": self.rmse}
