"""Dropout - 終極的ensemble方法 (deck, "Deep Neural Network(DNN) Tips").

每個batch training時都會隨機丟掉 p% 的neuron. Measures the share of zeros in each batch, the factor
1 / (1 - p) by which TensorFlow multiplies the other units, and that nothing is dropped at evaluation.
Lists all 2^M networks of M neurons for a small M.

「Dropout的結果」 says that dropout slows training: the same network is trained with and without it, and
the time of an epoch and what the epochs reached are compared.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from graphs.examples import Result
from graphs.pokemon_best import ModelBest
from graphs.pokemon_dropout import ModelDropout
from tfcourse import training
from tfcourse.callbacks import EpochTimes
from tfcourse.datasets import folders, pokemon
from tfcourse.datasets.pokemon import PreparedPokemon
from tfcourse.tf1 import tf

RATES = (0.3, 0.4, 0.5, 0.6)
UNITS, BATCHES, M = 1000, 50, 3
ROUNDS, EPOCHS = 4, 6


def masks(rate: float, training: bool, units: int, batches: int, seed: int) -> np.ndarray:
    """Apply dropout to ones, once for each batch.

    Args:
        rate: probability that a unit is set to 0.
        training: whether dropout is active.
        units, batches: size of the result.
        seed: of the masks.

    Returns:
        float32 (batches, units).
    """
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(seed)
        nets = tf.layers.dropout(tf.ones([1, units]), rate, training=training)
        return np.array([sess.run(nets)[0] for _ in range(batches)])


def networks(seed: int) -> dict[str, Any]:
    """Compare the networks that dropout makes of M neurons h and one output w · h.

    Returns:
        The output of each network; how many of them occur in 200 batches; the mean of all outputs,
        weighted by their probability; and the output of the whole network.
    """
    rng = np.random.default_rng(seed)
    h, w, p = rng.normal(size=M), rng.normal(size=M), 0.5
    rows, mean = [], 0.0
    for kept in itertools.product((0, 1), repeat=M):
        output = float(w @ (h * kept) / (1 - p))
        mean += output * (1 - p) ** sum(kept) * p ** (M - sum(kept))
        rows.append({"kept": "".join(map(str, kept)), "output": output})
    seen = {tuple(m > 0) for m in masks(p, True, M, 200, seed)}
    return {
        f"the 2^{M} networks of {M} neurons": rows,
        f"networks seen in 200 batches, of {2**M}": len(seen),
        "mean output of all networks": mean,
        "output of the whole network": float(w @ h),
    }


def speed(data: PreparedPokemon, rounds: int, epochs: int, seed: int) -> dict[str, Any]:
    """Train the same network with and without dropout, by turns of some epochs.

    By turns, so that a busy machine slows both. The first epoch of a turn is not timed, since the
    engine prepares itself in it.

    Args:
        rounds, epochs: turns of each lesson, and epochs of a turn, at least 2.
        seed: of weights, batch order and dropout.

    Returns:
        For each lesson the shortest time of an epoch, which other work on the machine disturbs least,
        and the last epoch's figures; and the ratio of the times.
    """
    models = [training.make(cls, data, seed=seed) for cls in (ModelBest, ModelDropout)]
    seconds: dict[str, list[float]] = {model.lesson: [] for model in models}
    for turn in range(rounds):
        for model in models:
            times = EpochTimes()
            model.fit(data.train_batches(model.n_batch, model.shuffle), data.valid_batches(), epochs,
                      callback=[times], resume=turn > 0, verbose=False)  # fmt: skip
            seconds[model.lesson] += times.seconds[1:]
    shortest = [min(of) for of in seconds.values()]
    rows = []
    for model, least in zip(models, shortest, strict=True):
        last = {name: values[-1] for name, values in model.hist.items()}
        rows.append(
            {
                "lesson": model.lesson,
                "drop rate": getattr(model, "drop_rate", 0.0),
                "seconds per epoch (shortest)": least,
                "train loss": last["tr_loss"],
                "train acc": last["tr_acc"],
                "valid loss": last["vl_loss"],
                "valid acc": last["vl_acc"],
            }
        )
        model.close()
    return {
        f"the same network without and with dropout, after {rounds * epochs} epochs": rows,
        "time of an epoch with dropout / without": shortest[1] / shortest[0],
    }


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> Result:
    rows, shares = [], {}
    for rate in RATES:
        found = masks(rate, True, UNITS, BATCHES, seed)
        share = shares[rate] = (found == 0).mean(1)
        rows.append(
            {
                "drop rate": rate,
                "share of zeros: mean over batches": float(share.mean()),
                "lowest": float(share.min()),
                "highest": float(share.max()),
                "other units": float(found.max()),
                "1 / (1 - p)": 1 / (1 - rate),
                "share of zeros at evaluation": float(
                    (masks(rate, False, UNITS, 2, seed) == 0).mean()
                ),
            }
        )
    model = ModelDropout(seed=seed)
    x = np.random.default_rng(seed).standard_normal((16, model.n_features)).astype(np.float32)
    feeds = [{model.inputs: x, model.isTrain: training} for training in (True, True, False, False)]
    a, b, c, d = (model.session.run(model.pred, feed) for feed in feeds)
    model.close()
    data = pokemon.load(data_dir).prepare()
    shown = {
        f"{BATCHES} batches of {UNITS} ones": rows,
        "lesson pokemon-dropout, two runs in training: largest difference": float(
            np.abs(a - b).max()
        ),
        "lesson pokemon-dropout, two runs at evaluation: largest difference": float(
            np.abs(c - d).max()
        ),
        **networks(seed),
        "data of the trainings": data.note or data.source,
        **speed(data, ROUNDS, EPOCHS, seed),
    }
    return Result(shown, shares)


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    figure, ((axis,),) = plots.panels(size=(7.0, 3.8))
    for rate, share in result.picture.items():
        axis.plot(range(1, BATCHES + 1), share, label=f"drop rate {rate:g}")
    axis.axhline(0, color="black", linestyle="--", label="evaluation")
    axis.set_xlabel("batch")
    axis.set_ylabel(f"share of zeros in {UNITS} units")
    axis.set_title("Dropout draws a new network for every batch")
    axis.set_ylim(-0.03, 0.75)
    axis.grid(alpha=0.3)
    axis.legend(fontsize="small", ncols=2, loc="lower right", bbox_to_anchor=(1, 0.08))
    return plots.save(figure, path)
