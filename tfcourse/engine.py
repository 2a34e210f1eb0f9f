"""The engines behind ``fit``: how an epoch's batches reach the graph.

``feed`` is the slide's visible loop: each batch is fed to ``session.run``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from tfcourse.batches import Batches
from tfcourse.errors import DataError, UsageError
from tfcourse.tf1 import PlaceholderSource, placeholders_from, tf

ENGINES = ("auto", "graph", "feed")


def rebuild(model: Any, source: PlaceholderSource) -> Any:
    """A lesson's nodes once more, on the same variables, with its placeholders taken from
    ``source``: the hooks run a second time, in the default graph where it stands now.

    Returns:
        a shallow copy of the model whose nodes are the new ones.
    """
    twin = copy.copy(model)
    waiting: dict[str, list[Any]] = {}
    for name, variable in model.made:
        waiting.setdefault(name, []).append(variable)

    def first_build(next_creator: Callable, **kwargs: Any) -> Any:
        return waiting[kwargs.get("name") or ""].pop(0)

    with (
        placeholders_from(source),
        tf.variable_creator_scope(first_build),
        # tf.layers finds its variables by their full names, which it keeps under this scope.
        tf.variable_scope(tf.get_variable_scope(), reuse=True),
    ):
        twin.build_forward()
    return twin


class Means:
    """Means over rows of what batches report; roots of mean squares are averaged as squares."""

    def __init__(self, names: list[str], root_mean_square: tuple[str, ...]):
        self.names = names
        self._square = np.array([name in root_mean_square for name in names])
        self._sum, self._rows = np.zeros(len(names)), 0

    def add(self, values: Any, rows: int) -> None:
        values = np.asarray(values, np.float64)
        self._sum += rows * np.where(self._square, values * values, values)
        self._rows += rows

    def result(self) -> dict[str, float]:
        if not self._rows:
            raise DataError("no batches: the data function gave nothing")
        mean = self._sum / self._rows
        mean = np.where(self._square, np.sqrt(mean), mean)
        return {name: float(value) for name, value in zip(self.names, mean, strict=True)}


class FeedEngine:
    """Batch by batch through ``session.run``, with the feeds and fetches prepared once."""

    name = "feed"

    def __init__(self, model: Any, session: Any, train_fn: Callable):
        self.model, self.session, self.train_fn = model, session, train_fn
        self.placeholders = model.placeholders
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
        means = self._means()
        for batch in self._batches(batches, 1):
            means.add(self._evaluate(*self._feeds(batch, training=False)), _n_rows(batch))
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


def make_engine(name: str, model: Any, session: Any, train_fn: Callable) -> Any:
    """The engine of that name for this model, session and data."""
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    return FeedEngine(model, session, train_fn)
