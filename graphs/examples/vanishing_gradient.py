"""傳統的Activation Function: vanishing gradient problem (deck, "Deep Neural Network(DNN) Tips").

每一層的input被壓縮到一個相對很小的output range: the slope of each layer's activation is a factor of the
gradient of all layers before it. The example measures the norm of the gradient at each layer's kernel,
before any training, in a stack of ten layers with Glorot normal weights.

The slope of the sigmoid is at most 0.25, so its gradient vanishes. The gradient of tanh and softsign,
for which Glorot's weights were made, vanishes only if their units are saturated; a bias of 2 saturates
them. ReLU does not saturate above 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tfcourse.activations import ACTIVATIONS
from tfcourse.tf1 import tf

LAYERS, WIDTH, CLASSES, ROWS = 10, 64, 5, 256
NAMES = ("sigmoid", "tanh", "softsign", "relu")
BIASES = (0, 2)


def gradient_norms(name: str, bias: float, seed: int) -> np.ndarray:
    """‖∂L/∂W‖ of each hidden layer, float32 (LAYERS,).

    Args:
        name: an activation of ``tfcourse.activations.ACTIVATIONS``.
        bias: added to the input of every activation.
        seed: of the rows and of the weights.
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((ROWS, WIDTH)).astype(np.float32)
    labels = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, ROWS)]
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(seed)
        init_fn = tf.glorot_normal_initializer()
        nets, kernels = tf.constant(x), []
        for i in range(LAYERS):
            w = tf.get_variable(f"w{i}", [WIDTH, WIDTH], initializer=init_fn)
            kernels.append(w)
            nets = ACTIVATIONS[name](tf.matmul(nets, w) + bias)  # (rows, width)
        nets = tf.layers.dense(nets, CLASSES, kernel_initializer=init_fn)  # (rows, classes)
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=nets))
        norms = [tf.norm(g) for g in tf.gradients(loss, kernels)]
        sess.run(tf.global_variables_initializer())
        return np.array(sess.run(norms))


def run(seed: int = 88) -> dict[str, Any]:
    rows = []
    for bias in BIASES:
        for name in NAMES:
            norms = gradient_norms(name, bias, seed)
            rows.append(
                {
                    "bias": bias,
                    "activation": name,
                    **{f"layer {i}": float(norm) for i, norm in enumerate(norms, 1)},
                    f"layer 1 / layer {LAYERS}": float(norms[0] / norms[-1]),
                }
            )
    return {"norm of the gradient at each layer's kernel": rows}


def draw(result: dict[str, Any], path: str | Path) -> Path:
    from tfcourse import plots

    figure, (axes,) = plots.panels(1, len(BIASES), (5.0, 4.0))
    for axis, bias in zip(axes, BIASES, strict=True):
        for row in result["norm of the gradient at each layer's kernel"]:
            if row["bias"] == bias:
                values = [row[f"layer {i}"] for i in range(1, LAYERS + 1)]
                axis.semilogy(range(1, LAYERS + 1), values, marker="o", label=row["activation"])
        axis.set_title(f"Glorot normal weights, bias {bias}")
        axis.set_xlabel("layer, counted from the input")
        axis.set_ylabel("norm of the gradient at the kernel")
        axis.grid(alpha=0.3)
        axis.legend()
    figure.suptitle("Vanishing gradient: ten layers, before training")
    return plots.save(figure, path)
