"""What is trained, by whom, and for how many epochs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

N_BATCH = 128
SEED = 88


@dataclass(frozen=True)
class Model:
    """A lesson that is timed.

    Attributes:
        lesson: its name in tfcourse. target: times faster than the course's way, as claimed.
        ways: contenders and the epochs each trains, the first of which is a warm-up.
        once: contenders of one round only, being slow and in no claim.
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
AGREE_AFTER = 3  # epochs after which the two engines are compared

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
    """Whether what the way needs can be imported here."""
    return way not in NEEDS or importlib.util.find_spec(NEEDS[way]) is not None
