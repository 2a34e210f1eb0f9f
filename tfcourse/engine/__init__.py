"""The engines behind ``fit``: how an epoch's batches reach the graph.

``feed`` is the slide's visible loop: each batch is fed to ``session.run``. ``graph`` runs many
batches in one ``session.run``: the lesson's hooks are built a second time, on the same variables,
inside a ``tf.while_loop`` whose body cuts one batch from the columns. Both see the same batches in
the same order and read and write the same variables, so that checkpoints are the same too.
"""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfcourse.batches import Batches, Columns
from tfcourse.errors import CourseError, DataError, UsageError
from tfcourse.recommenders import pooling
from tfcourse.recommenders.histories import RecommenderRows
from tfcourse.tf1 import PlaceholderSource, placeholders_from, tf

ENGINES = ("auto", "graph", "feed")
SECONDS_PER_RUN = 0.1  # of the loop: progress and Ctrl-C come between runs
# Rows without a gradient stay as they are under these; others need to know which rows those are.
DENSE_EQUALS_SPARSE = (
    tf.train.GradientDescentOptimizer,
    tf.train.AdagradOptimizer,
    tf.train.AdamOptimizer,
)


class NotPossible(CourseError):
    """Why the engine "graph" cannot train this lesson on these data."""


def make_engine(name: str, model: Any, session: Any, train_fn: Callable) -> Any:
    """The engine of that name for this model, session and data; "auto" takes "graph" where it is
    possible."""
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    if name == "feed":
        return FeedEngine(model, session, train_fn)
    try:
        return GraphEngine(model, session, train_fn)
    except NotPossible as reason:
        if name == "graph":
            raise UsageError(f"engine graph: {reason}; use engine feed") from None
        return FeedEngine(model, session, train_fn)


# --- means of what batches report -------------------------------------------------------------


class Means:
    """Means over rows of what batches report; roots of mean squares are averaged as squares."""

    def __init__(self, names: list[str], root_mean_square: tuple[str, ...]):
        self.names = names
        self._square = np.array([name in root_mean_square for name in names])
        self._sum, self._rows = np.zeros(len(names)), 0

    def add(self, values: Any, rows: int) -> None:
        """One batch's values."""
        values = np.asarray(values, np.float64)
        self.add_sums(rows * np.where(self._square, values * values, values), rows)

    def add_sums(self, sums: Any, rows: int) -> None:
        """Values, or squares, already summed over rows."""
        self._sum = self._sum + sums
        self._rows += rows

    def result(self) -> dict[str, float]:
        if not self._rows:
            raise DataError("no batches: the data function gave nothing")
        mean = self._sum / self._rows
        mean = np.where(self._square, np.sqrt(mean), mean)
        return {name: float(value) for name, value in zip(self.names, mean, strict=True)}


# --- feed -------------------------------------------------------------------------------------


