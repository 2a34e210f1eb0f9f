"""Callbacks: objects that ``fit`` calls with the model at the end of each epoch.

Any callable that takes the model is a callback. It raises ``StopIteration`` to stop the training, as
on the slide "Early Stopping: 懸崖勒馬!". A callback may also have the methods of ``Callback``, which
are called at other moments. Each of them is optional.
"""

from __future__ import annotations

import contextlib
import math
import time
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tfcourse.errors import DivergedError, UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    import numpy as np

    from tfcourse.checkpoints import Run
    from tfcourse.jobs import Write
    from tfcourse.model import BaseModel

LOSSES = {"tr_loss": "train loss", "vl_loss": "valid loss"}  # curves of the loss

AtEpochEnd = Callable[["BaseModel"], object]


class Callback:
    """Base class for callbacks with more than one method. Override those that are needed."""

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        """Called before the first epoch. ``n_epoch`` is the number of the last epoch."""

    def on_epoch_begin(self, model: BaseModel) -> None:
        """Called before each epoch. ``model.epoch`` is the number of epochs already trained."""

    def on_batch(self, model: BaseModel, done: int, total: int) -> None:
        """Called after one batch or several: ``done`` of the epoch's ``total`` (0 if unknown)."""

    def __call__(self, model: BaseModel) -> None:
        """Called at the end of each epoch, after ``model.hist`` and ``model.epoch`` are updated.

        Raises:
            StopIteration: to stop the training. Its message is printed.
        """

    def on_stop(self, model: BaseModel) -> None:
        """Called if a callback stopped the training. ``model.stopped`` is the message."""

    def on_fit_end(self, model: BaseModel) -> None:
        """Called at the end of the training, also after an error or Ctrl-C."""


class EarlyStopping:
    """Stop when the valid loss has not reached a new minimum for ``thres`` epochs.

    Source: deck, "Early Stopping: 懸崖勒馬!", with its rule, message and ``StopIteration``.

    Args:
        thres: epochs in a row without a new minimum of the valid loss, at least 1.

    Attributes:
        patient: epochs since the last minimum.
        min_loss: the minimum of the valid loss.

    Raises:
        UsageError: ``thres`` is not such an integer, or ``fit`` has no valid rows.
    """

    def __init__(self, thres: int = 5):
        if isinstance(thres, bool) or not isinstance(thres, int) or thres < 1:
            raise UsageError(_("thres must be an integer >= 1, not {thres!r}").format(thres=thres))
        self.thres = thres
        self.patient = 0
        self.min_loss = float("inf")

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        self.patient = 0
        self.min_loss = float("inf")
        before = _before(model, "vl_loss")  # of the epochs that the training goes on from
        for n in range(1, len(before) + 1):
            with contextlib.suppress(StopIteration):
                self(types.SimpleNamespace(hist={"vl_loss": before[:n]}))  # type: ignore[arg-type]

    def __call__(self, model: BaseModel) -> None:
        if "vl_loss" not in model.hist:
            raise UsageError(_("EarlyStopping needs the valid loss: pass valid_fn to fit"))
        last_vl_loss = model.hist["vl_loss"][-1]
        if self.min_loss > last_vl_loss:
            self.patient = 0
            self.min_loss = last_vl_loss
        else:
            self.patient += 1
        if self.patient >= self.thres:
            raise StopIteration(f"\nEarly Stopping, valid loss keep increasing for {self.patient} times ! "
                                f"lowest loss is {self.min_loss:.3f} !"
                                )  # fmt: skip


class KeepBest(Callback):
    """Restore the weights of the best epoch when the training ends.

    The best epoch is the one with the lowest value of the curve ``monitor``. The weights are kept in
    memory.

    Args:
        monitor: name of a curve in ``model.hist``; by default the lesson's ``monitor``.

    Attributes:
        lowest: the lowest value so far.
        epoch: its epoch, 0 if there is none yet.

    Raises:
        UsageError: at the end of the first epoch, if there is no such curve.
    """

    def __init__(self, monitor: str | None = None):
        self.monitor = monitor

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        self.lowest, self.epoch = float("inf"), 0
        self._weights: dict[str, np.ndarray] | None = None

    def __call__(self, model: BaseModel) -> None:
        monitor = self.monitor or model.monitor
        if monitor not in model.hist:
            raise UsageError(
                _("no curve {monitor!r} to watch; known: {known}").format(
                    monitor=monitor, known=", ".join(model.hist)
                )
            )
        value = model.hist[monitor][-1]
        if value < self.lowest:
            self.lowest, self.epoch = value, model.epoch
            self._weights = model.get_weights(model.running_session)

    def on_fit_end(self, model: BaseModel) -> None:
        if self._weights is not None:
            model.set_weights(self._weights, model.running_session)


class SaveBest(Callback):
    """Save a checkpoint after each epoch with a new minimum of the curve ``monitor``.

    Without that curve, as when ``fit`` has no valid rows or ``monitor`` is "", every epoch is saved.

    The other epochs are saved too, each until the next one is: a training that is interrupted goes
    on from the last. An epoch with NaN or infinity in it is never saved.

    Args:
        run: the folder of the training, which ``fit`` has opened.
        monitor: name of a curve in ``model.hist``; by default the lesson's ``monitor``.

    Raises:
        CheckpointError: a checkpoint cannot be written.
    """

    def __init__(self, run: Run, monitor: str | None = None):
        self.run, self.monitor = run, monitor

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        self.lowest = float("inf")
        for epoch, value in enumerate(_before(model, self.monitor or model.monitor), 1):
            if value < self.lowest:  # of the epochs before, where the training goes on
                self.lowest, model.saved_epoch = value, epoch

    def __call__(self, model: BaseModel) -> None:
        if not all(math.isfinite(curve[-1]) for curve in model.hist.values()):
            return
        monitor = self.monitor or model.monitor
        best, is_best = None, True
        if monitor in model.hist:
            value = model.hist[monitor][-1]
            is_best = value < self.lowest
            self.lowest = min(self.lowest, value)
            best = (monitor, self.lowest)
        if is_best:
            model.saved_epoch = model.epoch
        self.run.save(model, best, is_best)


