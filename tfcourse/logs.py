"""Callbacks that show or record the training while it runs: a CSV file, TensorBoard, a bar."""

from __future__ import annotations

import csv
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcourse import writing
from tfcourse.callbacks import Callback
from tfcourse.errors import CourseError, reason

if TYPE_CHECKING:
    from tqdm import tqdm

    from tfcourse.model import BaseModel


class CSVLog(Callback):
    """Write a CSV file with one row per epoch: its number and the value of each curve.

    The file is replaced when an epoch ends, so it is whole at any time.

    Args:
        path: file to write. Missing folders are created.

    Raises:
        CourseError: the file cannot be written.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        writing.check(self.path)
        # Of the epochs before, where the training goes on.
        self._rows: list[dict[str, float]] = []
        for i in range(max(map(len, model.hist.values()), default=0)):
            row = {name: curve[i] for name, curve in model.hist.items() if i < len(curve)}
            self._rows.append({"epoch": i + 1, **row})
        self._lengths = {name: len(curve) for name, curve in model.hist.items()}

    def __call__(self, model: BaseModel) -> None:
        lengths = {name: len(curve) for name, curve in model.hist.items()}
        new = [name for name in lengths if lengths[name] > self._lengths.get(name, 0)]
        self._rows.append({"epoch": model.epoch, **{name: model.hist[name][-1] for name in new}})
        self._lengths = lengths
        with (
            writing.whole(self.path) as partial,
            open(partial, "w", newline="", encoding="utf-8") as file,
        ):
            rows = csv.DictWriter(file, ["epoch", *model.hist])
            rows.writeheader()
            rows.writerows(self._rows)


class TensorBoard(Callback):
    """Write the graph and the curves for TensorBoard: ``tensorboard --logdir FOLDER``.

    TensorFlow's own ``FileWriter`` drops what it cannot write, without an error. So the events are
    written here, as records of the same file format.

    Raises:
        CourseError: the folder cannot be written to.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._writer: Any = None

    def on_fit_begin(self, model: BaseModel, n_epoch: int) -> None:
        from tfcourse.tf1 import tf

        seconds, rest = divmod(time.time_ns(), 10**9)
        name = f"events.out.tfevents.{seconds:010d}.{socket.gethostname()}.{rest}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.python_io.TFRecordWriter(str(self.folder / name))
        except (OSError, tf.errors.OpError) as error:
            raise self._failed(error) from None
        graph = model.graph.as_graph_def(add_shapes=True)
        self._write(file_version="brain.Event:2")
        self._write(graph_def=graph.SerializeToString())

    def __call__(self, model: BaseModel) -> None:
        from tfcourse.tf1 import tf

        summary = tf.Summary()
        for name, values in model.hist.items():
            summary.value.add(tag=name, simple_value=values[-1])
        self._write(summary=summary, step=model.epoch)

    def on_fit_end(self, model: BaseModel) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, **fields: Any) -> None:
        from tfcourse.tf1 import tf

        try:
            self._writer.write(tf.Event(wall_time=time.time(), **fields).SerializeToString())
            self._writer.flush()
        except tf.errors.OpError as error:
            self._writer = None  # what is left in its buffer cannot be written either
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> CourseError:
        return CourseError(f"{self.folder}: cannot be written: {reason(error)}")


class Progress(Callback):
    """Show a tqdm bar for the batches of each epoch, on standard error.

    The training goes on without the bar if the terminal is gone.
    """

    _bar: tqdm | None = None
    _gone = False

    def on_batch(self, model: BaseModel, done: int, total: int) -> None:
        if self._gone:
            return
        try:
            if self._bar is None:
                from tqdm import tqdm

                self._bar = tqdm(
                    total=total or None, desc=f"epoch {model.epoch + 1}", leave=False, unit="batch"
                )
            self._bar.update(done - self._bar.n)
        except OSError:
            self._gone = True

    def __call__(self, model: BaseModel) -> None:
        self.on_fit_end(model)

    def on_fit_end(self, model: BaseModel) -> None:
        if self._bar is not None:
            bar, self._bar = self._bar, None
            try:
                bar.close()
            except OSError:
                self._gone = True
