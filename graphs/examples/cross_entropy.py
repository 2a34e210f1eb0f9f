"""Step2: Evaluate => Define The Loss Function! (deck, "Machine Learning Framework").

    MSE = 1/n Σ (ŷ_i - z)²,  MAE = 1/n Σ |ŷ_i - z|        any real number: 點對點的誤差平均
    CE = -1/n Σ ŷ_i · log(z)                               z is a probability: 資料分布的誤差

cross entropy直觀理解: -log z is the surprise when something happens that the model gave the
probability z. It is 0 for probability 1, one bit for 1/2, and infinite for 0. The mean surprise is
lowest when the model's probabilities are the shares of the classes in the data.

The slide asks for special treatment (特殊處理) without saying which. Here the loss is computed from
the scores before the activation, which keeps it finite.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tfcourse import plots
from tfcourse.datasets import hunter
from tfcourse.tf1 import tf

SCORES = np.array(hunter.DECK_SCORES, np.float32)  # ŷ, the six scores of "回頭看看資料~"
GUESSES = np.array([80.5, 87.8, 31.0, 65.0, 33.64, 80.2], np.float32)  # z, off by 2, 0, 4, 1, 0, 10
PROBABILITIES = np.array([1.0, 0.9, 0.5, 0.25, 0.1, 0.01])


def run(seed: int = 88) -> dict[str, Any]:
    with tf.Graph().as_default(), tf.Session() as sess:
        probability = tf.placeholder(tf.float64, [None])
        # Both losses for a label ŷ = 1.
        cross_entropy, square = -tf.log(probability), tf.square(1 - probability)
        slopes = [tf.gradients(loss, probability)[0] for loss in (cross_entropy, square)]
        surprise, squares, slope_ce, slope_square = sess.run(
            [cross_entropy, square, *slopes], {probability: PROBABILITIES}
        )
        # A label of 1, and a score so low that its sigmoid is 0 in float32.
        z = tf.constant(-200.0)
        plain = -tf.log(tf.nn.sigmoid(z))
        from_z = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.constant(1.0), logits=z)
        gradients = [tf.gradients(loss, z)[0] for loss in (plain, from_z)]
        plain, from_z, plain_gradient, gradient = sess.run([plain, from_z, *gradients])

    # Two classes with shares 0.7 and 0.3: which probability z of the first one is the best?
    shares = np.array([0.7, 0.3])
    z = np.linspace(0.01, 0.99, 99)
    curve = -(shares[0] * np.log(z) + shares[1] * np.log(1 - z))
    outlier = np.append(SCORES, 1000.0)
    return {
        "six scores": pd.DataFrame(
            {"ŷ": SCORES.astype(float).round(2), "z": GUESSES.astype(float).round(2)}
        ),
        "MSE": float(np.mean((SCORES - GUESSES) ** 2)),
        "MAE": float(np.mean(np.abs(SCORES - GUESSES))),
        "best constant for MSE (the mean): without and with an outlier of 1000": np.array(
            [SCORES.mean(), outlier.mean()]
        ),
        "best constant for MAE (the median): without and with an outlier of 1000": np.array(
            [np.median(SCORES), np.median(outlier)]
        ),
        "cross entropy for a label of 1": pd.DataFrame(
            {
                "z": PROBABILITIES,
                "-ln z": surprise + 0.0,
                "-log2 z (bits)": surprise / np.log(2) + 0.0,
                "(1 - z)²": squares,
                "slope of -ln z": slope_ce,
                "slope of (1 - z)²": slope_square + 0.0,
            }
        ),
        "shares of two classes": shares,
        "probability of the first class with the lowest cross entropy": float(z[np.argmin(curve)]),
        "lowest cross entropy (the entropy of the shares)": float(curve.min()),
        "cross entropy by probability of the first class": pd.DataFrame(
            {"z": z, "cross entropy": curve}
        )[9::10],
        "score z = -200, label 1: -ln σ(z) and its gradient": np.array([plain, plain_gradient]),
        "the same loss computed from z, and its gradient": np.array([from_z, gradient]),
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, axes = plots.panels(1, 2, (4.8, 3.8))
    z = np.linspace(0.005, 1, 400)
    axis = axes[0, 0]
    axis.plot(z, -np.log(z), label="cross entropy: -ln z")
    axis.plot(z, (1 - z) ** 2, label="squared error: (1 - z)²")
    axis.plot(z, 1 - z, label="absolute error: 1 - z")
    axis.set_xlabel("z, probability of the true class")
    axis.set_ylabel("loss")
    axis.set_title("Loss for a label of 1")
    axis = axes[0, 1]
    shares, z = result["shares of two classes"], np.linspace(0.02, 0.98, 200)
    best = result["probability of the first class with the lowest cross entropy"]
    axis.plot(z, -(shares[0] * np.log(z) + shares[1] * np.log(1 - z)), label="cross entropy")
    axis.axvline(best, linestyle=":", color="grey", label=f"lowest at z = {best:.2f}")
    axis.set_xlabel("z, probability of the first class")
    axis.set_ylabel("mean cross entropy")
    axis.set_title("Two classes with shares 0.7 and 0.3")
    for axis in axes[0]:
        axis.grid(alpha=0.3)
        axis.legend()
    return plots.save(figure, path)