class FeedEngine:
    """Batch by batch through ``session.run``, with the feeds and fetches prepared once."""

    name = "feed"

    def __init__(self, model: Any, session: Any, train_fn: Callable):
        self.model, self.session, self.train_fn = model, session, train_fn
        self.placeholders = model.placeholders
        pooling.kind_of(model)  # found out on initial weights, before training may make them NaN
        self.nodes = model.all_metrics()
        feeds = list(self.placeholders.values())
        with model.graph.as_default():
            nodes = list(self.nodes.values())
            self._train = session.make_callable([nodes, model.train_op], feeds)
            self._evaluate = session.make_callable(nodes, feeds)

    def train_epoch(self, epoch: int, progress: Callable[[int, int], None]) -> dict[str, float]:
        means, total = self._means(), _n_batches(self.train_fn)
        for done, batch in enumerate(self._batches(self.train_fn, epoch), 1):
            values, _ = self._train(*self._feeds(batch, training=True))
            means.add(values, _n_rows(batch))
            progress(done, total)
        return means.result()

    def evaluate(self, batches: Callable) -> dict[str, float]:
        pooled = PooledRows.of(self.model, batches, self.session)
        if pooled is not None:
            return self._evaluate_pooled(batches, pooled)
        means = self._means()
        for batch in self._batches(batches, 1):
            means.add(self._evaluate(*self._feeds(batch, training=False)), _n_rows(batch))
        return means.result()

    def _evaluate_pooled(self, batches: Any, pooled: PooledRows) -> dict[str, float]:
        """With queries that are pooled already, fed to the node that the pooling ends in."""
        means = self._means()
        names = [n for n in self.placeholders if n not in pooled.replaces]
        nodes = list(self.nodes.values())
        for rows in _cut(batches.order(), batches.n_batch):
            feeds = self.model.feed_dict(batches.rows.take(rows, names), mode="infer")
            feeds[self.model.query_emb] = pooled.queries(rows)
            means.add(self.session.run(nodes, feeds), len(rows))
        return means.result()

    def _means(self) -> Means:
        return Means(list(self.nodes), self.model.root_mean_square)

    def _batches(self, fn: Callable, epoch: int) -> Any:
        if isinstance(fn, Batches):
            return fn(epoch, self.model.seed, list(self.placeholders))
        return fn()

    def _feeds(self, batch: dict[str, Any], training: bool) -> list[Any]:
        feeds = []
        for name in self.placeholders:
            if name == "isTrain":
                feeds.append(training)
            elif name in batch:
                feeds.append(batch[name])
            else:
                raise UsageError(f"no column {name!r} among {', '.join(batch)}")
        return feeds


def _n_rows(batch: dict[str, Any]) -> int:
    return len(next(iter(batch.values())))


def _n_batches(fn: Callable) -> int:
    return len(fn) if isinstance(fn, Batches) else 0


def _cut(order: np.ndarray, n_batch: int) -> Iterator[np.ndarray]:
    for begin in range(0, len(order), n_batch):
        yield order[begin : begin + n_batch]


class PooledRows:
    """Rows whose queries are pooled outside the graph from the embedding as it stands."""

    replaces = ("query_movie_ids", "query_movie_ids_len")

    def __init__(self, rows: RecommenderRows, table: np.ndarray, kind: str):
        self._pooled = pooling.pooled(table, rows.queries, np.arange(len(rows)), kind)

    @classmethod
    def of(cls, model: Any, batches: Any, session: Any) -> PooledRows | None:
        """None where the lesson or the data have no such queries."""
        rows = getattr(batches, "rows", None)
        kind = pooling.kind_of(model) if isinstance(rows, RecommenderRows) else None
        if kind is None:
            return None
        assert isinstance(rows, RecommenderRows)
        return cls(rows, session.run(model.w_query_movie_ids), kind)

    def queries(self, rows: np.ndarray) -> np.ndarray:
        return self._pooled[rows]


# --- the second build -------------------------------------------------------------------------


@contextlib.contextmanager
def _emptied(kept_out: Callable[[Any], bool]) -> Iterator[None]:
    """Empty the default graph's collections within this block and put them back after it, those
    that ``kept_out`` names aside."""
    graph = tf.get_default_graph()

    def lists() -> dict[Any, list[Any]]:
        keys = [*graph.get_all_collection_keys(), *_NAME_STORES]
        return {k: graph.get_collection_ref(k) for k in keys if not kept_out(k)}

    before = {key: list(values) for key, values in lists().items()}
    for values in lists().values():
        del values[:]
    try:
        yield
    finally:
        for key, values in lists().items():
            values[:] = before.get(key, [])


_NAME_STORES = (("__variable_store",), ("__varscope",))  # TensorFlow's own, private
_VARIABLES = (
    tf.GraphKeys.GLOBAL_VARIABLES,
    tf.GraphKeys.TRAINABLE_VARIABLES,
    tf.GraphKeys.LOCAL_VARIABLES,
    tf.GraphKeys.MODEL_VARIABLES,
)


