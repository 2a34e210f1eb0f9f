"""The command data: status, verify, download."""

from __future__ import annotations

import json

import pytest

from tests.small import small_frames


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
