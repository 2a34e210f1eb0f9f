"""Recommender: what the lessons on MovieLens share beyond BaseModel.

A recommender lesson has placeholders among the columns of ``rows.RecommenderRows`` and its own
(``own_columns``), and sets the nodes ``infer`` (batch, 1), ``pred`` (queries, n_movies), ``rmse_loss`` and
``mae_loss``. Its property ``item_vectors`` is the embedding (n_movies, dim) that ``most_like`` compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tfcourse import metrics
from tfcourse.ancestry import ancestors
from tfcourse.batches import Batches, Prepared, Rows
from tfcourse.errors import CheckpointError, ModelError, UsageError
from tfcourse.model import BaseModel
from tfcourse.recommenders import similar, vocabulary_file
from tfcourse.recommenders.catalogue import Catalogue
from tfcourse.recommenders.histories import IDS, SIZE, Histories, Queries
from tfcourse.recommenders.order import in_order
from tfcourse.recommenders.pooled_query import query_feeds
from tfcourse.recommenders.rows import PreparedRatings, RecommenderRows, ratings_of
from tfcourse.tf1 import Tensor

QUERY_BLOCK = 128  # queries scored at a time: 128 x 9,125 scores are 4.7 MB

Scores = Iterator[tuple[np.ndarray, np.ndarray]]


class Recommender(BaseModel):
    """Base of the recommender lessons, and of those that embed the user by id.

    Beyond BaseModel's attributes there is ``catalogue``: the movies that the indexes mean, known once
    the lesson was trained or loaded.
    """

    dataset = "movielens"
    needs_data = True
    monitor = "vl_rmse"
    nodes: ClassVar[tuple[str, ...]] = ("loss", "infer", "pred", "rmse_loss", "mae_loss")
    root_mean_square = ("rmse",)
    epoch_table: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Train Error", "tr_rmse"),
        ("Val Error", "vl_rmse"),
    )
    by_history: ClassVar[bool] = False  # whether the query is a history, so that anybody is served
    by_ratings: ClassVar[bool] = False  # whether it is a history with ratings
    for_catalogue: ClassVar[bool] = False  # whether ``pred`` was trained to rank all movies
    # What ``pred`` takes for a column that only rows have, as {"hour": 20}: at 20 o'clock.
    asked: ClassVar[Mapping[str, Any]] = {}

    n_movies: int = 9125

    def __post_init__(self) -> None:
        self.catalogue: Catalogue | None = None
        super().__post_init__()
        if IDS in self.placeholders and not self.by_history:
            raise ModelError(
                f"{type(self).__name__} has the placeholder {IDS}: make it a HistoryRecommender"
            )

    @property
    def item_vectors(self) -> Tensor:
        """The embedding of all movies, (n_movies, dim), that similarity is measured in."""
        raise ModelError(f"{type(self).__name__} does not say which embedding most_like compares")

    def metrics(self) -> dict[str, Tensor]:
        return {"rmse": self.rmse_loss, "mae": self.mae_loss}

    def computed(self) -> dict[str, Tensor]:
        found = {**super().computed(), "pred": self.pred}
        try:
            found["item_vectors"] = self.item_vectors
        except ModelError:  # the lesson has none
            pass
        return found

    def projected(self) -> dict[str, Any]:
        if self.catalogue is None or "item_vectors" not in (found := self.computed()):
            return {}
        labels = self.catalogue.vocabulary.labels()
        return {"item_vectors": (found["item_vectors"], self.item_columns(), labels)}

    # --- what the indexes mean ---------------------------------------------------------------

    def attach_rows(self, rows: Rows) -> None:
        super().attach_rows(rows)
        if isinstance(rows, RecommenderRows):
            self.catalogue = rows.catalogue

    def attach_data(self, data: Prepared) -> None:
        """Take movies and histories from prepared ratings.

        Raises:
            CheckpointError: the lesson was trained with other movies.
        """
        data = ratings_of(data)
        before = self.catalogue
        if before is not None and before.vocabulary.digest != data.catalogue.vocabulary.digest:
            raise CheckpointError(
                f"trained with {len(before.vocabulary)} movies, the data given have "
                f"{len(data.catalogue.vocabulary)}, or others: an index would mean another movie"
            )
        super().attach_data(data)
        self.catalogue = data.catalogue

    def known_catalogue(self) -> Catalogue:
        """The catalogue.

        Raises:
            UsageError: there is none, or it has not as many movies as the lesson.
        """
        if self.catalogue is None:
            raise UsageError(
                "the model does not know its movies: fit it with prepared data or load it from a "
                "checkpoint; an index means nothing without the vocabulary it was made with"
            )
        if len(self.catalogue.vocabulary) != self.n_items:
            raise UsageError(
                f"the model has {self.n_items} movies and the vocabulary "
                f"{len(self.catalogue.vocabulary)}"
            )
        return self.catalogue

    def saved_data(self) -> tuple[dict[str, Any], dict[str, str]]:
        return ({}, {}) if self.catalogue is None else vocabulary_file.written(self.catalogue)

    def restore_data(self, folder: Path, described: dict[str, Any]) -> None:
        super().restore_data(folder, described)
        if "vocabulary" in described:
            self.catalogue = vocabulary_file.read(folder, described["vocabulary"], self.origin)

    @property
    def n_items(self) -> int:
        """Movies that can be scored: those trained on, and those that ``add_movie`` added."""
        if self.catalogue is None or not self.takes_new_movies:
            return self.n_movies
        return len(self.catalogue.vocabulary)

    @property
    def takes_new_movies(self) -> bool:
        """Whether it can score a movie by the metadata alone."""
        return "candidate_movie_id" not in self.placeholders

    def add_movie(
        self, title: str, genres: str, year: float, avg_rating: float | None = None
    ) -> int:
        """Make a new movie known by its metadata (deck, "對於新進來的電影"), without training; after
        that it appears in ``most_like`` and ``recommend``.

        Args:
            title: as it is to be shown. genres: known ones, as "Animation|Children".
            year: of the movie. avg_rating: 0.5 to 5; None takes the mean of all movies.

        Returns:
            the movie's index.

        Raises:
            UsageError: a lesson that embeds movie ids, an unknown genre, a rating out of range.
        """
        if not self.takes_new_movies:
            raise UsageError(
                f"{self.lesson or type(self).__name__} knows a movie by its id alone, so it knows "
                "nothing of a new one: the lessons mf-with-dnn-new-movies and honest-raters do"
            )
        catalogue = self.known_catalogue()
        if avg_rating is not None and not 0.5 <= avg_rating <= 5:
            raise UsageError(f"an average rating is 0.5 to 5, not {avg_rating}")
        low, high = catalogue.items.avg_range
        mean = low + (high - low) * float(catalogue.items.avg_rating.mean())
        columns = catalogue.items.encode(genres, year, mean if avg_rating is None else avg_rating)
        self.catalogue = catalogue.with_movie(title, columns, genres)
        return len(self.catalogue.vocabulary) - 1

    # --- scores ------------------------------------------------------------------------------

    def item_columns(self, catalogue: Catalogue | None = None) -> dict[str, np.ndarray]:
        """The columns of all movies, for nodes that are of all of them, by placeholder.

        Args:
            catalogue: of which the metadata are; by default the lesson's own.

        Raises:
            UsageError: the lesson needs metadata and has none.
        """
        columns: dict[str, np.ndarray] = {
            "candidate_movie_id": np.arange(self.n_movies, dtype=np.int32)
        }
        catalogue = catalogue or self.catalogue
        if catalogue is not None:
            columns.update(catalogue.items.columns)
        elif {"genres", "avg_rating", "year"} & set(self.placeholders):
            raise UsageError("the lesson needs movie metadata: fit it or load it with data")
        return columns

    def asked_values(
        self, items: Mapping[str, Any], asked: Mapping[str, Any] | None = None
    ) -> dict[str, np.ndarray]:
        """What ``pred`` takes for the columns that only rows have, (1,) each, by name.

        Args:
            items: the columns of all movies. asked: values by name; the others are the lesson's
                ``asked``.

        Raises:
            UsageError: a column that ``pred`` reads and of which nothing is said, or a name that is
                none of these columns.
        """
        own = set(self.placeholders) - {*items, "user_id", IDS, SIZE, "rating", "isTrain"}
        given = {**self.asked, **(asked or {})}
        for name in given.keys() - own:
            raise UsageError(f"asked: {type(self).__name__} has no column {name!r} of its own")
        if own - given.keys():
            read = {op.name for op in ancestors([self.pred])}
            for name in own - given.keys():
                if self.placeholders[name].op.name in read:
                    raise UsageError(
                        f"pred reads {name!r}, which only rows have: write asked = {{{name!r}: ...}} "
                        f"in {type(self).__name__}, or pass asked={{{name!r}: ...}}"
                    )
        return {
            name: np.array([value], self.placeholders[name].dtype.as_numpy_dtype)
            for name, value in given.items()
        }

    def score_users(
        self,
        user: np.ndarray,
        histories: Histories | None,
        catalogue: Catalogue | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> Scores:
        """Score all movies for users through ``pred``, a block of users at a time.

        Args:
            user: user indexes, int (n,).
            histories: what each user rated; a lesson that embeds the user does not need it.
            catalogue: of which the metadata are; by default the lesson's own.
            asked: values of the columns that only rows have; by default the lesson's ``asked``.

        Yields:
            places of the block in ``user``, (b,), and their scores, float32 (b, n_movies).
        """
        items = self.item_columns(catalogue)
        own = self.asked_values(items, asked)
        for rows in _blocks(len(user)):
            columns = {name: value.repeat(len(rows)) for name, value in own.items()}
            yield rows, self.predict({**items, **columns, "user_id": np.asarray(user)[rows]})

    def scores(
        self,
        histories: Histories,
        user: np.ndarray | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> np.ndarray:
        """Scores of users for all movies, float32 (users, n_movies).

        Args:
            histories: what each user rated in train.
            user: user indexes; by default all.
            asked: values of the columns that only rows have; by default the lesson's ``asked``.

        Raises:
            UsageError: a user index out of range.
        """
        user = np.arange(len(histories)) if user is None else np.asarray(user)
        if len(user) and (user.min() < 0 or user.max() >= len(histories)):
            wrong = user[(user < 0) | (user >= len(histories))][0]
            raise UsageError(f"user index {wrong} is outside 0..{len(histories) - 1}")
        out = np.empty((len(user), self.n_items), np.float32)
        for rows, block in self.score_users(user, histories, asked=asked):
            out[rows] = block
        return out

    def test_scores(self, data: PreparedRatings) -> tuple[np.ndarray, np.ndarray]:
        """What the rankings need, a block of users at a time so that no matrix of users by movies
        is ever whole.

        Returns:
            the score of each test row by ``pred``, its query the user's whole train history,
            float32 (rows,); and each user's ``metrics.top_bar``, float32 (n_users,).
        """
        rows, n_users = data.test, len(data.histories)
        user = np.arange(n_users, dtype=np.int32)
        order = np.argsort(rows.user, kind="stable")
        begin = np.searchsorted(rows.user[order], np.arange(n_users + 1))
        score, bar = np.empty(len(rows), np.float32), np.empty(n_users, np.float32)
        for block, scores in self.score_users(user, data.histories, data.catalogue):
            asked = order[begin[block[0]] : begin[block[-1] + 1]]
            score[asked] = scores[rows.user[asked] - block[0], rows.movie[asked]]
            bar[block] = metrics.top_bar(scores)
        return score, bar

    def test_batches(self, data: PreparedRatings) -> Batches:
        """Batches of the test rows."""
        return data.test_batches(self.n_batch)

    def measure(self, data: Prepared) -> dict[str, float]:
        """The deck's metrics on the test rows of prepared data.

        RMSE, MAE and loss are of ``infer`` with each row's own query; the rankings are of ``pred``
        with the user's whole train history as the query, and of a column that only rows have with
        the value in ``asked``.
        """
        data = ratings_of(data)
        score, bar = self.test_scores(data)
        rows = data.test
        direct = self.evaluate(self.test_batches(data))
        return {
            "rmse": direct["rmse"],
            "mae": direct["mae"],
            **metrics.ranking_metrics(rows.user, rows.rating, score),
            "recall": metrics.recall(rows.user, rows.rating, score, bar),
            "loss": direct["loss"],
        }

    def score_rated(self, movies: np.ndarray, rating: np.ndarray) -> np.ndarray:
        """Scores of somebody new for all movies, where ``by_ratings`` is set, float32 (n_movies,).

        Args:
            movies: indexes of the movies that the user rated, int32 (n,).
            rating: 0.5 to 5, float32 (n,).
        """
        raise ModelError(f"{type(self).__name__} does not predict from ratings")

    # --- similar movies ----------------------------------------------------------------------

    def vectors(self) -> np.ndarray:
        """``item_vectors`` of all movies, each of length 1 (zeros stay zeros), (n_movies, dim)."""
        state = (self._version, id(self.catalogue))
        if getattr(self, "_unit_vectors", (None,))[0] != state:
            values = self.predict(self.item_columns(), self.item_vectors)
            self._unit_vectors = state, similar.unit(values)
        return self._unit_vectors[1]

    def most_like(self, query: str | int, k: int = 10, by: str = "auto") -> similar.MovieTable:
        """The k movies most like one; see ``tfcourse.recommenders.similar.most_like``."""
        return similar.most_like(self, query, k, by)


class HistoryRecommender(Recommender):
    """Base of the lessons whose query is a history: somebody new needs no retraining.

    The hyper-parameter ``order`` is one of ``order.ORDERS``.
    """

    nodes = (*Recommender.nodes, "query_emb")
    by_history = True

    order: str = "auto"

    def train_batches(self, data: Prepared) -> Batches:
        return in_order(super().train_batches(data), self.order)

    def score_users(
        self,
        user: np.ndarray,
        histories: Histories | None,
        catalogue: Catalogue | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> Scores:
        if histories is None:
            raise UsageError("a user's history is in the ratings: load the model with data=...")
        yield from self.score_queries(histories.whole(np.asarray(user)), catalogue, asked)

    def score_queries(
        self,
        queries: Queries,
        catalogue: Catalogue | None = None,
        asked: Mapping[str, Any] | None = None,
        node: Tensor | None = None,
    ) -> Scores:
        """Score all movies for queries through ``pred``, a block of queries at a time.

        Args:
            queries, catalogue, asked: as for ``score_users``.
            node: another node of the shape of ``pred``.

        Yields:
            places of the block in ``queries``, (b,), and their scores, float32 (b, n_movies).
        """
        columns = self.item_columns(catalogue)
        own = self.asked_values(columns, asked)
        items = self.feed_dict(columns, mode="infer")
        query = query_feeds(self, self.session, queries)
        node = self.pred if node is None else node
        for rows in _blocks(len(queries)):
            values = {self.placeholders[n]: value.repeat(len(rows)) for n, value in own.items()}
            yield rows, self.session.run(node, items | values | query(rows))


def _blocks(n: int) -> Iterator[np.ndarray]:
    for begin in range(0, n, QUERY_BLOCK):
        yield np.arange(begin, min(begin + QUERY_BLOCK, n))
