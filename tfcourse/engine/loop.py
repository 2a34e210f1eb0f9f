"""The engine "graph": many batches in one ``session.run``.

The lesson's graph is copied into the body of a ``tf.while_loop``. Where the lesson has placeholders the
copy has columns, of which each step cuts one batch. Both engines see the same batches in the same
order and read and write the same variables, so that checkpoints are the same too.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tfcourse.ancestry import ancestors
from tfcourse.batches import Batches
from tfcourse.engine.copies import copy, draws_randomly
from tfcourse.engine.feed import FeedEngine, Means, draw_of
from tfcourse.engine.inputs import LoopInputs, NotPossible, loop_inputs
from tfcourse.errors import first_line
from tfcourse.lang import _
from tfcourse.tf1 import Operation, Tensor, Variable, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel
    from tfcourse.tf1 import Session

SECONDS_PER_RUN = 0.1  # of the loop: progress and Ctrl-C come between runs
STEPS_AT_FIRST = 50


class GraphEngine:
    """Many batches in one ``session.run``.

    Raises:
        NotPossible: the loop cannot be proved to compute what the lesson's graph says.
    """

    name = "graph"

    def __init__(self, model: BaseModel, session: Session, batches: Batches):
        self.model, self.session, self.batches = model, session, batches
        self.inputs = loop_inputs(batches.rows, model, batches.n_batch)
        if self.inputs.cuts and not model.has_default_update:
            raise NotPossible(
                _(
                    "graph_train or the optimizer is the lesson's own, and the loop would have to "
                    "make the gradient anew"
                )
            )
        whole, rest = divmod(len(batches.rows), batches.n_batch)
        for n, used in ((batches.n_batch, whole), (rest, rest)):
            if used:
                self.loop(n)
        self._feed = FeedEngine(model, session, batches)
        self._steps_per_run = STEPS_AT_FIRST
        # One thread runs the loop's small ops; handing each to another costs more than it saves.
        self._options = tf.RunOptions(inter_op_thread_pool=-1)

    def loop(self, n: int) -> EpochLoop:
        """The loop for batches of n rows. A step takes fewer ops where their number is known as the
        loop is built, so the last, smaller batch of an epoch has a loop of its own."""
        beside, key = self.model.beside, ("loop", self.inputs.key, n)
        if key not in beside:
            with self.model.graph.as_default(), _control_flow_v1():
                beside[key] = self._built(n)
        return beside[key]

    def _built(self, n: int) -> EpochLoop:
        remake = self.model.has_default_update
        try:
            try:
                return EpochLoop(self.model, self.inputs, n, remake)
            except NotPossible:
                if not remake or self.inputs.cuts:
                    raise
                return EpochLoop(self.model, self.inputs, n, False)
        except NotPossible:
            raise
        except Exception as error:  # whatever TensorFlow raises, the engine feed is right
            raise NotPossible(
                _("TensorFlow cannot build the loop: {why}").format(why=first_line(error))
            ) from None

    def train_epoch(self, epoch: int, progress: Callable[[int, int], None]) -> dict[str, float]:
        """One update for each batch; the means of loss and metrics before the updates."""
        order = self.batches.order(epoch, self.model.seed)
        n_batch = self.batches.n_batch
        total = -(-len(order) // n_batch)
        means = Means(list(self.model.all_metrics()), self.model.root_mean_square)
        whole, done = len(order) // n_batch, 0
        while done < total:
            steps = min(self._steps_per_run, whole - done) or 1
            rows = order[done * n_batch : (done + steps) * n_batch].reshape(steps, -1)
            begin = time.perf_counter()
            sums = self.run(rows, draw_of(epoch, done))
            means.add_sums(sums * rows.shape[1], rows.size)
            spent = time.perf_counter() - begin
            done += steps
            if done < total:
                self._steps_per_run = max(10, int(steps * SECONDS_PER_RUN / max(spent, 1e-6)))
            progress(done, total)
        return means.result()

    def run(self, rows: np.ndarray, first: int = 0) -> np.ndarray:
        """Train on these batches in one call.

        Args:
            rows: row numbers, int32 (steps, batch).
            first: draw of the first step, see ``draw_of``.

        Returns:
            sums over the steps of loss and metrics, or of their squares, float64 (metrics,).
        """
        loop = self.loop(rows.shape[1])
        return self.session.run(
            loop.sums, loop.feeds(self.inputs.feeds(rows), len(rows), first), options=self._options
        )

    def evaluate(self, batches: Callable) -> dict[str, float]:
        """The means of loss and metrics over all rows, without an update."""
        return self._feed.evaluate(batches)


class EpochLoop:
    """The loop: built once for a model, a kind of inputs and a number of rows in a batch."""

    def __init__(self, model: BaseModel, inputs: LoopInputs, n_batch: int, remake: bool):
        def fed(arrays: Mapping[str, np.ndarray], *shape: int | None) -> dict[str, Tensor]:
            return {n: tf.placeholder(v.dtype, [*shape, *v.shape[1:]]) for n, v in arrays.items()}

        names = list(model.all_metrics())
        squares = [name in model.root_mean_square for name in names]
        with tf.name_scope("epoch_loop") as scope:
            self.by_row = fed(inputs.by_row, None, n_batch)
            self.tables = fed(inputs.tables, None)
            self.steps = tf.placeholder(tf.int32, [])
            self.first = tf.placeholder(tf.int64, [])  # draw of the first step

            def body(step: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
                batch = {name: tf.gather(column, step) for name, column in self.by_row.items()}
                draw = self.first + tf.cast(step, tf.int64)
                values, update = _step(model, inputs, batch, self.tables, draw, remake)
                if len({value.dtype for value in values}) > 1:
                    values = [tf.cast(value, tf.float64) for value in values]
                values = tf.cast(tf.stack(values), tf.float64)
                values = tf.where(squares, values * values, values)
                with tf.control_dependencies([update]):  # the next step needs this one's update
                    return tf.add(step, 1), tf.add(sums, values)

            _step_reached, self.sums = tf.while_loop(
                lambda step, sums: step < self.steps,
                body,
                [tf.constant(0), tf.zeros([len(names)], tf.float64)],
                parallel_iterations=1,
                back_prop=False,
            )
        for op in ancestors([self.sums]):
            if not op.name.startswith(scope) and not _is_fixed(op, model.lr):
                raise NotPossible(
                    _("the gradient or the update reads {op!r} ({type})").format(
                        op=op.name, type=op.type
                    )
                )

    def feeds(
        self, arrays: Mapping[str, np.ndarray], steps: int, first: int
    ) -> dict[Tensor, object]:
        """Feeds of one run of the loop.

        Args:
            arrays: columns and tables by name. steps: of the run. first: draw of the first step.
        """
        fed = {t: arrays[name] for name, t in (self.by_row | self.tables).items()}
        return {**fed, self.steps: steps, self.first: first}


def _is_fixed(op: Operation, rate: Variable) -> bool:
    """Whether an op outside the loop, where it is computed once a run, is the same at each step: a
    resource, the learning rate, a constant, or what is computed of these."""
    if any(tensor.dtype == tf.resource for tensor in op.outputs):
        return True
    if op.type == "ReadVariableOp" and op.inputs[0] is rate.handle:
        writes = {"AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"}
        writers = {use.name for use in rate.handle.consumers() if use.type in writes}
        return writers <= {rate.initializer.name}
    return not op.op_def.is_stateful and op.type != "Placeholder" and not op.control_inputs


def _step(
    model: BaseModel,
    inputs: LoopInputs,
    batch: Mapping[str, Tensor],
    tables: Mapping[str, Tensor],
    draw: Tensor | None,
    remake: bool,
) -> tuple[list[Tensor], Operation]:
    """Loss and metrics of a batch, and one update on it: copies of the lesson's own nodes."""
    replaced = inputs.connect(batch, tables)
    known = {}
    if "isTrain" in model.placeholders:
        training = model.placeholders["isTrain"]
        replaced[training], known[training] = tf.constant(True), True
    nodes = list(model.all_metrics().values())
    if not draws_randomly([*nodes, model.train_op]):
        draw = None
    if not remake:
        *values, update = copy([*nodes, model.train_op], replaced, known, draw)
        return values, update
    # The gradient of a copy of the loss, whose shapes are known, takes fewer ops than a copy of
    # the gradient.
    loss, *values = copy([model.loss, *nodes], replaced, known, draw)
    with _noted_ops() as new:
        update = model.update(loss, values)
    for op in new:
        if "_class" in op.node_def.attr:  # ops that are the same but for it become one
            op._clear_attr("_class")
    return values, update


@contextlib.contextmanager
def _noted_ops() -> Iterator[list[Operation]]:
    """Give a list that holds, after the block, the operations that it added to the graph."""
    graph, new = tf.get_default_graph(), list[Operation]()
    before = len(graph.get_operations())
    yield new
    new += graph.get_operations()[before:]


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
