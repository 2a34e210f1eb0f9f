"""Callbacks: anything that is called with the model at an epoch's end.

``EarlyStopping`` is the deck's. The others add hooks, each optional:

    on_fit_begin(model, n_epoch), on_epoch_begin(model), on_batch(model, done, total),
    on_epoch_end(model) (by default the call itself), on_stop(model), on_fit_end(model)
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tfcourse.errors import CourseError, UsageError


class Callback:
    """A callback with hooks; override those that are needed."""

    def on_fit_begin(self, model: Any, n_epoch: int) -> None: ...

    def on_epoch_begin(self, model: Any) -> None: ...

    def on_batch(self, model: Any, done: int, total: int) -> None: ...

    def __call__(self, model: Any) -> None:
        """At an epoch's end."""

    def on_stop(self, model: Any) -> None: ...

    def on_fit_end(self, model: Any) -> None: ...


class EarlyStopping:
    """Stop when the valid loss has not fallen for ``thres`` epochs (deck, "Early Stopping:
    懸崖勒馬!"): the slide's rule, message and StopIteration.

    Args:
        thres: epochs without a new lowest valid loss.
    """

    def __init__(self, thres: int = 5):
        if isinstance(thres, bool) or not isinstance(thres, int) or thres < 1:
            raise UsageError(f"thres is a whole number >= 1, not {thres!r}")
        self.thres = thres
        self.on_fit_begin(None, 0)

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self.patient = 0
        self.min_loss = float("inf")

    def __call__(self, model: Any) -> None:
        if "vl_loss" not in model.hist:
            raise UsageError("EarlyStopping watches the valid loss: give fit a valid_fn")
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
    """After training, put back the weights of the epoch with the lowest ``monitor``."""

    def __init__(self, monitor: str | None = None):
        self.monitor = monitor

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self.lowest, self.epoch, self._weights = float("inf"), 0, None

    def __call__(self, model: Any) -> None:
        value = _last(model, self.monitor or model.monitor)
        if value < self.lowest:
            self.lowest, self.epoch = value, model.epoch
            self._weights = model.get_weights(model.running_session)

    def on_fit_end(self, model: Any) -> None:
        if self._weights is not None:
            model.set_weights(self._weights, model.running_session)


class SaveBest(Callback):
    """Save ``model-<epoch>`` after an epoch whose ``monitor`` is the lowest so far; the last five
    are kept (the deck's rule). Without validation every epoch is saved.

    Args:
        monitor: the curve that is watched; by default the lesson's.
        keep: how many of the epochs saved are kept.
        replace: the first save removes what another training left in the folder. Until then that
            stays, so that a training that comes to nothing loses nothing.
    """

    def __init__(
        self,
        folder: str | Path,
        monitor: str | None = None,
        keep: int = 5,
        replace: bool = False,
    ):
        self.folder, self.monitor, self.keep = Path(folder), monitor, keep
        self.replace = replace

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self.lowest = float("inf")
        self._clear = self.replace

    def __call__(self, model: Any) -> None:
        from tfcourse import checkpoints

        monitor = self.monitor or model.monitor
        if monitor in model.hist:
            if not model.hist[monitor][-1] < self.lowest:
                return
            self.lowest = model.hist[monitor][-1]
        if self._clear:
            checkpoints.clear(self.folder)
            self._clear = False
        best = (monitor, self.lowest) if monitor in model.hist else None
        checkpoints.save(model, self.folder, model.epoch, best, self.keep)
        model.saved_epoch = model.epoch


