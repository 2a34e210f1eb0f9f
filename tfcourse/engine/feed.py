"""The engine "feed": the slide's loop, batch by batch through ``session.run``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse.batches import Batches
from tfcourse.engine.copies import copy, draws_randomly
from tfcourse.engine.inputs import LoopRows, NotPossible
from tfcourse.errors import DataError, UsageError
from tfcourse.lang import _
from tfcourse.tf1 import Operation, Tensor, tf

if TYPE_CHECKING:
    from tfcourse.model import BaseModel
    from tfcourse.tf1 import Session


class Means:
    """Means over rows of what batches report. Roots of mean squares are averaged as squares."""

    def __init__(self, names: Sequence[str], root_mean_square: Sequence[str]):
        self.names = names
        self._square = np.array([name in root_mean_square for name in names])
        self._sum, self._rows = np.zeros(len(names)), 0

    def add(self, values: Any, rows: int) -> None:
        """Add the values of one batch of that many rows."""
        values = np.asarray(values, np.float64)
        self.add_sums(rows * np.where(self._square, values * values, values), rows)

    def add_sums(self, sums: Any, rows: int) -> None:
        """Add values, or their squares, that are already summed over rows."""
        self._sum = self._sum + sums
        self._rows += rows

    def result(self) -> dict[str, float]:
        """The means by name.

        Raises:
            DataError: nothing was added.
        """
        if not self._rows:
            raise DataError(_("no batches: the data function gave nothing"))
        mean = self._sum / self._rows
        mean[self._square] = np.sqrt(mean[self._square])
        return {name: float(value) for name, value in zip(self.names, mean, strict=True)}


class FeedEngine:
    """Batch by batch through ``session.run``, with the feeds and fetches prepared once."""

    name = "feed"

    def __init__(self, model: BaseModel, session: Session, train_fn: Callable):
        self.model, self.session, self.train_fn = model, session, train_fn
        self.placeholders = model.placeholders
        self.nodes = model.all_metrics()
        feeds = list(self.placeholders.values())
        with model.graph.as_default():
            nodes = list(self.nodes.values())
            *values, update, draw = _trained(model, nodes)
            self._train = session.make_callable([values, update], [*feeds, draw])
            self._evaluate = session.make_callable(nodes, feeds)

    def train_epoch(self, epoch: int, progress: Callable[[int, int], None]) -> dict[str, float]:
        """One update for each batch; the means of loss and metrics before the updates."""
        means, total = self._means(), _n_batches(self.train_fn)
        for done, batch in enumerate(self._batches(self.train_fn, epoch), 1):
            feeds = self._feeds(batch, training=True)
            values, _done = self._train(*feeds, draw_of(epoch, done - 1))
            means.add(values, _n_rows(batch))
            progress(done, total)
        return means.result()

    def evaluate(self, batches: Callable) -> dict[str, float]:
        """The means of loss and metrics over all rows, without an update."""
        means = self._means()
        if isinstance(batches, Batches) and isinstance(batches.rows, LoopRows):
            feeds = batches.rows.evaluation(self.model, self.session)
            nodes, order = list(self.nodes.values()), batches.order()
            for begin in range(0, len(order), batches.n_batch):
                rows = order[begin : begin + batches.n_batch]
                means.add(self.session.run(nodes, feeds(rows)), len(rows))
            return means.result()
        for batch in self._batches(batches, 1):
            means.add(self._evaluate(*self._feeds(batch, training=False)), _n_rows(batch))
        return means.result()

    def _means(self) -> Means:
        return Means(list(self.nodes), self.model.root_mean_square)

    def _batches(self, fn: Callable, epoch: int) -> Iterator[Mapping[str, np.ndarray]]:
        if isinstance(fn, Batches):
            return fn(epoch, self.model.seed, list(self.placeholders))
        return fn()

    def _feeds(self, batch: Mapping[str, Any], training: bool) -> list[Any]:
        feeds = []
        for name in self.placeholders:
            if name == "isTrain":
                feeds.append(training)
            elif name in batch:
                feeds.append(batch[name])
            else:
                raise UsageError(
                    _("no column {name!r} among {batch}").format(name=name, batch=", ".join(batch))
                )
        return feeds


def draw_of(epoch: int, batch: int) -> int:
    """The number of a random draw: that of a batch (from 0) in an epoch (from 1)."""
    return (epoch << 32) + batch


def _trained(model: BaseModel, nodes: list[Tensor]) -> list[Tensor | Operation]:
    """Loss and metrics, the update, and the placeholder of the draw's number.

    They are the lesson's own nodes, or a copy of them where random ops are to draw by number.
    """
    key = "drawn by number"
    if key not in model.beside:
        draw = tf.placeholder(tf.int64, [])
        targets: list[Tensor | Operation] = [*nodes, model.train_op]
        if draws_randomly(targets):
            replaced = {placeholder: placeholder for placeholder in model.placeholders.values()}
            known = {model.placeholders[n]: True for n in ("isTrain",) if n in model.placeholders}
            # What cannot be copied draws as TensorFlow counts.
            with contextlib.suppress(NotPossible):
                targets = copy(targets, replaced, known, draw)
        model.beside[key] = [*targets, draw]
    return model.beside[key]


def _n_rows(batch: Mapping[str, Any]) -> int:
    return len(next(iter(batch.values())))


def _n_batches(fn: Callable) -> int:
    return len(fn) if isinstance(fn, Batches) else 0
