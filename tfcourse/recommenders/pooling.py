"""Pooling by sums: what the slide's ``tf.sequence_mask`` graph computes, without padded queries.

Every pooling on the slide (SqrtN, Sum, Mean) gives each movie of a query one weight that depends on
the query's length n alone. With S the sum of a user's embeddings, a leave-one-out query is

    query = w(n) · (S[user] - W[candidate])

so that a batch needs the sums of its distinct users' histories, not a padded list for each row.

That a lesson's query is of this form is proved in ``pooled_query``.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from tfcourse.recommenders.histories import Queries
from tfcourse.tf1 import IndexedSlices, Tensor, Variable, tf

FEW = 4096  # stretches up to which a matrix with a row for each costs less than counting rows


def pooled(
    table: np.ndarray, queries: Queries, index: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Pooled queries outside the graph, for evaluation and scores, float32 (rows, dim).

    Stretches that overlap (the deck's test queries grow by one movie a row) are summed once: a
    running sum over their pieces, in float64 so that its length does not cost digits.

    Args:
        table: the queries' embedding, (n_movies, dim).
        index: rows of the queries, int (rows,).
        weight: w(n) of each, float32 (rows,).
    """
    if len(queries.movies) == 0:
        return np.zeros((len(index), table.shape[1]), np.float32)
    start = queries.start[index]
    end = start + queries.length[index]
    bounds, where = np.unique(np.concatenate([start, end]), return_inverse=True)
    pieces = csr_matrix(
        (
            np.ones(bounds[-1] - bounds[0], np.float32),
            queries.movies[bounds[0] : bounds[-1]],
            bounds - bounds[0],
        ),
        shape=(len(bounds) - 1, len(table)),
    )
    if not np.isfinite(table).all():  # a running sum would carry it into all that follow
        return _pooled_one_by_one(table, queries, index, weight)
    running = np.zeros((len(bounds), table.shape[1]))
    np.cumsum(pieces @ table, axis=0, dtype=np.float64, out=running[1:])
    total = running[where[len(index) :]] - running[where[: len(index)]]
    left_out = queries.left_out[index]
    held = left_out >= 0
    total[held] -= table[queries.movies[start[held] + left_out[held]]]
    return (weight[:, None] * total).astype(np.float32)


