"""Vocabularies and movie metadata."""

from __future__ import annotations

import numpy as np
import pytest

from tests.small import NO_YEAR, UNRATED
from tfcourse.errors import DataError, UsageError
from tfcourse.recommenders.catalogue import MovieVocabulary, item_features

# --- metadata ---------------------------------------------------------------------------------


def vocabulary(*movies):
    ids, titles, genres = zip(*movies, strict=True)
    return MovieVocabulary(np.array(ids), np.array(titles, object), np.array(genres, object))


def test_metadata_by_hand():
    movies = vocabulary(
        (1, "A (1990)", "Drama|War"),
        (2, "B (2001) (Director's cut) (2010)", "Comedy"),
        (3, "No year", "(no genres listed)"),
        (4, "D (1995)", "War|Comedy|Drama"),
    )
    items = item_features(movies, np.array([0, 0, 1, 3]), np.array([5.0, 4.0, 2.0, 3.0]))
    # Drama, War, Comedy twice each: the first seen goes first.
    assert items.genre_names == ("Drama", "War", "Comedy", "(no genres listed)")
    np.testing.assert_array_equal(items.genres, [[0, 1, 0], [2, 0, 0], [3, 0, 0], [1, 2, 0]])
    np.testing.assert_array_equal(items.genres_len, [2, 1, 1, 3])
    # Means 4.5, 2, (3.5: the mean of all ratings), 3, from 2 to 4.5.
    np.testing.assert_allclose(items.avg_rating, [1, 0, 0.6, 0.4], rtol=1e-6)
    # 1990, 2010 (the last), (1995: the median), 1995, from 1990 to 2010.
    np.testing.assert_allclose(items.year, [0, 1, 0.25, 0.25], rtol=1e-6)
    assert (items.avg_range, items.year_range) == ((2.0, 4.5), (1990.0, 2010.0))
    assert {v.dtype for v in items.columns.values()} == {np.dtype("i4"), np.dtype("f4")}


def test_metadata_where_nothing_differs():
    movies = vocabulary((1, "A", "Drama"), (2, "B", "Drama"))
    items = item_features(movies, np.array([0]), np.array([3.0]))
    for column in (items.avg_rating, items.year):
        assert np.isfinite(column).all()


def test_a_new_movies_metadata(deck):
    items = deck.items
    encoded = items.encode("Comedy|Drama", 1960, items.avg_range[1] + 3)
    names = [items.genre_names[g] for g in encoded["genres"][0]]
    assert names == ["Comedy", "Drama"] and encoded["genres_len"] == [2]
    assert encoded["avg_rating"] == [1.0]  # outside the range seen: clipped
    low, high = items.year_range
    np.testing.assert_allclose(encoded["year"], [(1960 - low) / (high - low)], rtol=1e-6)
    with pytest.raises(UsageError, match="Opera.*Film-Noir"):
        items.encode("Drama|Opera", 1960, 3)


@pytest.mark.parametrize("year", [np.nan, np.inf, -np.inf, 0, 999, 10000, 1e300])
def test_a_year_without_four_digits(year, deck):
    with pytest.raises(UsageError, match="four digits"):
        deck.items.encode("Drama", year, 3.0)


@pytest.mark.parametrize("average", [np.nan, np.inf])
def test_an_average_that_is_no_number(average, deck):
    with pytest.raises(UsageError, match="average rating of a movie is a number"):
        deck.items.encode("Drama", 1960, average)


@pytest.mark.parametrize("genres", ["", " ", "Drama ", "Drama | Comedy", "Drama|", "drama"])
def test_genres_that_are_not_known(genres, deck):
    with pytest.raises(UsageError, match="unknown genre"):
        deck.items.encode(genres, 1960, 3.0)


def test_a_genre_twice(deck):
    with pytest.raises(UsageError, match="twice: 'Drama.Comedy.Drama'"):
        deck.items.encode("Drama|Comedy|Drama", 1960, 3.0)


def test_a_new_movie_where_nothing_differs():
    items = item_features(vocabulary((1, "A (1990)", "Drama")), np.array([0]), np.array([3.0]))
    encoded = items.encode("Drama", 1990, 3.0)
    assert encoded["year"] == encoded["avg_rating"] == [0.0]


@pytest.mark.parametrize("title", ["", "  ", "\t\n", "A\x1b[31m", "A\u202e", "A\udcff"])
def test_a_new_movie_without_a_title(title, small):
    with pytest.raises(UsageError, match="a title of printable characters"):
        small.movies.with_movie(title, "Drama")


# --- the vocabulary ---------------------------------------------------------------------------


def test_ids_to_indexes(small):
    np.testing.assert_array_equal(small.movies.index([1, 4, 178]), [0, 1, UNRATED])
    for unknown in (0, 2, 179, -5):
        with pytest.raises(DataError, match=f"unknown movie id {unknown}"):
            small.movies.index([1, unknown])


def test_the_digest_is_of_the_ids_in_order():
    a = vocabulary((1, "A", "x"), (2, "B", "x"))
    assert a.digest == vocabulary((1, "other", "y"), (2, "B", "x")).digest
    assert a.digest != vocabulary((1, "A", "x"), (3, "B", "x")).digest
    assert a.digest != vocabulary((1, "A", "x")).digest


def test_the_years_of_titles_without_one(deck):
    low, high = deck.items.year_range
    year = low + (high - low) * deck.items.year
    known = np.delete(year, NO_YEAR)
    assert year[NO_YEAR] == pytest.approx(np.median(known), abs=0.01)
