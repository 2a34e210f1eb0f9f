"""One measurement, in a process of its own: ``python -m benchmarks.child '{"task": "train", ...}'``
prints its result as JSON."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.models import MODULES


def peak_mb() -> float:
    """Peak memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def data(data_dir: str) -> dict[str, Any]:
    """Write the embedded data if they are needed, and say what is there."""
    from tfcourse.datasets import movielens, pokemon

    loaded = movielens.load(data_dir)
    train, test = loaded.split
    return {
        "folder": str(loaded.path),
        "rows": len(loaded),
        "train": len(train),
        "test": len(test),
        "users": loaded.n_users,
        "movies": len(loaded.movies),
        "source": loaded.source,
        "pokemon": pokemon.load(data_dir).source,
    }


def weights(model: str, folder: str, path: str) -> dict[str, Any]:
    """Write the lesson's initial weights."""
    import numpy as np

    from benchmarks.ways import tfcourse_way

    np.savez(path, **tfcourse_way.initial_weights(model, Path(folder)))
    return {}


def prepare(way: str, model: str, folder: str) -> dict[str, Any]:
    """Time of preparing data and queries."""
    module = _way(way)
    before = peak_mb()
    begin = time.perf_counter()
    kept = module.prepare(model, Path(folder))
    seconds = time.perf_counter() - begin
    del kept
    return {"prepare": seconds, "peak_mb": peak_mb(), "start_mb": before}


def train(way: str, model: str, folder: str, weights: str, epochs: int) -> dict[str, Any]:
    """Times and losses of some epochs, the first of which is a warm-up."""
    module = _way(way)
    begin = time.perf_counter()
    prepared = module.prepare(model, Path(folder))
    spent = time.perf_counter() - begin
    more = {"way": way} if MODULES[way] in ("tfcourse_way", "keras_way", "torch_way") else {}
    seconds, losses = module.train(model, prepared, Path(weights), epochs, **more)
    return {"prepare": spent, "seconds": seconds, "losses": losses, "peak_mb": peak_mb()}


def _way(name: str) -> Any:
    module = importlib.import_module(f"benchmarks.ways.{MODULES[name]}")
    importlib.import_module("tfcourse.datasets.movielens")  # importing is not preparing
    return module


def idle() -> dict[str, Any]:
    """Peak memory of a process that imports TensorFlow and does no more."""
    from tfcourse import tf1

    assert tf1.tf
    return {"peak_mb": peak_mb()}


def generate(rows: int, path: str, movies: int | None = None) -> dict[str, Any]:
    from benchmarks import generated

    return generated.write(rows, Path(path), movies)


def scale(model: str, path: str, limit: float) -> dict[str, Any]:
    from benchmarks import generated

    return generated.measure(model, Path(path), limit)


def pred(model: str, folder: str, n_users: int) -> dict[str, Any]:
    from benchmarks import pred

    return pred.measure(model, Path(folder), n_users)


def start(command: list[str]) -> dict[str, Any]:
    """Whether a command of tfcourse imports TensorFlow."""
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
