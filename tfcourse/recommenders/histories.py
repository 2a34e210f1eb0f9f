"""Histories of users, and the queries that are cut from them at batch time.

A history is the movies that a user rated. All histories stand in one flat array with offsets; a
query is a stretch of it with at most one place left out. Nothing is stored per row and movie.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

IDS, SIZE = "query_movie_ids", "query_movie_ids_len"  # a query's placeholders, as on the slide


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

    @classmethod
    def one(cls, movies: Iterable[int]) -> Queries:
        """One query, made of these movie indexes."""
        ids = np.fromiter(movies, np.int32)
        none = np.array([-1], np.int32)
        return cls(ids, np.zeros(1, np.int64), np.array([len(ids)], np.int32), none)

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
        rating: how each of them was rated, float32 (n,); None where only the movies are known.
    """

    offset: np.ndarray
    movies: np.ndarray
    rating: np.ndarray | None = None

    @classmethod
    def of(
        cls, user: np.ndarray, movie: np.ndarray, n_users: int, rating: np.ndarray | None = None
    ) -> Histories:
        """Histories in the order of the rows."""
        order = np.argsort(user, kind="stable")
        offset = np.zeros(n_users + 1, np.int64)
        np.cumsum(np.bincount(user, minlength=n_users), out=offset[1:])
        return cls(offset, movie[order].astype(np.int32), None if rating is None else rating[order])

    def __len__(self) -> int:
        return len(self.offset) - 1

    def __getitem__(self, user: int) -> np.ndarray:
        return self.movies[self.offset[user] : self.offset[user + 1]]

    @property
    def size(self) -> np.ndarray:
        return np.diff(self.offset)

    @property
    def user(self) -> np.ndarray:
        """The user of each place in ``movies``, int32 (n,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.size)

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
