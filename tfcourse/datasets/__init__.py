"""The course's data: MovieLens, Pokémon, HunterXHunter. Each is opened by name with ``open_data``.

What ``open_data`` gives has ``prepare(protocol)``, and what that gives is all that ``fit`` and the
command line need of any data set:

    sizes                              hyper-parameters that the data decide, {"n_users": 671}
    train_batches(n_batch, shuffle)    batches to train on
    valid_batches()                    batches that choose the epoch
    protocol, source, note             for tables: the note says what must be said of the numbers
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from tfcourse.errors import UsageError

DATASETS = {
    "movielens": "tfcourse.datasets.movielens",
    "pokemon": "tfcourse.datasets.pokemon",
    "hunter-regression": "tfcourse.datasets.hunter:REGRESSION",
    "hunter-classification": "tfcourse.datasets.hunter:CLASSIFICATION",
    "hunter-multi-label": "tfcourse.datasets.hunter:MULTI_LABEL",
}


def open_data(name: str, data_dir: str | Path = "data") -> Any:
    """A data set by name, from ``data_dir`` or embedded."""
    if name not in DATASETS:
        raise UsageError(f"unknown data set {name!r}; known: {', '.join(DATASETS)}")
    return _at(DATASETS[name]).load(data_dir)


def by_name() -> dict[str, Any]:
    """The modules of all data sets, or what stands for one in a module of several."""
    return {name: _at(path) for name, path in DATASETS.items()}


def modules() -> list[Any]:
    return list(by_name().values())


def _at(path: str) -> Any:
    module, _, name = path.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found
