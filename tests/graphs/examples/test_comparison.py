"""The comparison: rows, the second call loads, the page holds table, leak and pictures."""

from __future__ import annotations

import json
import re

import pytest

from graphs.examples import comparison
from graphs.examples.comparison import LESSONS
from tfcourse.datasets.movielens import LEAKS


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
    assert json.loads(single.stdout) == row


def test_the_second_call_loads_and_says_the_same(compared, cli, tmp_path):
    folder, args, first = compared
    second = cli(*args, "--json", "--html", tmp_path / "page.html")
    assert second.stderr.count("loaded from") == 2 * len(LESSONS)
    assert "training" not in second.stderr
    assert second.stdout == first.stdout
    # The curves too end with the epoch kept, whether the model was trained or loaded.
    assert (tmp_path / "page.html").read_text("utf-8") == (folder / "page.html").read_text("utf-8")


def test_jobs_give_the_same_rows_and_page(compared, cli, tmp_path):
    folder, args, one = compared
    other = ("--folder", tmp_path / "models", "--html", tmp_path / "page.html", "--jobs", "2")
    two = cli(*args, "--json", *other)
    assert two.exit_code == 0, two.stderr
    assert two.stdout == one.stdout
    assert (tmp_path / "page.html").read_text("utf-8") == (folder / "page.html").read_text("utf-8")
    # Every line says which model it is of, and each model has its epochs.
    lines = two.stderr.splitlines()[:-1]
    labels = {f"{name} ({protocol})" for name in LESSONS for protocol in ("deck", "clean")}
    assert {line.split(": ")[0] for line in lines} == labels
    assert sum(": 02 " in line for line in lines) == len(labels)
    assert "Kept epoch" in two.stderr and two.stderr.splitlines()[-1].startswith("Wrote ")


def test_models_of_other_settings_are_trained_anew(small_dir, tmp_path):
    def trained(**options):
        lines: list[str] = []
        comparison.compare(
            ["deck"],
            models=["mf"],
            data_dir=small_dir,
            folder=tmp_path,
            write=lines.append,
            **{"epochs": 2, **options},
        )
        return lines[0] == "mf (deck): training"

    assert trained()
    assert not trained()
    assert trained(epochs=1) and trained(seed=89) and trained(seed=89, retrain=True)
    assert not trained(seed=89)


def test_text_shows_the_deck_beside_the_measured_and_names_the_leak(compared, cli):
    _, args, first = compared
    text = cli(*args).stdout
    row = next(r for r in json.loads(first.stdout) if r["lesson"] == "mf")
    assert f"{row['rmse']:.3f} (0.92)" in text
    assert "average rating counts its test ratings" in text
    assert len(re.findall(r"^- (deck|clean): ", text, re.MULTILINE)) == 8


def test_each_row_of_the_leaks_says_what_leaks(cli, small_dir, tmp_path):
    args = ("compare", "--leaks", "--data-dir", small_dir, "--folder", tmp_path, "--epochs", "1")
    result = cli(*args)
    assert result.exit_code == 0, result.stderr
    table = result.stdout.split("\n\n")[1].splitlines()
    found = [re.split(r"\s{2,}", line)[1:3] for line in table[2:]]
    assert found == [
        ["deck", "all three"],
        ["only-average-leaks", "only the average"],
        ["only-queries-leak", "only the queries"],
        ["only-epoch-leaks", "only the choice of the epoch"],
        ["clean", "nothing"],
    ]
    rows = json.loads(cli(*args, "--json").stdout)
    assert [row["protocol"] for row in rows] == ["deck", *LEAKS, "clean"]
    assert {row["lesson"] for row in rows} == {"mf-with-dnn"} and "leaks" not in rows[0]


def test_every_protocol_says_what_leaks():
    found = [comparison.what_leaks(p) for p in ("deck", *LEAKS, "clean")]
    assert len(set(found)) == 5 and found[0] == "all three" and found[-1] == "nothing"


def test_page(compared):
    folder, _, _ = compared
    page = (folder / "page.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 2 * (2 + len(LESSONS) + 1 + len(LESSONS))
    assert "(0.82)" in page and "What leaks" in page
    assert "30 users and 60" in page
    assert "http" not in re.sub(r'src="data:[^"]*"', "", page)  # nothing is fetched
