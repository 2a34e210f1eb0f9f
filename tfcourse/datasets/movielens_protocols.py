"""MovieLens ratings as columns: the splits, and the protocols with their leaks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from tfcourse.batches import Batches, Origin
from tfcourse.errors import DataError, UsageError
from tfcourse.metrics import POSITIVE
from tfcourse.recommenders.catalogue import (
    Catalogue,
    ItemFeatures,
    MovieVocabulary,
    UserVocabulary,
    item_features,
)
from tfcourse.recommenders.histories import Histories, Queries
from tfcourse.recommenders.rows import RecommenderRows

TRAIN_SHARE = 0.7
VALID_SHARE = 0.1  # of a user's train rows, where the epoch does not leak
COURSE = "course"
#: How test rows are chosen, see ``MovieLens.split``.
SPLITS = (COURSE, "random", "random-fifth", "time")


@dataclass(frozen=True)
class Leaks:
    """What a protocol lets the model know of held-out rows, see ``MovieLens.prepare``."""

    average: bool = False
    queries: bool = False
    epoch: bool = False


PROTOCOLS = {
    "deck": Leaks(average=True, queries=True, epoch=True),
    "clean": Leaks(),
    "only-average-leaks": Leaks(average=True),
    "only-queries-leak": Leaks(queries=True),
    "only-epoch-leaks": Leaks(epoch=True),
}
#: The protocols with one leak, for the table that shows what each leak is worth.
LEAKS = tuple(name for name in PROTOCOLS if name.startswith("only-"))


@dataclass(frozen=True, eq=False)
class MovieLens:
    """Ratings as columns, ids re-encoded to 0..n-1 in ascending order of the raw id.

    Attributes:
        users: the users with a rating.
        movies: all movies, with or without a rating.
        user, movie: int32 (n,). rating: float32 (n,), 0.5 to 5. timestamp: int64 seconds (n,).
        source: where the data came from, in words. path: the folder read.
    """

    users: UserVocabulary
    movies: MovieVocabulary
    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    timestamp: np.ndarray
    source: str
    path: Path

    def __len__(self) -> int:
        return len(self.rating)

    @property
    def n_users(self) -> int:
        return len(self.users)

    def split(self, name: str = COURSE) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers of train and test, int64 (n_train,), (n_test,).

        * course: as the deck split them. Of each user's positive ratings (4 and above), in file
          order, the first 70% (rounded down) are train and the others are test. The negative
          ratings are split in the same way. In both parts a user's positives stand before the
          negatives. Users with fewer than 5 ratings are in neither part. The file is in the order
          of the movie ids, so the test rows are of later movies.
        * random: a tenth of all rows is test.
        * random-fifth: a fifth of each user's rows is test, for the top ten.
        * time: the last fifth of each user's rows is test. Both parts are in the order of time.

        The random draws are the same in every run.

        Raises:
            UsageError: an unknown split.
        """
        if name not in SPLITS:
            raise UsageError(f"unknown split {name!r}; known: {', '.join(SPLITS)}")
        if name == COURSE:
            return self._course_split
        key = self.timestamp if name == "time" else np.random.default_rng(2016).random(len(self))
        if name == "random":
            train = _first_share(np.zeros(len(self), np.int64), 0.9)[np.argsort(np.argsort(key))]
            return np.flatnonzero(train), np.flatnonzero(~train)
        order = np.lexsort((key, self.user))
        train = _first_share(self.user[order], 0.8)
        if name == "time":  # histories are in the order in which they were rated
            return order[train], order[~train]
        return np.sort(order[train]), np.sort(order[~train])

    def without_test(self, split: str = COURSE) -> MovieLens:
        """The data without the test rows of a split. Split once more, it has rows to choose settings
        on that are not test rows.

        Raises:
            UsageError: an unknown split.
        """
        train = np.sort(self.split(split)[0])
        names = ("user", "movie", "rating", "timestamp")
        return dataclasses.replace(self, **{name: getattr(self, name)[train] for name in names})

    @cached_property
    def _course_split(self) -> tuple[np.ndarray, np.ndarray]:
        negative = self.rating < POSITIVE
        group = self.user.astype(np.int64) * 2 + negative
        order = np.argsort(group, kind="stable")
        train = _first_share(group[order], TRAIN_SHARE)
        kept = np.bincount(self.user, minlength=self.n_users)[self.user[order]] >= 5
        return order[train & kept], order[~train & kept]

    def prepare(
        self, protocol: str = "deck", time_aware: bool = False, split: str = COURSE
    ) -> PreparedMovieLens:
        """The rows, queries and metadata of one protocol (README, "Two protocols").

        The train and test rows are those of ``split``. A protocol decides three leaks, each
        independently of the others:

        * epoch: the valid rows, which choose the epoch, are the test rows, and all train rows are
          fitted. Without the leak a tenth of each user's train rows is taken out for validation,
          and the remaining train rows are fitted.
        * average: a movie's average rating is over all ratings: fitted, valid and test rows, and
          those of users in neither part. Without the leak it is over the fitted rows.
        * queries: a held-out row's query also holds the movies that the user rated higher among
          the held-out rows of the same part. The query of a test row is the user's whole train
          history and the higher-rated test movies; the query of a valid row is the fitted
          history and the higher-rated valid movies. A valid row's query holds no test movie
          unless the epoch leaks too: test rows in it would help to choose the epoch. Without the
          leak the queries are the whole train history and the fitted history.

        A fitted row's query is the user's fitted history without the row's own movie, under every
        protocol. Queries of rankings, ``histories``, are the whole train history. ``popularity``
        counts train rows.

        Args:
            protocol: "deck", as the course did it, with all three leaks; "clean", with none; or
                one of ``LEAKS``, with exactly the one that it names.
            time_aware: whether a fitted row's query holds only what the user rated before.
            split: one of ``SPLITS``.

        Raises:
            UsageError: an unknown protocol or split.
            DataError: train or test would have no rows.
        """
        if protocol not in PROTOCOLS:
            raise UsageError(f"unknown protocol {protocol!r}; known: {', '.join(PROTOCOLS)}")
        leaks = PROTOCOLS[protocol]
        train, test = self.split(split)
        if len(train) == 0 or len(test) == 0:
            raise DataError(
                f"{len(self)} ratings leave {len(train)} train and {len(test)} test rows after "
                "the split (5 ratings or more for a user are needed)",
                self.path,
            )
        fitted, valid = (train, test) if leaks.epoch else self._validation_split(train)
        averaged = np.arange(len(self)) if leaks.average else fitted
        liked = train[self.rating[train] >= POSITIVE]
        train_history = self._histories(train)
        catalogue = Catalogue(
            self.movies,
            item_features(self.movies, self.movie[averaged], self.rating[averaged]),
            np.bincount(self.movie[liked], minlength=len(self.movies)),
            self.users,
            train_history,
            Origin(protocol, self.source, split=split),
        )

        def rows(chosen: np.ndarray, queries: Queries) -> RecommenderRows:
            extra = {"timestamp": self.timestamp[chosen]}
            return RecommenderRows(
                self.user[chosen],
                self.movie[chosen],
                self.rating[chosen],
                queries,
                catalogue,
                extra,
            )

        def held_out(chosen: np.ndarray, known: Histories) -> RecommenderRows:
            user, movie, rating = self.user[chosen], self.movie[chosen], self.rating[chosen]
            if leaks.queries:
                return rows(chosen, known.with_higher_rated(user, movie, rating))
            return rows(chosen, known.whole(user))

        fitted_history = train_history if leaks.epoch else self._histories(fitted)
        user, movie = self.user[fitted], self.movie[fitted]
        if time_aware:
            queries = fitted_history.before(user, movie, self.timestamp[fitted])
        else:
            queries = fitted_history.leave_one_out(user, movie)
        test_rows = held_out(test, train_history)
        return PreparedMovieLens(
            data=self,
            train=rows(fitted, queries),
            valid=test_rows if leaks.epoch else held_out(valid, fitted_history),
            test=test_rows,
            histories=train_history,
        )

    def _histories(self, rows: np.ndarray) -> Histories:
        return Histories.of(self.user[rows], self.movie[rows], self.n_users, self.rating[rows])

    def _validation_split(self, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A tenth of each user's train rows, drawn at random, for choosing the epoch. The draw
        does not depend on the model's seed, so that runs can be compared."""
        user = self.user[train]
        key = np.random.default_rng(2018).random(len(train))
        order = np.lexsort((key, user))
        taken = np.zeros(len(train), bool)
        taken[order] = _first_share(user[order], VALID_SHARE)
        return train[~taken], train[taken]


def _first_share(group: np.ndarray, share: float) -> np.ndarray:
    """Which rows are in the first share of their group, rounded down, bool (n,).

    Args:
        group: group of each row, ascending, int64 or int32 (n,).
    """
    size = np.bincount(group)
    place = np.arange(len(group)) - (np.cumsum(size) - size)[group]
    return place < (size * share).astype(np.int64)[group]


@dataclass(frozen=True, eq=False)
class PreparedMovieLens:
    """MovieLens under one protocol: what lessons train on and are measured with.

    Attributes:
        data: the ratings.
        train: the fitted rows. valid: the rows that choose the epoch. test: the rows of figures.
        histories: each user's whole train history, the query of rankings.
    """

    data: MovieLens
    train: RecommenderRows
    valid: RecommenderRows
    test: RecommenderRows
    histories: Histories = field(repr=False)

    @property
    def catalogue(self) -> Catalogue:
        """The one that the rows carry."""
        return self.train.catalogue

    @property
    def vocabulary(self) -> MovieVocabulary:
        return self.catalogue.vocabulary

    @property
    def items(self) -> ItemFeatures:
        return self.catalogue.items

    @property
    def popularity(self) -> np.ndarray:
        """How many users liked each movie (4 and above) in the train rows, int64 (n_movies,)."""
        return self.catalogue.popularity

    @property
    def protocol(self) -> str:
        return self.catalogue.origin.protocol or ""

    @property
    def split(self) -> str:
        """How the test rows were chosen."""
        return self.catalogue.origin.split or COURSE

    @property
    def source(self) -> str:
        """Where the data came from, in words."""
        return self.data.source

    @property
    def note(self) -> str:
        return self.catalogue.origin.note

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes that lessons take from the data, by the names of their hyper-parameters."""
        return {
            "n_users": self.data.n_users,
            "n_movies": len(self.vocabulary),
            "n_genres": len(self.items.genre_names),
        }

    def train_batches(self, n_batch: int, shuffle: bool = True) -> Batches:
        """Batches of the fitted rows."""
        return Batches(self.train, n_batch, shuffle)

    def valid_batches(self, n_batch: int = 1024) -> Batches:
        """Batches of the rows that choose the epoch."""
        return Batches(self.valid, n_batch, shuffle=False)

    def test_batches(self, n_batch: int = 1024) -> Batches:
        """Batches of the test rows."""
        return Batches(self.test, n_batch, shuffle=False)
