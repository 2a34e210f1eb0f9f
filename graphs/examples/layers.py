"""Network的架構 (deck, "Deep Neural Network(DNN) Tips").

一層Layer的組成元素: σ, w, b. The Pokémon network has three such layers. Written as flat code (在main重頭
寫到尾), it gives the same output as the lesson with its methods. But a variant of the lesson overrides
one method, while the flat code would have to be written again for each variant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphs.pokemon_softplus import ModelSoftplus
from tfcourse.tf1 import tf


def flat(x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """The whole network as flat code: softmax(σ(σ(x W1 + b1) W2 + b2) W3 + b3).

    Args:
        x: features, float32 (n, 200).
        weights: variables of the lesson by name.

    Returns:
        Probabilities, float32 (n, 5).
    """
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
    by_lesson, by_flat_code = model.predict({"inputs": x}), flat(x, weights)
    model.close()
    rows = []
    for name, sigma in (("dnn1", "softplus"), ("dnn2", "softplus"), ("dnn3", "softmax")):
        w, b = weights[f"dnn/{name}/kernel"], weights[f"dnn/{name}/bias"]
        shape = " x ".join(map(str, w.shape))
        rows.append(
            {"layer": name, "σ": sigma, "w": shape, "b": len(b), "parameters": w.size + b.size}
        )
    return {
        "layers": rows,
        "learned parameters": sum(row["parameters"] for row in rows),
        "output of the lesson, first row": by_lesson[0],
        "output of the flat code, first row": by_flat_code[0],
        "largest difference over 16 rows": float(np.abs(by_lesson - by_flat_code).max()),
    }
