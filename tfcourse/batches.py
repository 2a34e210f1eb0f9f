"""Mini-batches over columns, and the leave-one-out queries cut from histories at batch time.

A data set is a set of columns, arrays with one row per example. ``data_fn`` and ``dataFn`` are the
two spellings on the slides; both give ``Batches``, which ``fit`` calls once an epoch. Any callable
that gives an iterator of ``{placeholder name: array}`` serves as well (with the engine "feed").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from tfcourse.errors import DataError, UsageError


class Rows(Protocol):
    """Columns that can be read in any order of the rows."""

    def __len__(self) -> int: ...

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """The rows of ``index``: a column per name (all, without names)."""


class Columns:
    """Rows held as plain arrays.

    Args:
        columns: name to array, all with the same number of rows, (n, ...).
    """

    def __init__(self, columns: Mapping[str, Any]):
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
        data: what the rows were prepared from, for lessons that need to know (a Prepared).
    """

    def __init__(
        self,
        rows: Rows,
        n_batch: int = 128,
        shuffle: bool = False,
        seed: int | None = None,
        data: Any = None,
    ):
        if isinstance(n_batch, bool) or not isinstance(n_batch, (int, np.integer)) or n_batch < 1:
            raise UsageError(f"a batch holds at least one row, not {n_batch!r}")
        if len(rows) == 0:
            raise DataError("no rows to make batches of")
        self.rows, self.n_batch, self.shuffle = rows, int(n_batch), shuffle
        self.seed, self.data = seed, data

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


