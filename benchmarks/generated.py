"""Ratings made up for the question how cost grows: as many as wanted, with a long tail.

Sizes follow MovieLens's own releases of 100 thousand to 25 million ratings. How many movies a
user rated is log-normal, at least 20; how often a movie is rated falls with its rank as in Zipf's
law, flattened at the top.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models import N_BATCH, SEED

# Ratings: users and movies, as in MovieLens 100K, 1M, 10M and 25M.
SIZES = {
    100_000: (943, 1_682),
    1_000_000: (6_040, 3_706),
    10_000_000: (69_878, 10_677),
    25_000_000: (162_541, 59_047),
}
FEWEST = 20  # ratings of a user


def sizes(rows: int) -> tuple[int, int]:
    """Users and movies for so many ratings; between the releases, by interpolation."""
    x = np.log(list(SIZES))
    users, movies = (np.interp(np.log(rows), x, y) for y in np.log(list(SIZES.values())).T)
    return round(float(np.exp(users))), round(float(np.exp(movies)))


def ratings(rows: int, n_movies: int | None = None, seed: int = SEED) -> dict[str, np.ndarray]:
    """Columns user, movie (int32), rating (float32), timestamp (int64), ordered by user and movie
    as in MovieLens's files. There are a few ratings fewer than ``rows``."""
    rng = np.random.default_rng(seed)
    n_users, released = sizes(rows)
    n_movies = n_movies or released
    wanted = _activity(rng, rows, n_users, n_movies)
    share = np.cumsum(1.0 / (np.arange(n_movies) + 10.0) ** 0.9)
    by_rank = rng.permutation(n_movies)
    pair = np.zeros(0, np.int64)
    for _ in range(5):  # a movie drawn a second time is drawn anew
        have = np.bincount(pair // n_movies, minlength=n_users)
        user = np.repeat(np.arange(n_users), np.maximum(wanted - have, 0))
        drawn = np.searchsorted(share, rng.random(len(user)) * share[-1])
        pair = np.sort(np.concatenate([pair, user * n_movies + by_rank[drawn]]))
        pair = pair[np.append(True, pair[1:] != pair[:-1])]
    user, movie = (pair // n_movies).astype(np.int32), (pair % n_movies).astype(np.int32)
    stars = 3.5 + rng.normal(0, 0.4, n_users)[user] + rng.normal(0, 0.5, n_movies)[movie]
    stars += rng.normal(0, 0.8, len(pair))
    return {
        "user": user,
        "movie": movie,
        "rating": np.clip(np.round(2 * stars) / 2, 0.5, 5).astype(np.float32),
        "timestamp": 1_000_000_000 + rng.integers(0, 10**8, len(pair)),
    }


def _activity(rng: np.random.Generator, rows: int, n_users: int, n_movies: int) -> np.ndarray:
    """Ratings of each user: the fewest and a log-normal share of the others. No one rates more
    than half of the movies; what that takes away is given to the others."""
    raw = rng.lognormal(0, 1.1, n_users)
    extra = max(rows - FEWEST * n_users, 0)
    scale = extra / raw.sum()
    for _ in range(5):
        capped = np.minimum(raw * scale, n_movies // 2 - FEWEST)
        scale *= extra / max(capped.sum(), 1)
    return FEWEST + capped.round().astype(np.int64)


def write(rows: int, folder: Path, n_movies: int | None = None) -> dict[str, Any]:
    """The columns as files, so that the process that is measured holds nothing of their making."""
    columns = ratings(rows, n_movies)
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)
    return {"rows": len(columns["user"])}


def load(folder: Path) -> Any:
    """The columns as MovieLens, with made-up titles and genres."""
    from tfcourse.datasets.movielens import MovieLens, Vocabulary

    columns = {p.stem: np.load(p) for p in folder.glob("*.npy")}
    n_users, n_movies = int(columns["user"].max()) + 1, int(columns["movie"].max()) + 1
    genres = np.array(["Drama", "Comedy|Drama", "Action|Thriller", "Children"], object)
    index = np.arange(n_movies)
    title = np.array([f"Film {i} ({1950 + i % 66})" for i in index], object)
    vocabulary = Vocabulary(index + 1, title, genres[index % 4])
    return MovieLens(np.arange(n_users) + 1, vocabulary, **columns, source="generated", path=folder)


def measure(model: str, folder: Path, limit: float) -> dict[str, Any]:
    """Preparing and one epoch by the engine "graph". An epoch that would take longer than
    ``limit`` seconds is timed over a share of its batches, which is named."""
    from benchmarks.child import peak_mb
    from benchmarks.ways import tfcourse_way
    from tfcourse.engine import make_engine

    start_mb = peak_mb()
    begin = time.perf_counter()
    data = load(folder).prepare("deck")
    prepared = time.perf_counter() - begin
    prepared_mb = peak_mb()
    begin = time.perf_counter()
    built = tfcourse_way.lesson(model, data)
    batches = _share_of(data.train_batches(N_BATCH))
    built.session.run(built._initializer)
    built.lr.load(built.learning_rate, built.session)
    engine = make_engine("graph", built, built.session, batches)
    build = time.perf_counter() - begin

    def run(share: float) -> float:
        batches.share = share
        begin = time.perf_counter()
        engine.train_epoch(1, lambda done, total: None)
        return time.perf_counter() - begin

    trial = min(1.0, 300 * N_BATCH / len(data.train))
    run(trial)
    per_epoch = run(trial) / trial
    share = min(1.0, limit / per_epoch)
    return {
        "rows": len(data.data),
        "train": len(data.train),
        "users": data.data.n_users,
        "movies": len(data.vocabulary),
        "prepare": prepared,
        "build": build,
        "seconds": run(share) / share,
        "share": share,
        "start_mb": start_mb,
        "prepared_mb": prepared_mb,
        "peak_mb": peak_mb(),
    }


def _share_of(batches: Any) -> Any:
    """The same batches, of which an epoch takes the share that is set."""
    from tfcourse.batches import Batches

    class Share(Batches):
        share = 1.0

        def __len__(self) -> int:
            return max(1, round(super().__len__() * self.share))

        def order(self, epoch: int = 1, seed: int = 0) -> np.ndarray:
            return super().order(epoch, seed)[: len(self) * self.n_batch]

    return Share(batches.rows, batches.n_batch, batches.shuffle, data=batches.data)
