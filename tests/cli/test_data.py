"""The command data: status, verify, download; and what all commands do with --data-dir."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.small import small_frames
from tfcourse.errors import DataError


@pytest.mark.parametrize("form", [["data"], ["data", "status"], ["data", "verify"]], ids=" ".join)
def test_data(form, put, has_keys, small_dir):
    rows = put(*form, "--data-dir", small_dir)
    assert all(has_keys(row, "data") for row in rows), [set(row) for row in rows]
    assert [row["name"] for row in rows][:2] == ["movielens", "pokemon"] and len(rows) == 5
    movielens = rows[0]
    ratings, _ = small_frames()
    assert (movielens["rows"], movielens["path"]) == (len(ratings), str(small_dir))
    assert movielens["source"] == "files given" and "Harper" in movielens["licence"]
    if "verify" in form:
        assert movielens["files"]["ratings.csv"] == "other contents"


def test_data_options_may_stand_before_the_word(cli, put, small_dir):
    result = cli("data", "--json", "--data-dir", small_dir, "status")
    assert json.loads(result.stdout) == put("data", "status", "--data-dir", small_dir)


def test_data_as_text(cli, small_dir):
    result = cli("data", "--data-dir", small_dir)
    assert result.exit_code == 0
    assert "name  movielens" in result.stdout and "complete  yes" in result.stdout
    verified = cli("data", "verify", "--data-dir", small_dir).stdout
    assert "files  ratings.csv other contents, movies.csv other contents" in verified


@pytest.mark.parametrize("form", [["data"], ["data", "verify"]], ids=" ".join)
def test_what_a_named_folder_lacks_is_not_there(form, put, cli, small_dir, tmp_path):
    movielens, pokemon, *hunters = put(*form, "--data-dir", small_dir)
    assert movielens["complete"] and all(row["complete"] for row in hunters)
    assert (pokemon["source"], pokemon["rows"], pokemon["complete"]) == ("not there", 0, False)
    assert "expected the Pokémon file" in pokemon["note"] and str(small_dir) in pokemon["note"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "Ratings.csv").touch()
    movielens = put(*form, "--data-dir", "mine")[0]
    assert movielens["note"].endswith("found Ratings.csv: rename it to ratings.csv")
    text = cli(*form, "--data-dir", "mine").stdout
    assert "source  not there" in text and "complete  no" in text


@pytest.mark.parametrize(
    "command",
    [["data"], ["data", "verify"], ["fit", "mf"], ["fit", "pokemon-ce"], ["compare"],
     ["sweep", "mf", "--dim", "2"], ["pokemon-table"], ["demo"]],
    ids=" ".join,
)  # fmt: skip
def test_a_named_folder_that_does_not_exist(command, refused, tmp_path):
    line = refused(1, *command, "--data-dir", "nowhere", progress=command == ["demo"])
    assert line == "Error: nowhere: no such folder of data; check its name"
    assert list(tmp_path.iterdir()) == []


def test_a_named_folder_without_the_data_of_the_lesson(refused, put, small_dir, tmp_path):
    for command in (["fit", "pokemon-ce"], ["pokemon-table"]):
        refused(1, *command, "--data-dir", small_dir, said="expected the Pokémon file")
    (tmp_path / "empty").mkdir()
    for command in (["fit", "mf"], ["compare"]):
        refused(1, *command, "--data-dir", "empty", said="found an empty folder")
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


@pytest.fixture
def with_bad_rows(small_dir, tmp_path):
    """The small MovieLens with two bad rows."""
    folder = tmp_path / "bad"
    shutil.copytree(small_dir, folder)
    with open(folder / "ratings.csv", "a", encoding="utf-8") as file:
        file.write("10,1,True,5\n10,1\n")
    return folder


def test_lenient(with_bad_rows, put, cli, refused, fitted):
    where = ["--data-dir", with_bad_rows]
    model = fitted("mf")[1]
    commands = (
        ["fit", "mf", "--epochs", 1, "--seed", 3, "--model-dir", "m"],
        ["sweep", "mf", "--dim", 2, "--epochs", 1],
        ["evaluate", model],
        ["recommend", model, "--user", 0],
        ["compare", "--epochs", 1, "--protocol", "clean"],
    )
    n_rows = len(small_frames()[0])
    path = with_bad_rows / "ratings.csv"
    for command in commands:
        refused(
            1, *command, *where, said=f"line {n_rows + 2}: expected a finite number in 'rating'"
        )
    for command in commands[:4]:
        result = cli(*command, *where, "--lenient", "--json")
        assert result.exit_code == 0, result.stderr
        json.loads(result.stdout)
        lines = [line for line in result.stderr.splitlines() if str(path) in line]
        assert lines == [
            f"{path}: dropped 2 bad rows, kept {n_rows}:",
            f"  {path}, line {n_rows + 2}: expected a finite number in 'rating', found 'True'",
            f"  {path}, line {n_rows + 3}: expected 4 cells, found 2 cells",
        ]
    said = cli(*commands[2], *where, "--lenient").stderr
    assert "trained on files given, measured here on files given, without 2 bad rows" in said


def test_lenient_comparison(with_bad_rows, capsys):
    from graphs.examples import comparison

    options = {"models": ("dummy",), "data_dir": with_bad_rows, "write": str}
    with pytest.raises(DataError, match="a finite number in 'rating'"):
        comparison.compare(("deck",), **options)
    (row,) = comparison.compare(("deck",), lenient=True, **options)
    assert row["lesson"] == "dummy" and "dropped 2 bad rows" in capsys.readouterr().err


def test_lenient_is_for_movielens(refused):
    refused(2, "fit", "pokemon-ce", "--lenient", said="for lessons on movielens, not on pokemon")


def test_looking_writes_nothing(put, tmp_path):
    assert put("data")[0]["rows"] == 100_004
    assert list(tmp_path.iterdir()) == []


def test_download_without_a_server(cli, tmp_path):
    result = cli("data", "download", "movielens", "--url", "http://127.0.0.1:9/", "--data-dir", "d")
    assert result.exit_code == 1 and "cannot be downloaded" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list((tmp_path / "d").rglob("*.csv"))


def test_what_is_generated_cannot_be_downloaded(refused):
    line = refused(2, "data", "download", "hunter-regression")
    assert line.endswith("known: movielens, pokemon")
