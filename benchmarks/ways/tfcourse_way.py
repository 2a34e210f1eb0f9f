"""This project, through its public interface: the contenders "graph" and "feed"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.models import MODELS, SEED, pokemon_data

if TYPE_CHECKING:
    import numpy as np

    from tfcourse.batches import Prepared
    from tfcourse.datasets.movielens_protocols import PreparedMovieLens
    from tfcourse.model import BaseModel

# TensorFlow must not be imported with this module: other contenders use it to prepare their data.


def ratings(folder: Path) -> PreparedMovieLens:
    """Prepare MovieLens under the deck's protocol."""
    from tfcourse.datasets import movielens

    return movielens.load(folder).prepare("deck")


def prepare(model: str, folder: Path) -> Prepared:
    """Prepare the data of a model; see ``Way``."""
    if model == "pokemon":
        return pokemon_data(folder).prepare("deck")
    return ratings(folder)


def lesson(model: str, data: Prepared) -> BaseModel:
    """Build the lesson of a model with the sizes of the data."""
    import graphs
    from tfcourse import training

    return training.make(graphs.find(MODELS[model].lesson).load(), data, seed=SEED)


def initial_weights(model: str, folder: Path) -> dict[str, np.ndarray]:
    """Return the initial weights of a model's lesson, name to array."""
    return lesson(model, prepare(model, folder)).get_weights()


def train(
    model: str, data: Prepared, weights: Path, epochs: int, way: str = "graph"
) -> tuple[list[float], list[float]]:
    """Train with ``fit``; see ``Way``. ``way`` is the engine."""
    from tfcourse.callbacks import EpochTimes

    built, times = lesson(model, data), EpochTimes()
    built.fit(
        data.train_batches(built.n_batch, built.shuffle),
        n_epoch=epochs,
        engine=way,
        callback=times,
        verbose=False,
    )
    return times.seconds, built.hist["tr_loss"]
