"""Queries cut from histories, by hand and against lists."""

from __future__ import annotations

import numpy as np
import pytest

from tfcourse.recommenders.histories import Histories

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