def _pooled_one_by_one(
    table: np.ndarray, queries: Queries, index: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """``pooled`` without sums that queries share, for a table with NaN or infinity."""
    out = np.empty((len(index), table.shape[1]), np.float32)
    for i, row in enumerate(index):
        ids, size = queries.padded(np.array([row]))
        out[i] = weight[i] * table[ids[0, : size[0]]].sum(0, dtype=np.float64)
    return out


def words(movies: np.ndarray, start: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, str]:
    """The words of flat histories, and the form of the stretches:

    "few": they cover ``movies`` end to end and are few, so that the sparse matrix may have a
        row for every one of them: the words are the pairs.
    "many": they cover ``movies`` end to end: each word is less by its place in the stretch,
        which counting the places adds again.
    "overlap": they may overlap: places are counted and looked up.
    """
    word = movies.astype(np.int64) << 32
    if int(length.sum()) != len(movies) or (start != np.cumsum(length) - length).any():
        return word, "overlap"
    if len(length) <= FEW:
        return word + np.repeat(np.arange(len(length)), length), "few"
    return word - ((np.arange(len(movies)) - np.repeat(start, length)) << 32), "many"


class BatchHistories:
    """The sums of a batch's histories inside a graph, with their gradient.

    The batch's distinct stretches make a sparse matrix with a row each, as pairs (row, movie) of
    int32. A pair is held as one int64, the movie in its upper half: counting in and adding 64-bit
    words costs a quarter of stacking two columns.

    Tensors that are fed once a run:
        word: histories end to end, int64 (m,), as ``words`` makes them.
        start, length: of each stretch, int64 (stretches,); in the forms "few" and "many" the end
            of the last stretch stands behind the starts, int64 (stretches + 1,).
        ones: as many as a batch's histories and the batch together may have entries, float32.
        form: how the stretches lie in ``word``, as ``words`` says.
    """

    def __init__(self, word: Tensor, start: Tensor, length: Tensor, ones: Tensor, form: str):
        self.word, self.start, self.length, self.ones = word, start, length, ones
        self.form = form

    def _matrix(self, stretch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The histories of a batch as a sparse matrix: its words, int64 (entries,); the number of
        its rows, int32 (); and the row of each of the batch's stretches, int32 (batch,)."""
        distinct, row = tf.unique(stretch)
        n = tf.size(distinct)
        if self.form == "few":
            return self._gathered(distinct), tf.size(self.length), stretch
        first = tf.range(tf.cast(n, tf.int64))  # the row in the lower half
        length = tf.gather(self.length, distinct)
        if self.form == "many":
            along = _count(first, length * _HIGH, _HIGH)
            return self._gathered(distinct) + along, n, row
        along = _count(tf.gather(self.start, distinct) + first * _HIGH, length, np.int64(1))
        halves = tf.bitcast(along, tf.int32)  # place, row
        return tf.gather(self.word, halves[:, 0]) + tf.cast(halves[:, 1], tf.int64), n, row

    def _gathered(self, distinct: Tensor) -> Tensor:
        """The words of these stretches, one after the other."""
        return tf.raw_ops.RaggedGather(
            params_nested_splits=[self.start],
            params_dense_values=self.word,
            indices=distinct,
            OUTPUT_RAGGED_RANK=1,
        ).output_dense_values

    def pool(
        self,
        table: Variable,
        stretch: Tensor,
        left_out: Tensor,
        held: Tensor,
        weight: Tensor,
        size: Tensor | None = None,
    ) -> Tensor:
        """Pooled queries of a batch, float32 (batch, dim).

        Args:
            table: the queries' embedding, (n_movies, dim).
            stretch: which stretch each row's query is, int32 (batch,).
            left_out: the movie that is left out, int32 (batch,). held: 1 where it is in the
                stretch, else 0, float32 (batch,). weight: w(n), float32 (batch,).
            size: movies in each query, int32 (batch,). With it the gradient is one by rows, as
                that of looking up padded lists is. Optimizers that treat rows without a gradient in
                a special way (Momentum, RMSProp) need it.
        """
        n_movies, dim = table.shape.as_list()
        batch = tf.size(left_out)
        words, n, row = self._matrix(stretch)
        # Behind the histories' rows, the matrix has one for each movie that is left out.
        alone = tf.cast(left_out, tf.int64) * _HIGH + tf.cast(n + tf.range(batch), tf.int64)
        pairs = tf.bitcast(tf.concat([words, alone], 0), tf.int32)
        ones = self.ones[: tf.shape(pairs)[0]]
        shape = tf.cast(tf.stack([n + batch, n_movies]), tf.int64)
        held = held[:, tf.newaxis]
        scale = weight[:, tf.newaxis]

        def product(dense: Tensor, adjoint: bool) -> Tensor:
            return tf.raw_ops.SparseTensorDenseMatMul(
                a_indices=pairs, a_values=ones, a_shape=shape, b=dense, adjoint_a=adjoint
            )

        def to_movies(g: Tensor) -> Tensor:
            by_row = tf.math.unsorted_segment_sum(g, row, n)
            return product(tf.concat([by_row, -held * g], 0), True)

        @tf.custom_gradient
        def query(values: Tensor) -> tuple[Tensor, object]:
            total = product(values, False)
            out = scale * (tf.gather(total, row) - held * total[n:])

            def grad(d_query: Tensor) -> Tensor | IndexedSlices:
                gradient = to_movies(d_query * scale)
                if size is None:
                    return gradient
                touched = to_movies(tf.ones_like(scale))[:, 0] > 0.5
                # Shorter lists are padded with movie 0, which a look-up touches too.
                padded = tf.reduce_min(size) < tf.reduce_max(size)
                touched = tf.concat([touched[:1] | padded, touched[1:]], 0)
                rows = tf.where(touched)[:, 0]
                return tf.IndexedSlices(
                    tf.gather(gradient, rows), rows, tf.constant([n_movies, dim])
                )

            return out, grad

        pooled_queries = query(tf.convert_to_tensor(table))
        pooled_queries.set_shape([None, dim])
        return pooled_queries


def _count(first: Tensor, length: Tensor, step: Tensor) -> Tensor:
    """first, first + step, ... below first + length, for one after the other, int64."""
    return tf.raw_ops.RaggedRange(
        starts=first, limits=first + length, deltas=tf.constant(step)
    ).rt_dense_values


_HIGH = np.int64(1) << np.int64(32)
