"""DNN Structure(Fully Connected); Network的架構 (deck, "Deep Neural Network(DNN) Tips").

一層Layer的組成元素: σ, w, b. The layers of a lesson are read from its built graph, with their shapes, and
drawn. The Pokémon network has three layers. Written as flat code (在main重頭寫到尾), it gives the same
output as the lesson with its methods. But a variant of the lesson overrides one method, while the flat
code would have to be written again for each variant.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphs.examples import Result
from graphs.mf_with_dnn import MFWithDNN
from graphs.pokemon_softplus import ModelSoftplus
from tfcourse.tf1 import Tensor, tf

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVATION_OPS = ("Relu", "LeakyRelu", "Sigmoid", "Softmax", "Softplus", "Softsign", "Tanh")
PASSED = ("BiasAdd", "Identity", "Reshape", "StopGradient")
MOST = 7  # units of a layer that are drawn; more are drawn as half of them, dots, the other half


def layers_of(output: Tensor) -> list[dict[str, Any]]:
    """The chain of fully connected layers that ends in a tensor, first layer first.

    The graph is followed backwards from the tensor, through matrix products, biases and activations, to
    the first node that is none of these.

    Args:
        output: a tensor of a built graph, (batch, units).

    Returns:
        a row for each layer: layer (its scope), σ, w (its shape, inputs x units), b, parameters.
    """
    rows: list[dict[str, Any]] = []
    op, sigma, biases = output.op, "none", 0
    while op.type in ("MatMul", *ACTIVATION_OPS, *PASSED):
        if op.type in ACTIVATION_OPS:
            sigma = op.type.lower()
        elif op.type == "BiasAdd":
            biases = op.inputs[1].shape.as_list()[0]
        elif op.type == "MatMul":
            n_in, n_out = op.inputs[1].shape.as_list()
            scope = op.name.rsplit("/", 2)[-2]
            rows.append(
                {"layer": scope, "σ": sigma, "w": f"{n_in} x {n_out}", "b": biases,
                 "parameters": n_in * n_out + biases}
            )  # fmt: skip
            sigma, biases = "none", 0
        op = op.inputs[0].op
    return rows[::-1]


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


def run(seed: int = 88) -> Result:
    model = ModelSoftplus(seed=seed)
    weights, rows = model.get_weights(), layers_of(model.pred)
    x = np.random.default_rng(seed).standard_normal((16, model.n_features)).astype(np.float32)
    by_lesson, by_flat_code = model.predict({"inputs": x}), flat(x, weights)
    model.close()
    with_dnn = MFWithDNN(seed=seed)
    movie_rows = layers_of(with_dnn.item_repr)
    with_dnn.close()
    return Result(
        {
            "layers of pokemon-softplus": rows,
            "learned parameters": sum(row["parameters"] for row in rows),
            "layers of mf-with-dnn, from a movie's embedding and metadata": movie_rows,
            "output of the lesson, first row": by_lesson[0],
            "output of the flat code, first row": by_flat_code[0],
            "largest difference over 16 rows": float(np.abs(by_lesson - by_flat_code).max()),
        }
    )


def heights(n: int) -> np.ndarray:
    """The heights at which the units of a layer of n units are drawn, 0 in the middle."""
    if n <= MOST:
        return np.arange(n) - (n - 1) / 2
    half = np.arange(1, MOST // 2 + 1)
    return np.concatenate([-half[::-1], half]).astype(float)


def draw_layers(axis: Axes, rows: list[dict[str, Any]], title: str) -> None:
    """Draw a network: a column of circles for each layer, a line for each weight between them.

    Args:
        axis: panel to draw in.
        rows: as ``layers_of`` gives them.
        title: title of the panel.
    """
    sizes = [int(rows[0]["w"].split(" x ")[0]), *(int(row["w"].split(" x ")[1]) for row in rows)]
    names = ["inputs", *(f"{row['layer']}: σ = {row['σ']}" for row in rows)]
    for x, (n, name) in enumerate(zip(sizes, names, strict=True)):
        y = heights(n)
        axis.scatter(np.full(len(y), x), y, s=170, color="C0" if x else "lightgrey", edgecolors="k",
                     zorder=3)  # fmt: skip
        if n > MOST:
            axis.text(x, 0, "⋮", ha="center", va="center", fontsize=16)
        axis.text(x, -4.2, f"{name}\n(batch, {n})", ha="center", va="top")
        if x:
            row, before = rows[x - 1], heights(sizes[x - 1])
            ends = np.array([(a, b) for a in before for b in y])
            axis.plot([x - 1, x], ends.T, color="grey", linewidth=0.5, alpha=0.6)
            axis.text(x - 0.5, 3.6, f"w: {row['w']}\nb: {row['b']}", ha="center", va="bottom")
    axis.set_xlim(-0.5, len(sizes) - 0.5)
    axis.set_ylim(-5.6, 5)
    axis.axis("off")
    axis.set_title(title)


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    figure, (axes,) = plots.panels(1, 2, (6.4, 4.8))
    total = result["learned parameters"]
    rows = result["layers of pokemon-softplus"]
    draw_layers(axes[0], rows, f"pokemon-softplus: {total:,} learned parameters")
    movies = next(v for k, v in result.items() if k.startswith("layers of mf-with-dnn"))
    draw_layers(axes[1], movies, "mf-with-dnn: a movie's embedding and metadata to its factors")
    return plots.save(figure, path)
