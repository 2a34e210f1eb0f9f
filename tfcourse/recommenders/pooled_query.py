"""The proof that a lesson's query is a pooling: a weighted sum of looked-up rows, by length alone.

Every pooling on the slide (SqrtN, Sum, Mean) is of this form: a query of n movies is

    query = w(n) · Σ W[movie]

Where that holds, the sum can be made without a padded list for each row (see ``pooling``). Whether
it holds is read from the built graph, in two steps.

1. Structure. Each tensor has a kind (see ``kinds``). The query must be of the kind ROWS: the ids are
   used for one look-up in one variable and for nothing else, and all that follows is linear in
   what was looked up, with coefficients that depend on the row's own length and on the place.
   Backward from everything that the lesson computes (loss, metrics, ``pred``, ``item_vectors``),
   the ids are reached through the query alone.
2. Numbers. What is then left to know are the coefficients. They are found for every length that
   the data have, by feeding random looked-up rows. The gradient of a row is w(n). The query and
   its gradient must then be what w(n) makes of the rows: no other linear form gives the same
   vectors for random rows. Batches of close lengths and batches of mixed lengths must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from tfcourse.ancestry import ancestors
from tfcourse.engine import NotPossible, say_once
from tfcourse.engine.copies import copy
from tfcourse.engine.inputs import Feeds
from tfcourse.errors import first_line
from tfcourse.recommenders import pooling
from tfcourse.recommenders.histories import IDS, SIZE, Queries
from tfcourse.recommenders.kinds import INDEX, OTHER, ROWS, Kinds, Lookup
from tfcourse.tf1 import Session, Tensor, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

_READS = {"ReadVariableOp", "ResourceGather", "VariableShape", "VarIsInitializedOp"}

_FLOATS_AT_ONCE = 1 << 22  # of looked-up rows that are fed to read weights off: 16 MB
_TOGETHER = 8  # lengths in a batch that they are read off in
_MIXED = (1, 2, 3, 8, 64)  # rows of the batches in which lengths are mixed


class PooledQuery:
    """A query that is proved to be w(n) · Σ W[movie].

    Attributes:
        node: the query's tensor, (batch, dim). Feeding it replaces ids and look-up.
        table: the variable W, (n_movies, dim).
        size: the placeholder of the lengths.
        reads_size: whether the lesson uses the lengths for something else too.
    """

    def __init__(self, model: BaseModel, node: Tensor, lookup: Lookup, reads_size: bool):
        self.node, self.table, self.reads_size = node, lookup.table, reads_size
        self.size = model.placeholders[SIZE]
        self._trial = _Trial(model.placeholders[IDS], self.size, node, lookup)
        self._weight = np.full(1, np.nan, np.float32)  # by length; NaN where not yet known

    def weights(self, queries: Queries) -> np.ndarray:
        """w(n) of each query, float32 (n,).

        Raises:
            NotPossible: for a length that the queries have, the lesson's query is not such a sum.
        """
        if type(queries) is not Queries:  # a subclass may pad in its own way
            raise NotPossible(f"{type(queries).__name__} makes queries in its own way")
        size = queries.size
        longest = int(size.max(initial=0))
        if longest >= len(self._weight):
            more = np.full(longest + 1 - len(self._weight), np.nan, np.float32)
            self._weight = np.concatenate([self._weight, more])
        unknown = np.unique(size[np.isnan(self._weight[size])])
        if len(unknown):
            self._read_off(unknown.astype(np.int32))
        return self._weight[size]

    def pooled(self, session: Session, queries: Queries) -> Callable[[np.ndarray], Feeds]:
        """Feeds of the query for row numbers, with the weights as they stand in the session."""
        weight = self.weights(queries)
        table = session.run(self.table)

        def feeds(rows: np.ndarray) -> Feeds:
            found = {self.node: pooling.pooled(table, queries, rows, weight[rows])}
            if self.reads_size:
                found[self.size] = queries.size[rows]
            return found

        return feeds

    def _read_off(self, lengths: np.ndarray) -> None:
        """Find w(n) for these lengths, ascending, int32 (n,)."""
        weight, dim = self._weight.copy(), self._trial.dim
        with self._trial.session() as session:
            for batch in _batches(lengths, dim):
                weight[batch] = self._trial.weights(session, batch)
            known = np.flatnonzero(~np.isnan(weight))
            room = max(2, _FLOATS_AT_ONCE // (max(int(known[-1]), 1) * dim))
            rng = np.random.default_rng(0)
            for n in _MIXED:
                some = rng.choice(known, min(n, room)).astype(np.int32)
                if not _near(self._trial.weights(session, some), weight[some]).all():
                    raise NotPossible("the weights in a query depend on the batch it is in")
        self._weight = weight


class _Trial:
    """What the query makes of looked-up rows, and its gradient, in a graph of their own."""

    def __init__(self, ids: Tensor, size: Tensor, node: Tensor, lookup: Lookup):
        self.dim = int(lookup.rows.shape[-1])
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._ids, self._size = tf.placeholder(ids.dtype), tf.placeholder(size.dtype, [None])
            self._rows = tf.placeholder(lookup.rows.dtype, [None, None, self.dim])
            self._ids.set_shape([None, None])
            replaced = {ids: self._ids, size: self._size}
            (self._index,) = copy([lookup.index], replaced)
            (self._node,) = copy([node], {**replaced, lookup.rows: self._rows})
            self._back = tf.placeholder(node.dtype, [None, self.dim])
            (self._gradient,) = tf.gradients(self._node, self._rows, self._back)

    def session(self) -> Session:
        """A session of the trial's graph."""
        return tf.Session(graph=self._graph)

    def weights(self, session: Session, size: np.ndarray) -> np.ndarray:
        """w(n) as read off a batch of queries of these lengths, float32 (n,).

        Raises:
            NotPossible: query or gradient are not what one weight for a row's movies makes of them,
                or other movies are looked up than the query's.
        """
        rng, width = np.random.default_rng(len(size)), int(size.max())
        ids = rng.integers(0, 1 << 30, (len(size), width), np.int32)
        rows = rng.random((*ids.shape, self.dim), np.float32) + np.float32(0.5)
        back = rng.standard_normal((len(size), self.dim), np.float32)
        back[:, 0] = 1
        feeds = {self._size: size, self._ids: ids, self._rows: rows, self._back: back}
        try:
            asked, found, gradient = session.run([self._index, self._node, self._gradient], feeds)
        except tf.errors.OpError as error:
            raise NotPossible(f"its query cannot be tried alone: {first_line(error)}") from None
        if asked.shape != ids.shape or (asked != ids).any():
            raise NotPossible("its look-up is not of the query's movies in their order")
        if found.shape != back.shape:
            raise NotPossible(f"a batch of {len(size)} queries is pooled to shape {found.shape}")
        held = (np.arange(width) < size[:, None]).astype(np.float32)[:, np.newaxis]
        total = (held @ rows)[:, 0]
        # Each held row's gradient is w(n) · back, and that of the padding is 0. It is w(n) to the
        # last digit, whatever the batch, so that a model that was loaded scores as before.
        weight = np.where(size > 0, gradient[:, 0, 0], 0) if width else np.zeros(len(size))
        weight = weight.astype(np.float32)
        share = weight[:, np.newaxis, np.newaxis] * back[:, np.newaxis]
        same = _near(found, weight[:, np.newaxis] * total).all(1)
        same &= _near(gradient, held.transpose(0, 2, 1) * share, share).all((1, 2))
        if not same.all():
            raise NotPossible(
                f"a query of {size[np.argmin(same)]} movies is not a sum with one weight for all"
            )
        return weight


