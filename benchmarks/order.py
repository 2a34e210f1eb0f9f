"""Rows alone or a user's rows together: seconds of an epoch and the lowest valid RMSE, in one run.

    python -m benchmarks.order                          # MovieLens in data/, five seeds, ten epochs
    python -m benchmarks.order --generated 10000000 --seeds 1 --epochs 5

The lesson is MF with history under the protocol clean. Trainings with the two orders alternate.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.memory import peak_mb

if TYPE_CHECKING:
    from tfcourse.datasets.movielens_protocols import PreparedMovieLens
    from tfcourse.model import BaseModel

ORDERS = ("rows", "users")


class Times:
    """Callback: the seconds of each epoch's training, evaluation left out."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, model: BaseModel) -> None:
        self.begin = self.end = time.perf_counter()

    def on_batch(self, model: BaseModel, done: int, total: int) -> None:
        self.end = time.perf_counter()

    def __call__(self, model: BaseModel) -> None:
        self.seconds.append(self.end - self.begin)


def prepared(generated_rows: int | None, data_dir: str) -> PreparedMovieLens:
    """The data: generated ratings, or MovieLens of a folder."""
    if generated_rows is None:
        from tfcourse.datasets import movielens

        return movielens.load(data_dir).prepare("clean")
    from benchmarks import generated

    with tempfile.TemporaryDirectory() as folder:
        generated.write(generated_rows, Path(folder))
        return generated.load(Path(folder)).prepare("clean")


def train(data: PreparedMovieLens, order: str, seed: int, epochs: int) -> tuple[list[float], float]:
    """Seconds of the epochs after the first, which builds the loop, and the lowest valid RMSE."""
    from graphs.mf_with_history import MFWithHistory
    from tfcourse import training

    times = Times()
    model = training.train(
        MFWithHistory,
        data,
        epochs=epochs,
        engine="graph",
        callbacks=[times],
        seed=seed,
        order=order,
    )
    lowest = min(model.hist["vl_rmse"])
    model.close()
    return times.seconds[1:] or times.seconds, lowest


def main(args: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--generated", type=int, metavar="ROWS", help="generate so many ratings")
    parser.add_argument("--data-dir", default="data", help="folder of MovieLens (default: data)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    given = parser.parse_args(args)

    data = prepared(given.generated, given.data_dir)
    seconds: dict[str, list[float]] = {order: [] for order in ORDERS}
    lowest: dict[str, list[float]] = {order: [] for order in ORDERS}
    for seed in range(1, given.seeds + 1):
        for order in ORDERS:
            spent, best = train(data, order, seed, given.epochs)
            seconds[order] += spent
            lowest[order].append(best)
            print(f"seed {seed}, {order}: {best:.4f}", file=sys.stderr, flush=True)
    print(f"{len(data.train):,} train rows, {given.epochs} epochs, {given.seeds} seeds\n")
    print("| order | epoch, s | rows / this | lowest valid RMSE, mean (deviation) |")
    print("| --- | --- | --- | --- |")
    base = statistics.median(seconds["rows"])
    for order in ORDERS:
        median, found = statistics.median(seconds[order]), lowest[order]
        spread = f" ({statistics.stdev(found):.4f})" if len(found) > 1 else ""
        print(
            f"| {order} | {median:.3f} | {base / median:.2f} | {statistics.mean(found):.4f}{spread} |"
        )
    print(f"\nPeak memory of the whole run: {peak_mb():,.0f} MB")


if __name__ == "__main__":
    main()
