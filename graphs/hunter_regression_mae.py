"""Step2: Evaluate, mean absolute error (deck, "Machine Learning Framework").

A variant of "Step1: Define Function Set(Formulation), Regression" with the slide's other loss:

    L = 1/n Σ |ŷ_i - y_i|

Its gradient is -1 or 1 for each row, however far off the row is. So a far-off row pulls no more
than the others, and training needs a larger learning rate.
"""

from __future__ import annotations

from graphs.hunter_regression import HunterRegression


class HunterRegressionMAE(HunterRegression):
    lesson = "hunter-regression-mae"

    learning_rate: float = 0.5

    def graph_loss(self):
        super().graph_loss()
        self.loss = self.mae
