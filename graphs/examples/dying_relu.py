"""比較潮的Activation Function: Dying ReLU problem (deck, "Deep Neural Network(DNN) Tips").

A ReLU unit whose input is negative for every row outputs 0 for every row. Its gradient is then 0 too,
so it cannot change any more: it is dead. The example counts dead units in each layer of the Pokémon
lessons, after two epochs at the lab's learning rate and at three times that rate. The slide's
remedies are 適當的 weight init and 適當的 learning rate.

With Leaky and Parametric ReLU, units become negative for every row as well, but their gradient has
the slope α there and they can recover. (With learning rates of 0.05 and more these two diverge on
this data.) The features, whose sizes differ widely, are a cause too: with standardised features
hardly any unit dies.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from graphs.pokemon import PokemonDNN
from graphs.pokemon_leaky_relu import ModelLeakyRelu
from graphs.pokemon_prelu import ModelPRelu
from graphs.pokemon_relu import ModelRelu
from tfcourse import training
from tfcourse.batches import Columns
from tfcourse.datasets import folders, pokemon
from tfcourse.datasets.pokemon import PreparedPokemon
from tfcourse.errors import ModelError
from tfcourse.tf1 import tf

RATES = (0.01, 0.03)
EPOCHS = 2
LESSONS: dict[str, type[PokemonDNN]] = {
    "ReLU": ModelRelu,
    "Leaky ReLU": ModelLeakyRelu,
    "Parametric ReLU": ModelPRelu,
}


def count(
    cls: type[PokemonDNN], data: PreparedPokemon, rate: float, seed: int
) -> list[dict[str, Any]]:
    """Count the dead units in each hidden layer after EPOCHS epochs.

    Args:
        cls: a lesson of LESSONS.
        data: prepared Pokémon data.
        rate: learning rate.
        seed: of the initial weights and the order of the rows.

    Returns:
        A dict for each layer, with the share of units that are below 0 for every train row, and
        the share of units that have no gradient for any train row.

    Raises:
        ModelError: training diverged.
    """
    model = training.make(cls, data, seed=seed, learning_rate=rate)
    model.fit(data.train_batches(model.n_batch), n_epoch=EPOCHS, verbose=False, engine="feed")
    rows = {**data.train.columns, "isTrain": False}
    out = []
    for layer in ("dnn1", "dnn2"):
        before = model.graph.get_tensor_by_name(f"dnn/{layer}/BiasAdd:0")  # (rows, units)
        with model.graph.as_default():
            # Dead: ∂L/∂z is 0 for every row. In a sum over rows, as ∂L/∂b is, terms could cancel.
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


def standardised(data: PreparedPokemon) -> PreparedPokemon:
    """The data with the train rows' features as z-scores, limited to -5..5."""
    x = data.train.columns["inputs"]
    z = np.clip((x - x.mean(0)) / (x.std(0) + 1e-3), -5, 5)
    columns = {"inputs": z, "labels": data.train.columns["labels"]}
    return dataclasses.replace(data, train=Columns(columns))


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> dict[str, Any]:
    data = pokemon.load(data_dir).prepare()
    rows = [
        row for rate in RATES for cls in LESSONS.values() for row in count(cls, data, rate, seed)
    ]
    return {
        "data": data.note or data.source,
        f"share of units after {EPOCHS} epochs": rows,
        "ReLU with standardised features": count(ModelRelu, standardised(data), RATES[-1], seed),
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
