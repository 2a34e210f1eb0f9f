"""Rows of ratings with their queries, cut into batches of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from tfcourse.batches import Batches, Origin, Prepared
from tfcourse.errors import UsageError
from tfcourse.lang import _
from tfcourse.recommenders.catalogue import Catalogue
from tfcourse.recommenders.histories import IDS, SIZE, Histories, Queries

if TYPE_CHECKING:
    from tfcourse.engine.inputs import Feeds, LoopInputs
    from tfcourse.model import BaseModel
    from tfcourse.tf1 import Session


@dataclass(frozen=True, eq=False)
class RecommenderRows:
    """Ratings with their queries: the table on the slide "MF with History", a row at a time.

    Columns: user_id, query_movie_ids, query_movie_ids_len, candidate_movie_id, rating, the
    candidate's metadata (genres, genres_len, avg_rating, year), and those of ``extra``.

    Attributes:
        user, movie: int32 (n,). rating: float32 (n,).
        queries: the query of each row.
        catalogue: the movies that the indexes mean, with their metadata.
        extra: more columns, by name, (n, ...) each. MovieLens has "timestamp", seconds since 1970
            in UTC, int64 (n,); a lesson makes others of it, see ``BaseModel.own_columns``.
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    queries: Queries
    catalogue: Catalogue
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.user)

    @property
    def origin(self) -> Origin:
        return self.catalogue.origin

    @property
    def groups(self) -> np.ndarray:
        """Rows of a user are a group, which batches may keep together, int32 (n,)."""
        return self.user

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
        out.update({name: v[index] for name, v in self.extra.items() if name in wanted})
        return out

    @property
    def names(self) -> tuple[str, ...]:
        own = ("user_id", "query_movie_ids", "query_movie_ids_len", "candidate_movie_id", "rating")
        return (*own, *self.catalogue.items.columns, *self.extra)

    # --- into the graph (see engine.inputs.LoopRows) ------------------------------------------
    # TensorFlow is imported where it is used: reading the data must not cost its import.

    def loop_inputs(self, model: BaseModel, n_batch: int) -> LoopInputs:
        """What the engine's loop is fed for this lesson.

        Raises:
            NotPossible: the lesson's query is not proved to be a pooling.
        """
        from tfcourse.engine.inputs import ColumnInputs, NotPossible
        from tfcourse.recommenders.pooled_input import PooledInputs

        if type(self).take is not RecommenderRows.take:
            raise NotPossible(
                _("{lesson} takes rows in its own way").format(lesson=type(self).__name__)
            )
        names = self._names_for(model)
        known = {"user_id": self.user, "candidate_movie_id": self.movie, "rating": self.rating}
        for name in set(names) & set(self.extra):
            known[name] = self.extra[name].astype(model.placeholders[name].dtype.as_numpy_dtype)
        tables = {n: v for n, v in self.catalogue.items.columns.items() if n in names}
        by_row = {n: v for n, v in known.items() if n in names}
        if tables:
            by_row["candidate_movie_id"] = self.movie
        if {IDS, SIZE} & set(names):
            return PooledInputs(model, by_row, tables, self.queries, n_batch)
        return ColumnInputs(model, by_row, tables, "candidate_movie_id")

    def evaluation(self, model: BaseModel, session: Session) -> Callable[[np.ndarray], Feeds]:
        """Feeds for row numbers, queries pooled outside the graph where that is the same."""
        from tfcourse.recommenders.pooled_query import query_feeds

        names = self._names_for(model)
        others = [name for name in names if name not in (IDS, SIZE)]
        if others == names or type(self).take is not RecommenderRows.take:
            others, query = names, None
        else:
            query = query_feeds(model, session, self.queries)

        def feeds(rows: np.ndarray) -> Feeds:
            fed = model.feed_dict(self.take(rows, others), mode="infer")
            return fed if query is None else fed | query(rows)

        return feeds

    def _names_for(self, model: BaseModel) -> list[str]:
        names = [name for name in model.placeholders if name != "isTrain"]
        for name in names:
            if name not in self.names:
                raise UsageError(
                    _("no column {name!r} among {known}").format(
                        name=name, known=", ".join(self.names)
                    )
                )
        return names

    def with_queries(self, queries: Queries) -> RecommenderRows:
        """The same rows with other queries (time-aware leave-one-out, say)."""
        return replace(self, queries=queries)

    def with_columns(self, more: Mapping[str, np.ndarray]) -> RecommenderRows:
        """The same rows with more columns.

        Raises:
            UsageError: a name that the rows have already, but for those of ``extra``.
        """
        taken = sorted(set(more) & set(self.names) - set(self.extra))
        if taken:
            raise UsageError(
                _("the rows have a column {name!r} already: choose another name").format(
                    name=taken[0]
                )
            )
        return replace(self, extra={**self.extra, **more})


@runtime_checkable
class PreparedRatings(Prepared, Protocol):
    """Prepared ratings of movies by users.

    Attributes:
        train: rows to train on. valid: rows that choose the epoch.
        test: rows that the figures and the rankings are of.
        catalogue: the movies and users, the one that all rows carry.
        histories: each user's whole train history, the query of rankings.
    """

    @property
    def train(self) -> RecommenderRows: ...

    @property
    def valid(self) -> RecommenderRows: ...

    @property
    def test(self) -> RecommenderRows: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def histories(self) -> Histories: ...

    def test_batches(self, n_batch: int = 1024) -> Batches:
        """Batches of the test rows."""
        ...


def ratings_of(data: Prepared) -> PreparedRatings:
    """Prepared data, checked to be ratings.

    Raises:
        UsageError: they are other data.
    """
    if not isinstance(data, PreparedRatings):
        raise UsageError("a recommender needs prepared ratings of movies")
    return data
