"""Leave a batch out: rows with a context, and the base of the lessons that predict from it.

The context is a list of ratings. All that a lesson knows of users and movies, as averages, counts and
histories, it computes from the context, in the graph. So a user is no more than ratings, and somebody
new needs no retraining. A batch of training hides some train rows, which are to be predicted; its
context is all other train rows. So nothing of a row reaches its own prediction. In use the context is
all train rows.

| Column             | Shape            | Meaning                                           |
|--------------------|------------------|---------------------------------------------------|
| user_id            | (batch,)         | user of each row to be predicted                  |
| candidate_movie_id | (batch,)         | its movie                                         |
| rating             | (batch,)         | its rating, 0.5 to 5                              |
| seen_user          | (seen,)          | user of each rating of the context                |
| seen_movie         | (seen,)          | its movie                                         |
| seen_rating        | (seen,)          | the rating, 0.5 to 5                              |
| genres             | (n_movies, most) | metadata of all movies, in the order of the index |
| genres_len, year   | (n_movies,)      |                                                   |
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from tfcourse.batches import Batches, Origin, Prepared, Rows
from tfcourse.errors import CheckpointError, UsageError
from tfcourse.optimizers import make_optimizer
from tfcourse.recommenders.base import Recommender, Scores
from tfcourse.recommenders.catalogue import Catalogue
from tfcourse.recommenders.histories import Histories
from tfcourse.recommenders.rows import PreparedRatings, RecommenderRows, ratings_of
from tfcourse.tf1 import Operation, SparseTensor, Tensor, tf


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings as columns: user and movie, int32 (n,), rating, float32 (n,).

    Those of a user stand in the order in which they were given, where the data say it.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray

    @classmethod
    def of(cls, rows: RecommenderRows | Histories) -> Ratings:
        """The ratings of prepared rows, or of histories that have them.

        Raises:
            UsageError: the histories have no ratings.
        """
        if isinstance(rows, RecommenderRows):
            order = np.argsort(rows.user, kind="stable")
            return cls(rows.user[order], rows.movie[order], rows.rating[order])
        if rows.rating is None:
            raise UsageError("the histories have no ratings, which are the context")
        return cls(rows.user, rows.movies, rows.rating)

    def __len__(self) -> int:
        return len(self.user)

    def take(self, index: np.ndarray) -> Ratings:
        """The ratings of these places, or of a mask."""
        return Ratings(self.user[index], self.movie[index], self.rating[index])

    def histories(self, n_users: int) -> Histories:
        return Histories.of(self.user, self.movie, n_users, self.rating)

    @cached_property
    def place(self) -> np.ndarray:
        """How many of the user's ratings stand before each, as a share of all of them, (n,)."""
        order = np.argsort(self.user, kind="stable")
        size = np.bincount(self.user)
        place = np.empty(len(self))
        place[order] = np.arange(len(self)) - (np.cumsum(size) - size)[self.user[order]]
        return place / size[self.user]

    @property
    def asked(self) -> dict[str, np.ndarray]:
        """As columns of rows to be predicted."""
        return {"user_id": self.user, "candidate_movie_id": self.movie, "rating": self.rating}

    @property
    def seen(self) -> dict[str, np.ndarray]:
        """As columns of a context."""
        return {"seen_user": self.user, "seen_movie": self.movie, "seen_rating": self.rating}