@contextlib.contextmanager
def second_build(model: Any, source: PlaceholderSource) -> Iterator[Any]:
    """Run the lesson's hooks once more, in the default graph where it stands, on the variables of
    the first build and with placeholders from ``source``.

    Gives a shallow copy of the model, with the nodes of the second build once the block's
    ``build_forward`` was called; ``graph_train`` may follow. The graph's collections and stores of
    names are empty meanwhile, so that names come out as in the first build and its losses are not
    counted again; what is asked for as a new variable is the old one.
    """
    waiting: dict[str, list[Any]] = {}
    for name, variable in model.made:
        waiting.setdefault(name, []).append(variable)

    def first_build(next_creator: Callable, **kwargs: Any) -> Any:
        name = kwargs.get("name") or ""
        if not waiting.get(name):
            raise NotPossible(f"a second build makes a variable {name!r} that the first had not")
        variable = waiting[name].pop(0)
        for key, wanted in ((_VARIABLES[0], True), (_VARIABLES[1], variable.trainable)):
            if wanted and not any(variable is v for v in tf.get_collection(key)):
                tf.add_to_collection(key, variable)  # as a new one would, for whoever looks there
        return variable

    twin = copy.copy(model)

    def build_forward() -> None:
        # A layer adds its regularizer's loss for a variable that is new to the graph alone.
        with _emptied(lambda key: key not in _VARIABLES), placeholders_from(source):
            type(model).build_forward(twin)

    twin.build_forward = build_forward
    with (
        _emptied(lambda key: key in _VARIABLES or "context" in str(key)),
        tf.variable_creator_scope(first_build),
    ):
        yield twin


def rebuild(model: Any, source: PlaceholderSource) -> Any:
    """A copy of the model whose nodes are built anew on the same variables, without the update."""
    with second_build(model, source) as twin:
        twin.build_forward()
    return twin


# --- graph ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _control_flow_v1() -> Iterator[None]:
    """A v1 while loop costs less per step than a v2 one, whose body is a function to be called."""
    was_v2 = tf.control_flow_v2_enabled()
    tf.disable_control_flow_v2()
    try:
        yield
    finally:
        if was_v2:
            tf.enable_control_flow_v2()


class GraphEngine:
    """Many batches in one ``session.run``."""

    name = "graph"

    def __init__(self, model: Any, session: Any, train_fn: Callable):
        if not isinstance(train_fn, Batches):
            raise NotPossible("train_fn gives batches one by one; data_fn and dataFn give columns")
        self.model, self.session, self.batches = model, session, train_fn
        self._feed = FeedEngine(model, session, train_fn)
        self.columns = _columns(model, train_fn)
        whole, rest = divmod(len(train_fn.rows), train_fn.n_batch)
        # Both are built before anything else adds to the graph: dropout's seeds are as they find it.
        for n, used in ((train_fn.n_batch, whole), (rest, rest)):
            if used:
                self.loop(n)
        self._steps_per_run = 50
        # One thread runs the loop's small ops; handing each to another costs more than it saves.
        self._options = tf.RunOptions(inter_op_thread_pool=-1)

    def loop(self, n: int) -> EpochLoop:
        """The loop for batches of n rows: a step takes fewer ops where their number is known as it
        is built. The last, smaller batch of an epoch has a loop of its own."""
        made, key = self.model.engines, (self.columns.key, n)
        if key not in made:
            with self.model.graph.as_default(), _control_flow_v1():
                before = len(self.model.graph.get_operations())
                made[key] = EpochLoop(self.model, self.columns, n)
                # All is on one device. Ops that are the same but for what they are to be placed
                # with (the distinct movies, for an embedding and for its bias) become one.
                for op in self.model.graph.get_operations()[before:]:
                    if "_class" in op.node_def.attr:
                        op._clear_attr("_class")
        return made[key]

    def train_epoch(self, epoch: int, progress: Callable[[int, int], None]) -> dict[str, float]:
        order = self.batches.order(epoch, self.model.seed)
        n_batch, total = self.batches.n_batch, len(self.batches)
        means = Means(list(self.model.all_metrics()), self.model.root_mean_square)
        whole, done = len(order) // n_batch, 0
        while done < total:
            steps = min(self._steps_per_run, whole - done) or 1
            rows = order[done * n_batch : (done + steps) * n_batch].reshape(steps, -1)
            loop = self.loop(rows.shape[1])
            begin = time.perf_counter()
            sums = self.session.run(
                loop.sums, loop.feeds(self.columns, rows), options=self._options
            )
            spent = time.perf_counter() - begin
            means.add_sums(sums * rows.shape[1], rows.size)
            done += steps
            if done < total:
                self._steps_per_run = max(10, int(steps * SECONDS_PER_RUN / max(spent, 1e-6)))
            progress(done, total)
        return means.result()

    def evaluate(self, batches: Callable) -> dict[str, float]:
        return self._feed.evaluate(batches)


