"""Rows of a user together in batches: each row once, in runs, drawn anew; and what a lesson makes of it."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcourse.batches import Batches, Columns
from tfcourse.errors import UsageError
from tfcourse.recommenders import order
from tfcourse.recommenders.order import TOGETHER, in_order


class Grouped(Columns):
    def __init__(self, groups):
        super().__init__({"row": np.arange(len(groups))})
        self.groups = np.asarray(groups, np.int32)


def runs(groups):
    """Lengths of the stretches of one group that follow one another."""
    edges = np.flatnonzero(np.diff(groups)) + 1
    return np.diff(np.concatenate([[0], edges, [len(groups)]]))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=80), st.integers(2, 7), st.integers(1, 9))
def test_each_row_comes_once_and_runs_are_of_one_group(groups, together, epoch):
    rows = Grouped(groups)
    found = Batches(rows, 4, shuffle=True, together=together).order(epoch, 88)
    assert found.dtype == np.int32
    assert sorted(found) == list(range(len(groups)))
    # A group of n rows is cut into ceil(n / together) runs, of which two may meet by chance.
    most = sum(-(-groups.count(group) // together) for group in set(groups))
    assert len(runs(rows.groups[found])) <= most


def test_runs_are_as_long_as_they_may_be_and_drawn_anew():
    rows = Grouped(np.tile(np.arange(500), 8))
    batches = Batches(rows, 4, shuffle=True, together=4)
    first, again, second = batches.order(1, 1), batches.order(1, 1), batches.order(2, 1)
    assert (first == again).all() and (first != second).any()
    length = runs(rows.groups[first])
    assert set(length) <= {4, 8} and (length == 4).mean() > 0.98
    # Within a user and among users the order is random, not that of the rows.
    ascending = np.mean(np.diff(first.reshape(-1, 4), axis=1) > 0)
    assert 0.45 < ascending < 0.55
    starts = rows.groups[first[::4]]
    assert abs(np.corrcoef(starts[:-1], starts[1:])[0, 1]) < 0.1


def test_one_together_is_the_order_of_the_slide():
    rows = Grouped(np.arange(50) // 5)
    assert (
        Batches(rows, 4, shuffle=True).order(3, 7)
        == Batches(rows, 4, shuffle=True, together=1).order(3, 7)
    ).all()


def test_bad_values_are_refused(clean):
    rows = Grouped([0, 0, 1])
    with pytest.raises(UsageError, match="at least 1, not 0"):
        Batches(rows, 4, shuffle=True, together=0)
    with pytest.raises(UsageError, match="Columns have no groups"):
        Batches(Columns({"a": [1, 2]}), 4, shuffle=True, together=2)
    with pytest.raises(UsageError, match="unknown order 'movies'; known: auto, rows, users"):
        in_order(clean.train_batches(8), "movies")
    with pytest.raises(UsageError, match="rows that are shuffled"):
        in_order(clean.train_batches(8, shuffle=False), "users")


def test_auto_takes_users_above_a_size_and_says_so(clean, caplog, monkeypatch):
    batches = clean.train_batches(8)
    with caplog.at_level(logging.WARNING, "tfcourse"):
        assert in_order(batches, "auto") is batches and not caplog.messages
        monkeypatch.setattr(order, "LARGE", len(clean.train) - 1)
        found = in_order(batches, "auto")
    assert (found.together, batches.together) == (TOGETHER, 1)
    assert caplog.messages == [
        f"{len(clean.train)} train rows: up to 32 rows of a user follow one another (order users)"
    ]
    assert in_order(batches, "rows").together == 1
    assert in_order(clean.train_batches(8, shuffle=False), "auto").together == 1


def test_a_batch_has_few_users(clean):
    found = in_order(clean.train_batches(32), "users")
    users = [
        len(set(clean.train.user[batch]))
        for batch in found.order(1, 1).reshape(-1)[:320].reshape(10, 32)
    ]
    assert np.mean(users) < 8


@pytest.mark.parametrize("name", ["mf-with-history", "mf-with-dnn"])
def test_engines_agree(name, clean, lesson_of):
    hists = {}
    for engine in ("feed", "graph"):
        model = lesson_of(name, clean, order="users", n_batch=16)
        model.fit(
            model.train_batches(clean), clean.valid_batches(), 2, engine=engine, verbose=False
        )
        hists[engine] = model.hist
        model.close()
    for curve, values in hists["feed"].items():
        np.testing.assert_allclose(hists["graph"][curve], values, rtol=1e-5, err_msg=curve)
