"""The course's way, written anew after the deck: data frames, lists in their cells, a batch padded
to its longest query and fed to ``session.run``.

The graph is the lesson's own. Only what stands around it is the course's: "leave one out" is a
list of movies for each row, made beforehand, and ``query_movie_ids_len`` says where the padding
begins, because "mini batch裡面的變數長度必須要一致".
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.models import MODELS, N_BATCH, SEED


def prepare(model: str, folder: Path) -> dict[str, Any]:
    if model == "pokemon":
        return _pokemon(folder)
    ratings, movies = _read(folder)
    train, test = _split(ratings)
    if model != "mf":
        train, test = _train_queries(train), _test_queries(train, test)
    if model in ("dnn", "xent"):
        meta = _metadata(movies, ratings)
        train, test = train.join(meta, on="movie_id"), test.join(meta, on="movie_id")
    sizes = {
        "n_users": ratings.user_id.nunique(),
        "n_movies": len(movies),
        "n_genres": int(movies.genres.str.split("|").explode().nunique()),
    }
    return {"train": train, "test": test, "sizes": sizes}


def _read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings and movies, with ids encoded to 0..n-1."""
    movies = pd.read_csv(folder / "movies.csv").sort_values("movieId", ignore_index=True)
    ratings = pd.read_csv(folder / "ratings.csv")
    user = {raw: i for i, raw in enumerate(sorted(ratings.userId.unique()))}
    movie = {raw: i for i, raw in enumerate(movies.movieId)}
    ratings["user_id"] = ratings.userId.map(user)
    ratings["movie_id"] = ratings.movieId.map(movie)
    return ratings[["user_id", "movie_id", "rating"]], movies


def _split(ratings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of each user's positive and negative ratings the first 70% train, the rest test."""
    train, test = [], []
    for _, mine in ratings.groupby("user_id"):
        if len(mine) < 5:
            continue
        for part in (mine[mine.rating >= 4], mine[mine.rating < 4]):
            n = int(len(part) * 0.7)
            train.append(part.iloc[:n])
            test.append(part.iloc[n:])
    return pd.concat(train, ignore_index=True), pd.concat(test, ignore_index=True)


def _train_queries(train: pd.DataFrame) -> pd.DataFrame:
    """Each row's user's movies without the row's own, as a list."""
    queries = []
    for _, mine in train.groupby("user_id"):
        movies = mine.movie_id
        for movie in movies:
            queries.append(movies[movies != movie].tolist())
    return train.assign(query_movie_ids=queries, query_movie_ids_len=[len(q) for q in queries])


def _test_queries(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """The train movies and the test movies rated higher, as the course had them."""
    known = train.groupby("user_id").movie_id.apply(list).to_dict()
    parts = []
    for user, mine in test.groupby("user_id"):
        mine = mine.sort_values("rating", ascending=False, kind="stable")
        before, higher = known.get(user, []), mine.movie_id.tolist()
        queries = [before + higher[:i] for i in range(len(mine))]
        parts.append(
            mine.assign(query_movie_ids=queries, query_movie_ids_len=[len(q) for q in queries])
        )
    return pd.concat(parts, ignore_index=True)


def _metadata(movies: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Genres as lists of indexes, average rating and year scaled to 0..1, a row per movie."""
    names = movies.genres.str.split("|")
    code = {name: i for i, name in enumerate(names.explode().value_counts().index)}
    genres = names.map(lambda some: [code[name] for name in some])
    mean = ratings.groupby("movie_id").rating.mean().reindex(range(len(movies)))
    mean = mean.fillna(ratings.rating.mean())
    year = movies.title.str.findall(r"\((\d{4})\)").map(lambda y: float(y[-1]) if y else np.nan)
    year = year.fillna(year.median())
    return pd.DataFrame(
        {
            "genres": genres,
            "genres_len": genres.map(len),
            "avg_rating": (mean - mean.min()) / (mean.max() - mean.min()),
            "year": (year - year.min()) / ((year.max() - year.min()) or 1.0),
        }
    )


def _padded(lists: list[list[int]]) -> list[list[int]]:
    longest = max(len(some) for some in lists)
    return [some + [0] * (longest - len(some)) for some in lists]


def _order(n: int, epoch: int) -> np.ndarray:
    """The order in which ``fit`` takes the rows, so that losses can be compared."""
    return np.random.default_rng([SEED, epoch]).permutation(n)


def _frame_batches(
    frame: pd.DataFrame, names: list[str], order: np.ndarray
) -> Iterator[dict[str, Any]]:
    """A batch at a time: the columns as lists, those of lists padded."""
    frame = frame.rename(columns={"movie_id": "candidate_movie_id"})
    for begin in range(0, len(order), N_BATCH):
        batch = frame.iloc[order[begin : begin + N_BATCH]]
        feeds = {name: batch[name].tolist() for name in names}
        for name in ("query_movie_ids", "genres"):
            if name in feeds:
                feeds[name] = _padded(feeds[name])
        yield feeds


def _pokemon(folder: Path) -> dict[str, Any]:
    from tfcourse.datasets import pokemon

    X, Y, _, _ = pokemon.load(folder).split()
    return {"X": X, "Y": Y, "sizes": {}}


def _array_batches(X: np.ndarray, Y: np.ndarray, n_batch: int, order: np.ndarray) -> Iterator[Any]:
    for begin in range(0, len(order), n_batch):
        rows = order[begin : begin + n_batch]
        yield {"inputs": X[rows], "labels": Y[rows]}


def train(
    model: str, data: dict[str, Any], weights: Path | None, epochs: int
) -> tuple[list[float], list[float]]:
    import graphs
    from tfcourse.tf1 import tf

    cls = graphs.find(MODELS[model].lesson).load()
    known = cls.hyperparameter_names()
    built = cls(seed=SEED, **{k: v for k, v in data["sizes"].items() if k in known})
    names = [n for n in built.placeholders if n != "isTrain"]
    seconds, losses = [], []
    with tf.Session(graph=built.graph) as session:
        session.run(built._initializer)
        fetches = [built.train_op, built.loss, *built.metrics().values()]
        for epoch in range(1, epochs + 1):
            begin, total, n = time.perf_counter(), 0.0, 0
            for batch in _batches(data, names, built.n_batch, epoch):
                feeds = built.feed_dict(batch)
                _, loss, *_ = session.run(fetches, feed_dict=feeds)
                rows = len(next(iter(batch.values())))
                total, n = total + rows * loss, n + rows
            seconds.append(time.perf_counter() - begin)
            losses.append(float(total / n))
    return seconds, losses


def _batches(data: dict[str, Any], names: list[str], n_batch: int, epoch: int) -> Iterator[Any]:
    if "X" in data:
        return _array_batches(data["X"], data["Y"], n_batch, _order(len(data["X"]), epoch))
    return _frame_batches(data["train"], names, _order(len(data["train"]), epoch))
