"""What the engine's loop is fed for rows with queries: histories once, and four numbers a row."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tfcourse.engine.inputs import ColumnInputs, aligned
from tfcourse.recommenders.histories import Queries
from tfcourse.recommenders.pooled_query import pooled_query
from tfcourse.recommenders.pooling import BatchHistories, words
from tfcourse.tf1 import Tensor, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

# Rows of a variable without a gradient stay as they are under these, so that a dense gradient does
# the same as one by rows. Others need to know which rows have one.
_DENSE_IS_THE_SAME = (
    tf.train.GradientDescentOptimizer,
    tf.train.AdagradOptimizer,
    tf.train.AdamOptimizer,
)


class PooledInputs(ColumnInputs):
    """Columns, with the query as a sum over its user's history less one movie.

    Args:
        model: the lesson. by_row, tables: as for ``ColumnInputs``.
        queries: the query of each row.
        n_batch: rows in a batch.

    Raises:
        NotPossible: the lesson's graph does not prove that its query is such a sum.
    """

    cuts = True

    def __init__(
        self,
        model: BaseModel,
        by_row: Mapping[str, np.ndarray],
        tables: Mapping[str, np.ndarray],
        queries: Queries,
        n_batch: int,
    ):
        super().__init__(model, by_row, tables, "candidate_movie_id")
        self.query = pooled_query(model)
        weight = self.query.weights(queries)
        self.by_rows = type(model.made_optimizer) not in _DENSE_IS_THE_SAME
        # One number for each (start, length), ascending as the starts are.
        length = queries.length.astype(np.int64)
        longest = int(length.max(initial=0)) + 1
        key, stretch = np.unique(queries.start * longest + length, return_inverse=True)
        start, length = key // longest, key % longest
        held = queries.left_out >= 0
        left_out = np.zeros(len(queries), np.int32)
        left_out[held] = queries.movies[queries.start[held] + queries.left_out[held]]
        self.by_row |= {
            "query/stretch": stretch.reshape(-1).astype(np.int32),
            "query/left_out": left_out,
            "query/held": held.astype(np.float32),
            "query/weight": weight,
        }
        if self.by_rows or self.query.reads_size:
            self.by_row["query/size"] = queries.size
        word, self.form = words(queries.movies, start, length)
        if self.form != "overlap":
            start = np.append(start, len(queries.movies))
        most = int(np.sort(length)[-n_batch:].sum()) + n_batch
        tables_of_query = {
            "query/word": word,
            "query/start": start,
            "query/length": length,
            "query/ones": np.ones(most, np.float32),
        }
        self.tables |= {name: aligned(values) for name, values in tables_of_query.items()}

    @property
    def key(self) -> Hashable:
        return super().key, self.form

    def connect(
        self, batch: Mapping[str, Tensor], tables: Mapping[str, Tensor]
    ) -> dict[Tensor, Tensor]:
        found = super().connect(batch, tables)
        histories = BatchHistories(
            tables["query/word"],
            tables["query/start"],
            tables["query/length"],
            tables["query/ones"],
            self.form,
        )
        found[self.query.node] = histories.pool(
            self.query.table,
            batch["query/stretch"],
            batch["query/left_out"],
            batch["query/held"],
            batch["query/weight"],
            batch["query/size"] if self.by_rows else None,
        )
        if self.query.reads_size:
            found[self.query.size] = batch["query/size"]
        return found

    def feeds(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        fed = super().feeds(rows)
        if self.form == "many" and self.tables["query/length"].size > rows.size:
            # A step looks through all stretches there are: give it the run's own, and what lies
            # between them.
            used, place = np.unique(fed["query/stretch"], return_inverse=True)
            start, length = fed["query/start"][used], fed["query/length"][used]
            fed["query/start"] = np.stack([start, start + length], 1).reshape(-1)
            fed["query/length"] = np.diff(fed["query/start"])
            fed["query/stretch"] = 2 * place.reshape(rows.shape).astype(np.int32)
        return fed
