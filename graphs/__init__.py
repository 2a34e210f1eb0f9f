"""The lessons, in the deck's order: one model per file, each reads like its slide.

This list is all that the command line needs to know of a lesson; it loads no TensorFlow.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from tfcourse.errors import UsageError


@dataclass(frozen=True)
class Lesson:
    """A lesson's name on the command line, its slide, and where its class stands."""

    name: str
    title: str  # of the slide
    section: str  # of the deck
    module: str
    cls: str

    @property
    def file(self) -> str:
        return self.module.replace(".", "/") + ".py"

    def load(self) -> Any:
        """The lesson's class."""
        return getattr(importlib.import_module(self.module), self.cls)


_MF = "Recommendation Engine in Matrix Factorization"
_DNN_MF = "Recommendation Engine with DNN"

LESSONS: tuple[Lesson, ...] = (
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


def find(name: str) -> Lesson:
    """The lesson of that name; an unknown name is an error that lists the known ones."""
    for lesson in LESSONS:
        if lesson.name == name.replace("_", "-"):
            return lesson
    raise UsageError(f"unknown lesson {name!r}; known: {', '.join(x.name for x in LESSONS)}")
