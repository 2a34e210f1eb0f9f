"""The Pokémon table: rows, mean and spread, luck, statements; in full under the marker slow."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from graphs.examples import pokemon_table
from tfcourse.datasets import pokemon

REAL = os.environ.get("TFCOURSE_TEST_DATA", "")
has_real = bool(REAL) and (Path(REAL) / pokemon.FILE_NAME).is_file()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """The default folder of the data does not exist: the stand-in is used."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def few(monkeypatch):
    """The data sets of this test have 48 train rows and 20 valid ones."""
    split = pokemon.Pokemon.split

    def short(self, seed=pokemon.SPLIT_SEED):
        X_train, Y_train, X_valid, Y_valid = split(self, seed)
        return X_train[:48], Y_train[:48], X_valid[:20], Y_valid[:20]

    monkeypatch.setattr(pokemon.Pokemon, "split", short)


def check(found, seeds):
    for statement in found["statements"]:
        assert statement["held"] == [True] * seeds, statement["statement"]


def test_the_table_in_short(cli, tmp_path, few):
    done = cli(
        "pokemon-table", "--seeds", 1, "--epochs", 1, "--data-dir", tmp_path / "data", "--json"
    )
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["note"] == pokemon.GENERATED_NOTE and found["seeds"] == [0]
    assert [row["key"] for row in found["rows"]] == [s.key for s in pokemon_table.SETTINGS]
    row = found["rows"][0]
    assert row["mean"] == row["runs"][0] and not any(row["spread"].values())
    assert row["deck"]["tr_acc"] == 0.516 and not row["luck"]  # the deck's is no run on this data
    assert len(found["statements"]) == 5
    text = "\n".join(pokemon_table.text_after(found))
    assert "generated stand-in" in text and "not on this" in text
    assert pokemon_table.text_rows(found)[0]["train acc"].endswith("[0.516]")


def test_jobs_give_the_same(cli, tmp_path, few):
    args = [
        "pokemon-table",
        "--seeds",
        2,
        "--resplit",
        "--epochs",
        1,
        "--data-dir",
        tmp_path / "data",
    ]
    one, two = cli(*args, "--json"), cli(*args, "--json", "--jobs", 2)
    assert two.exit_code == 0, two.stderr
    assert two.stdout == one.stdout
    # A line as each training ends, in whatever order.
    lines = two.stderr.splitlines()
    assert sorted(lines) == sorted(one.stderr.splitlines())
    assert len(lines) == 2 * len(pokemon_table.SETTINGS)
    found = json.loads(two.stdout)
    assert all(row["runs"][0] != row["runs"][1] for row in found["rows"])  # of another seed


def test_mean_and_spread():
    runs = [dict.fromkeys(pokemon_table.WORDS, x) for x in (1.0, 2.0, 4.5)]
    row = pokemon_table.row_of(pokemon_table.SETTINGS[0], runs, with_luck=True)
    assert row["mean"]["tr_loss"] == pytest.approx(2.5)
    assert row["spread"]["tr_loss"] == pytest.approx(np.std([1, 2, 4.5], ddof=1))
    assert row["runs"] == runs


def test_luck_is_said_in_words():
    assert pokemon_table.luck("vl_acc", 0.484, 0.6, 0.02) == (
        "valid acc 0.484 lies 5.8 spreads below the mean 0.600 (0.020)"
    )
    assert pokemon_table.luck("vl_acc", 0.58, 0.6, 0.02) == ""
    assert "another split" in pokemon_table.luck("vl_acc", 0.522, 0.543, 0.0)
    assert pokemon_table.luck("tr_loss", 0.133, 0.1325, 0.0) == ""


@pytest.mark.slow
def test_the_five_statements_on_the_stand_in(tmp_path):
    check(pokemon_table.table(str(tmp_path / "data"), 5, jobs=2), 5)


@pytest.mark.slow
@pytest.mark.skipif(
    not has_real, reason=f"TFCOURSE_TEST_DATA names no folder with {pokemon.FILE_NAME}"
)
def test_the_five_statements_on_the_real_file():
    found = pokemon_table.table(REAL, 5, jobs=2)
    check(found, 5)
    # Mean and spread that the course's page of facts gives (its five seeds draw other splits).
    facts = {"mse": (0.514, 0.535), "sgd": (0.600, 0.537), "adam": (0.713, 0.693),
             "overfit": (0.902, 0.677), "l2": (0.689, 0.691), "dropout": (0.726, 0.722)}  # fmt: skip
    for row in found["rows"]:
        if row["key"] in facts:
            tr_acc, vl_acc = facts[row["key"]]
            assert row["mean"]["tr_acc"] == pytest.approx(tr_acc, abs=0.02)
            assert row["mean"]["vl_acc"] == pytest.approx(vl_acc, abs=0.1)
