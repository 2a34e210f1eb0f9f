"""The comparison: rows, the second call loads, the page holds table, leak and pictures."""

from __future__ import annotations

import json
import re

import pytest

from graphs.examples.comparison import LESSONS


@pytest.fixture(scope="module")
def compared(cli, small_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    args = ("compare", "--data-dir", small_dir, "--folder", folder / "models", "--epochs", "2")
    return folder, args, cli(*args, "--json", "--html", folder / "page.html")


def test_rows_are_those_of_evaluate_for_every_model_and_protocol(compared, cli, small_dir):
    folder, _, result = compared
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)
    models = ["dummy", *LESSONS]
    expected = [(p, m) for p in ("deck", "clean") for m in models]
    assert [(r["protocol"], r["lesson"]) for r in rows] == expected
    single = cli("evaluate", folder / "models/clean/mf_with_dnn", "--data-dir", small_dir, "--json")
    row = next(r for r in rows if (r["protocol"], r["lesson"]) == ("clean", "mf-with-dnn"))
    assert json.loads(single.stdout) == pytest.approx(row, nan_ok=True)


def test_the_second_call_loads_and_says_the_same(compared, cli):
    _, args, first = compared
    second = cli(*args, "--json")
    assert second.stderr.count("loaded from") == 2 * len(LESSONS)
    assert "training" not in second.stderr
    assert json.loads(second.stdout) == json.loads(first.stdout)


def test_text_shows_the_deck_beside_the_measured_and_names_the_leak(compared, cli):
    _, args, first = compared
    text = cli(*args).stdout
    row = next(r for r in json.loads(first.stdout) if r["lesson"] == "mf")
    assert f"{row['rmse']:.3f} (0.92)" in text
    assert "average rating counts its test ratings" in text
    assert len(re.findall(r"^- (deck|clean): ", text, re.MULTILINE)) == 8


def test_page(compared):
    folder, _, _ = compared
    page = (folder / "page.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 2 * (2 + len(LESSONS) + 1 + len(LESSONS))
    assert "(0.82)" in page and "What leaks" in page
    assert "http" not in re.sub(r'src="data:[^"]*"', "", page)  # nothing is fetched
