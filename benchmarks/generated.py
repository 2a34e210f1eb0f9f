"""Generated ratings with a long tail, to measure how the cost grows with their number.

The numbers of users and movies follow MovieLens's releases of 100 thousand to 25 million ratings. The
number of ratings of a user is log-normal and at least 20. The number of ratings of a movie falls with
its rank by Zipf's law, flattened at the top.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.memory import peak_mb
from benchmarks.models import N_BATCH, SEED, Result
from tfcourse.batches import Batches

if TYPE_CHECKING:
    from tfcourse.datasets.movielens import MovieLens

# Number of ratings to numbers of users and movies, as in MovieLens 100K, 1M, 10M and 25M.
SIZES = {
    100_000: (943, 1_682),
    1_000_000: (6_040, 3_706),
    10_000_000: (69_878, 10_677),
    25_000_000: (162_541, 59_047),
}
FEWEST = 20  # ratings of a user
TRIAL = 300  # batches that are trained to estimate the time of an epoch


def sizes(rows: int) -> tuple[int, int]:
    """Return the numbers of users and movies for a number of ratings.

    Between the releases they are interpolated on a logarithmic scale.
    """
    x = np.log(list(SIZES))
    users, movies = (np.interp(np.log(rows), x, y) for y in np.log(list(SIZES.values())).T)
    return round(float(np.exp(users))), round(float(np.exp(movies)))


def ratings(rows: int, n_movies: int | None = None, seed: int = SEED) -> dict[str, np.ndarray]:
    """Generate ratings, ordered by user and movie as in MovieLens's files.

    Args:
        rows: number of ratings; there may be a few fewer.
        n_movies: number of movies; by default that of ``sizes``.
        seed: of the random numbers.

    Returns:
        The columns user and movie, int32 indexes; rating, float32, 0.5 to 5 in steps of 0.5;
        timestamp, int64 seconds; each (n,).
    """
    rng = np.random.default_rng(seed)
    n_users, released = sizes(rows)
    n_movies = n_movies or released
    wanted = _activity(rng, rows, n_users, n_movies)
    share = np.cumsum(1.0 / (np.arange(n_movies) + 10.0) ** 0.9)
    by_rank = rng.permutation(n_movies)
    pair = np.zeros(0, np.int64)
    for _ in range(5):  # drop movies that a user has twice, and draw others
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
    """Draw the number of ratings of each user, int64 (n_users,).

    Each user has the fewest, and a log-normal share of the remaining ratings. No user rates more than
    half of the movies. The ratings beyond that go to the other users.
    """
    raw = rng.lognormal(0, 1.1, n_users)
    extra = max(rows - FEWEST * n_users, 0)
    scale = extra / raw.sum()
    for _ in range(5):
        capped = np.minimum(raw * scale, n_movies // 2 - FEWEST)
        scale *= extra / max(capped.sum(), 1)
    return FEWEST + capped.round().astype(np.int64)


def write(rows: int, folder: Path, n_movies: int | None = None) -> Result:
    """Generate ratings and write each column to a file of ``folder``.

    Another process reads and measures them, so its peak memory does not include the generation.

    Returns:
        "rows": the number of ratings.
    """
    columns = ratings(rows, n_movies)
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)
    return {"rows": len(columns["user"])}


def load(folder: Path) -> MovieLens:
    """Read the columns that ``write`` wrote. Titles and genres are generated."""
    from tfcourse.datasets.movielens import MovieLens
    from tfcourse.recommenders.catalogue import MovieVocabulary, UserVocabulary

    columns = {p.stem: np.load(p) for p in folder.glob("*.npy")}
    n_users, n_movies = int(columns["user"].max()) + 1, int(columns["movie"].max()) + 1
    genres = np.array(["Drama", "Comedy|Drama", "Action|Thriller", "Children"], object)
    index = np.arange(n_movies)
    title = np.array([f"Film {i} ({1950 + i % 66})" for i in index], object)
    users = UserVocabulary(np.arange(n_users) + 1)
    movies = MovieVocabulary(index + 1, title, genres[index % 4])
    return MovieLens(users, movies, **columns, source="generated", path=folder)


def measure(model: str, folder: Path, limit: float) -> Result:
    """Measure preparing and one epoch by the engine "graph".

    If an epoch would take longer than ``limit``, only a share of its batches is trained, and the time
    of the epoch is computed from it.

    Args:
        model: a key of ``models.MODELS``, of a recommender.
        folder: folder with the files of ``write``.
        limit: in seconds.

    Returns:
        "rows", "train", "users" and "movies": numbers of ratings, train rows, users and movies.
        "prepare", "build" and "seconds": time of preparing, of building the model and the engine,
        and of an epoch, in seconds. "share": the share of the batches that was trained. "start_mb",
        "prepared_mb" and "peak_mb": peak memory before preparing, after it, and at the end, in MB.
    """
    from benchmarks.ways import tfcourse_way
    from tfcourse.engine import make_engine

    start_mb = peak_mb()
    begin = time.perf_counter()
    data = load(folder).prepare("deck")
    prepared = time.perf_counter() - begin
    prepared_mb = peak_mb()
    begin = time.perf_counter()
    built = tfcourse_way.lesson(model, data)
    batches = PartOfEpoch(data.train, N_BATCH, shuffle=True)
    engine = make_engine("graph", built, built.session, batches)
    build = time.perf_counter() - begin

    def run(share: float) -> float:
        batches.share = share
        begin = time.perf_counter()
        engine.train_epoch(1, lambda done, total: None)
        return time.perf_counter() - begin

    trial = min(1.0, TRIAL * N_BATCH / len(data.train))
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


class PartOfEpoch(Batches):
    """Batches of which an epoch takes only the first ones.

    Attributes:
        share: the share of the batches that an epoch takes, above 0 to 1. It may be changed between
            epochs.
    """

    share = 1.0

    def __len__(self) -> int:
        return max(1, round(super().__len__() * self.share))

    def order(self, epoch: int = 1, seed: int = 0) -> np.ndarray:
        return super().order(epoch, seed)[: len(self) * self.n_batch]
