"""The lessons and examples, in the deck's order: one slide's idea per file.

A lesson is a model that is trained (``tfcourse fit NAME``); an example shows a slide's numbers or
picture without training a lesson (``tfcourse example NAME``). This list is all that the command
line needs to know of them; it loads no TensorFlow.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from tfcourse.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """A name on the command line, its slide, and where its code stands."""

    name: str
    title: str  # of the slide
    section: str  # of the deck
    module: str

    @property
    def file(self) -> str:
        return self.module.replace(".", "/") + ".py"


@dataclass(frozen=True)
class Lesson(Entry):
    cls: str  # the model's class in the module
    kind = "lesson"

    @property
    def command(self) -> str:
        return f"tfcourse fit {self.name}"

    def load(self) -> Any:
        """The lesson's class."""
        return getattr(importlib.import_module(self.module), self.cls)


@dataclass(frozen=True)
class Example(Entry):
    """Its module has ``run(seed=88) -> dict``, what is shown by name (text, numbers, arrays,
    frames), and where there is a picture ``draw(result, path) -> Path``."""

    kind = "example"

    @property
    def command(self) -> str:
        return f"tfcourse example {self.name}"

    def load(self) -> Any:
        """The example's module."""
        return importlib.import_module(self.module)


_FRAMEWORK = "Machine Learning Framework"
_TIPS = "Deep Neural Network(DNN) Tips"
_MF = "Recommendation Engine in Matrix Factorization"
_DNN_MF = "Recommendation Engine with DNN"

ENTRIES: tuple[Lesson | Example, ...] = (
    Example(
        "latent-factor",
        "Concept of Latent Factor",
        _MF,
        "graphs.examples.latent_factor",
    ),
    Example("user-embedding", "User ID To Embedding", _MF, "graphs.examples.user_embedding"),
    Example("prediction", "Prediction", _MF, "graphs.examples.prediction"),
    Lesson("mf", "First Model - Basic MF", _MF, "graphs.mf", "MF"),
    Lesson(
        "mf-with-history",
        "Model - MF with History",
        _MF,
        "graphs.mf_with_history",
        "MFWithHistory",
    ),
    Lesson(
        "mf-with-history-sum",
        "Movie ID Aggregation(Pooling) ? Sum",
        _MF,
        "graphs.mf_with_history_sum",
        "MFWithHistorySum",
    ),
    Lesson(
        "mf-with-history-mean",
        "Movie ID Aggregation(Pooling) ? Mean",
        _MF,
        "graphs.mf_with_history_mean",
        "MFWithHistoryMean",
    ),
    Lesson("mf-with-dnn", "Model - MF with DNN", _DNN_MF, "graphs.mf_with_dnn", "MFWithDNN"),
    Lesson(
        "mf-with-dnn-xent",
        "Model - MF with DNN(Classification)",
        _DNN_MF,
        "graphs.mf_with_dnn_xent",
        "MFWithDNNXent",
    ),
    Lesson(
        "mf-with-dnn-lab",
        "Lab: lab_reco_model_mf_dnn.ipynb",
        _DNN_MF,
        "graphs.mf_with_dnn_lab",
        "MFWithDNNLab",
    ),
    Lesson(
        "mf-with-dnn-new-movies",
        "Model MF with DNN 彈性的應用",
        _DNN_MF,
        "graphs.mf_with_dnn_new_movies",
        "MFWithDNNNewMovies",
    ),
)


LESSONS: tuple[Lesson, ...] = tuple(x for x in ENTRIES if isinstance(x, Lesson))
EXAMPLES: tuple[Example, ...] = tuple(x for x in ENTRIES if isinstance(x, Example))


def find(name: str) -> Lesson:
    """The lesson of that name; an unknown name is an error that lists the known ones."""
    for entry in ENTRIES:
        if entry.name == name.replace("_", "-"):
            if isinstance(entry, Lesson):
                return entry
            raise UsageError(f"{entry.name} is an example, not a lesson: {entry.command}")
    raise UsageError(f"unknown lesson {name!r}; known: {', '.join(x.name for x in LESSONS)}")


def find_example(name: str) -> Example:
    """The example of that name; an unknown name is an error that lists the known ones."""
    for entry in EXAMPLES:
        if entry.name == name.replace("_", "-"):
            return entry
    raise UsageError(f"unknown example {name!r}; known: {', '.join(x.name for x in EXAMPLES)}")
