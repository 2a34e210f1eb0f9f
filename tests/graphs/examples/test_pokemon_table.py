"""The Pokémon table: rows, mean and spread, statements, pictures; in full under the marker slow."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from graphs.examples import Result, pokemon_table
from tfcourse.cli import main
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
    assert row["mean"] == row["runs"][0] and row["spread"] == {}
    assert (
        row["deck"]["tr_acc"] == 0.516 and not row["outside"]
    )  # the deck's is no run on this data
    assert [s["statement"] for s in found["statements"]] == [s[0] for s in pokemon_table.STATEMENTS]
    text = "\n".join(pokemon_table.text_after(found))
    assert "generated stand-in" in text and "not on this" in text
    assert "The split is the deck's." in text and "no spread" in text
    cell = pokemon_table.text_rows(found)[0]["train acc"]
    assert cell == f"{row['mean']['tr_acc']:.3f} [0.516]"


@pytest.mark.slow  # tests/cli/test_sweep.py has the same of another command
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
    assert "split" in found["varies"]
    assert "split is" not in "\n".join(pokemon_table.text_after(found))
    assert all(row["runs"][0] != row["runs"][1] for row in found["rows"])  # of another seed


def test_mean_and_spread():
    runs = [dict.fromkeys(pokemon_table.WORDS, x) for x in (1.0, 2.0, 4.5)]
    row = pokemon_table.row_of(pokemon_table.SETTINGS[0], runs, compare=True)
    assert row["mean"]["tr_loss"] == pytest.approx(2.5)
    assert row["spread"]["tr_loss"] == pytest.approx(np.std([1, 2, 4.5], ddof=1))
    assert row["runs"] == runs


def test_figures_outside_the_spread_are_named():
    outside = pokemon_table.outside
    assert outside("vl_acc", 0.484, 0.6, 0.02) == (
        "valid acc 0.484 lies 5.8 spreads below the mean 0.600 (0.020)"
    )
    assert outside("epochs", 19, 14, 1.5) == "epochs 19 lies 3.3 spreads above the mean 14 (1.5)"
    assert outside("vl_acc", 0.58, 0.6, 0.02) == ""
    assert outside("vl_acc", 0.522, 0.543, 0.0) == "valid acc 0.522, where every seed gives 0.543"
    assert outside("tr_loss", 0.133, 0.1325, 0.0) == ""
    setting = pokemon_table.SETTINGS[0]
    runs = [dict.fromkeys(pokemon_table.WORDS, x) for x in (1.0, 1.1)]
    assert len(pokemon_table.row_of(setting, runs, compare=True)["outside"]) == 4
    assert not pokemon_table.row_of(setting, runs, compare=False)["outside"]
    # One run has no spread, so the deck's figures cannot lie outside it.
    assert not pokemon_table.row_of(setting, runs[:1], compare=True)["outside"]


def test_a_slide_alone(cli, tmp_path, few):
    picture = tmp_path / "l2.png"
    done = cli("pokemon-table", "--slide", "regularization", "--slide", "dropout", "--seeds", 1, "--epochs",
               2, "--data-dir", tmp_path / "data", "--plot", picture, "--json")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["key"] for row in found["rows"]] == ["overfit", "l2", "dropout"]
    texts = [s["statement"] for s in found["statements"]]
    assert len(texts) == 3 and all("overfit" in t or "dropout" in t for t in texts)
    assert f"Drew {picture}" in done.stderr and picture.stat().st_size > 20_000
    done = cli("pokemon-table", "--slide", "l2")
    names = [slide.name for slide in pokemon_table.SLIDES]
    assert done.exit_code == 2 and f"known: {', '.join(names)}" in done.stderr
    (option,) = (p for p in main.commands["pokemon-table"].params if p.name == "slides")
    assert all(name in option.help for name in names)


def test_every_slide_has_its_panels(monkeypatch, tmp_path):
    """A panel for each loss and one for the accuracy, each with the curves and the deck's figures."""
    drawn = []
    monkeypatch.setattr(pokemon_table.plots, "save", lambda figure, path: drawn.append(figure))
    ends = {"tr_loss": 0.5, "vl_loss": 0.6, "tr_acc": 0.7, "vl_acc": 0.8}
    hist = {name: [1.0, end] for name, end in ends.items()}
    curves = {s.key: [hist] for s in pokemon_table.SETTINGS}
    result = Result({"source": "a test", "note": "", "seeds": [0]}, curves)
    pokemon_table.draw(result, tmp_path / "all.png")
    (figure,) = drawn
    panels = [axis for axis in figure.axes if axis.get_xlabel() == "epoch"]
    labels = [axis.get_ylabel() for axis in panels]
    assert labels == ["MSE", "cross entropy", "accuracy"] + 4 * ["cross entropy", "accuracy"]
    titles = [axis.get_title(loc="left") for axis in panels]
    assert all(any(slide.title in t for t in titles) for slide in pokemon_table.SLIDES)

    def lines(axis):
        return [(line.get_xdata()[-1], line.get_ydata()[-1]) for line in axis.get_lines()]

    assert lines(panels[0]) == [(2, 0.5), (30, 0.133), (2, 0.6), (30, 0.132)]
    assert lines(panels[1]) == [(2, 0.5), (2, 0.6)]  # the slide prints no figures for it
    early = lines(panels[5])
    assert (19, 0.664) in early and (19, 0.953) in early and (1, 0.845) in early
    assert (50, 0.587) in lines(panels[8])


@pytest.mark.slow
def test_the_statements_on_the_stand_in(tmp_path):
    check(pokemon_table.table(str(tmp_path / "data"), 5, jobs=2), 5)


@pytest.mark.slow
@pytest.mark.skipif(
    not has_real, reason=f"TFCOURSE_TEST_DATA names no folder with {pokemon.FILE_NAME}"
)
def test_the_statements_on_the_real_file():
    found = pokemon_table.table(REAL, 5, jobs=2)
    check(found, 5)
    # On the deck's split only these figures of the deck lie outside the spread (docs/pokemon.md).
    outside = {
        (row["key"], " ".join(text.split()[:2])) for row in found["rows"] for text in row["outside"]
    }
    assert outside == {("l2", "valid loss"), ("l2", "valid acc")}
    mse = found["rows"][0]
    for name, value in mse["deck"].items():
        assert mse["mean"][name] == pytest.approx(value, abs=0.001)
    # Mean and spread that the course's page of facts gives (its five seeds draw other splits).
    facts = {"mse": (0.514, 0.535), "sgd": (0.600, 0.537), "adam": (0.713, 0.693),
             "overfit": (0.902, 0.677), "l2": (0.689, 0.691), "dropout": (0.726, 0.722)}  # fmt: skip
    for row in found["rows"]:
        if row["key"] in facts:
            tr_acc, vl_acc = facts[row["key"]]
            assert row["mean"]["tr_acc"] == pytest.approx(tr_acc, abs=0.02)
            assert row["mean"]["vl_acc"] == pytest.approx(vl_acc, abs=0.1)