class CSVLog(Callback):
    """A row per epoch in a CSV file, written as it happens."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "w", newline="", encoding="utf-8")
        self._writer: Any = None

    def __call__(self, model: Any) -> None:
        row = {"epoch": model.epoch, **{name: values[-1] for name, values in model.hist.items()}}
        if self._writer is None:
            self._writer = csv.DictWriter(self._file, list(row))
            self._writer.writeheader()
        self._writer.writerow(row)
        self._file.flush()

    def on_fit_end(self, model: Any) -> None:
        self._file.close()


class TensorBoard(Callback):
    """The graph, and each curve as a scalar, for TensorBoard: ``tensorboard --logdir FOLDER``."""

    def __init__(self, folder: str | Path):
        self.folder = str(folder)

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        from tfcourse.tf1 import tf

        self._tf = tf
        try:
            with model.graph.as_default():  # a FileWriter belongs to a graph, never to eager mode
                self._writer = tf.summary.FileWriter(self.folder, model.graph)
        except tf.errors.OpError as error:
            raise CourseError(f"{self.folder}: cannot be written: {error.message}") from None

    def __call__(self, model: Any) -> None:
        summary = self._tf.Summary()
        for name, values in model.hist.items():
            summary.value.add(tag=name, simple_value=values[-1])
        self._writer.add_summary(summary, model.epoch)

    def on_fit_end(self, model: Any) -> None:
        self._writer.close()


class TimeLimit(Callback):
    """Stop after the first epoch that ends ``seconds`` or more after the start."""

    def __init__(self, seconds: float):
        if not seconds > 0:
            raise UsageError(f"a time limit is above 0 seconds, not {seconds!r}")
        self.seconds = seconds

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self._begin = time.monotonic()

    def __call__(self, model: Any) -> None:
        spent = time.monotonic() - self._begin
        if spent >= self.seconds:
            raise StopIteration(
                f"Time limit of {self.seconds:g} s reached after {spent:.1f} s, {model.epoch} epochs"
            )


class Progress(Callback):
    """A tqdm bar over the batches of each epoch, on standard error."""

    def on_epoch_begin(self, model: Any) -> None:
        self._bar: Any = None

    def on_batch(self, model: Any, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total or None, desc=f"epoch {model.epoch + 1}", leave=False, unit="batch"
            )
        self._bar.update(done - self._bar.n)

    def __call__(self, model: Any) -> None:
        self.on_fit_end(model)

    def on_fit_end(self, model: Any) -> None:
        if getattr(self, "_bar", None) is not None:
            self._bar.close()
            self._bar = None


class EpochTimes(Callback):
    """Seconds that each epoch took, its evaluation included: ``seconds``."""

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, model: Any) -> None:
        self._begin = time.perf_counter()

    def __call__(self, model: Any) -> None:
        self.seconds.append(time.perf_counter() - self._begin)


class EpochTable(Callback):
    """The deck's epoch table, a line as each epoch ends.

    Args:
        columns: (title, curve) pairs; none gives the DNN tutorial's form, "30/30. train loss: ...".
        write: prints a line.
    """

    def __init__(
        self, columns: Iterable[tuple[str, str]] = (), write: Callable[[str], Any] | None = None
    ):
        self.columns = tuple(columns)
        self.write = write or (lambda line: print(line, flush=True))

    def on_fit_begin(self, model: Any, n_epoch: int) -> None:
        self.n_epoch = n_epoch
        self._shown = False

    def on_epoch_begin(self, model: Any) -> None:
        self._begin = time.perf_counter()

    def __call__(self, model: Any) -> None:
        if self.columns:
            self._table_line(model)
        else:
            self._tutorial_line(model)

    def _table_line(self, model: Any) -> None:
        columns = [(title, name) for title, name in self.columns if name in model.hist]
        if not self._shown:
            titles = "".join(f"  {title:>15}" for title, _ in columns)
            self.write(f"Epoch{titles}  Elapsed Time")
            self._shown = True
        values = "".join(f"  {model.hist[name][-1]:>15.3f}" for _, name in columns)
        saving = ", saving ..." if model.saved_epoch == model.epoch else ""
        elapsed = time.perf_counter() - self._begin
        self.write(f"{model.epoch:02d}   {values}  {elapsed:.3f} secs{saving}")

    def _tutorial_line(self, model: Any) -> None:
        words = {"tr_loss": "train loss", "vl_loss": "valid loss"}
        words |= {"tr_acc": "train acc", "vl_acc": "valid acc"}
        shown = [f"{words[n]}: {model.hist[n][-1]:.3f}" for n in words if n in model.hist]
        self.write(f"{model.epoch}/{self.n_epoch}. {', '.join(shown)}")

    def on_stop(self, model: Any) -> None:
        self.write(model.stopped)


class CallbackList:
    """Several callbacks as one."""

    def __init__(self, callbacks: Iterable[Callable]):
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            if not callable(callback):
                raise UsageError(f"a callback is called with the model; {callback!r} cannot be")

    def call(self, hook: str, *args: Any) -> None:
        stop = None
        for callback in self.callbacks:
            if hook == "on_epoch_end":
                try:
                    callback(*args)
                except StopIteration as raised:  # the others see the last epoch too
                    stop = stop or raised
            elif hasattr(callback, hook):
                getattr(callback, hook)(*args)
        if stop is not None:
            raise stop


def for_fit(
    callback: Callable | Iterable[Callable] | None,
    epoch_table: tuple[tuple[str, str], ...],
    model_dir: str | Path | None,
    verbose: bool,
) -> list[Callable]:
    """fit's own callbacks and the user's: saving first, so that the table can say so; then the
    table, so that the epoch's line stands before a message about stopping."""
    own: list[Callable] = []
    if model_dir is not None:
        own.append(SaveBest(model_dir))
    if verbose:
        own.append(EpochTable(epoch_table))
    if callback is None:
        return own
    return own + (list(callback) if isinstance(callback, Iterable) else [callback])


def _last(model: Any, name: str) -> float:
    if name not in model.hist:
        raise UsageError(f"no curve {name!r} to watch; there are {', '.join(model.hist)}")
    return model.hist[name][-1]