class LoopColumns:
    """What the loop is fed: columns by row, which each run gets for its rows, and tables that it
    gets whole."""

    def __init__(
        self,
        by_row: dict[str, Any],
        tables: dict[str, Any],
        pooled: str = "",
    ):
        self.by_row = by_row
        self.tables = {name: _aligned(values) for name, values in tables.items()}
        self.pooled = pooled  # the form of the histories, see pooling.BatchHistories

    @property
    def key(self) -> Any:
        """Two with one key can use one loop."""
        shapes = [(n, v.dtype.str, v.shape[1:]) for n, v in (self.by_row | self.tables).items()]
        return (*shapes, self.pooled)

    def of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Columns and tables by name for row numbers, int32 (steps, batch): the columns
        (steps, batch, ...), the tables as they are."""
        fed = self.tables | {name: values[rows] for name, values in self.by_row.items()}
        if self.pooled == "many" and self.tables["query/length"].size > rows.size:
            # A step looks through all stretches there are: the run's own, and what is between them.
            used, place = np.unique(fed["query/stretch"], return_inverse=True)
            start, length = fed["query/start"][used], fed["query/length"][used]
            fed["query/start"] = np.stack([start, start + length], 1).reshape(-1)
            fed["query/length"] = np.diff(fed["query/start"])
            fed["query/stretch"] = 2 * place.reshape(rows.shape).astype(np.int32)
        return fed


def _aligned(values: np.ndarray) -> np.ndarray:
    """A copy that begins where TensorFlow's own tensors would, which it is fed without copying."""
    room = np.empty(values.nbytes + _ALIGNMENT, np.uint8)
    begin = -room.ctypes.data % _ALIGNMENT
    out = room[begin : begin + values.nbytes].view(values.dtype).reshape(values.shape)
    out[...] = values
    return out


_ALIGNMENT = 64  # bytes


def _columns(model: Any, batches: Batches) -> LoopColumns:
    rows, names = batches.rows, [n for n in model.placeholders if n != "isTrain"]
    if isinstance(rows, Columns):
        missing = [n for n in names if n not in rows.columns]
        if missing:
            raise UsageError(f"no column {missing[0]!r} among {', '.join(rows.columns)}")
        dtypes = {n: model.placeholders[n].dtype.as_numpy_dtype for n in names}
        return LoopColumns({n: rows.columns[n].astype(dtypes[n], copy=False) for n in names}, {})
    if not isinstance(rows, RecommenderRows):
        raise NotPossible("the rows are not columns")
    known = {
        "user_id": rows.user,
        "candidate_movie_id": rows.movie,
        "rating": rows.rating,
    }
    by_row = {n: known[n] for n in names if n in known}
    tables = {n: rows.items[n] for n in names if n in rows.items}
    if tables:
        by_row["candidate_movie_id"] = rows.movie
    if "query_movie_ids" not in names:
        return LoopColumns(by_row, tables)
    kind = pooling.kind_of(model)
    if kind is None:
        raise NotPossible(f"the pooling of {type(model).__name__} is none of SqrtN, Sum and Mean")
    queries = rows.queries
    # One number for each (start, length), ascending as the starts are.
    length = queries.length.astype(np.int64)
    longest = int(length.max(initial=0)) + 1
    key, stretch = np.unique(queries.start * longest + length, return_inverse=True)
    start, length = key // longest, key % longest
    held = queries.left_out >= 0
    left_out = queries.movies[queries.start + np.where(held, queries.left_out, 0)]
    by_row["query/stretch"] = stretch.reshape(-1).astype(np.int32)
    by_row["query/left_out"] = np.where(held, left_out, 0).astype(np.int32)
    by_row["query/held"] = held.astype(np.float32)
    by_row["query/weight"] = pooling.weights(kind, queries.size)
    word, form = pooling.BatchHistories.words(queries.movies, start, length)
    if form != "overlap":
        start = np.append(start, len(queries.movies))
    most = int(np.sort(length)[-batches.n_batch :].sum()) + batches.n_batch
    tables |= {
        "query/word": word,
        "query/start": start,
        "query/length": length,
        "query/ones": np.ones(most, np.float32),
    }
    return LoopColumns(by_row, tables, form)


