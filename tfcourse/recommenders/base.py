"""Recommender: what the lessons on MovieLens share beyond BaseModel.

A recommender lesson has placeholders among the columns of ``batches.RecommenderRows``, the nodes
``infer`` (batch, 1), ``pred`` (queries, n_movies), ``rmse_loss``, ``mae_loss``, and a property
``item_vectors``, the embedding (n_movies, dim) that ``most_like`` compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from tfcourse import metrics
from tfcourse.errors import ModelError, UsageError
from tfcourse.model import BaseModel
from tfcourse.recommenders import pooling
from tfcourse.recommenders.histories import Histories, Queries

QUERY_BLOCK = 128  # queries scored at a time: 128 x 9,125 scores are 4.7 MB


class Recommender(BaseModel):
    """Base of the recommender lessons."""

    dataset = "movielens"
    monitor = "vl_rmse"
    root_mean_square = ("rmse",)
    epoch_table: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Train Error", "tr_rmse"),
        ("Val Error", "vl_rmse"),
    )
    n_movies: int = 9125

    @property
    def item_vectors(self) -> Any:
        """The embedding of all movies, (n_movies, dim), that similarity is measured in."""
        raise ModelError(f"{type(self).__name__} does not say which embedding most_like compares")

    def metrics(self) -> dict[str, Any]:
        return {"rmse": self.rmse_loss, "mae": self.mae_loss}

    # --- scores ------------------------------------------------------------------------------

    @property
    def by_history(self) -> bool:
        """Whether the query is a history, so that users never seen in training can be served."""
        return "query_movie_ids" in self.placeholders

    @property
    def n_items(self) -> int:
        """Movies that can be scored: those trained on, and those that ``add_movie`` added."""
        if "candidate_movie_id" in self.placeholders or self.data is None:
            return self.n_movies
        return len(self.data.vocabulary)

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
        if "candidate_movie_id" in self.placeholders:
            raise UsageError(
                f"{self.lesson or type(self).__name__} embeds movie ids, so a new movie has no "
                "embedding: the lesson mf-with-dnn-new-movies is trained without them"
            )
        if self.data is None:
            raise UsageError("the model does not know its movies: fit it or load it with data")
        if avg_rating is not None and not 0.5 <= avg_rating <= 5:
            raise UsageError(f"an average rating is 0.5 to 5, not {avg_rating}")
        catalogue = getattr(self.data, "catalogue", self.data)
        low, high = catalogue.items.avg_range
        mean = low + (high - low) * float(catalogue.items.avg_rating.mean())
        columns = catalogue.items.encode(genres, year, mean if avg_rating is None else avg_rating)
        self.data = catalogue.with_movie(title, columns, genres)
        return len(self.data.vocabulary) - 1

    def item_columns(self) -> dict[str, Any]:
        """The columns of all movies, for nodes that speak of all of them."""
        columns: dict[str, Any] = {"candidate_movie_id": np.arange(self.n_movies, dtype=np.int32)}
        if {"genres", "avg_rating", "year"} & set(self.placeholders):
            if self.data is None:
                raise UsageError("the lesson needs movie metadata: fit it or load it with data")
            columns.update(self.data.items.columns)
        return columns

    def score_blocks(
        self, user: np.ndarray | None = None, queries: Queries | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Scores of all movies through ``pred``, a block of queries at a time.

        Args:
            user: user indexes, for lessons that embed the user.
            queries: one query a row, for lessons that pool a history.

        Yields:
            rows of the block (b,) and their scores, float32 (b, n_movies).
        """
        n = len(queries) if self.by_history and queries is not None else len(user)  # type: ignore[arg-type]
        items = self.item_columns()
        kind = pooling.kind_of(self) if self.by_history else None
        if kind is not None:
            table = self.session.run(self.w_query_movie_ids)
        for begin in range(0, n, QUERY_BLOCK):
            rows = np.arange(begin, min(begin + QUERY_BLOCK, n))
            if kind is not None:  # pooled outside the graph and fed to the node it ends in
                assert queries is not None
                feeds = self.feed_dict(items, mode="infer")
                feeds[self.query_emb] = pooling.pooled(table, queries, rows, kind)
                yield rows, self.session.run(self.pred, feeds)
                continue
            if self.by_history:
                assert queries is not None
                ids, size = queries.padded(rows)
                query = {"query_movie_ids": ids, "query_movie_ids_len": size}
            else:
                assert user is not None
                query = {"user_id": np.asarray(user)[rows]}
            yield rows, self.predict({**items, **query})

    def scores(self, histories: Histories, user: np.ndarray | None = None) -> np.ndarray:
        """Scores of users for all movies, float32 (users, n_movies).

        Args:
            histories: what each user rated in train.
            user: user indexes; by default all.
        """
        user = np.arange(len(histories)) if user is None else np.asarray(user)
        self._check_users(user, len(histories))
        out = np.empty((len(user), self.n_items), np.float32)
        for rows, block in self.score_blocks(user, histories.whole(user)):
            out[rows] = block
        return out

    def _check_users(self, user: np.ndarray, n_users: int) -> None:
        if len(user) and (user.min() < 0 or user.max() >= n_users):
            wrong = user[(user < 0) | (user >= n_users)][0]
            raise UsageError(f"user index {wrong} is outside 0..{n_users - 1}")

    def test_scores(self, data: Any) -> tuple[np.ndarray, np.ndarray]:
        """What the rankings need, a block of users at a time so that no matrix of users by movies
        is ever whole.

        Returns:
            the score of each test row by ``pred``, its query the user's whole train history,
            float32 (rows,); and each user's ``metrics.top_bar``, float32 (n_users,).
        """
        self.data = data
        rows, n_users = data.test, len(data.histories)
        user = np.arange(n_users, dtype=np.int32)
        order = np.argsort(rows.user, kind="stable")
        begin = np.searchsorted(rows.user[order], np.arange(n_users + 1))
        score, bar = np.empty(len(rows), np.float32), np.empty(n_users, np.float32)
        for block, scores in self.score_blocks(user, data.histories.whole(user)):
            asked = order[begin[block[0]] : begin[block[-1] + 1]]
            score[asked] = scores[rows.user[asked] - block[0], rows.movie[asked]]
            bar[block] = metrics.top_bar(scores)
        return score, bar

    def measure(self, data: Any) -> dict[str, float]:
        """The deck's metrics on the test rows of prepared data.

        RMSE, MAE and loss are of ``infer`` with each row's own query; the rankings are of ``pred``
        with the user's whole train history as the query.
        """
        score, bar = self.test_scores(data)
        rows = data.test
        direct = self.evaluate(data.test_batches(self.n_batch))
        return {
            "rmse": direct["rmse"],
            "mae": direct["mae"],
            **metrics.ranking_metrics(rows.user, rows.rating, score),
            "recall": metrics.recall(rows.user, rows.rating, score, bar),
            "loss": direct["loss"],
        }

    # --- similar movies ----------------------------------------------------------------------

    def vectors(self) -> np.ndarray:
        """``item_vectors`` of all movies, each of length 1 (zeros stay zeros), (n_movies, dim)."""
        cached = getattr(self, "_unit_vectors", None)
        if cached is None or cached[0] != (self._version, id(self.data)):
            values = self.predict(self.item_columns(), self.item_vectors)
            self._unit_vectors = (self._version, id(self.data)), unit(values)
        return self._unit_vectors[1]

    def most_like(self, query: str | int, k: int = 10, by: str = "auto") -> Any:
        """The k movies most like one; see ``tfcourse.recommenders.similar.most_like``."""
        from tfcourse.recommenders import similar as recommend

        return recommend.most_like(self, query, k, by)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a row of zeros has no direction and stays."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)


def query_of(movies: Mapping[int, float] | list[int] | np.ndarray) -> Queries:
    """One query made of these movie indexes."""
    ids = np.asarray(list(movies), np.int32)
    length = np.array([len(ids)], np.int32)
    return Queries(ids, np.zeros(1, np.int64), length, np.array([-1], np.int32))