class StopIfDiverged(Callback):
    """Stop when the train or valid loss is NaN or infinite.

    Args:
        folder: folder of the checkpoints, for the message.

    Raises:
        DivergedError: at the end of such an epoch. The message names the last checkpoint.
    """

    def __init__(self, folder: str | Path | None = None):
        self.folder = folder

    def __call__(self, model: BaseModel) -> None:
        lost = [name for name in LOSSES if not math.isfinite(model.hist.get(name, [0.0])[-1])]
        if not lost:
            return
        name = lost[0]
        value = "NaN" if math.isnan(model.hist[name][-1]) else _("infinite")
        good = _("no epoch of this training was saved")
        if model.saved_epoch is not None:
            good = _("the last good checkpoint is that of epoch {epoch}").format(
                epoch=model.saved_epoch
            )
            if self.folder is not None:
                good += _(" in {folder}").format(folder=self.folder)
        raise DivergedError(
            _(
                "the {loss} became {value} in epoch {epoch}; {good}; a lower learning rate may help"
            ).format(loss=_(LOSSES[name]), value=value, epoch=model.epoch, good=good)
        )


class TimeLimit(Callback):
    """Stop after the first epoch that ends ``seconds`` or more after the start of the training.

    Raises:
        UsageError: ``seconds`` is not above 0.
    """

    def __init__(self, seconds: float):
        if not seconds > 0:
            raise UsageError(
                _("a time limit must be above 0 seconds, not {seconds!r}").format(seconds=seconds)
            )
        self.seconds = seconds

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        self._begin = time.monotonic()

    def __call__(self, model: BaseModel) -> None:
        spent = time.monotonic() - self._begin
        if spent >= self.seconds:
            raise StopIteration(
                _("Time limit of {seconds:g} s reached after {spent:.1f} s, {epoch} epochs").format(
                    seconds=self.seconds, spent=spent, epoch=model.epoch
                )
            )


class EpochTimes(Callback):
    """Measure the time of each epoch, evaluation included.

    Attributes:
        seconds: one value per epoch, in seconds.
    """

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, model: BaseModel) -> None:
        self._begin = time.perf_counter()

    def __call__(self, model: BaseModel) -> None:
        self.seconds.append(time.perf_counter() - self._begin)


class EpochTable(Callback):
    """Print the deck's epoch table, one line at the end of each epoch.

    Args:
        columns: (title, curve) pairs. Curves that are not measured are left out. Without pairs the
            lines have the form of the DNN tutorial, as "30/30. train loss: 0.133, ...".
        write: called with each line; by default it is printed.
    """

    def __init__(self, columns: Iterable[tuple[str, str]] = (), write: Write | None = None):
        self.columns = tuple(columns)
        self.write = write or (lambda line: print(line, flush=True))

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        self.n_epoch = n_epoch
        self._shown = False

    def on_epoch_begin(self, model: BaseModel) -> None:
        self._begin = time.perf_counter()

    def __call__(self, model: BaseModel) -> None:
        if self.columns:
            self._table_line(model)
        else:
            self._tutorial_line(model)

    def _table_line(self, model: BaseModel) -> None:
        columns = [(title, name) for title, name in self.columns if name in model.hist]
        if not self._shown:
            titles = "".join(f"  {title:>15}" for title, _ in columns)
            self.write(f"Epoch{titles}  Elapsed Time")
            self._shown = True
        values = "".join(f"  {model.hist[name][-1]:>15.3f}" for _, name in columns)
        saving = ", saving ..." if model.saved_epoch == model.epoch else ""
        elapsed = time.perf_counter() - self._begin
        self.write(f"{model.epoch:02d}   {values}  {elapsed:.3f} secs{saving}")

    def _tutorial_line(self, model: BaseModel) -> None:
        words = {"tr_loss": "train loss", "vl_loss": "valid loss"}
        words |= {"tr_acc": "train acc", "vl_acc": "valid acc"}
        shown = [f"{words[n]}: {model.hist[n][-1]:.3f}" for n in words if n in model.hist]
        self.write(f"{model.epoch}/{self.n_epoch}. {', '.join(shown)}")

    def on_stop(self, model: BaseModel) -> None:
        self.write(model.stopped)


class CallbackList:
    """Several callbacks, called in order.

    Raises:
        UsageError: one of them cannot be called.
    """

    def __init__(self, callbacks: Iterable[AtEpochEnd]):
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            if not callable(callback):
                raise UsageError(
                    _(
                        "a callback must be a callable that takes the model, not {callback!r}"
                    ).format(callback=callback)
                )

    def call(self, hook: str, model: BaseModel, *args: object) -> None:
        """Call the method ``hook`` of all callbacks that have it; "on_epoch_end" calls them.

        Raises:
            StopIteration: the first one that a callback raised at the end of an epoch. The other
                callbacks are still called.
        """
        stop = None
        for callback in self.callbacks:
            if hook == "on_epoch_end":
                try:
                    callback(model)
                except StopIteration as raised:
                    stop = stop or raised
            elif hasattr(callback, hook):
                getattr(callback, hook)(model, *args)
        if stop is not None:
            raise stop


def _before(model: BaseModel, name: str) -> list[float]:
    """A curve as it is when a training begins: empty, or of the epochs that it goes on from."""
    return model.hist.get(name, [])
