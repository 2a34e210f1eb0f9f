"""Callbacks that show or record the training while it runs: a CSV file, TensorBoard, a bar."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from tfcourse import writing
from tfcourse.callbacks import Callback
from tfcourse.tensorboard import TensorBoard

if TYPE_CHECKING:
    from tqdm import tqdm

    from tfcourse.model import BaseModel

__all__ = ["CSVLog", "Progress", "TensorBoard"]


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
