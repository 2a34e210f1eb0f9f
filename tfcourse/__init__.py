"""tfcourse: a deep learning and recommendation course on TensorFlow graphs.

A name is imported when it is first used, so ``import tfcourse`` does not import TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfcourse.batches import data_fn as data_fn
    from tfcourse.batches import dataFn as dataFn
    from tfcourse.callbacks import EarlyStopping as EarlyStopping
    from tfcourse.checkpoints import describe as describe
    from tfcourse.checkpoints import load as load
    from tfcourse.checkpoints import verify as verify
    from tfcourse.errors import CourseError as CourseError
    from tfcourse.model import BaseModel as BaseModel
    from tfcourse.recommenders.base import Recommender as Recommender
    from tfcourse.recommenders.similar import most_like as most_like

__version__ = "0.1.0"

_MODULES = {
    "BaseModel": "tfcourse.model",
    "Recommender": "tfcourse.recommenders.base",
    "EarlyStopping": "tfcourse.callbacks",
    "data_fn": "tfcourse.batches",
    "dataFn": "tfcourse.batches",
    "load": "tfcourse.checkpoints",
    "describe": "tfcourse.checkpoints",
    "verify": "tfcourse.checkpoints",
    "most_like": "tfcourse.recommenders.similar",
    "CourseError": "tfcourse.errors",
}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'tfcourse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