def _near(found: np.ndarray, expected: np.ndarray, scale: np.ndarray | None = None) -> np.ndarray:
    """Whether they agree to 1e-5 of the scale; NaN agrees with nothing."""
    return np.abs(found - expected) <= 1e-5 * np.abs(expected if scale is None else scale) + 1e-30


def _batches(lengths: np.ndarray, dim: int) -> Iterator[np.ndarray]:
    """Ascending lengths in small batches, whose padded rows fit into memory."""
    most, begin = min(_TOGETHER, -(-len(lengths) // 4)), 0
    while begin < len(lengths):
        end = begin + most
        while end > begin + 1 and (end - begin) * int(lengths[:end][-1]) * dim > _FLOATS_AT_ONCE:
            end -= 1
        yield lengths[begin:end]
        begin = end


# --- the proof --------------------------------------------------------------------------------


def pooled_query(model: BaseModel) -> PooledQuery:
    """The proof for a lesson, worked out once.

    Raises:
        NotPossible: the lesson's query is not, or cannot be shown to be, such a sum.
    """
    key = "pooled_query"
    if key not in model.beside:
        try:
            with model.graph.as_default():
                model.beside[key] = _prove(model)
        except NotPossible as reason:
            model.beside[key] = reason
    found = model.beside[key]
    if isinstance(found, NotPossible):
        raise NotPossible(str(found))
    return found


def _prove(model: BaseModel) -> PooledQuery:
    for name in (IDS, SIZE):
        if name not in model.placeholders:
            raise NotPossible(f"the lesson has no placeholder {name!r}")
    ids, size = model.placeholders[IDS], model.placeholders[SIZE]
    targets = model.computed()
    kinds, candidates = Kinds(model), []
    in_order = ancestors(targets.values())
    for op in in_order:
        kinds.add(op)
        for tensor in op.outputs:
            if kinds.of[tensor.name] == ROWS and tensor.shape.rank == 2:
                candidates.append(tensor)
    if not kinds.lookups:
        raise NotPossible(f"no variable is looked up by {IDS}")
    if len(kinds.lookups) > 1:
        second = kinds.lookups[1].rows.op.name
        raise NotPossible(f"{IDS} is looked up more than once: {second!r} too")
    (lookup,) = kinds.lookups
    for op in in_order:
        if op.type not in _READS and any(t.name == lookup.table.handle.name for t in op.inputs):
            raise NotPossible(f"{op.name!r} ({op.type}) changes the embedding as it is computed")
    for node in reversed(candidates):  # the last one leaves the least to be computed
        behind = {op.name for op in ancestors(targets.values(), [node])}
        if ids.op.name not in behind:
            return PooledQuery(model, node, lookup, size.op.name in behind)
    raise NotPossible(_reason(model, kinds, targets))


def _reason(model: BaseModel, kinds: Kinds, targets: dict[str, Tensor]) -> str:
    """The first op that uses the query as no pooling does, and what depends on it."""
    in_order = ancestors(targets.values())
    for op in in_order:
        inputs = [kinds.of.get(t.name, OTHER) for t in op.inputs]
        if {INDEX, ROWS} & set(inputs) and OTHER in {
            kinds.of.get(t.name, OTHER) for t in op.outputs
        }:
            of_two = all(
                t.shape.rank == 2 for t, k in zip(op.inputs, inputs, strict=True) if k == ROWS
            )
            if ROWS in inputs and INDEX not in inputs and of_two:
                continue  # use of a query that is pooled already
            what = IDS if INDEX in inputs else "the looked-up movies"
            first = next(n for n, t in targets.items() if op in ancestors([t]))
            return (
                f"{what} are used by {op.name!r} ({op.type}), on which {first} depends: the query is "
                "no sum of looked-up movies with a weight by its length"
            )
    return "the query is no sum of looked-up movies with a weight by its length"


# --- use --------------------------------------------------------------------------------------


def query_feeds(
    model: BaseModel, session: Session, queries: Queries
) -> Callable[[np.ndarray], Feeds]:
    """Feeds of the query for row numbers: pooled outside the graph where the lesson's graph proves
    that this is the same, else padded as on the slide; one line says why, once."""
    try:
        return pooled_query(model).pooled(session, queries)
    except NotPossible as reason:
        say_once(model, f"{type(model).__name__} runs on padded queries: {reason}")

    def feeds(rows: np.ndarray) -> Feeds:
        columns = dict(zip((IDS, SIZE), queries.padded(rows), strict=True))
        return {model.placeholders[n]: v for n, v in columns.items() if n in model.placeholders}

    return feeds
