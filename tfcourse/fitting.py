"""The fit loop that all lessons share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfcourse import checkpoints
from tfcourse.batches import Batches, prepared
from tfcourse.callbacks import CallbackList, EpochTable, SaveBest
from tfcourse.engine import make_engine
from tfcourse.errors import UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.callbacks import AtEpochEnd
    from tfcourse.model import BaseModel
    from tfcourse.tf1 import Session


@dataclass(frozen=True)
class Place:
    """Where a training saves: folder, how many epochs it keeps, and what it does with another
    training that is there."""

    model_dir: str | Path | None = None
    keep: int = checkpoints.KEPT
    resume: bool = False
    overwrite: bool = False

    def run(self) -> checkpoints.Run | None:
        """The folder as a training's; None without one."""
        return None if self.model_dir is None else checkpoints.Run(self.model_dir, self.keep)


@dataclass(frozen=True)
class Shown:
    """Who is told of each epoch: the user's callbacks, and whether the deck's table is printed."""

    callback: AtEpochEnd | Iterable[AtEpochEnd] | None = None
    verbose: bool = True

    def watchers(self, model: BaseModel, run: checkpoints.Run | None) -> CallbackList:
        """All callbacks: saving first, so that the table can say so; then the table, so that the
        epoch's line is printed before a message about stopping; then the user's."""
        own: list[AtEpochEnd] = [] if run is None else [SaveBest(run)]
        if self.verbose:
            own.append(EpochTable(model.epoch_table))
        if self.callback is None:
            return CallbackList(own)
        given = self.callback
        return CallbackList(own + (list(given) if isinstance(given, Iterable) else [given]))


def fit(
    model: BaseModel,
    session: Session | None,
    train_fn: Callable,
    valid_fn: Callable | None,
    n_epoch: int,
    rate: float,
    engine: str,
    place: Place,
    shown: Shown,
) -> None:
    """Train a model; see ``BaseModel.fit``."""
    own = session is None
    if own and not place.resume:
        model.close()  # a new session draws the seed's initial weights again
    if session is None:
        session = model.session
    elif session.graph is not model.graph:
        raise UsageError(_("the session is of another graph: tf.Session(graph=model.graph)"))
    elif place.resume:
        model.set_weights(model.get_weights(), session)
    else:
        model.initialize(session)
    if not place.resume:
        model.hist, model.epoch, model.saved_epoch = {}, 0, None
    model.lr.load(rate, session)
    train_fn, valid_fn = prepared(train_fn, model), prepared(valid_fn, model)
    if isinstance(train_fn, Batches):
        model.attach_rows(train_fn.rows)
    model.stopped, model.running_session = "", session
    run = place.run()
    watchers = shown.watchers(model, run)
    complete = False
    try:
        last = model.epoch + n_epoch
        if run is not None and run.begin(model, place.resume, place.overwrite):
            last = n_epoch  # in all
        runner = make_engine(engine, model, session, train_fn)
        model.engine_name = runner.name
        watchers.call("on_fit_begin", model, last)
        try:
            while model.epoch < last:
                watchers.call("on_epoch_begin", model)
                train = runner.train_epoch(
                    model.epoch + 1,
                    lambda done, total: watchers.call("on_batch", model, done, total),
                )
                model.changed()
                valid = runner.evaluate(valid_fn) if valid_fn is not None else {}
                model.epoch += 1
                for prefix, values in (("tr_", train), ("vl_", valid)):
                    for name, value in values.items():
                        model.hist.setdefault(prefix + name, []).append(value)
                watchers.call("on_epoch_end", model)
            complete = True
        except StopIteration as stop:
            complete = True
            model.stopped = str(stop)
            watchers.call("on_stop", model)
        finally:
            watchers.call("on_fit_end", model)
    finally:
        model.running_session = None
        if not own:  # the session will be closed; the weights stay with the model
            model.set_weights(model.get_weights(session))
        if run is not None:
            run.end(complete)
