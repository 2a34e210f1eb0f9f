"""The deck's split of MovieLens, and the protocols with their leaks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.small import FEW_RATINGS, N_MOVIES, N_USERS, small_frames, write_movielens
from tfcourse.batches import Origin
from tfcourse.datasets import movielens, movielens_protocols
from tfcourse.datasets.movielens import LEAKS, PROTOCOLS
from tfcourse.errors import DataError, UsageError
from tfcourse.recommenders.catalogue import MovieVocabulary, UserVocabulary, item_features

# --- the split --------------------------------------------------------------------------------


def test_the_split_is_the_courses_row_for_row(course_data, course_deck):
    data = course_deck.data
    for rows, name in zip(data.split(), ("movielens.tr.csv", "movielens.te.csv"), strict=True):
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
    train, test = small.split()
    expected = split_by_hand(small)
    assert (list(train), list(test)) == expected


def test_the_split_in_a_file_that_is_not_sorted(tmp_path):
    ratings, movies = small_frames()
    write_movielens(tmp_path, ratings.sample(frac=1, random_state=3), movies)
    data = movielens.load(tmp_path)
    assert tuple(map(list, data.split())) == split_by_hand(data)


def test_users_with_fewer_than_5_ratings_are_left_out(small, deck):
    for rows in (deck.train, deck.test):
        assert FEW_RATINGS not in rows.user
    assert len(deck.train) + len(deck.test) == len(small) - 4


@pytest.mark.parametrize("name", movielens.SPLITS[1:])
def test_other_splits_hold_each_row_once(small, name):
    train, test = small.split(name)
    assert sorted([*train, *test]) == list(range(len(small)))
    assert all(map(np.array_equal, (train, test), small.split(name)))  # the same draw each time


def test_sizes_of_the_random_splits(small):
    assert len(small.split("random")[1]) == len(small) - int(0.9 * len(small))
    _, test = small.split("random-fifth")
    n = np.bincount(small.user)
    assert list(np.bincount(small.user[test], minlength=len(n))) == list(n - (n * 0.8).astype(int))


def test_the_split_by_time(small):
    train, test = small.split("time")
    for user in range(small.n_users):
        before, after = (small.timestamp[rows[small.user[rows] == user]] for rows in (train, test))
        assert len(before) == int(0.8 * (len(before) + len(after)))
        assert before.max(initial=0) <= after.min()


def test_an_unknown_split(small):
    with pytest.raises(UsageError, match="unknown split 'tim'; known: course, random"):
        small.prepare(split="tim")


def test_the_split_is_part_of_the_origin(small):
    data = small.prepare("clean", split="time")
    assert (data.split, data.test.origin.split) == ("time", "time")
    assert pairs(data.test) == {(small.user[i], small.movie[i]) for i in small.split("time")[1]}


def test_too_few_ratings_to_split(small):
    few = np.flatnonzero(small.user == small.user[-1])
    columns = {name: getattr(small, name)[few] for name in ("user", "movie", "rating", "timestamp")}
    with pytest.raises(DataError, match="4 ratings leave 0 train and 0 test.*5 ratings or more"):
        dataclasses.replace(small, **columns).prepare()


# --- metadata of the deck's rows --------------------------------------------------------------


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
    _, test = small.split()
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


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_rows_carry_one_catalogue(protocol, small):
    data = small.prepare(protocol)
    for rows in (data.train, data.valid, data.test):
        assert rows.catalogue is data.catalogue
        assert rows.origin == Origin(protocol, "files given", split="course")
    assert (data.protocol, data.source, data.note) == (protocol, "files given", "")
    assert data.catalogue.users is small.users and data.vocabulary is small.movies


def test_batches(clean):
    train, valid, test = clean.train_batches(32), clean.valid_batches(), clean.test_batches(7)
    assert (train.rows, valid.rows, test.rows) == (clean.train, clean.valid, clean.test)
    assert (train.shuffle, valid.shuffle, test.shuffle) == (True, False, False)
    assert (train.n_batch, valid.n_batch, test.n_batch) == (32, 1024, 7)
    assert not clean.train_batches(32, shuffle=False).shuffle


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rankings_are_asked_with_the_whole_train_history(protocol, small, deck):
    data = small.prepare(protocol)
    histories = data.histories
    assert len(histories) == N_USERS and data.catalogue.histories is histories
    for user in range(N_USERS):
        assert list(histories[user]) == history(deck.train, user)
    assert len(histories[FEW_RATINGS]) == 0


def test_time_aware_queries_hold_what_was_rated_before(small):
    data = small.prepare("deck", time_aware=True)
    train, _ = small.split()
    time = small.timestamp[train]
    lengths = set()
    for i, query in enumerate(queries(data.train)):
        mine = data.train.user == data.train.user[i]
        before = np.flatnonzero(mine & (time < time[i]))
        expected = data.train.movie[before[np.argsort(time[before], kind="stable")]]
        assert sorted(query) == sorted(expected)
        lengths.add(len(query))
    assert 0 in lengths and len(lengths) > 5


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_popularity_counts_who_liked_a_movie_in_train(protocol, small, deck):
    expected = np.zeros(N_MOVIES, int)
    for movie, rating in zip(deck.train.movie, deck.train.rating, strict=True):
        expected[movie] += rating >= 4
    np.testing.assert_array_equal(small.prepare(protocol).popularity, expected)


def test_sizes(deck):
    assert deck.sizes == {
        "n_users": N_USERS,
        "n_movies": N_MOVIES,
        "n_genres": len(deck.items.genre_names),
    }


def test_an_unknown_protocol(small):
    with pytest.raises(UsageError, match="'honest'.*deck, clean, only-average-leaks"):
        small.prepare("honest")


# --- one leak at a time, by hand --------------------------------------------------------------

# Ten movies, rated by two users. Of user 0 the train rows are the movies 0, 1, 2 (70% of the
# positives) and 5, 6, 7; of user 1 they are 5, 6, 7 and 0, 1, 2. The movies 3, 4, 8, 9 are test.
RATINGS_BY_HAND = (
    (5.0, 4.5, 4.0, 5.0, 4.5, 3.0, 1.0, 2.0, 3.5, 0.5),
    (1.0, 2.5, 3.0, 1.0, 3.5, 4.0, 5.0, 4.0, 4.5, 5.0),
)
TRAIN_BY_HAND = ([0, 1, 2, 5, 6, 7], [5, 6, 7, 0, 1, 2])
# User 0's test movies by falling rating: 3 (5.0), 4 (4.5), 8 (3.5), 9 (0.5); user 1's: 9 (5.0),
# 8 (4.5), 4 (3.5), 3 (1.0).
HIGHER_BY_HAND = (
    {3: [], 4: [3], 8: [3, 4], 9: [3, 4, 8]},
    {9: [], 8: [9], 4: [9, 8], 3: [9, 8, 4]},
)


@pytest.fixture
def by_hand(monkeypatch):
    """The ratings above; half of the train rows are taken out for validation."""
    monkeypatch.setattr(movielens_protocols, "VALID_SHARE", 0.5)
    movie = np.tile(np.arange(10, dtype=np.int32), 2)
    titles = np.array([f"Film {i} ({1990 + i})" for i in range(10)], object)
    return movielens.MovieLens(
        users=UserVocabulary(np.array([3, 4])),
        movies=MovieVocabulary(np.arange(10) + 1, titles, np.array(["Drama"] * 10, object)),
        user=np.repeat(np.arange(2, dtype=np.int32), 10),
        movie=movie,
        rating=np.array(RATINGS_BY_HAND, np.float32).ravel(),
        timestamp=np.arange(20),
        source="by hand",
        path=Path("nowhere"),
    )


def keyed(rows):
    """(user, movie) to query."""
    return dict(
        zip(zip(rows.user.tolist(), rows.movie.tolist(), strict=True), queries(rows), strict=True)
    )


def averages(data):
    """Movie to mean rating, before the scaling to 0..1."""
    low, high = data.items.avg_range
    return low + (high - low) * data.items.avg_rating.astype(float)


def test_each_protocol_leaks_what_its_name_says():
    assert LEAKS == ("only-average-leaks", "only-queries-leak", "only-epoch-leaks")
    leaks = {name: dataclasses.astuple(leaks) for name, leaks in PROTOCOLS.items()}
    assert leaks == {
        "deck": (True, True, True),  # average, queries, epoch
        "clean": (False, False, False),
        "only-average-leaks": (True, False, False),
        "only-queries-leak": (False, True, False),
        "only-epoch-leaks": (False, False, True),
    }


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_where_the_epoch_is_chosen(protocol, by_hand):
    data = by_hand.prepare(protocol)
    train = {(u, m) for u in (0, 1) for m in TRAIN_BY_HAND[u]}
    test = {(u, m) for u in (0, 1) for m in HIGHER_BY_HAND[u]}
    assert pairs(data.test) == test
    if protocol in ("deck", "only-epoch-leaks"):
        assert pairs(data.train) == train and pairs(data.valid) == test
    else:
        assert pairs(data.train) | pairs(data.valid) == train
        assert [int((data.valid.user == user).sum()) for user in (0, 1)] == [3, 3]
        assert len(data.train) == 6


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_an_average_is_over(protocol, by_hand):
    data = by_hand.prepare(protocol)
    if protocol in ("deck", "only-average-leaks"):
        expected = [3.0, 3.5, 3.5, 3.0, 4.0, 3.5, 3.0, 3.0, 4.0, 2.75]
    else:
        fitted = {m: [] for m in range(10)}
        for user, movie in pairs(data.train):
            fitted[movie].append(RATINGS_BY_HAND[user][movie])
        all_fitted = [rating for ratings in fitted.values() for rating in ratings]
        expected = [np.mean(fitted[m] or all_fitted) for m in range(10)]
        assert not any(fitted[m] for m in (3, 4, 8, 9))  # test movies have no average of their own
    np.testing.assert_allclose(averages(data), expected, rtol=1e-6)


def test_the_average_where_only_the_epoch_leaks(by_hand):
    """All train rows are fitted; the movies 3, 4, 8, 9 get the mean of the twelve ratings."""
    expected = [3.0, 3.5, 3.5, 3.25, 3.25, 3.5, 3.0, 3.0, 3.25, 3.25]
    np.testing.assert_allclose(averages(by_hand.prepare("only-epoch-leaks")), expected, rtol=1e-6)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_query_of_a_test_row(protocol, by_hand):
    found = keyed(by_hand.prepare(protocol).test)
    for user in (0, 1):
        for movie, higher in HIGHER_BY_HAND[user].items():
            leaked = higher if protocol in ("deck", "only-queries-leak") else []
            assert found[user, movie] == TRAIN_BY_HAND[user] + leaked


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_query_of_a_fitted_row(protocol, by_hand):
    data = by_hand.prepare(protocol)
    for (user, movie), query in keyed(data.train).items():
        fitted = [m for m in TRAIN_BY_HAND[user] if (user, m) in pairs(data.train)]
        assert query == [m for m in fitted if m != movie]


@pytest.mark.parametrize("protocol", ["clean", "only-average-leaks", "only-queries-leak"])
def test_the_query_of_a_valid_row(protocol, by_hand):
    """The fitted history and, if queries leak, the higher-rated valid movies; no test movie."""
    data = by_hand.prepare(protocol)
    for (user, movie), query in keyed(data.valid).items():
        fitted = [m for m in TRAIN_BY_HAND[user] if (user, m) in pairs(data.train)]
        others = [m for m in TRAIN_BY_HAND[user] if (user, m) in pairs(data.valid)]
        falling = sorted(others, key=lambda m: -RATINGS_BY_HAND[user][m])  # ties stay in order
        leaked = falling[: falling.index(movie)] if protocol == "only-queries-leak" else []
        assert query == fitted + leaked


@pytest.mark.parametrize("protocol", ["deck", "only-epoch-leaks"])
def test_valid_rows_are_the_test_rows_where_the_epoch_leaks(protocol, by_hand):
    data = by_hand.prepare(protocol)
    assert keyed(data.valid) == keyed(data.test)
    np.testing.assert_array_equal(data.valid.rating, data.test.rating)


def test_the_valid_rows_that_the_draw_takes(by_hand):
    """The same queries in numbers: movies 1, 6, 7 of both users are valid, 0, 2, 5 are fitted."""
    data = by_hand.prepare("only-queries-leak")
    assert keyed(data.valid) == {
        (0, 1): [0, 2, 5],  # 4.5
        (0, 7): [0, 2, 5, 1],  # 2.0
        (0, 6): [0, 2, 5, 1, 7],  # 1.0
        (1, 6): [5, 0, 2],  # 5.0
        (1, 7): [5, 0, 2, 6],  # 4.0
        (1, 1): [5, 0, 2, 6, 7],  # 2.5
    }
    # Movie 0 has 5.0 and 1.0, movie 2 4.0 and 3.0, movie 5 3.0 and 4.0; the others have the mean
    # of these six ratings. The test ratings are not in it.
    expected = [3.0, 10 / 3, 3.5, 10 / 3, 10 / 3, 3.5] + [10 / 3] * 4
    np.testing.assert_allclose(averages(data), expected, rtol=1e-6)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_the_test_ratings_change(protocol, small):
    """Other test ratings change what is fitted or chosen only through the leaks."""
    leaks = PROTOCOLS[protocol]
    _, test = small.split()
    rating = small.rating.copy()
    # Each stays on its side of 4, so that the split itself stays.
    rating[test] = np.where(rating[test] >= 4, 9 - rating[test], np.float32(4) - rating[test])
    data, other = (
        small.prepare(protocol),
        dataclasses.replace(small, rating=rating).prepare(protocol),
    )
    same_average = np.array_equal(data.items.avg_rating, other.items.avg_rating)
    assert same_average != leaks.average
    assert (queries(data.test) == queries(other.test)) != leaks.queries
    assert np.array_equal(data.valid.rating, other.valid.rating) != leaks.epoch
    assert (queries(data.valid) == queries(other.valid)) != (leaks.queries and leaks.epoch)
    assert queries(data.train) == queries(other.train)
    np.testing.assert_array_equal(data.train.rating, other.train.rating)
