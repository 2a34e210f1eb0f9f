"""tfcourse: a deep learning and recommendation course on TensorFlow graphs.

Names are loaded when they are first used, so that ``import tfcourse`` costs no TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
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

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'tfcourse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
