"""The ladder: what is measured, kept, and shown."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from graphs.examples import ablation, ladder, ladder_page
from graphs.examples.ladder import ABLATION, NEIGHBOURS, RATINGS, TOP_TEN, Run
from graphs.honest_bias import HonestBias


@pytest.fixture
def short(monkeypatch):
    """A ladder of one step, and rivals that need no other package."""
    monkeypatch.setattr(ladder, "LADDER", ("honest-bias",))
    monkeypatch.setattr(ladder, "RANKED", ("honest-bias",))
    monkeypatch.setattr(ladder, "COMPARED", ("mf",))
    monkeypatch.setattr(ablation, "LEFT_OUT", {"whole": HonestBias})
    own = [r for r in ladder.rivals.TOP_TEN_RIVALS if r.name in ("most popular", "EASE")]
    monkeypatch.setattr(ladder.rivals, "TOP_TEN_RIVALS", tuple(own))
    monkeypatch.setattr(ladder.rivals, "RATING_RIVALS", ())


def climb(small_dir, folder, **options):
    lines = []
    runs = ladder.climb(data_dir=small_dir, folder=folder, write=lines.append, **options)
    return runs, lines


def test_all_tables(short, small_dir, tmp_path):
    runs, lines = climb(small_dir, tmp_path, seeds=(1, 2))
    tables = [(r.table, r.model, r.split, r.seed) for r in runs]
    assert tables.count((RATINGS, "honest-bias", "time", 2)) == 1
    assert {r.split for r in runs if r.table == TOP_TEN} == {"random-fifth", "time"}
    assert len([r for r in runs if r.table == ABLATION]) == 2
    assert [r.seed for r in runs if (r.model, r.split) == ("EASE", "time")] == [None]
    assert all(r.figures["train_seconds"] > 0 for r in runs)
    (mf, _) = [r for r in runs if r.table == NEIGHBOURS]
    assert 0 < mf.figures["genres"] <= 1 and mf.figures["serve_ms"] is None
    again, told = climb(small_dir, tmp_path, seeds=(1, 2))
    assert told == [f"{len(runs)} results are there already, in {tmp_path / 'results.jsonl'}"]
    np.testing.assert_equal(*({r.key: r.figures for r in found} for found in (again, runs)))
    page = ladder_page.write(runs, tmp_path / "page.html").read_text("utf-8")
    assert page.count("<img") == 2 and "EASE" in page and "http" not in page


def test_a_line_that_was_cut_short_is_measured_again(short, small_dir, tmp_path):
    options = {"seeds": (1,), "tables": (TOP_TEN,), "splits": ("time",)}
    runs, _ = climb(small_dir, tmp_path, **options)
    file = tmp_path / "results.jsonl"
    file.write_text(file.read_text()[:-20])
    again, lines = climb(small_dir, tmp_path, **options)
    assert lines[0].startswith(f"{len(runs) - 1} results are there already")
    figures = [{r.model: r.figures["top_ndcg"] for r in found} for found in (runs, again)]
    assert figures[0] == figures[1]


def test_nested_rows_are_train_rows(short, small_dir, small, tmp_path, monkeypatch):
    seen = []
    measure = HonestBias.measure
    monkeypatch.setattr(
        HonestBias, "measure", lambda m, data: (seen.append(data), measure(m, data))[1]
    )
    climb(small_dir, tmp_path, seeds=(1,), tables=(RATINGS,), splits=("time",), nested=True)
    (data,) = seen
    outer = small.split("time")[1]
    pairs = set(zip(small.user[outer].tolist(), small.movie[outer].tolist(), strict=True))
    inner = zip(data.test.user.tolist(), data.test.movie.tolist(), strict=True)
    assert len(data.test) and not pairs & set(inner)
    assert len(data.data) == len(small) - len(outer)


def run(model, rmse, seed=1, split="course"):
    figures = dict.fromkeys([name for _, name, _ in ladder.FIGURES[RATINGS]], 0.5)
    return Run(RATINGS, model, split, seed, {**figures, "rmse": rmse, "train_seconds": 2.0})


def test_tables_have_means_and_spreads():
    rows = ladder.text_rows([run("a", 0.9), run("a", 0.8, 2), run("b", 0.7)], RATINGS, "course")
    assert [row["RMSE"] for row in rows] == [f"0.8500 ({np.std([0.9, 0.8], ddof=1):.4f})", "0.7000"]
    assert rows[0]["train s"] == "2.0" and rows[0]["new user ms"] == "-"


def test_ahead_says_by_how_much():
    lines = ladder.ahead(
        [run("honest-raters", 0.88), run("Surprise SVD", 0.9)], "honest-raters", RATINGS
    )
    assert lines[0] == (
        "course, RMSE: honest-raters 0.8800, the best rival (Surprise SVD) 0.9000: ahead"
    )
    assert lines[1].endswith("not ahead")  # the same is not ahead


def test_on_the_command_line(short, cli, small_dir, tmp_path):
    args = ["compare", "--ladder", "--seeds", 1, "--split", "time", "--data-dir", small_dir]
    page = tmp_path / "page.html"
    found = cli(*args, "--folder", tmp_path, "--json", "--html", page)
    assert found.exit_code == 0, found.stderr
    rows = json.loads(found.stdout)
    assert {row["split"] for row in rows} == {"time"} and {row["table"] for row in rows} == {
        RATINGS,
        TOP_TEN,
    }
    assert page.is_file()
    text = cli(*args, "--folder", tmp_path).stdout
    assert "Top ten of the whole catalogue, split time" in text and "- time, NDCG@10:" not in text
    for wrong, said in (
        (["--ladder", "--protocol", "deck"], "--protocol does not go with --ladder"),
        (["--split", "time"], "--split needs --ladder"),
        (["--ladder", "--seeds", 0], "--seeds"),
    ):
        found = cli("compare", *wrong)
        assert found.exit_code == 2 and said in found.stderr


def test_choosing_looks_at_no_test_row(short, small_dir, small, tmp_path, monkeypatch):
    from graphs.examples import choosing

    seen = []
    measure = HonestBias.measure
    monkeypatch.setattr(
        HonestBias, "measure", lambda m, data: (seen.append(data), measure(m, data))[1]
    )
    tried = choosing.Choice("honest-bias", "random", "rmse", {"learning_rate": (0.3,)})
    monkeypatch.setattr(choosing, "CHOICES", (tried,))
    log = tmp_path / "log.csv"
    args = ["--data-dir", str(small_dir), "--log", str(log)]
    for _ in range(2):
        result = CliRunner().invoke(choosing.main, args)
        assert result.exit_code == 0, result.output
    table = pd.read_csv(log)
    assert list(table.setting) == ["defaults", "learning_rate=0.3"] * 2
    assert table.value[0] == table.value[2] != table.value[1]
    outer = small.split("random")[1]
    pairs = set(zip(small.user[outer].tolist(), small.movie[outer].tolist(), strict=True))
    for data in seen:
        for rows in (data.test, data.train, data.valid):
            assert not pairs & set(zip(rows.user.tolist(), rows.movie.tolist(), strict=True))
