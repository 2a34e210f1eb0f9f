"""Mini-batches, and the queries cut from histories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tfcourse.batches import Batches, Columns, Histories, data_fn, dataFn
from tfcourse.errors import DataError, UsageError


def columns(n):
    return Columns({"x": np.arange(n), "y": np.arange(n) * 2.0})


# --- batches ----------------------------------------------------------------------------------


def test_10000_rows_in_batches_of_100_are_100_updates():
    """Deck, "Mini-batch"."""
    batches = Batches(columns(10_000), 100)
    assert len(batches) == 100 and batches.n_rows == 10_000
    sizes = [len(batch["x"]) for batch in batches()]
    assert sizes == [100] * 100


@pytest.mark.parametrize(
    ("n", "n_batch", "sizes"), [(10, 4, [4, 4, 2]), (3, 10, [3]), (4, 4, [4]), (3, 1, [1, 1, 1])]
)
def test_the_last_batch_may_be_smaller(n, n_batch, sizes):
    batches = Batches(columns(n), n_batch)
    assert [len(b["x"]) for b in batches()] == sizes and len(batches) == len(sizes)


def test_in_order_without_shuffle():
    batches = Batches(columns(10), 3)
    for epoch in (1, 2):
        np.testing.assert_array_equal(np.concatenate([b["x"] for b in batches(epoch)]), range(10))


def test_shuffled_every_row_once_and_its_columns_together():
    batches = Batches(columns(100), 7, shuffle=True)
    x = np.concatenate([b["x"] for b in batches(1, 5)])
    y = np.concatenate([b["y"] for b in batches(1, 5)])
    assert (x != np.arange(100)).any()
    np.testing.assert_array_equal(np.sort(x), np.arange(100))
    np.testing.assert_array_equal(y, 2 * x)


def test_the_order_is_of_seed_and_epoch_alone():
    orders = {
        (s, e): tuple(Batches(columns(50), 7, True).order(e, s)) for s in (1, 2) for e in (1, 2)
    }
    assert len(set(orders.values())) == 4
    again = Batches(columns(50), 3, True)
    list(again(1, 9))  # what was drawn before does not matter
    assert {key: tuple(again.order(key[1], key[0])) for key in orders} == orders


def test_a_seed_of_ones_own_goes_before_the_models():
    own = Batches(columns(50), 7, True, seed=4)
    np.testing.assert_array_equal(own.order(1, 1), own.order(1, 2))
    np.testing.assert_array_equal(own.order(1), Batches(columns(50), 7, True).order(1, 4))


def test_only_the_columns_asked_for():
    assert list(next(iter(Batches(columns(5), 2)(names=["y", "other"])))) == ["y"]


@pytest.mark.parametrize("n_batch", [0, -1, 2.0, "4", None, True], ids=repr)
def test_a_batch_holds_at_least_one_row(n_batch):
    with pytest.raises(UsageError, match="at least one row"):
        Batches(columns(5), n_batch)


def test_no_rows():
    with pytest.raises(DataError, match="no rows"):
        Batches(columns(0), 4)


@pytest.mark.parametrize(
    "wrong", [{}, {"x": np.zeros(3), "y": np.zeros(4)}], ids=["none", "differ"]
)
def test_columns_that_make_no_table(wrong):
    with pytest.raises(UsageError, match="column"):
        Columns(wrong)


def test_data_fn_of_the_tutorial():
    x, y = np.arange(12).reshape(6, 2), np.eye(6)
    batches = data_fn(x, y, 4, shuffle=False)
    first, second = batches()
    np.testing.assert_array_equal(first["inputs"], x[:4])
    np.testing.assert_array_equal(second["labels"], y[4:])
    with pytest.raises(UsageError, match="length"):
        data_fn(x, y[:-1], 4)


@pytest.mark.parametrize("table", [dict, pd.DataFrame])
def test_dataFn_takes_tables(table):
    batches = dataFn(table({"user_id": [1, 2, 3], "rating": [3.0, 4.0, 5.0]}), n_batch=2)
    np.testing.assert_array_equal(list(batches())[1]["rating"], [5.0])


def test_dataFn_takes_prepared_rows(deck):
    batch = next(iter(dataFn(deck.train, 4)()))
    assert set(batch) == {
        "user_id", "query_movie_ids", "query_movie_ids_len", "candidate_movie_id", "rating",
        "genres", "genres_len", "avg_rating", "year",
    }  # fmt: skip
    np.testing.assert_array_equal(batch["user_id"], deck.train.user[:4])
    movie = deck.train.movie[:4]
    np.testing.assert_array_equal(batch["candidate_movie_id"], movie)
    np.testing.assert_array_equal(batch["year"], deck.items.year[movie])
    np.testing.assert_array_equal(batch["genres"], deck.items.genres[movie])


# --- queries by hand --------------------------------------------------------------------------

# User 0 rated 5, 7, 2; user 1 nothing; user 2 rated 9.
USER, MOVIE = np.array([0, 2, 0, 0]), np.array([5, 9, 7, 2])
HISTORIES = Histories.of(USER, MOVIE, 3)


def test_histories_keep_the_order_of_the_rows():
    assert len(HISTORIES) == 3 and list(HISTORIES.size) == [3, 0, 1]
    assert [list(HISTORIES[u]) for u in range(3)] == [[5, 7, 2], [], [9]]
    assert HISTORIES.movies.dtype == np.int32


def test_leave_one_out():
    queries = HISTORIES.leave_one_out(USER, MOVIE)
    movies, size = queries.padded(np.arange(4))
    np.testing.assert_array_equal(movies, [[7, 2], [0, 0], [5, 2], [5, 7]])
    np.testing.assert_array_equal(size, [2, 0, 2, 2])
    assert movies.dtype == size.dtype == np.int32


def test_a_movie_that_is_not_in_the_history_leaves_it_whole():
    queries = HISTORIES.leave_one_out(np.array([0, 1, 0]), np.array([8, 5, 999]))
    movies, size = queries.padded(np.arange(3))
    np.testing.assert_array_equal(movies, [[5, 7, 2], [0, 0, 0], [5, 7, 2]])
    np.testing.assert_array_equal(size, [3, 0, 3])


def test_padding_is_only_as_wide_as_the_batch_needs():
    queries = HISTORIES.whole(np.array([2, 0, 1]))
    assert queries.padded(np.array([0, 2]))[0].tolist() == [[9], [0]]
    assert queries.padded(np.array([1]))[0].tolist() == [[5, 7, 2]]
    assert queries.padded(np.array([2]))[0].shape == (1, 0)
    assert queries.padded(np.array([], int))[0].shape == (0, 0)


def test_time_aware():
    # 5 at 30 s, 7 at 10 s, 2 at 30 s: what stands at the same second is not before.
    queries = HISTORIES.before(USER, MOVIE, np.array([30, 99, 10, 30]))
    movies, size = queries.padded(np.arange(4))
    np.testing.assert_array_equal(movies, [[7], [0], [0], [7]])
    np.testing.assert_array_equal(size, [1, 0, 0, 1])


def test_higher_rated():
    # Test rows of user 0: 3 (4 stars), 4 (5), 6 (4); of user 1: 8.
    user, movie = np.array([0, 0, 1, 0]), np.array([3, 4, 8, 6])
    queries = HISTORIES.with_higher_rated(user, movie, np.array([4.0, 5.0, 1.0, 4.0]))
    movies, size = queries.padded(np.arange(4))
    assert [list(m[:n]) for m, n in zip(movies, size, strict=True)] == [
        [5, 7, 2, 4],
        [5, 7, 2],
        [],
        [5, 7, 2, 4, 3],
    ]


def test_a_history_of_2000():
    user, movie = np.zeros(2000, int), np.random.default_rng(0).permutation(9125)[:2000]
    histories = Histories.of(user, movie, 1)
    movies, size = histories.leave_one_out(user, movie).padded(np.array([0, 1000, 1999]))
    assert movies.shape == (3, 1999) and (size == 1999).all()
    for row, i in enumerate((0, 1000, 1999)):
        np.testing.assert_array_equal(movies[row], np.delete(movie, i))


def test_empty_histories_alone():
    histories = Histories.of(np.zeros(0, int), np.zeros(0, int), 2)
    for queries in (
        histories.whole(np.array([0, 1])),
        histories.leave_one_out(np.array([0, 1]), np.array([3, 4])),
        histories.with_higher_rated(np.array([0, 1]), np.array([3, 4]), np.ones(2)),
    ):
        movies, size = queries.padded(np.arange(2))
        assert movies.shape == (2, 0) and (size == 0).all()


# --- queries against lists --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_queries_against_lists_on_random_data(seed):
    rng = np.random.default_rng(seed)
    n_users, n_movies, n = 9, 25, 110
    pairs = rng.permutation(n_users * n_movies)[: 2 * n]
    user, movie = pairs // n_movies, (pairs % n_movies).astype(np.int32)
    time, rating = rng.integers(0, 20, n), rng.integers(1, 11, n) / 2
    train = (user[:n], movie[:n])
    test = (user[n:], movie[n:])
    lists = [[int(m) for u, m in zip(*train, strict=True) if u == v] for v in range(n_users)]
    histories = Histories.of(*train, n_users)
    index = rng.permutation(n)

    def check(queries, expected):
        movies, size = queries.padded(index)
        assert movies.shape[1] == max(len(expected[i]) for i in index)
        for row, i in enumerate(index):
            assert list(movies[row, : size[row]]) == expected[i]
            assert not movies[row, size[row] :].any()
        np.testing.assert_array_equal(queries.size[index], size)

    check(
        histories.leave_one_out(*train),
        [[m for m in lists[u] if m != own] for u, own in zip(*train, strict=True)],
    )
    # Rows in another order than the histories', and rows that are in none.
    order = rng.permutation(n)
    check(
        histories.leave_one_out(train[0][order], train[1][order]),
        [[m for m in lists[user[i]] if m != movie[i]] for i in order],
    )
    check(histories.leave_one_out(*test), [lists[u] for u in test[0]])
    check(histories.whole(test[0]), [lists[u] for u in test[0]])

    in_time = [
        sorted((j for j in range(n) if user[j] == v), key=lambda j: time[j]) for v in range(n_users)
    ]
    check(
        histories.before(*train, time),
        [[int(movie[j]) for j in in_time[user[i]] if time[j] < time[i]] for i in range(n)],
    )

    def higher(i):
        mine = sorted(
            (j for j in range(n) if test[0][j] == test[0][i]), key=lambda j: (-rating[j], j)
        )
        return [int(test[1][j]) for j in mine[: mine.index(i)]]

    check(
        histories.with_higher_rated(*test, rating),
        [lists[test[0][i]] + higher(i) for i in range(n)],
    )


def test_queries_cost_numbers_and_not_lists(embedded):
    """FACTS: the course's own lists take 2.3 GB. Here: a few numbers a row."""
    from tfcourse.datasets import movielens

    train = movielens.load(embedded).prepare("deck").train
    q = train.queries
    size = q.movies.nbytes + q.start.nbytes + q.length.nbytes + q.left_out.nbytes
    assert size < 40 * len(train)
    assert q.size.sum() > 20_000_000  # what lists would hold
