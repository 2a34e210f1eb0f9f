"""Mini-batches over columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tfcourse.batches import Batches, Columns, data_fn, dataFn
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
        "genres", "genres_len", "avg_rating", "year", "timestamp",
    }  # fmt: skip
    np.testing.assert_array_equal(batch["user_id"], deck.train.user[:4])
    movie = deck.train.movie[:4]
    np.testing.assert_array_equal(batch["candidate_movie_id"], movie)
    np.testing.assert_array_equal(batch["year"], deck.items.year[movie])
    np.testing.assert_array_equal(batch["genres"], deck.items.genres[movie])


# --- columns of lists, as in the course's frames ----------------------------------------------

LISTS = {"query_movie_ids": [[7], [5, 6, 7], [], [1, 2]], "rating": [1.0, 2.0, 3.0, 4.0]}


@pytest.mark.parametrize("table", [dict, pd.DataFrame])
def test_lists_are_padded_to_the_longest_of_the_batch(table):
    one, two = dataFn(table(LISTS), n_batch=2)()
    assert one["query_movie_ids"].tolist() == [[7, 0, 0], [5, 6, 7]]
    assert one["query_movie_ids_len"].tolist() == [1, 3]
    assert two["query_movie_ids"].tolist() == [[0, 0], [1, 2]]
    assert two["query_movie_ids_len"].tolist() == [0, 2]
    assert one["query_movie_ids"].dtype == one["query_movie_ids_len"].dtype == np.int32
    (last,) = dataFn(table(LISTS), n_batch=4)(names=["rating", "query_movie_ids"])
    assert set(last) == {"rating", "query_movie_ids"}


def test_lists_of_one_length_in_a_frame_and_lists_of_numbers_with_a_point():
    (batch,) = dataFn(pd.DataFrame({"genres": [[1, 2], [3, 4]], "share": [[0.5], [0.25]]}))()
    assert batch["genres"].tolist() == [[1, 2], [3, 4]] and batch["genres_len"].tolist() == [2, 2]
    assert batch["share"].tolist() == [[0.5], [0.25]] and batch["share"].dtype == np.float32


def test_nothing_but_empty_lists():
    (batch,) = dataFn(pd.DataFrame({"genres": [[], []]}))()
    assert batch["genres"].shape == (2, 0) and batch["genres_len"].tolist() == [0, 0]


def test_lengths_that_are_given():
    frame = pd.DataFrame({**LISTS, "query_movie_ids_len": [1, 3, 0, 2]})
    assert next(dataFn(frame, 4)())["query_movie_ids_len"].tolist() == [1, 3, 0, 2]
    frame.loc[1, "query_movie_ids_len"] = 4
    with pytest.raises(DataError, match="row 1: query_movie_ids_len is 4, .* has 3 values"):
        dataFn(frame)


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ([[1], None], "row 1: genres holds lists, and None is none"),
        ([["Drama"], ["Comedy"]], "genres holds lists of numbers"),
    ],
    ids=str,
)
def test_lists_that_cannot_be_padded(lists, said):
    with pytest.raises(DataError, match=said):
        dataFn(pd.DataFrame({"genres": lists}))
