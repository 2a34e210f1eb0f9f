"""The data sets by name, and the contract that all of them keep."""

from __future__ import annotations

import numpy as np
import pytest

from tfcourse import datasets
from tfcourse.batches import Origin
from tfcourse.datasets.contract import Downloadable, PreparedRatings
from tfcourse.datasets.movielens import MovieLens
from tfcourse.errors import UsageError

NAMES = (
    "movielens",
    "pokemon",
    "hunter-regression",
    "hunter-classification",
    "hunter-multi-label",
)


def test_names():
    assert tuple(datasets.by_name()) == NAMES


def test_open_by_name(small_dir, small):
    data = datasets.open_data("movielens", small_dir)
    assert isinstance(data, MovieLens)
    np.testing.assert_array_equal(data.rating, small.rating)


def test_an_unknown_name():
    with pytest.raises(UsageError, match="unknown data set 'netflix'; known: movielens, pokemon"):
        datasets.open_data("netflix")


def test_lenient_is_for_movielens(small_dir):
    assert len(datasets.open_data("movielens", small_dir, lenient=True)) > 0
    for name in NAMES[1:]:
        with pytest.raises(
            UsageError, match=f"--lenient is for lessons on movielens, not on {name}"
        ):
            datasets.open_data(name, small_dir, lenient=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_contract(name, small_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = small_dir if name == "movielens" else "data"
    prepared = datasets.open_data(name, folder).prepare("clean")
    train, valid = prepared.train_batches(8), prepared.valid_batches()
    assert train.shuffle and not prepared.train_batches(8, shuffle=False).shuffle
    split = getattr(prepared, "split", None)
    origin = Origin(prepared.protocol, prepared.source, prepared.note, split)
    assert train.rows.origin == valid.rows.origin == origin
    assert all(isinstance(size, int) for size in prepared.sizes.values())
    assert isinstance(prepared, PreparedRatings) == (name == "movielens")


@pytest.mark.parametrize("name", NAMES)
def test_status_and_verify(name, small_dir):
    found = datasets.by_name()[name]
    status = found.status(small_dir)
    assert {"name", "source", "path", "rows", "licence", "complete"} <= set(status)
    assert status["name"] == name
    verified = found.verify(small_dir)
    assert status.items() <= {k: v for k, v in verified.items() if k != "files"}.items()
    assert isinstance(verified["files"], dict)


def test_what_can_be_downloaded():
    found = [name for name, data in datasets.by_name().items() if isinstance(data, Downloadable)]
    assert found == ["movielens", "pokemon"]
