"""The course's data: MovieLens, Pokémon, HunterXHunter. Each is opened by name with ``open_data``.

What a data set and prepared data offer stands in ``tfcourse.datasets.contract``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from tfcourse.datasets.folders import DEFAULT
from tfcourse.errors import UsageError
from tfcourse.lang import _

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
def open_data(
    name: Literal["movielens"], data_dir: str | Path = ..., lenient: bool = ...
) -> MovieLens: ...


@overload
def open_data(
    name: Literal["pokemon"], data_dir: str | Path = ..., lenient: bool = ...
) -> Pokemon: ...


@overload
def open_data(name: str, data_dir: str | Path = ..., lenient: bool = ...) -> Data: ...


def open_data(name: str, data_dir: str | Path = DEFAULT, lenient: bool = False) -> Data:
    """A data set by name, from files in ``data_dir`` or as tfcourse brings it.

    Args:
        data_dir: the folder. Only the default one may be without the files; see ``folders``.
        lenient: drop rows with a fault and list them on standard error; for "movielens" alone, since
            the other data are generated or known byte by byte.

    Raises:
        UsageError: an unknown name, or ``lenient`` for a data set that is never read so.
        DataError: a named folder without the files, or a file that is damaged, with file and line.
    """
    known = by_name()
    if name not in known:
        raise UsageError(
            _("unknown data set {name!r}; known: {known}").format(name=name, known=", ".join(known))
        )
    if not lenient:
        return known[name].load(data_dir)
    if name != "movielens":
        raise UsageError(
            _("--lenient is for lessons on movielens, not on {name}").format(name=name)
        )
    from tfcourse.datasets import movielens

    return movielens.load(data_dir, lenient=True)
