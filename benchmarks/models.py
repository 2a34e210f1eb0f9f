"""The models, the contenders, and the number of epochs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfcourse.datasets.pokemon import Pokemon

N_BATCH = 128
SEED = 88

# What a measurement gives, as JSON: its figures by name, or {"failed": reason}.
Result = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A lesson to measure.

    Attributes:
        name: its name in the options of ``python -m benchmarks``.
        lesson: its name in tfcourse.
        title: its title in tables.
        target: how many times faster than the course's way it is claimed to be.
        ways: contender to its number of epochs, including the first one, which is a warm-up.
        once: contenders with one round only, since they are slow and no claim is about them.
    """

    name: str
    lesson: str
    title: str
    target: float
    ways: dict[str, int]
    once: tuple[str, ...] = ()


RECOMMENDERS = ("mf", "history", "dnn", "xent")
MODELS = {
    m.name: m
    for m in (
        Model(
            "mf",
            "mf",
            "Basic MF",
            6,
            {
                "graph": 6,
                "feed": 3,
                "course": 3,
                "keras": 3,
                "tf-keras": 3,
                "torch": 4,
                "surprise": 3,
            },
        ),
        Model(
            "history",
            "mf-with-history",
            "MF with history",
            25,
            {
                "graph": 4,
                "feed": 3,
                "course": 2,
                "keras": 2,
                "tf-keras": 2,
                "torch": 2,
                "torch-sums": 2,
            },
            once=("feed",),
        ),
        Model(
            "dnn",
            "mf-with-dnn",
            "MF with DNN, MSE",
            25,
            {"graph": 4, "feed": 3, "course": 2, "torch": 2},
            once=("feed",),
        ),
        Model(
            "xent",
            "mf-with-dnn-xent",
            "MF with DNN, cross entropy",
            25,
            {"graph": 4, "feed": 3, "course": 2, "torch": 2},
            once=("feed",),
        ),
        Model(
            "pokemon",
            "pokemon-adam",
            "Pokémon, softplus and Adam",
            3,
            {"graph": 6, "feed": 6, "course": 6},
        ),
    )
}
AGREE_AFTER = 3  # epochs after which the losses of the two engines are compared

# By contender: title in tables, package that it needs, module of ``ways``.
TITLES = {
    "graph": "tfcourse, engine graph",
    "feed": "tfcourse, engine feed",
    "course": "the course's way",
    "keras": "Keras 3, model.fit",
    "tf-keras": "tf-keras, model.fit",
    "torch": "PyTorch",
    "torch-sums": "PyTorch, pooling by sums",
    "surprise": "Surprise, SVD",
}
NEEDS = {
    "keras": "keras",
    "tf-keras": "tf_keras",
    "torch": "torch",
    "torch-sums": "torch",
    "surprise": "surprise",
}
MODULES = {
    "graph": "tfcourse_way",
    "feed": "tfcourse_way",
    "course": "course_way",
    "keras": "keras_way",
    "tf-keras": "keras_way",
    "torch": "torch_way",
    "torch-sums": "torch_way",
    "surprise": "surprise_way",
}


def installed(way: str) -> bool:
    """Return whether the package that a contender needs is installed."""
    return way not in NEEDS or importlib.util.find_spec(NEEDS[way]) is not None


def pokemon_data(folder: str | Path) -> Pokemon:
    """The Pokémon file of a folder, or the generated stand-in where it has none."""
    from tfcourse.datasets import pokemon

    there = (Path(folder) / pokemon.FILE_NAME).is_file()
    return pokemon.load(folder if there else None)
