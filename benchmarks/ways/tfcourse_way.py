"""This project, through its public interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.models import MODELS, SEED


def prepare(model: str, folder: Path) -> Any:
    if model == "pokemon":
        from tfcourse.datasets import pokemon

        return pokemon.load(folder).prepare("deck")
    from tfcourse.datasets import movielens

    return movielens.load(folder).prepare("deck")


def lesson(model: str, data: Any) -> Any:
    """The lesson, built, with the sizes of the data."""
    import graphs
    from tfcourse import training

    return training.make(graphs.find(MODELS[model].lesson).load(), data, seed=SEED)


def initial_weights(model: str, folder: Path) -> dict[str, Any]:
    """The weights that the lesson begins with."""
    return lesson(model, prepare(model, folder)).get_weights()


def train(
    model: str, data: Any, weights: Path | None, epochs: int, way: str = "graph"
) -> tuple[list[float], list[float]]:
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
