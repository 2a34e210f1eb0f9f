"""The slide's claim that "pred節點純粹是為了執行效能而已": scores of users for all movies through
``pred``, one query against all movies, and through ``infer``, pair by pair."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ways import tfcourse_way

PAIRS = 1024  # pairs in a batch of ``infer``
BLOCK = 32  # padded queries in a batch of ``pred``


def measure(model: str, folder: Path, n_users: int) -> dict[str, Any]:
    """Microseconds per pair of a user and a movie. All users go through ``pred`` as the project
    does it; ``n_users`` of them through the slide's ``pred`` on padded queries and ``infer``."""
    data = tfcourse_way.prepare(model, folder)
    built = tfcourse_way.lesson(model, data)
    built.data = data
    n_movies, everybody = len(data.vocabulary), np.arange(len(data.histories))
    few = everybody[:: max(1, len(everybody) // n_users)][:n_users].astype(np.int32)
    query = _queries(built, data)
    _pairs(built, query, few[:1], n_movies)  # first runs are slower

    project, scores = _timed(lambda: built.scores(data.histories))
    found = {"users": len(few), "movies": n_movies, "all_users": len(everybody)}
    found["pred"] = 1e6 * project / (len(everybody) * n_movies)
    seconds, slide = _timed(lambda: _blocks(built, query, few))
    found["pred_slide"] = 1e6 * seconds / (len(few) * n_movies)
    seconds, pairs = _timed(lambda: _pairs(built, query, few, n_movies))
    found["infer"] = 1e6 * seconds / (len(few) * n_movies)
    found["differ"] = float(max(np.abs(scores[few] - pairs).max(), np.abs(slide - pairs).max()))
    return found


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def _queries(built: Any, data: Any) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """The columns that say who asks."""
    if not built.by_history:
        return lambda user: {"user_id": user}

    def padded(user: np.ndarray) -> dict[str, np.ndarray]:
        ids, size = data.histories.whole(user).padded(np.arange(len(user)))
        return {"query_movie_ids": ids, "query_movie_ids_len": size}

    return padded


def _blocks(built: Any, query: Callable, users: np.ndarray) -> np.ndarray:
    items = built.item_columns()
    blocks = [users[i : i + BLOCK] for i in range(0, len(users), BLOCK)]
    return np.concatenate([built.predict({**items, **query(block)}) for block in blocks])


def _pairs(built: Any, query: Callable, users: np.ndarray, n_movies: int) -> np.ndarray:
    items, out = built.item_columns(), []
    for user in users:
        for begin in range(0, n_movies, PAIRS):
            some = {name: values[begin : begin + PAIRS] for name, values in items.items()}
            asked = query(np.full(len(some["candidate_movie_id"]), user, np.int32))
            out.append(built.predict({**some, **asked}, built.infer)[:, 0])
    return np.concatenate(out).reshape(len(users), n_movies)
