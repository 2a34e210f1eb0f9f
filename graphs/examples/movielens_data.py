"""Movielens Data (deck, "Recommendation Engine in Matrix Factorization").

Shows the slide's three tables: ratings, tags and movies. Users and movies are indexes, as on the slide:
the ids of the files, numbered from 0 in ascending order.

``data_dir`` names the folder of the data. Without files the default one holds the embedded copy, which has
no tags. It has the rated movies alone, so that a movie may have a lower index than on the slide.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.examples import Result, deck_figures
from tfcourse.datasets import csv_files, folders, movielens
from tfcourse.datasets.movielens import MovieLens

SHOWN = 5  # rows of each table
TAGS = "tags.csv"


def run(seed: int = 88, data_dir: str | Path = folders.DEFAULT) -> Result:
    data = movielens.load(data_dir)
    first = slice(0, SHOWN)
    ratings = pd.DataFrame(
        {
            "user": data.user[first],
            "movie": data.movie[first],
            "rating": data.rating[first].astype(float),
            "timestamp": data.timestamp[first],
            "title": data.movies.title[data.movie[first]],
        }
    )
    movies = pd.DataFrame(
        {
            "movie": range(SHOWN),
            "title": data.movies.title[first],
            "genres": data.movies.genres[first],
        }
    )
    tags = read_tags(data)
    stars, count = np.unique(data.rating, return_counts=True)
    shown = {
        "data": data.source,
        "ratings, users, movies": [len(data), data.n_users, len(data.movies)],
        "movies with a rating": len(np.unique(data.movie)),
        "User Movie Rating": ratings,
        "are these the slide's ratings?": _same_ratings(data),
        "User Movie Tag": _no_tags(data) if tags is None else tags.head(SHOWN),
        "tags": 0 if tags is None else len(tags),
        "are these the slide's tags?": "there are none" if tags is None else _same_tags(tags, data),
        "Movie Metadata": movies,
        "ratings by stars": [
            {"rating": float(s), "ratings": int(n), "share": n / len(data)}
            for s, n in zip(stars, count, strict=True)
        ],
    }
    per_user, per_movie = (
        np.bincount(data.user),
        np.bincount(data.movie, minlength=len(data.movies)),
    )
    return Result(shown, {"user": np.sort(per_user)[::-1], "movie": np.sort(per_movie)[::-1]})


def draw(result: Result, path: str | Path) -> Path:
    from tfcourse import plots

    figure, ((stars, each),) = plots.panels(1, 2, title=f"MovieLens: {result['data']}")
    rows = result["ratings by stars"]
    stars.bar([str(row["rating"]) for row in rows], [row["ratings"] for row in rows])
    stars.set_xlabel("rating")
    stars.set_ylabel("ratings")
    for name, count in result.picture.items():
        rated = count[count > 0]
        each.plot(np.arange(1, len(rated) + 1), rated, label=f"{len(rated):,} {name}s")
    each.set_xscale("log")
    each.set_yscale("log")
    each.set_xlabel("user or movie, from the one with most ratings")
    each.set_ylabel("its ratings")
    each.legend()
    return plots.save(figure, path)


def read_tags(data: MovieLens) -> pd.DataFrame | None:
    """The tags beside the ratings, users and movies as indexes; None where the folder has none.

    Raises:
        DataError: a damaged file, or a movie that is not in the file of movies.
    """
    path = data.path / TAGS
    if not path.is_file():
        return None
    columns: dict[str, Any] = {
        "userId": np.int64,
        "movieId": np.int64,
        "tag": str,
        "timestamp": np.int64,
    }
    file = csv_files.read(path, columns)
    # Someone may have given tags without a rating.
    user = pd.Index(data.users.raw_id).get_indexer(file["userId"])
    return pd.DataFrame(
        {
            "user": user,
            "movie": data.movies.index(file["movieId"]),
            "tag": file["tag"],
            "timestamp": file["timestamp"],
        }
    )[user >= 0]


def _no_tags(data: MovieLens) -> str:
    return (
        f"{data.path} has no {TAGS}: the slide's table of tags cannot be shown from these data. "
        "tfcourse data download movielens fetches the course's files, tags included. No lesson "
        "uses the tags."
    )


def _same_ratings(data: MovieLens) -> str:
    slide = deck_figures.RATINGS
    columns = (data.user, data.movie, data.movies.raw_id[data.movie], data.rating, data.timestamp)
    first = [column[: len(slide)].tolist() for column in columns]
    return _verdict(list(zip(*first, strict=True)), slide)


def _same_tags(tags: pd.DataFrame, data: MovieLens) -> str:
    slide = deck_figures.TAGS
    first = tags.head(len(slide))
    ids = data.movies.raw_id[first["movie"]].tolist()
    columns = (first["user"], first["movie"], ids, first["tag"], first["timestamp"])
    return _verdict(list(zip(*columns, strict=True)), slide)


def _verdict(found: Sequence[object], slide: Sequence[object]) -> str:
    return "yes" if found == list(slide) else "no: other data, or movies with other indexes"