@dataclass(frozen=True, eq=False)
class ContextRows:
    """Rows to be predicted, their context, and the metadata of all movies."""

    rows: Ratings
    context: Ratings
    catalogue: Catalogue

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def origin(self) -> Origin:
        return self.catalogue.origin

    def take(self, index: np.ndarray, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """The columns of some rows. The context and the metadata are always whole."""
        columns = {
            **self.rows.take(index).asked,
            **self.context.seen,
            **self.catalogue.items.columns,
        }
        return {name: values for name, values in columns.items() if names is None or name in names}


class LeaveBatchOut(Batches):
    """Train rows in batches, each of which is predicted from the train rows that are not in it.

    An epoch hides each row once, in ``n_parts`` batches. A batch also hides all ratings of some movies,
    so that a lesson learns what to say of a movie without ratings. All draws are from (seed, epoch)
    alone.

    Args:
        rows: the train rows, at once rows and context.
        n_parts: batches in an epoch.
        hidden_movies: the share of the movies that a batch hides wholly, 0 to 1.
        hidden_latest: the share of the batches, 0 to 1, that hide each user's latest ratings in place
            of a part drawn at random: for each user the last 0 to 2 / ``n_parts`` of them.

    Raises:
        UsageError: a share out of range, or fewer than two parts: the context would be empty.
    """

    one_by_one = "each batch has a context of its own"  # why it is not for the engine "graph"

    def __init__(
        self, rows: ContextRows, n_parts: int, hidden_movies: float, hidden_latest: float = 0.0
    ):
        if n_parts < 2:
            raise UsageError(f"n_parts is at least 2, not {n_parts}: the others are the context")
        if not 0 <= hidden_movies < 1:
            raise UsageError(f"hidden_movies is a share from 0 to below 1, not {hidden_movies}")
        if not 0 <= hidden_latest <= 1:
            raise UsageError(f"hidden_latest is a share from 0 to 1, not {hidden_latest}")
        super().__init__(rows, -(-len(rows) // n_parts), shuffle=True)
        self.rows: ContextRows = rows
        self.hidden_movies, self.hidden_latest = hidden_movies, hidden_latest

    def hidden(self, epoch: int, seed: int) -> Iterator[np.ndarray]:
        """Which rows each batch of an epoch hides, bool (rows,)."""
        order, n_movies = self.order(epoch, seed), len(self.rows.catalogue.vocabulary)
        user = self.rows.rows.user
        for number, begin in enumerate(range(0, len(order), self.n_batch), 1):
            draw = np.random.default_rng([seed, epoch, number])
            movies = draw.random(n_movies)
            hidden = (movies < self.hidden_movies)[self.rows.rows.movie]
            if draw.random() < self.hidden_latest:
                kept = 1 - draw.uniform(0, 2 / len(self), user.max() + 1)
                hidden |= self.rows.rows.place >= kept[user]
            else:
                hidden[order[begin : begin + self.n_batch]] = True
            yield hidden

    def __call__(
        self, epoch: int = 1, seed: int = 0, names: Sequence[str] | None = None
    ) -> Iterator[dict[str, np.ndarray]]:
        for hidden in self.hidden(epoch, seed):
            context = self.rows.context.take(~hidden)
            part = dataclasses.replace(self.rows, context=context)
            yield part.take(np.flatnonzero(hidden), names)


class ContextRecommender(Recommender):
    """Base of the lessons that predict from a context.

    There is no epoch to choose: ``n_epoch`` epochs are trained on all train rows, and the last one is
    kept. The learning rate falls to a twentieth along a cosine meanwhile. With ``hold_out`` the valid
    rows are left out of training and measured after each epoch, to choose hyper-parameters.

    Beside ``Recommender``'s attributes, ``catalogue.histories`` has the ratings of the context.
    """

    default_protocol = "clean"
    monitor = ""
    by_ratings = True
    # A batch is a part of the train rows, in a new order for each epoch.
    n_batch: ClassVar[int] = 0  # type: ignore[misc]
    shuffle: ClassVar[bool] = True  # type: ignore[misc]

    optimizer: str = "adam"
    learning_rate: float = 0.002
    n_parts: int = 10
    hidden_movies: float = 0.02
    hidden_latest: float = 0.0
    hold_out: bool = False

    def graph_train(self) -> Operation:
        step = tf.train.get_or_create_global_step()
        rate = tf.train.cosine_decay(self.lr, step, self.n_epoch * self.n_parts, alpha=0.05)
        return make_optimizer(self.optimizer, rate).minimize(self.loss, global_step=step)

    # --- sums over the context, for the lessons' graphs ---------------------------------------

    @cached_property
    def n_seen_users(self) -> Tensor:
        """Users of the context, and one more, without ratings: all whom the context does not have."""
        return tf.maximum(tf.reduce_max(self.seen_user), -1) + 2

    @property
    def user_row(self) -> Tensor:
        """The row of each ``user_id`` among ``n_seen_users``, (batch,)."""
        return tf.minimum(self.user_id, self.n_seen_users - 1)

    @cached_property
    def n_all_movies(self) -> Tensor | int:
        """Movies that were trained on and, in a lesson with metadata, those that were added."""
        genres: Tensor | None = getattr(self, "genres", None)
        return self.n_movies if genres is None else tf.shape(genres)[0]

    def of_all_movies(self, embedding: Tensor) -> Tensor:
        """An embedding by movie id, (n_movies, dim), with zeros for the movies that were added."""
        return tf.pad(embedding, [[0, self.n_all_movies - self.n_movies], [0, 0]])

    def sum_by_user(self, values: Tensor) -> Tensor:
        """Add up a value per rating of the context, by user: (seen, ...) to (n_seen_users, ...)."""
        return tf.math.unsorted_segment_sum(values, self.seen_user, self.n_seen_users)

    def sum_by_movie(self, values: Tensor) -> Tensor:
        """Add up a value per rating of the context, by movie: (seen, ...) to (n_movies, ...)."""
        return self.unchanged(
            tf.math.unsorted_segment_sum(values, self.seen_movie, self.n_all_movies)
        )

    def sparse_by_user(self, values: Tensor) -> SparseTensor:
        """A value per rating of the context at its place, (n_seen_users, n_movies)."""
        place = tf.stack([self.seen_user, self.seen_movie], 1)
        shape = tf.stack([self.n_seen_users, self.n_all_movies])
        return tf.SparseTensor(tf.cast(place, tf.int64), values, tf.cast(shape, tf.int64))

    def unchanged(self, node: Tensor) -> Tensor:
        """Mark a node that somebody new does not change: what is known of the movies and of all
        others. To serve somebody new it is computed once, from the whole context, and then fed."""
        node = tf.identity(node)  # what is fed is this alone, where the node itself is used as well
        self.beside.setdefault("unchanged", []).append(node)
        return node

    def of_seen_user(self, values: Tensor) -> Tensor:
        """The user's value for each rating of the context: (n_seen_users, ...) to (seen, ...)."""
        return tf.gather(values, self.seen_user)

    def of_seen_movie(self, values: Tensor) -> Tensor:
        """The movie's value for each rating of the context: (n_movies, ...) to (seen, ...)."""
        return tf.gather(values, self.seen_movie)

    # --- batches ------------------------------------------------------------------------------

    def train_batches(self, data: Prepared) -> Batches:
        data = ratings_of(data)
        train = Ratings.of(data.train if self.hold_out else data.histories)
        rows = ContextRows(train, train, data.catalogue)
        return LeaveBatchOut(rows, self.n_parts, self.hidden_movies, self.hidden_latest)

    def valid_batches(self, data: Prepared) -> Batches | None:
        data = ratings_of(data)
        return self._known(data, data.valid, data.train) if self.hold_out else None

    def test_batches(self, data: PreparedRatings) -> Batches:
        return self._known(data, data.test, data.histories)

    @staticmethod
    def _known(
        data: PreparedRatings, asked: RecommenderRows, context: RecommenderRows | Histories
    ) -> Batches:
        """All rows in one batch: what is computed of the context is the same for each."""
        rows = ContextRows(Ratings.of(asked), Ratings.of(context), data.catalogue)
        return Batches(rows, len(rows))

    # --- the context --------------------------------------------------------------------------

    def attach_rows(self, rows: Rows) -> None:
        super().attach_rows(rows)
        if isinstance(rows, ContextRows):
            self.catalogue = rows.catalogue

    def context(self, catalogue: Catalogue | None = None) -> Ratings:
        """All that the lesson predicts from: by default all train rows of its own catalogue.

        Raises:
            UsageError: there are none.
        """
        catalogue = catalogue or self.known_catalogue()
        if catalogue.histories is None:
            raise UsageError("the lesson predicts from ratings: fit it, or load it with data=...")
        return Ratings.of(catalogue.histories)

    @property
    def takes_new_movies(self) -> bool:
        return "genres" in self.placeholders

    def item_columns(self, catalogue: Catalogue | None = None) -> dict[str, np.ndarray]:
        return {**super().item_columns(catalogue), **self.context(catalogue).seen}

    def score_users(
        self,
        user: np.ndarray,
        histories: Histories | None,
        catalogue: Catalogue | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> Scores:
        catalogue = catalogue or self.known_catalogue()
        if histories is not None:  # what is given is the context
            catalogue = dataclasses.replace(catalogue, histories=histories)
        yield from super().score_users(user, histories, catalogue, asked)

    def score_rated(self, movies: np.ndarray, rating: np.ndarray) -> np.ndarray:
        """The user's ratings are the context, and what is known of the movies stays as it is;
        nothing is trained."""
        feed = self.feed_dict(self.of_somebody_new(movies, rating), mode="infer")
        return self.session.run(self.pred, {**feed, **self.unchanged_values()})[0]

    def of_somebody_new(self, movies: Any, rating: Any) -> dict[str, Any]:
        """The columns that ``pred`` needs, besides ``unchanged_values``, for a user with these
        ratings: arrays or, for a graph, tensors (n,)."""
        columns = self.item_columns()
        new = np.int32(columns["seen_user"].max(initial=-1) + 1)  # the user without ratings
        user = new + 0 * movies  # for each rating, of an array or a tensor
        seen = {"seen_user": user, "seen_movie": movies, "seen_rating": rating}
        return {**columns, **seen, "user_id": new[np.newaxis]}

    def unchanged_values(self) -> dict[Tensor, np.ndarray]:
        """The nodes that ``unchanged`` marked, computed once from the whole context."""
        state = (self._version, id(self.catalogue))
        if self.beside.get("unchanged of") != state:
            nodes: list[Tensor] = self.beside["unchanged"]
            values = self.session.run(nodes, self.feed_dict(self.item_columns(), mode="infer"))
            self.beside["unchanged values"] = dict(zip(nodes, values, strict=True))
            self.beside["unchanged of"] = state
        return self.beside["unchanged values"]

    # --- in a checkpoint ----------------------------------------------------------------------

    def saved_data(self) -> tuple[dict[str, Any], dict[str, str]]:
        entries, texts = super().saved_data()
        if self.catalogue is None or self.catalogue.histories is None:
            return entries, texts
        histories = self.catalogue.histories
        if self.beside.get("context of") is not histories:
            self.beside["context of"], self.beside["context"] = histories, _written(histories)
        entry, text = self.beside["context"]
        return {**entries, "context": entry}, {**texts, entry["file"]: text}

    def restore_data(self, folder: Path, described: dict[str, Any]) -> None:
        super().restore_data(folder, described)
        if self.catalogue is not None and "context" in described:
            histories = _read(folder / Path(described["context"]["file"]).name, self.n_movies)
            self.catalogue = dataclasses.replace(self.catalogue, histories=histories)


def _written(histories: Histories) -> tuple[dict[str, Any], str]:
    """A checkpoint's entry of its context, and the file's text: user, movie, rating of each."""
    ratings = Ratings.of(histories)
    frame = pd.DataFrame({"user": ratings.user, "movie": ratings.movie, "rating": ratings.rating})
    text = frame.to_csv(index=False, lineterminator="\n")
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"context-{digest[:16]}.csv"
    return {"file": name, "ratings": len(ratings), "file_sha256": digest}, text


def _read(path: Path, n_movies: int) -> Histories:
    """The context of a checkpoint, whose SHA-256 was compared before.

    Raises:
        CheckpointError: the file is missing, or has no such ratings.
    """
    try:
        frame = pd.read_csv(io.BytesIO(path.read_bytes()))
        columns = [frame[name].to_numpy() for name in ("user", "movie", "rating")]
        ratings = Ratings(*(c.astype(t) for c, t in zip(columns, ("i4", "i4", "f4"), strict=True)))
    except (OSError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path}: not the ratings of a context: {error}") from None
    user, movie = ratings.user, ratings.movie
    if len(ratings) and (min(user.min(), movie.min()) < 0 or movie.max() >= n_movies):
        raise CheckpointError(f"{path}: a user or movie is out of range")
    return ratings.histories(int(user.max(initial=-1)) + 1)