# --- histories and queries --------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Queries:
    """A query per row, as a stretch of one flat array of movies, with one place left out.

    Attributes:
        movies: all stretches end to end, int32 (m,).
        start: where the row's stretch begins, int64 (n,). length: its length, int32 (n,).
        left_out: place inside the stretch that does not belong to the query, or -1, int32 (n,).

    Nothing is stored per row and movie: 69,399 leave-one-out queries cost four numbers each,
    where lists of them would hold 24 million.
    """

    movies: np.ndarray
    start: np.ndarray
    length: np.ndarray
    left_out: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def size(self) -> np.ndarray:
        """Movies in each query, int32 (n,): query_movie_ids_len on the slide."""
        return (self.length - (self.left_out >= 0)).astype(np.int32)

    def padded(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """query_movie_ids, int32 (n, longest), padded with 0; query_movie_ids_len, int32 (n,)."""
        size = self.size[index]
        width = int(size.max(initial=0))
        place = np.arange(width, dtype=np.int64)
        left_out = self.left_out[index]
        # From the place left out on, the stretch is read one further along.
        skip = (place >= left_out[:, None]) & (left_out >= 0)[:, None]
        at = self.start[index][:, None] + place + skip
        valid = place < size[:, None]
        movies = (
            self.movies[np.where(valid, at, 0)] if width else np.zeros((len(size), 0), np.int32)
        )
        return np.where(valid, movies, 0).astype(np.int32), size


@dataclass(frozen=True, eq=False)
class Histories:
    """The movies that each user rated, as one flat array with offsets (CSR).

    Attributes:
        offset: int64 (n_users + 1,). movies: int32 (n,), user u's at offset[u]:offset[u + 1].
    """

    offset: np.ndarray
    movies: np.ndarray

    @classmethod
    def of(cls, user: np.ndarray, movie: np.ndarray, n_users: int) -> Histories:
        """Histories in the order of the rows."""
        order = np.argsort(user, kind="stable")
        offset = np.zeros(n_users + 1, np.int64)
        np.cumsum(np.bincount(user, minlength=n_users), out=offset[1:])
        return cls(offset, movie[order].astype(np.int32))

    def __len__(self) -> int:
        return len(self.offset) - 1

    def __getitem__(self, user: int) -> np.ndarray:
        return self.movies[self.offset[user] : self.offset[user + 1]]

    @property
    def size(self) -> np.ndarray:
        return np.diff(self.offset)

    def whole(self, user: np.ndarray) -> Queries:
        """Each row's user's whole history."""
        length = self.size[user].astype(np.int32)
        return Queries(self.movies, self.offset[user], length, np.full(len(user), -1, np.int32))

    def leave_one_out(self, user: np.ndarray, movie: np.ndarray) -> Queries:
        """Each row's user's history without the row's own movie (deck, "leave one out for
        predict"). A movie that is not in the history leaves it whole."""
        return Queries(
            self.movies,
            self.offset[user],
            self.size[user].astype(np.int32),
            self._place(user, movie),
        )

    def before(self, user: np.ndarray, movie: np.ndarray, timestamp: np.ndarray) -> Queries:
        """What the user rated before (deck, "leave one out(考慮時間)"). The rows must be those that
        the histories are of; movies rated at the same second do not count as before."""
        order = np.lexsort((timestamp, user))
        in_time = Histories.of(user[order], movie[order], len(self))
        length = np.empty(len(user), np.int32)
        u, t = user[order], timestamp[order]
        new = np.ones(len(u), bool)
        new[1:] = (u[1:] != u[:-1]) | (t[1:] != t[:-1])
        first = np.maximum.accumulate(np.where(new, np.arange(len(u)), 0))
        length[order] = first - in_time.offset[u]
        none = np.full(len(user), -1, np.int32)
        return Queries(in_time.movies, in_time.offset[user], length, none)

    def with_higher_rated(self, user: np.ndarray, movie: np.ndarray, rating: np.ndarray) -> Queries:
        """The deck's test queries: the train history and the user's test movies rated higher, in
        falling order of rating, ties in the order of the rows. This is one of its leaks."""
        order = np.lexsort((-rating, user))
        tests = Histories.of(user[order], movie[order], len(self))
        both = Histories.of(
            np.concatenate([np.repeat(np.arange(len(self)), self.size), user[order]]),
            np.concatenate([self.movies, movie[order]]),
            len(self),
        )
        place = np.empty(len(user), np.int64)
        place[order] = np.arange(len(user)) - tests.offset[user[order]]
        length = (self.size[user] + place).astype(np.int32)
        none = np.full(len(user), -1, np.int32)
        return Queries(both.movies, both.offset[user], length, none)

    def _place(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """Where each row's movie stands in the row's user's history, or -1, int32 (n,)."""
        n_movies = 1 + max(int(self.movies.max(initial=0)), int(movie.max(initial=0)))
        key = np.repeat(np.arange(len(self), dtype=np.int64), self.size) * n_movies + self.movies
        wanted = user.astype(np.int64) * n_movies + movie
        if len(key) == 0:
            return np.full(len(user), -1, np.int32)
        if len(key) == len(wanted) and (key == wanted).all():  # the rows are the histories
            at, found = np.arange(len(key)), np.ones(len(key), bool)
        else:
            order = np.argsort(key, kind="stable")
            where = np.searchsorted(key, wanted, sorter=order).clip(max=len(key) - 1)
            at = order[where]
            found = key[at] == wanted
        return np.where(found, at - self.offset[user], -1).astype(np.int32)


@dataclass(frozen=True, eq=False)
class RecommenderRows:
    """Ratings with their queries: the table on the slide "MF with History", a row at a time.

    Columns: user_id, query_movie_ids, query_movie_ids_len, candidate_movie_id, rating, and the
    candidate's metadata: genres, genres_len, avg_rating, year.

    Attributes:
        user, movie: int32 (n,). rating: float32 (n,).
        queries: the query of each row.
        items: metadata columns, a row per movie.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    queries: Queries
    items: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        wanted = set(names) if names is not None else {*self.names}
        movie = self.movie[index]
        out: dict[str, np.ndarray] = {}
        if "user_id" in wanted:
            out["user_id"] = self.user[index]
        if "candidate_movie_id" in wanted:
            out["candidate_movie_id"] = movie
        if "rating" in wanted:
            out["rating"] = self.rating[index]
        if "query_movie_ids" in wanted or "query_movie_ids_len" in wanted:
            out["query_movie_ids"], out["query_movie_ids_len"] = self.queries.padded(index)
        for name, values in self.items.items():
            if name in wanted:
                out[name] = values[movie]
        return out

    @property
    def names(self) -> tuple[str, ...]:
        own = ("user_id", "query_movie_ids", "query_movie_ids_len", "candidate_movie_id", "rating")
        return (*own, *self.items)

    def with_queries(self, queries: Queries) -> RecommenderRows:
        """The same rows with other queries (time-aware leave-one-out, say)."""
        return RecommenderRows(self.user, self.movie, self.rating, queries, self.items)
