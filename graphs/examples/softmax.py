"""如何判斷一個獵人是屬於什麼派系? (Softmax), (Sigmoid); Softmax與Sigmoid的差別 (deck, "Machine Learning
Framework").

    softmax(z)_i = exp(z_i) / Σ exp(z_k)        所有類別視為一個母體: the sum is 1
    σ(z) = 1 / (1 + exp(-z))                    不考慮類別間的關係: each class by itself
    L = -Σ ŷ_i ln y_i

For z = [5, 1, 3, -3, -3, 0] the slide shows the softmax as 0.8, 0.01, 0.11, 0, 0, 0. It is 0.861,
0.016, 0.117, 0, 0, 0.006: the slide rounds down.

Then both are measured on hunters with one type each, and on hunters of whom a fifth have two types.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.hunter_classification import HunterClassification
from graphs.hunter_sigmoid import HunterSigmoid
from tfcourse import fonts, plots
from tfcourse.datasets import hunter
from tfcourse.tf1 import tf

Z = np.array([5, 1, 3, -3, -3, 0], np.float32)
ON_THE_SLIDE = (0.8, 0.01, 0.11, 0, 0, 0)
LABEL = np.array([1, 0, 0, 0, 0, 0], np.float32)  # 強化系
THRESHOLDS = np.arange(0.05, 1.0, 0.05)


def exact(score: np.ndarray, labels: np.ndarray, threshold: float) -> np.ndarray:
    """Whether the types above the threshold are exactly the hunter's types.

    Args:
        score: float32 (n, 6).
        labels: 0 or 1, float32 (n, 6).
        threshold: between 0 and 1.

    Returns:
        bool (n,).
    """
    return ((score > threshold) == (labels > 0.5)).all(axis=1)


def measure(seed: int) -> pd.DataFrame:
    """Train softmax and sigmoid on hunters with one type, and on hunters with one or two types.

    Returns:
        A table with a row for each; the figures are measured on the valid rows.
    """
    rows = []
    for source in (hunter.CLASSIFICATION, hunter.MULTI_LABEL):
        data = source.prepare()
        for name, lesson in (("softmax", HunterClassification), ("sigmoid", HunterSigmoid)):
            model = lesson(seed=seed)
            model.fit(data.train_batches(model.n_batch), verbose=False, engine="feed")
            train = model.predict({"inputs": data.train["inputs"]})
            score = model.predict({"inputs": data.valid["inputs"]})
            model.close()
            labels = data.valid["labels"]
            shares = [exact(train, data.train["labels"], t).mean() for t in THRESHOLDS]
            best = float(THRESHOLDS[int(np.argmax(shares))])
            two = labels.sum(axis=1) == 2
            first = data.valid["number"].astype(int) - 1
            rows.append(
                {
                    "hunters": "one type" if source is hunter.CLASSIFICATION else "one or two",
                    "activation": name,
                    "argmax accuracy": float(np.mean(score.argmax(axis=1) == first)),
                    "all six right, y > 0.5": float(exact(score, labels, 0.5).mean()),
                    "all six right, hunters with two types": (
                        float(exact(score, labels, 0.5)[two].mean()) if two.any() else None
                    ),
                    "best threshold on train rows": round(best, 2),
                    "all six right, y > best threshold": float(exact(score, labels, best).mean()),
                    "mean sum of y": float(score.sum(axis=1).mean()),
                }
            )
    return pd.DataFrame(rows)


def run(seed: int = 88) -> dict[str, Any]:
    with tf.Graph().as_default(), tf.Session() as sess:
        softmax = tf.nn.softmax(Z)  # (6,)
        cross_entropy = -tf.reduce_sum(LABEL * tf.log(softmax))  # ()
        from_z = tf.nn.softmax_cross_entropy_with_logits(labels=LABEL, logits=Z)  # ()
        fetched = sess.run([softmax, tf.nn.sigmoid(Z), cross_entropy, from_z])
    softmax, sigmoid, cross_entropy, from_z = fetched
    return {
        "z": Z,
        "one hunter": pd.DataFrame(
            {
                "type": hunter.TYPES_ZH,
                "z": Z,
                "softmax": softmax,
                "on the slide": ON_THE_SLIDE,
                "sigmoid": sigmoid,
                "label": LABEL,
            }
        ),
        "softmax": softmax,
        "sigmoid": sigmoid,
        "sum of softmax": float(softmax.sum()),
        "sum of sigmoid": float(sigmoid.sum()),
        "cross entropy -Σ ŷ ln y": float(cross_entropy),
        "cross entropy from z, by TensorFlow": float(from_z),
        "argmax of softmax": int(softmax.argmax()),
        "argmax hits (命中)": bool(softmax.argmax() == LABEL.argmax()),
        "types with sigmoid above 0.5": [
            name for name, y in zip(hunter.TYPES_ZH, sigmoid, strict=True) if y > 0.5
        ],
        "note": hunter.NOTE,
        "single label, multi label": measure(seed),
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    figure, axes = plots.panels(1, 2, (7.2, 4.4))
    axis, place = axes[0, 0], np.arange(6)
    for name, shift in (("softmax", -0.2), ("sigmoid", 0.2)):
        total = result[f"sum of {name}"]
        axis.bar(place + shift, result[name], 0.4, label=f"{name} (sum {total:.2f})")
    types = [fonts.bilingual(*names) for names in zip(hunter.TYPES_ZH, hunter.TYPES, strict=True)]
    labels = [f"{name}\nz = {z:.0f}" for name, z in zip(types, Z, strict=True)]
    axis.set_xticks(place, labels, fontsize="small")
    axis.set_xlabel("type")
    axis.set_ylabel("y")
    axis.set_title("The same z under softmax and sigmoid")
    axis.legend()
    axis, table = axes[0, 1], result["single label, multi label"]
    for name, shift in (("softmax", -0.2), ("sigmoid", 0.2)):
        of = table[table["activation"] == name]
        bars = axis.bar(np.arange(2) + shift, of["all six right, y > 0.5"], 0.4, label=name)
        axis.bar_label(bars, fmt="%.3f")
    axis.set_xticks([0, 1], ["one type\n(single label)", "one or two types\n(multi label)"])
    axis.set_ylim(0, 1.15)
    axis.set_xlabel("hunters")
    axis.set_ylabel("share with all six types right")
    axis.set_title("Measured on generated hunters, y > 0.5")
    axis.legend(loc="upper right", ncol=2)
    return plots.save(figure, path)
