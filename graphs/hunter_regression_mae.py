"""Step2: Evaluate, mean absolute error (deck, "Machine Learning Framework").

A variant of hunter-regression ("Step1: Define Function Set(Formulation), Regression") that
minimises the slide's other loss:

    L = 1/n Σ |ŷ_i - y_i|

The gradient of |ŷ_i - y_i| is -1 or 1, whatever the size of the error. A row with a large error
therefore has no more influence than the others, and training needs a larger learning rate.
"""

from __future__ import annotations

from graphs.hunter_regression import HunterRegression


class HunterRegressionMAE(HunterRegression):
    lesson = "hunter-regression-mae"

    learning_rate: float = 0.5

    def graph_loss(self):
        super().graph_loss()
        self.loss = self.mae
