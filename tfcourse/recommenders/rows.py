"""Rows of ratings with their queries, cut into batches of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfcourse.batches import Origin
from tfcourse.recommenders.catalogue import Catalogue
from tfcourse.recommenders.histories import Queries


@dataclass(frozen=True, eq=False)
class RecommenderRows:
    """Ratings with their queries: the table on the slide "MF with History", a row at a time.

    Columns: user_id, query_movie_ids, query_movie_ids_len, candidate_movie_id, rating, and the
    candidate's metadata: genres, genres_len, avg_rating, year.

    Attributes:
        user, movie: int32 (n,). rating: float32 (n,).
        queries: the query of each row.
        catalogue: the movies that the indexes mean, with their metadata.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    queries: Queries
    catalogue: Catalogue

    def __len__(self) -> int:
        return len(self.user)

    @property
    def origin(self) -> Origin:
        return self.catalogue.origin

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
        for name, values in self.catalogue.items.columns.items():
            if name in wanted:
                out[name] = values[movie]
        return out

    @property
    def names(self) -> tuple[str, ...]:
        own = ("user_id", "query_movie_ids", "query_movie_ids_len", "candidate_movie_id", "rating")
        return (*own, *self.catalogue.items.columns)

    def with_queries(self, queries: Queries) -> RecommenderRows:
        """The same rows with other queries (time-aware leave-one-out, say)."""
        return RecommenderRows(self.user, self.movie, self.rating, queries, self.catalogue)