class EpochLoop:
    """The loop: built once for a model, a set of columns and a number of rows in a batch."""

    def __init__(self, model: Any, columns: LoopColumns, n_batch: int):
        def fed(columns: dict[str, np.ndarray], *shape: int | None) -> dict[str, Any]:
            return {n: tf.placeholder(v.dtype, [*shape, *v.shape[1:]]) for n, v in columns.items()}

        names = list(model.all_metrics())
        squares = [name in model.root_mean_square for name in names]
        with tf.name_scope("epoch_loop"):
            self.by_row = fed(columns.by_row, None, n_batch)
            self.tables = fed(columns.tables, None)
            self.steps = tf.placeholder(tf.int32, [])

            def body(step: Any, sums: Any) -> tuple[Any, Any]:
                batch = {name: tf.gather(column, step) for name, column in self.by_row.items()}
                train_op, values = self._step(model, columns, batch)
                values = tf.stack([tf.cast(v, tf.float32) for v in values])
                values = tf.where(squares, values * values, values)
                with tf.control_dependencies([train_op]):  # the next step needs this one's update
                    return step + 1, sums + tf.cast(values, tf.float64)

            _, self.sums = tf.while_loop(
                lambda step, sums: step < self.steps,
                body,
                [tf.constant(0), tf.zeros([len(names)], tf.float64)],
                parallel_iterations=1,
                back_prop=False,
            )

    def _step(self, model: Any, columns: LoopColumns, batch: dict[str, Any]) -> tuple[Any, Any]:
        """One update on a batch, by the lesson's own hooks."""

        def source(name: str, dtype: Any, shape: Any) -> Any:
            if name == "isTrain":
                return tf.constant(True)
            if name == "query_movie_ids":  # replaced by the pooled query below
                return tf.zeros([tf.shape(batch["query/stretch"])[0], 1], tf.int32)
            if name == "query_movie_ids_len":
                return tf.ones_like(batch["query/stretch"])
            if name in batch:
                return batch[name]
            if name in self.tables:
                return tf.gather(self.tables[name], batch["candidate_movie_id"])
            raise NotPossible(f"there is no column {name!r}")

        with second_build(model, source) as twin:
            if columns.pooled:
                histories = pooling.BatchHistories(
                    self.tables["query/word"],
                    self.tables["query/start"],
                    self.tables["query/length"],
                    self.tables["query/ones"],
                    columns.pooled,
                )
                twin.query_lookup = lambda: histories.pool(
                    twin.w_query_movie_ids,
                    batch["query/stretch"],
                    batch["query/left_out"],
                    batch["query/held"],
                    batch["query/weight"],
                    lazy=not isinstance(model.made_optimizer, DENSE_EQUALS_SPARSE),
                )[:, tf.newaxis, :]
            twin.build_forward()
            with tf.variable_scope("train"):
                train_op = twin.graph_train()
            return train_op, list(twin.all_metrics().values())

    def feeds(self, columns: LoopColumns, rows: np.ndarray) -> dict[Any, Any]:
        """A run's feeds for row numbers, int32 (steps, batch)."""
        values = columns.of(rows)
        fed = {tensor: values[name] for name, tensor in (self.by_row | self.tables).items()}
        return fed | {self.steps: len(rows)}
