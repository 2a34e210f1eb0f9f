"""比較潮的Activation Function: Dying ReLU problem (deck, "Deep Neural Network(DNN) Tips").

A unit whose input is below 0 for every row gives 0 for every row, and its gradient is 0 too, so it
stays there. Counted layer by layer in the Pokémon lessons, after two epochs at the lab's learning
rate and at three times that: 適當的 weight init, 適當的 learning rate. With Leaky and Parametric ReLU
units come to stand below 0 as well, but their gradient is there, α, and can bring them back. (At
rates of 0.05 and more these two diverge on this data.) The cause is in the features too, which are
of very different sizes: standardised, none dies.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from graphs.pokemon_leaky_relu import ModelLeakyRelu
from graphs.pokemon_prelu import ModelPRelu
from graphs.pokemon_relu import ModelRelu
from tfcourse import training
from tfcourse.batches import Columns
from tfcourse.datasets import pokemon
from tfcourse.errors import ModelError
from tfcourse.tf1 import tf

RATES = (0.01, 0.03)
EPOCHS = 2
LESSONS = {"ReLU": ModelRelu, "Leaky ReLU": ModelLeakyRelu, "Parametric ReLU": ModelPRelu}


def count(cls: Any, data: Any, rate: float, seed: int) -> list[dict[str, Any]]:
    """Per hidden layer: share of units below 0 for every train row, and without any gradient."""
    model = training.make(cls, data, seed=seed, learning_rate=rate)
    model.fit(data.train_batches(model.n_batch), n_epoch=EPOCHS, verbose=False, engine="feed")
    rows = {**data.train.columns, "isTrain": False}
    out = []
    for layer in ("dnn1", "dnn2"):
        before = model.graph.get_tensor_by_name(f"dnn/{layer}/BiasAdd:0")  # (rows, units)
        with model.graph.as_default():
            # ∂L/∂b of a unit is the sum over rows; of |∂L/∂z| none may be there.
            slope = tf.reduce_max(tf.abs(tf.gradients(model.loss, before)[0]), 0)  # (units,)
        score, slope = model.session.run([before, slope], model.feed_dict(rows, mode="eval"))
        if not np.isfinite(score).all():
            raise ModelError(f"{cls.__name__} diverged at a learning rate of {rate}")
        out.append(
            {
                "activation": next(k for k, v in LESSONS.items() if v is cls),
                "learning rate": rate,
                "layer": layer,
                "below 0 for every row": float((score <= 0).all(0).mean()),
                "without gradient (dead)": float((slope == 0).mean()),
            }
        )
    model.close()
    return out


def standardised(data: Any) -> Any:
    """The same rows with each feature less its mean, over its spread, within -5 to 5."""
    x = data.train.columns["inputs"]
    z = np.clip((x - x.mean(0)) / (x.std(0) + 1e-3), -5, 5)
    columns = {"inputs": z, "labels": data.train.columns["labels"]}
    return dataclasses.replace(data, train=Columns(columns))


def run(seed: int = 88) -> dict[str, Any]:
    data = pokemon.load().prepare()
    rows = [
        row for rate in RATES for cls in LESSONS.values() for row in count(cls, data, rate, seed)
    ]
    return {
        "data": data.note or data.source,
        f"share of units after {EPOCHS} epochs": rows,
        "the same with standardised features": count(
            ModelRelu, standardised(data), RATES[-1], seed
        ),
    }


def draw(result: dict[str, Any], path: str | Path) -> Path:
    from tfcourse import plots

    rows = next(value for key, value in result.items() if key.startswith("share"))
    figure, (axes,) = plots.panels(1, 2, (5.0, 3.8))
    for axis, key in zip(axes, ("below 0 for every row", "without gradient (dead)"), strict=True):
        for i, (rate, layer) in enumerate((r, n) for r in RATES for n in ("dnn1", "dnn2")):
            share = [
                row[key] for row in rows if row["learning rate"] == rate and row["layer"] == layer
            ]
            at = np.arange(len(LESSONS)) + (i - 1.5) * 0.2
            bars = axis.bar(at, share, 0.19, label=f"rate {rate:g}, {layer}")
            axis.bar_label(bars, fmt="%.2f", fontsize=7)
        axis.set_xticks(range(len(LESSONS)), list(LESSONS))
        axis.set_title(key[0].upper() + key[1:])
        axis.set_xlabel("activation")
        axis.set_ylabel("share of the layer's units")
        axis.set_ylim(0, 1.1)
        axis.legend(fontsize="small")
    figure.suptitle(f"Dying ReLU. {result['data'].split(':')[0]}", fontsize="medium")
    return plots.save(figure, path)
