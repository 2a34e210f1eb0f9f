"""The course's data: MovieLens, Pokémon, HunterXHunter. Each is opened by name with ``open_data``.

What a data set and prepared data offer stands in ``tfcourse.datasets.contract``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from tfcourse.errors import UsageError

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Data, DataSet
    from tfcourse.datasets.movielens import MovieLens
    from tfcourse.datasets.pokemon import Pokemon


def by_name() -> dict[str, DataSet]:
    """All data sets."""
    from tfcourse.datasets import hunter, movielens, pokemon

    return {
        "movielens": movielens,
        "pokemon": pokemon,
        "hunter-regression": hunter.REGRESSION,
        "hunter-classification": hunter.CLASSIFICATION,
        "hunter-multi-label": hunter.MULTI_LABEL,
    }


@overload
def open_data(name: Literal["movielens"], data_dir: str | Path = ...) -> MovieLens: ...


@overload
def open_data(name: Literal["pokemon"], data_dir: str | Path = ...) -> Pokemon: ...


@overload
def open_data(name: str, data_dir: str | Path = ...) -> Data: ...


def open_data(name: str, data_dir: str | Path = "data") -> Data:
    """A data set by name, from files in ``data_dir`` or as tfcourse brings it.

    Raises:
        UsageError: an unknown name.
        DataError: a file that is damaged, with file and line.
    """
    known = by_name()
    if name not in known:
        raise UsageError(f"unknown data set {name!r}; known: {', '.join(known)}")
    return known[name].load(data_dir)
