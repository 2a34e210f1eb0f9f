"""User ID To Embedding (deck, "Recommendation Engine in Matrix Factorization").

A user's id is a category, so it is one-hot encoded. 第i號user的latent factor等價於取Weight的第i列: the
product of one-hot and weights is the row of that user. An embedding lookup takes the row without the
multiplication.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfcourse.tf1 import tf

WEIGHTS = np.array([[1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4]], np.float32)  # (4 users, 3)


def run(seed: int = 88) -> dict[str, Any]:
    with tf.Graph().as_default(), tf.Session() as sess:
        one_hot = tf.one_hot([0, 1, 2, 3], depth=4)  # (4, 4)
        product = tf.matmul(one_hot, WEIGHTS)  # (4, 3)
        looked_up = tf.nn.embedding_lookup(WEIGHTS, [0, 1, 2, 3])  # (4, 3)
        one_hot, product, looked_up = sess.run([one_hot, product, looked_up])
    return {
        "one hot": one_hot,
        "weights": WEIGHTS,
        "one hot x weights": product,
        "rows looked up": looked_up,
        "equal": bool((product == looked_up).all()),
    }
