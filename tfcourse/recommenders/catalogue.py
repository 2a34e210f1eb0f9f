"""The movies as a model knows them: the vocabulary, the metadata, and how popular each is."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from tfcourse.batches import Origin
from tfcourse.errors import DataError, UsageError
from tfcourse.lang import _
from tfcourse.recommenders.histories import Histories


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Raw ids in the order of their index: row i of an embedding belongs to ``raw_id[i]``.

    Attributes:
        raw_id: ascending, int64 (n,).
    """

    what: ClassVar[str] = "item"  # what an id names, for messages
    raw_id: np.ndarray

    def __len__(self) -> int:
        return len(self.raw_id)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the raw ids in order: two vocabularies with one digest mean the same rows."""
        return hashlib.sha256(self.raw_id.astype("<i8").tobytes()).hexdigest()

    def index(self, raw_id: np.ndarray | list[int]) -> np.ndarray:
        """Index of each raw id, int32 (n,).

        Raises:
            DataError: an id that is not in the vocabulary.
        """
        wanted = np.asarray(raw_id)
        at = np.searchsorted(self.raw_id, wanted).clip(max=len(self) - 1)
        unknown = self.raw_id[at] != wanted
        if unknown.any():
            raise DataError(
                _("unknown {what} id {id}: not among {number} {what}s").format(
                    what=self.what, id=wanted[unknown][0], number=len(self)
                )
            )
        return at.astype(np.int32)

    def find(self, query: str | int, by: str = "auto") -> int:
        """The index of the one that is meant.

        Args:
            query: an index, or a raw id. by: "index", "id", or "auto": a number is an index, as in
                the deck, and "id:48" is a raw id.

        Raises:
            UsageError: there is none.
        """
        text = str(query).strip()
        if by == "auto":
            by_id = text.lower().startswith("id:")
            by, text = ("id", text[3:]) if by_id else ("index", text)
        if by not in ("index", "id"):
            raise UsageError(
                _("a {what} is found by auto, index or id, not by {by!r}").format(
                    what=self.what, by=by
                )
            )
        try:
            number = int(text)
        except ValueError:
            raise UsageError(
                _(
                    "a {what}'s {by} is a whole number, not {text!r} (an index as 47, or id:48)"
                ).format(what=self.what, by=by, text=text)
            ) from None
        if by == "index":
            if not 0 <= number < len(self):
                raise UsageError(
                    _("{what} index {number} is outside 0..{last}").format(
                        what=self.what, number=number, last=len(self) - 1
                    )
                )
            return number
        at = int(np.searchsorted(self.raw_id, number))
        if at == len(self) or self.raw_id[at] != number:
            raise UsageError(
                _("no {what} has the id {id} among {number} {what}s").format(
                    what=self.what, id=number, number=len(self)
                )
            )
        return at


class UserVocabulary(Vocabulary):
    """The users in the order of their index."""

    what = "user"


@dataclass(frozen=True, eq=False)
class MovieVocabulary(Vocabulary):
    """The movies in the order of their index.

    Attributes:
        title: str (n_movies,), as "Toy Story (1995)".
        genres: str (n_movies,), as "Adventure|Animation".
    """

    what = "movie"
    title: np.ndarray
    genres: np.ndarray

    def find(self, query: str | int, by: str = "auto") -> int:
        """The index of the one movie that is meant.

        Args:
            query: an index, a raw id, or text of a title.
            by: "index", "id", "title", or "auto": a number is an index, as in the deck; "id:1" is
                a raw id; anything else is title text, upper and lower case alike.

        Raises:
            UsageError: no such movie, or several that the text fits, which are listed.
        """
        text = str(query).strip()
        if by not in ("auto", "index", "id", "title"):
            raise UsageError(
                _("a movie is found by auto, index, id or title, not by {by!r}").format(by=by)
            )
        if by in ("index", "id") or (by == "auto" and re.fullmatch(r"(?i)id:.*|[+-]?\d+", text)):
            return super().find(text, by)
        return self._find_title(text)

    def _find_title(self, text: str) -> int:
        if not text:
            raise UsageError(_("an empty title names no movie"))
        lower = text.casefold()
        titles = self._folded_titles
        # A whole title, with or without its year, goes before a part of one.
        for fits in (
            [i for i, t in enumerate(titles) if t == lower],
            [i for i, t in enumerate(titles) if _YEAR_AT_END.sub("", t) == lower],
            [i for i, t in enumerate(titles) if lower in t],
        ):
            if len(fits) == 1:
                return fits[0]
            if fits:
                listed = "; ".join(f"{i} {self.title[i]}" for i in fits[:10])
                more = _("; and {n} more").format(n=len(fits) - 10) if len(fits) > 10 else ""
                raise UsageError(
                    _("{text!r} fits {number} movies: {listed}{more}").format(
                        text=text, number=len(fits), listed=listed, more=more
                    )
                )
        raise UsageError(_("no title contains {text!r}").format(text=text))

    @cached_property
    def _folded_titles(self) -> list[str]:
        return [str(t).casefold() for t in self.title]

    def with_movie(self, title: str, genres: str) -> MovieVocabulary:
        """A copy with one more movie, after all others, under the next raw id.

        Raises:
            UsageError: the title is empty or has characters that cannot be printed.
        """
        if not title.strip() or not title.isprintable():
            raise UsageError(
                _("a new movie needs a title of printable characters, not {title!r}").format(
                    title=title
                )
            )
        return MovieVocabulary(
            np.append(self.raw_id, self.raw_id.max() + 1),
            np.append(self.title, np.array([title], object)),
            np.append(self.genres, np.array([genres], object)),
        )

    def frame(self, index: np.ndarray, score: np.ndarray | None = None) -> pd.DataFrame:
        """Movies as a table: index, movie_id, title, genres, and score where it is given."""
        index = np.asarray(index, np.int64)
        columns = {
            "index": index,
            "movie_id": self.raw_id[index],
            "title": self.title[index],
            "genres": self.genres[index],
        }
        if score is not None:
            columns["score"] = np.asarray(score, np.float64)
        return pd.DataFrame(columns)

    def labels(self) -> pd.DataFrame:
        """All movies as a table: index, movie_id, title, genres, and year, the last one in parentheses
        in the title ("" without one)."""
        table = self.frame(np.arange(len(self)))
        return table.assign(year=[found[-1] if (found := _years(t)) else "" for t in self.title])


def _years(title: str) -> list[str]:
    """Years in parentheses in a title."""
    return re.findall(r"\((\d{4})\)", title)


_YEAR_AT_END = re.compile(r"\s*\(\d{4}\)\s*$")


@dataclass(frozen=True, eq=False)
class ItemFeatures:
    """Movie metadata for MF with DNN, a row per movie (deck, "於是電影可以用下列Meta來描述").

    Attributes:
        genres: genre indexes, padded with 0, int32 (n_movies, most genres of a movie).
        genres_len: how many of them count, int32 (n_movies,).
        avg_rating: mean rating scaled to 0..1, float32 (n_movies,).
        year: year scaled to 0..1, float32 (n_movies,).
        genre_names: what each genre index means.
        avg_range: mean ratings that became 0 and 1; year_range: the same for years.
    """

    genres: np.ndarray
    genres_len: np.ndarray
    avg_rating: np.ndarray
    year: np.ndarray
    genre_names: tuple[str, ...]
    avg_range: tuple[float, float]
    year_range: tuple[float, float]

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """By the names of the slide's placeholders."""
        return {
            "genres": self.genres,
            "genres_len": self.genres_len,
            "avg_rating": self.avg_rating,
            "year": self.year,
        }

    def encode(self, genres: str, year: float, avg_rating: float) -> dict[str, np.ndarray]:
        """One new movie's columns, each with one row; values outside the ranges seen are clipped.

        Args:
            genres: as "Animation|Children", without spaces around the names.
            year: with four digits. avg_rating: in stars.

        Raises:
            UsageError: a genre that no movie has, in which case the known ones are listed, or one
                that is given twice; a year without four digits; an average that is not a finite
                number.
        """
        if not 1000 <= year < 10000:
            raise UsageError(
                _("the year of a movie is a number with four digits, not {year:g}").format(
                    year=year
                )
            )
        if not math.isfinite(avg_rating):
            raise UsageError(
                _("the average rating of a movie is a number, not {avg_rating:g}").format(
                    avg_rating=avg_rating
                )
            )
        names = genres.split("|")
        unknown = [g for g in names if g not in self.genre_names]
        if unknown:
            raise UsageError(
                _("unknown genre {genre!r}; known: {known}").format(
                    genre=unknown[0], known=", ".join(sorted(self.genre_names))
                )
            )
        if len(set(names)) < len(names):
            raise UsageError(_("a genre is given twice: {genres!r}").format(genres=genres))
        codes = [self.genre_names.index(g) for g in names]

        def scaled(value: float, low_high: tuple[float, float]) -> np.ndarray:
            low, high = low_high
            return np.array([np.clip((value - low) / ((high - low) or 1.0), 0, 1)], np.float32)

        return {
            "genres": np.array([codes], np.int32),
            "genres_len": np.array([len(codes)], np.int32),
            "avg_rating": scaled(avg_rating, self.avg_range),
            "year": scaled(year, self.year_range),
        }

    @property
    def genres_hot(self) -> np.ndarray:
        """1 for each genre of a movie, else 0, float32 (n_movies, n_genres)."""
        hot = np.zeros((len(self.genres_len), len(self.genre_names)), np.float32)
        counted = np.arange(self.genres.shape[1]) < self.genres_len[:, np.newaxis]
        hot[np.nonzero(counted)[0], self.genres[counted]] = 1
        return hot

    def with_movie(self, columns: dict[str, np.ndarray]) -> ItemFeatures:
        """A copy with one more movie, as ``encode`` gives it."""
        width = max(self.genres.shape[1], columns["genres"].shape[1])
        genres = np.zeros((len(self.genres_len) + 1, width), np.int32)
        genres[:-1, : self.genres.shape[1]] = self.genres
        genres[-1, : columns["genres"].shape[1]] = columns["genres"]
        return dataclasses.replace(
            self,
            genres=genres,
            genres_len=np.append(self.genres_len, columns["genres_len"]),
            avg_rating=np.append(self.avg_rating, columns["avg_rating"]),
            year=np.append(self.year, columns["year"]),
        )


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The movies as a model knows them, without the ratings: enough for similar movies and for
    recommendations from liked titles.

    Attributes:
        vocabulary: which movie an index means.
        items: the movies' metadata.
        popularity: how many users liked each movie in train, int64 (n_movies,).
        users, histories: which user an index means, and what each rated in train; None where only
            the movies are known, as in a checkpoint's folder.
        origin: the data that the metadata were made from.
    """

    vocabulary: MovieVocabulary
    items: ItemFeatures
    popularity: np.ndarray
    users: UserVocabulary | None = None
    histories: Histories | None = None
    origin: Origin = Origin()

    def with_movie(self, title: str, columns: dict[str, np.ndarray], genres: str) -> Catalogue:
        """A copy with one more movie, which nobody has liked yet."""
        return dataclasses.replace(
            self,
            vocabulary=self.vocabulary.with_movie(title, genres),
            items=self.items.with_movie(columns),
            popularity=np.append(self.popularity, 0),
        )


def item_features(movies: MovieVocabulary, movie: np.ndarray, rating: np.ndarray) -> ItemFeatures:
    """Metadata of all movies, the average taken over the ratings given (FACTS of the course:
    missing averages are the mean of all ratings given, missing years the median year).

    Args:
        movies: all movies.
        movie: movie index of each rating, int32 (n,).
        rating: float32 (n,).
    """
    lists = [g.split("|") for g in movies.genres]
    counts = Counter(g for genres in lists for g in genres)  # keeps first-seen order among ties
    names = tuple(name for name, _ in counts.most_common())
    code = {name: i for i, name in enumerate(names)}
    genres_len = np.fromiter(map(len, lists), np.int32, len(lists))
    genres = np.zeros((len(lists), int(genres_len.max())), np.int32)
    genres[np.arange(genres.shape[1]) < genres_len[:, None]] = [code[g] for x in lists for g in x]

    number = np.bincount(movie, minlength=len(movies))
    total = np.bincount(movie, weights=rating, minlength=len(movies))
    mean = np.where(number > 0, total / np.maximum(number, 1), np.mean(rating, dtype=np.float64))

    found = [_years(t) for t in movies.title]
    years = np.array([float(f[-1]) if f else np.nan for f in found])
    years[np.isnan(years)] = np.nanmedian(years) if not np.isnan(years).all() else 0.0

    def min_max(x: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
        low, high = float(x.min()), float(x.max())
        return ((x - low) / ((high - low) or 1.0)).astype(np.float32), (low, high)

    (avg, avg_range), (year, year_range) = min_max(mean), min_max(years)
    return ItemFeatures(genres, genres_len, avg, year, names, avg_range, year_range)
