"""One measurement in a process of its own.

``python -m benchmarks.child '{"task": "train", ...}'`` prints the result as JSON. A task is a function
of this module, and the other fields are its arguments.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import cast

from benchmarks.memory import peak_mb
from benchmarks.models import MODULES, Result, pokemon_data
from benchmarks.ways import Way


def data(data_dir: str) -> Result:
    """Write the embedded MovieLens if there are no other files, and describe the data."""
    from tfcourse.datasets import movielens

    loaded = movielens.load(data_dir)
    train, test = loaded.split()
    return {
        "folder": str(loaded.path),
        "rows": len(loaded),
        "train": len(train),
        "test": len(test),
        "users": loaded.n_users,
        "movies": len(loaded.movies),
        "source": loaded.source,
        "pokemon": pokemon_data(data_dir).source,
    }


def weights(model: str, folder: str, path: str) -> Result:
    """Write the initial weights of a lesson to a file."""
    import numpy as np

    from benchmarks.ways import tfcourse_way

    np.savez(path, **tfcourse_way.initial_weights(model, Path(folder)))  # type: ignore[arg-type]
    return {}


def prepare(way: str, model: str, folder: str) -> Result:
    """Measure the time in seconds and the memory in MB that preparing data and queries takes."""
    module = _import(way)
    before = peak_mb()
    begin = time.perf_counter()
    kept = module.prepare(model, Path(folder))
    seconds = time.perf_counter() - begin
    del kept
    return {"prepare": seconds, "peak_mb": peak_mb(), "start_mb": before}


def train(way: str, model: str, folder: str, weights: str, epochs: int) -> Result:
    """Measure the time in seconds and the loss of each epoch. The first one is a warm-up."""
    module = _import(way)
    begin = time.perf_counter()
    prepared = module.prepare(model, Path(folder))
    spent = time.perf_counter() - begin
    seconds, losses = module.train(model, prepared, Path(weights), epochs, way)
    return {"prepare": spent, "seconds": seconds, "losses": losses, "peak_mb": peak_mb()}


def _import(way: str) -> Way:
    # Import it here, so that the time of preparing does not include the import.
    importlib.import_module("tfcourse.datasets.movielens")
    return cast(Way, importlib.import_module(f"benchmarks.ways.{MODULES[way]}"))


def idle() -> Result:
    """Measure the peak memory of a process that only imports TensorFlow."""
    importlib.import_module("tfcourse.tf1")
    return {"peak_mb": peak_mb()}


def generate(rows: int, path: str, movies: int | None = None) -> Result:
    """Write generated ratings; see ``generated.write``."""
    from benchmarks import generated

    return generated.write(rows, Path(path), movies)


def scale(model: str, path: str, limit: float) -> Result:
    """Measure an epoch on generated ratings; see ``generated.measure``."""
    from benchmarks import generated

    return generated.measure(model, Path(path), limit)


def pred(model: str, folder: str, n_users: int) -> Result:
    """Measure the time of scores; see ``pred.measure``."""
    from benchmarks import pred

    return pred.measure(model, Path(folder), n_users)


def start(command: list[str]) -> Result:
    """Find out whether a command of tfcourse imports TensorFlow."""
    from tfcourse.cli import main

    out, sys.stdout = sys.stdout, open(os.devnull, "w")
    try:
        main(command)
    except SystemExit:
        pass
    finally:
        sys.stdout = out
    return {"tensorflow": "tensorflow" in sys.modules}


TASKS = {f.__name__: f for f in (data, weights, prepare, train, idle, generate, scale, pred, start)}

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(TASKS[given.pop("task")](**given)))
