"""The course's way, rewritten from the deck.

The data are data frames whose cells contain lists. A batch is padded to its longest query, because
「mini batch裡面的變數長度必須要一致」, and fed to ``session.run``. The query of each train row ("leave
one out") is a list of movies that is made before the training.

The graph is that of the lesson. Only the code around it is the course's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.models import MODELS, SEED, pokemon_data

Batch = Mapping[str, list | np.ndarray]  # placeholder to column


@dataclass
class Ratings:
    """MovieLens as the course prepared it.

    Attributes:
        train, test: rows with user_id, movie_id and rating, and as the model needs it the query's
            list of movies and the movie's metadata.
        sizes: sizes of the lesson, by the names of its hyper-parameters.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    sizes: dict[str, int]

    def batches(self, names: list[str], n_batch: int, epoch: int) -> Iterator[Batch]:
        """Yield an epoch's batches: each column as a list, and columns of lists padded."""
        frame = self.train.rename(columns={"movie_id": "candidate_movie_id"})
        order = _order(len(frame), epoch)
        for begin in range(0, len(order), n_batch):
            batch = frame.iloc[order[begin : begin + n_batch]]
            feeds = {name: batch[name].tolist() for name in names}
            for name in ("query_movie_ids", "genres"):
                if name in feeds:
                    feeds[name] = _padded(feeds[name])
            yield feeds


@dataclass
class Sightings:
    """The train rows of Pokémon.

    Attributes:
        X: features, float32 (n, 200).
        Y: labels, one-hot, float32 (n, 5).
    """

    X: np.ndarray
    Y: np.ndarray
    sizes: dict[str, int] = field(default_factory=dict)

    def batches(self, names: list[str], n_batch: int, epoch: int) -> Iterator[Batch]:
        """Yield an epoch's batches."""
        order = _order(len(self.X), epoch)
        for begin in range(0, len(order), n_batch):
            rows = order[begin : begin + n_batch]
            yield {"inputs": self.X[rows], "labels": self.Y[rows]}


def _order(n: int, epoch: int) -> np.ndarray:
    """The order in which ``fit`` takes the rows, so that the losses are comparable."""
    return np.random.default_rng([SEED, epoch]).permutation(n)


def _padded(lists: list[list[int]]) -> list[list[int]]:
    longest = max(len(some) for some in lists)
    return [some + [0] * (longest - len(some)) for some in lists]


def prepare(model: str, folder: Path) -> Ratings | Sightings:
    """Prepare the data of a model; see ``Way``."""
    if model == "pokemon":
        X, Y, _, _ = pokemon_data(folder).split()
        return Sightings(X, Y)
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
    return Ratings(train, test, sizes)


def _read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read ratings and movies, and encode the ids as 0 to n - 1."""
    movies = pd.read_csv(folder / "movies.csv").sort_values("movieId", ignore_index=True)
    ratings = pd.read_csv(folder / "ratings.csv")
    user = {raw: i for i, raw in enumerate(sorted(ratings.userId.unique()))}
    movie = {raw: i for i, raw in enumerate(movies.movieId)}
    ratings["user_id"] = ratings.userId.map(user)
    ratings["movie_id"] = ratings.movieId.map(movie)
    return ratings[["user_id", "movie_id", "rating"]], movies


def _split(ratings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split each user's positive and negative ratings: the first 70% train, the rest test."""
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
    """Add to each row the list of its user's movies without the row's own movie."""
    queries = []
    for _, mine in train.groupby("user_id"):
        movies = mine.movie_id
        for movie in movies:
            queries.append(movies[movies != movie].tolist())
    return train.assign(query_movie_ids=queries, query_movie_ids_len=[len(q) for q in queries])


def _test_queries(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """Add to each row the list of its user's train movies and higher-rated test movies."""
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
    """Compute genres as lists of indexes, and average rating and year scaled to 0..1, by movie."""
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


def train(
    model: str, data: Ratings | Sightings, weights: Path, epochs: int, way: str = "course"
) -> tuple[list[float], list[float]]:
    """Train with a loop over ``session.run``; see ``Way``."""
    import graphs
    from tfcourse.tf1 import tf

    cls = graphs.find(MODELS[model].lesson).load()
    known = cls.hyperparameter_names()
    sizes: dict[str, Any] = {name: n for name, n in data.sizes.items() if name in known}
    built = cls(seed=SEED, **sizes)
    names = [n for n in built.placeholders if n != "isTrain"]
    with built.graph.as_default():
        initial = [tf.global_variables_initializer(), tf.local_variables_initializer()]
    seconds, losses = [], []
    with tf.Session(graph=built.graph) as session:
        session.run(initial)
        fetches = [built.train_op, built.loss, *built.metrics().values()]
        for epoch in range(1, epochs + 1):
            begin, total, n = time.perf_counter(), 0.0, 0
            for batch in data.batches(names, built.n_batch, epoch):
                feeds = built.feed_dict(batch)
                _, loss, *_ = session.run(fetches, feed_dict=feeds)
                rows = len(next(iter(batch.values())))
                total, n = total + rows * loss, n + rows
            seconds.append(time.perf_counter() - begin)
            losses.append(float(total / n))
    return seconds, losses
