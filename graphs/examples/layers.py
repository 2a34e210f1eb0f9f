"""Network的架構 (deck, "Deep Neural Network(DNN) Tips").

一層Layer的組成元素: σ, w, b. The Pokémon network is three of them. Written flat, 在main重頭寫到尾,
it gives the same output as the lesson's boxes; but the lessons that vary it override one box, and
the flat form would have to be written again for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphs.pokemon_softplus import ModelSoftplus
from tfcourse.tf1 import tf


def flat(x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """The whole network in one go: σ(σ(x W1 + b1) W2 + b2) W3 + b3, then softmax."""
    with tf.Graph().as_default(), tf.Session() as sess:
        nets = tf.nn.softplus(x @ weights["dnn/dnn1/kernel"] + weights["dnn/dnn1/bias"])
        nets = tf.nn.softplus(
            tf.matmul(nets, weights["dnn/dnn2/kernel"]) + weights["dnn/dnn2/bias"]
        )
        nets = tf.matmul(nets, weights["dnn/dnn3/kernel"]) + weights["dnn/dnn3/bias"]
        return sess.run(tf.nn.softmax(nets))


def run(seed: int = 88) -> dict[str, Any]:
    model = ModelSoftplus(seed=seed)
    weights = model.get_weights()
    x = np.random.default_rng(seed).standard_normal((16, model.n_features)).astype(np.float32)
    boxes, written_flat = model.predict({"inputs": x}), flat(x, weights)
    model.close()
    rows = []
    for name, sigma in (("dnn1", "softplus"), ("dnn2", "softplus"), ("dnn3", "softmax")):
        w, b = weights[f"dnn/{name}/kernel"], weights[f"dnn/{name}/bias"]
        shape = " x ".join(map(str, w.shape))
        rows.append(
            {"layer": name, "σ": sigma, "w": shape, "b": len(b), "numbers": w.size + b.size}
        )
    return {
        "layers": rows,
        "numbers that are learned": sum(row["numbers"] for row in rows),
        "output of the boxes, first row": boxes[0],
        "output written flat, first row": written_flat[0],
        "largest difference over 16 rows": float(np.abs(boxes - written_flat).max()),
    }
