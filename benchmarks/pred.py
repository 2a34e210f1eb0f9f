"""The slide's claim 「pred節點純粹是為了執行效能而已」: the node ``pred`` is there for speed.

``pred`` computes the scores of all movies for a query at once, and ``infer`` those of one pair of a
user and a movie at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from benchmarks.ways import tfcourse_way

if TYPE_CHECKING:
    from tfcourse.datasets.movielens_protocols import PreparedMovieLens
    from tfcourse.recommenders.base import Recommender

T = TypeVar("T")
Query = Callable[[np.ndarray], dict[str, np.ndarray]]  # user indexes (n,) to the query's columns

PAIRS = 1024  # pairs in a batch of ``infer``
BLOCK = 32  # padded queries in a batch of ``pred``


def measure(model: str, folder: Path, n_users: int) -> dict[str, float]:
    """Measure the time for each pair of a user and a movie.

    Args:
        model: a key of ``models.MODELS``, of a recommender.
        folder: folder with the CSV files.
        n_users: number of users for ``infer`` and for ``pred`` on padded queries. The project's
            own scores are measured on all users.

    Returns:
        "pred" (the project's scores), "pred_slide" (``pred`` on padded queries) and "infer", in
        microseconds for each pair; "users", "movies" and "all_users", their numbers; "differ", the
        largest difference between the scores.
    """
    from tfcourse.recommenders.base import Recommender

    data = tfcourse_way.ratings(folder)
    built = tfcourse_way.lesson(model, data)
    assert isinstance(built, Recommender)
    built.attach_data(data)
    n_movies, everybody = len(data.vocabulary), np.arange(len(data.histories))
    few = everybody[:: max(1, len(everybody) // n_users)][:n_users].astype(np.int32)
    query = _query(built, data)
    _score_pairs(built, query, few[:1], n_movies)  # a warm-up

    project_time, project = _timed(lambda: built.scores(data.histories))
    slide_time, slide = _timed(lambda: _score_blocks(built, query, few))
    infer_time, infer = _timed(lambda: _score_pairs(built, query, few, n_movies))
    return {
        "users": len(few),
        "movies": n_movies,
        "all_users": len(everybody),
        "pred": 1e6 * project_time / (len(everybody) * n_movies),
        "pred_slide": 1e6 * slide_time / (len(few) * n_movies),
        "infer": 1e6 * infer_time / (len(few) * n_movies),
        "differ": float(max(np.abs(project[few] - infer).max(), np.abs(slide - infer).max())),
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Call a function and measure its seconds."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def _query(built: Recommender, data: PreparedMovieLens) -> Query:
    """Choose the query: the user's id, or the user's whole train history, padded."""
    if not built.by_history:
        return lambda user: {"user_id": user}

    def padded(user: np.ndarray) -> dict[str, np.ndarray]:
        ids, size = data.histories.whole(user).padded(np.arange(len(user)))
        return {"query_movie_ids": ids, "query_movie_ids_len": size}

    return padded


def _score_blocks(built: Recommender, query: Query, users: np.ndarray) -> np.ndarray:
    """Scores of all movies through ``pred``, float32 (users, n_movies)."""
    items = built.item_columns()
    blocks = [users[i : i + BLOCK] for i in range(0, len(users), BLOCK)]
    return np.concatenate([built.predict({**items, **query(block)}) for block in blocks])


def _score_pairs(built: Recommender, query: Query, users: np.ndarray, n_movies: int) -> np.ndarray:
    """Scores of all movies through ``infer``, float32 (users, n_movies)."""
    items, out = built.item_columns(), []
    for user in users:
        for begin in range(0, n_movies, PAIRS):
            some = {name: values[begin : begin + PAIRS] for name, values in items.items()}
            asked = query(np.full(len(some["candidate_movie_id"]), user, np.int32))
            out.append(built.predict({**some, **asked}, built.infer)[:, 0])
    return np.concatenate(out).reshape(len(users), n_movies)
