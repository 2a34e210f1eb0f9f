"""Hyper-parameters and sizes that cannot be."""

from __future__ import annotations

import pytest

import graphs
from tfcourse import checks
from tfcourse.errors import UsageError


def build(name, **hyper):
    return graphs.find(name).load()(**hyper)


@pytest.mark.parametrize(
    ("name", "hyper", "said"),
    [
        ("mf", {"dim": float("inf")}, "dim is a whole number >= 1, not inf"),
        ("mf", {"dim": float("nan")}, "dim is a whole number >= 1, not nan"),
        ("mf", {"dim": 1.5}, "dim is a whole number >= 1, not 1.5"),
        ("mf", {"dim": 2**31}, "dim is at most 2,147,483,647"),
        ("mf", {"dim": 10**400}, "dim is at most 2,147,483,647"),
        ("mf", {"n_epoch": 2**40}, "n_epoch is at most"),
        ("mf", {"seed": -1}, "seed is a whole number >= 0"),
        ("mf", {"reg": 1e39}, "reg is a float32 number >= 0"),
        ("mf", {"learning_rate": 1e300}, "learning_rate is a float32 number"),
        ("mf", {"learning_rate": 1e-60}, "learning_rate is above 0"),
        ("mf-with-dnn-lab", {"hidden": (2**31, 16)}, "hidden has numbers of at most"),
        ("mf", {"dim": 10**6}, r"embd_item of shape \[9125, 1000000\] has 9,125,000,000 elements"),
        ("mf", {"n_users": 10**9}, r"embd_user of shape \[1000000000, 16\]"),
        ("pokemon-ce", {"hidden2": 10**8}, r"dnn2/kernel of shape \[128, 100000000\]"),
    ],
    ids=str,
)
def test_what_cannot_be_built(name, hyper, said):
    with pytest.raises(UsageError, match=said):
        build(name, **hyper)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "AdamOptimizer"])
def test_variables_larger_than_the_memory(optimizer, monkeypatch):
    hyper = {"n_movies": 1000, "n_users": 1000, "dim": 99, "optimizer": optimizer}
    # 2,000 rows of 99 and a bias each, and a bias of all, in 4 bytes.
    n_bytes = 4 * (2000 * 100 + 1)
    needed = n_bytes * (2 if optimizer == "sgd" else 4)
    monkeypatch.setattr(checks, "memory_of_machine", lambda: needed)
    build("mf", **hyper)
    monkeypatch.setattr(checks, "memory_of_machine", lambda: needed - 1)
    with pytest.raises(UsageError, match=r"need 0.0 GB .* shape \[1000, 99\]"):
        build("mf", **hyper)
    monkeypatch.setattr(checks, "memory_of_machine", lambda: None)
    build("mf", **hyper)


def test_the_memory_of_this_machine():
    memory = checks.memory_of_machine()
    assert memory is None or 2**28 < memory < 2**50


def test_hyper_parameters_against_data(deck):
    n_rows = len(deck.train)
    checks.check_against_data(deck, {"dim": 4, "n_batch": n_rows})
    for given, said in (
        ({"n_movies": 60}, "n_movies is not chosen: the data say 60"),
        ({"n_genres": 3}, "n_genres is not chosen"),
        ({"n_batch": n_rows + 1}, f"n_batch is at most {n_rows}"),
    ):
        with pytest.raises(UsageError, match=said):
            checks.check_against_data(deck, given)
