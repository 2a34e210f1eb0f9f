"""What saving and checking cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import graphs
from tfcourse import checkpoints, training
from tfcourse.callbacks import EpochTimes
from tfcourse.checkpoints import reading

EPOCHS = 5
LIMIT_OF_SAVING = 0.05  # of an epoch
LIMIT_OF_CHECKS = 0.05  # seconds


@dataclass(frozen=True)
class Cost:
    """Seconds, medians: of an epoch without saving, of a save, of the checks at load."""

    epoch: float
    save: float
    checks: float

    def lines(self) -> str:
        share = self.save / self.epoch
        return (
            f"* An epoch of mf-with-dnn, engine feed, takes {self.epoch:.2f} s, a save of it "
            f"{1000 * self.save:.0f} ms: {100 * share:.1f}% (limit {100 * LIMIT_OF_SAVING:.0f}%).\n"
            f"* The checks at load (JSON and SHA-256 of all files) take {1000 * self.checks:.1f} ms "
            f"(limit {1000 * LIMIT_OF_CHECKS:.0f} ms)."
        )

    @property
    def is_fine(self) -> bool:
        return self.save <= LIMIT_OF_SAVING * self.epoch and self.checks <= LIMIT_OF_CHECKS


def measure(data_dir: Path, work: Path) -> Cost:
    """Train mf-with-dnn with the engine feed on the default data, and measure."""
    cls = graphs.find("mf-with-dnn").load()
    data = training.prepare(cls, data_dir)
    times, saves, real = EpochTimes(), list[float](), checkpoints.Run.save

    def timed(run: checkpoints.Run, *args: Any) -> None:
        begin = time.perf_counter()
        real(run, *args)
        saves.append(time.perf_counter() - begin)

    with mock.patch.object(checkpoints.Run, "save", timed):
        model = training.train(
            cls, data, epochs=EPOCHS, engine="feed", model_dir=work / "m", callbacks=[times]
        )
    model.close()
    checked = []
    for _ in range(9):
        begin = time.perf_counter()
        prefix, described = reading.find(work / "m")
        reading.check_digests(prefix, described)
        checked.append(time.perf_counter() - begin)
    epochs = [epoch - save for epoch, save in zip(times.seconds, saves, strict=True)]
    return Cost(median(epochs), median(saves), median(checked))
