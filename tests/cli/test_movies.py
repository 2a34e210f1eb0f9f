"""The commands on a checkpoint: evaluate, describe, most-like, recommend, export."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from tests.small import FEW_RATINGS, N_MOVIES, small_frames, write_movielens
from tfcourse import checkpoints


@pytest.fixture
def damaged(tmp_path):
    """A data folder with a wrong rating in line 8."""
    ratings, movies = small_frames()
    ratings.loc[6, "rating"] = 7.5
    return write_movielens(tmp_path / "damaged", ratings, movies)


@pytest.fixture
def of_2018(fitted, tmp_path):
    """A checkpoint of basic MF as the 2018 code leaves it: no JSON, no vocabulary."""
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    for name in ("model-1.json", "model-2.json", "vocabulary.csv"):
        (folder / name).unlink(missing_ok=True)
    return folder


# --- a model is built and restored once -------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["evaluate"],
        ["evaluate", "--protocol", "clean"],
        ["most-like", "Heat"],
        ["recommend"],
        ["recommend", "--liked", "Heat"],
        ["recommend", "--user", "3"],
        ["export", "saved"],
    ],
    ids=" ".join,
)
def test_each_command_builds_and_restores_once(command, put, fitted, small_dir, built):
    folder = fitted("mf")[1]
    lessons, restored = built
    lessons.clear(), restored.clear()
    name, *rest = command
    put(name, folder, *rest, "--data-dir", small_dir)
    assert lessons == restored == ["MF"]


@pytest.mark.parametrize("command", [["evaluate"], ["recommend", "--user", "3"]], ids=" ".join)
def test_the_2018_kind_is_built_and_restored_once(command, put, of_2018, small_dir, built):
    lessons, restored = built
    lessons.clear(), restored.clear()
    name, *rest = command
    put(name, of_2018, *rest, "--lesson", "mf", "--data-dir", small_dir)
    assert lessons == restored == ["MF"]


# --- evaluate ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", ["mf", "mf-with-dnn-xent"])
def test_evaluate(lesson, put, has_keys, fitted, small_dir):
    result, folder = fitted(lesson)
    got = put("evaluate", folder, "--data-dir", small_dir)
    assert has_keys(got, "evaluate") and list(got)[:2] == ["lesson", "protocol"]
    assert (got["lesson"], got["protocol"]) == (lesson, "deck")
    # The epoch that is kept is the best one, and its checkpoint gives the figure of the curve.
    hist = json.loads(result.stdout)["hist"]
    best = hist["vl_rmse" if lesson == "mf" else "vl_loss"]
    assert got["rmse"] == pytest.approx(hist["vl_rmse"][best.index(min(best))], rel=1e-5)


def test_evaluate_under_another_protocol(cli, fitted, small_dir):
    result = cli(
        "evaluate", fitted("mf")[1], "--protocol", "clean", "--data-dir", small_dir, "--json"
    )
    assert json.loads(result.stdout)["protocol"] == "clean"
    assert "trained under protocol deck, measured here under clean" in result.stderr


def test_evaluate_on_other_data(cli, put, fitted, tmp_path):
    """Other ratings of the same movies: possible, and the source of the data is the same."""
    ratings, movies = small_frames()
    ratings["rating"] = 5.5 - ratings["rating"]
    folder = write_movielens(tmp_path / "other", ratings, movies)
    result = cli("evaluate", fitted("mf")[1], "--data-dir", folder, "--json")
    assert result.exit_code == 0 and "trained on" not in result.stderr
    path = next(shutil.copytree(fitted("mf")[1], tmp_path / "m").glob("model-2.json"))
    described = {**json.loads(path.read_text("utf-8")), "data_source": "elsewhere"}
    described["digest"] = checkpoints.files.digest_of(described)
    path.write_text(json.dumps(described), "utf-8")
    result = cli("evaluate", tmp_path / "m", "--data-dir", folder, "--json")
    assert "Note: trained on elsewhere, measured here on files given." in result.stderr


def test_evaluate_as_text(cli, fitted, small_dir):
    result = cli("evaluate", fitted("mf")[1], "--data-dir", small_dir)
    assert result.exit_code == 0
    assert "ndcg_strict" in result.stdout and "{" not in result.stdout


def test_evaluate_of_a_classifier(cli, put, tmp_path):
    args = ["fit", "pokemon-ce", "--epochs", 1, "--data-dir", tmp_path / "data", "--model-dir", "p"]
    hist = put(*args)["hist"]
    result = cli("evaluate", "p", "--data-dir", tmp_path / "data", "--json")
    got = json.loads(result.stdout)
    assert list(got) == ["lesson", "protocol", "loss", "accuracy", "note"]
    assert got["loss"] == pytest.approx(hist["vl_loss"][-1], rel=1e-5)
    assert result.stderr.strip() == got["note"]


@pytest.mark.parametrize("command", [["evaluate"], ["most-like", "0"], ["recommend"]], ids=str)
def test_a_folder_that_is_not_there(command, refused):
    name, *rest = command
    refused(1, name, "no-such-folder", *rest, said="no-such-folder: no such folder")


def test_a_folder_without_a_checkpoint(refused, tmp_path):
    refused(1, "evaluate", tmp_path, said="no checkpoint here")


def test_another_lesson_than_the_folders(refused, fitted):
    refused(1, "evaluate", fitted("mf")[1], "--lesson", "mf-with-dnn", said="mf-with-dnn")
    refused(2, "evaluate", fitted("mf")[1], "--lesson", "mff", said="mff")


def test_a_damaged_checkpoint(refused, fitted, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    (path,) = folder.glob("model-2.data-*")
    os.truncate(path, 100)
    refused(1, "most-like", folder, "0", said=path.name)


def test_a_folder_of_2018_without_its_lesson(put, has_keys, refused, of_2018, small_dir):
    refused(1, "evaluate", of_2018, "--data-dir", small_dir, said="--lesson")
    refused(1, "evaluate", of_2018, "--lesson", "mf-with-dnn", "--data-dir", small_dir,
            said="missing")  # fmt: skip
    got = put("evaluate", of_2018, "--lesson", "mf", "--data-dir", small_dir)
    assert has_keys(got, "evaluate")
    rows = put("most-like", of_2018, "Heat", "--lesson", "mf", "--data-dir", small_dir)
    assert rows[0]["title"] == "Heat (1995)"


def test_the_2018_checkpoint_of_basic_mf(put, course_checkpoints, course_data):
    where = [course_checkpoints / "model_mf", "--lesson", "mf", "--data-dir", course_data]
    got = put("evaluate", *where)
    assert got["rmse"] == pytest.approx(0.9287804, abs=1e-6)
    assert got["auc"] == pytest.approx(0.74625064, abs=1e-6)
    rows = put("most-like", *where[:1], "0", *where[1:])
    expected = [0, 7551, 5158, 8473, 900, 2786, 6867, 3794, 921, 4279]
    assert [row["index"] for row in rows] == expected


def test_damaged_data(refused, damaged, fitted):
    for args in (
        ["fit", "mf", "--data-dir", damaged],
        ["evaluate", fitted("mf")[1], "--data-dir", damaged],
        ["recommend", fitted("mf")[1], "--user", "0", "--data-dir", damaged],
        ["data", "--data-dir", damaged],
        ["data", "verify", "--data-dir", damaged],
        ["compare", "--data-dir", damaged],
        ["compare", "--data-dir", damaged, "--jobs", 2],
    ):
        line = refused(1, *args, said="ratings.csv, line 8")
        assert "7.5" in line


def test_a_file_in_the_place_of_the_data_folder(refused, tmp_path):
    (tmp_path / "file").write_text("")
    for args in (["fit", "mf"], ["compare"]):
        refused(1, *args, "--data-dir", tmp_path / "file", said=str(tmp_path / "file"))


def test_other_movies_than_those_of_the_checkpoint(refused, fitted, embedded):
    line = refused(1, "evaluate", fitted("mf")[1], "--data-dir", embedded)
    assert "60" in line and "9066" in line and str(fitted("mf")[1]) in line


# --- describe ---------------------------------------------------------------------------------


def test_describe(cli, put, fitted):
    got = put("describe", fitted("mf")[1])
    assert (got["lesson"], got["protocol"], got["epoch"], got["kind"]) == (
        "mf", "deck", 2, "tfcourse",
    )  # fmt: skip
    assert got["variables"]["embedding/embd_item"] == [60, 16]
    text = cli("describe", fitted("mf")[1]).stdout
    assert "lesson  mf\n" in text and "embedding/embd_item [60, 16]" in text


# --- most-like, recommend ---------------------------------------------------------------------


def test_most_like(put, has_keys, fitted):
    """From the folder alone: no --data-dir, and none is written."""
    rows = put("most-like", fitted("mf")[1], "Heat", "-k", 7)
    assert len(rows) == 7 and all(has_keys(row, "movies") for row in rows)
    assert rows[0]["title"] == "Heat (1995)" and rows[0]["movie_id"] == 7
    assert not os.path.exists("data")
    for query in (["2"], ["id:7"], ["7", "--by", "id"], ["heat (1995)"]):
        assert put("most-like", fitted("mf")[1], *query, "-k", 7) == rows


def test_most_like_as_text(cli, fitted):
    result = cli("most-like", fitted("mf")[1], "cité", "-k", 3)
    assert result.exit_code == 0
    assert "Cité des enfants perdus, La (1995)" in result.stdout
    assert len(result.stdout.splitlines()) == 5


def test_json_of_other_letters_is_not_escaped(cli, fitted):
    assert "Cité" in cli("most-like", fitted("mf")[1], "cité", "--json").stdout


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("no such film", "no title contains"),
        ("toy", "1 Toy Story 2 (1999)"),
        ("60", "outside 0..59"),
        ("id:2", "no movie has the id 2"),
        ("", "empty"),
    ],
)
def test_a_query_that_names_no_movie(query, said, refused, fitted):
    refused(2, "most-like", fitted("mf")[1], query, said=said)


def test_a_lesson_that_is_not_a_recommender(put, refused, tmp_path):
    put(
        "fit",
        "hunter-regression",
        "--epochs",
        1,
        "--data-dir",
        tmp_path / "data",
        "--model-dir",
        "h",
    )
    for command in (["most-like", "h", "0"], ["recommend", "h"], ["recommend", "h", "--user", "0"],
                    ["export", "h", "out"]):  # fmt: skip
        refused(2, *command, said="hunter-regression is not a recommender")


def test_recommend_to_a_user(put, has_keys, fitted, small_dir):
    got = put("recommend", fitted("mf")[1], "--user", "3", "-k", 4, "--data-dir", small_dir)
    assert has_keys(got, "recommend") and got["rung"] == "model"
    assert len(got["items"]) == 4 and all(has_keys(row, "movies") for row in got["items"])
    by_id = put("recommend", fitted("mf")[1], "--user", "id:16", "-k", 4, "--data-dir", small_dir)
    assert by_id == got


def test_recommend_by_what_was_liked(put, fitted):
    liked = ["--liked", "Heat", "--liked", "id:1", "--liked", "20"]
    got = put("recommend", fitted("mf-with-dnn-xent")[1], *liked, "-k", 5)
    assert got["rung"] == "content" and len(got["items"]) == 5
    assert not {2, 0, 20} & {row["index"] for row in got["items"]}
    got = put("recommend", fitted("mf-with-dnn-xent")[1], *liked, "--enough", 3)
    assert got["rung"] == "model"
    assert all(0 < row["score"] < 1 for row in got["items"])


def test_recommend_when_nothing_is_known(put, fitted, small_dir):
    assert put("recommend", fitted("mf")[1])["rung"] == "popular"
    args = ["--user", FEW_RATINGS, "--data-dir", small_dir]
    assert put("recommend", fitted("mf")[1], *args)["rung"] == "popular"


def test_recommend_as_text_with_seen_and_explained(cli, fitted):
    args = ["recommend", fitted("mf")[1], "--liked", "Heat", "-k", N_MOVIES]
    result = cli(*args, "--with-seen", "--explain")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "rung: content" and lines[1].split()[-1] == "because"
    assert all(line.endswith("Heat (1995)") for line in lines[3:])
    assert len(lines) == 3 + N_MOVIES


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--user", "30"], "user index 30 is outside 0..29"),
        (["--user", "-1"], "outside"),
        (["--user", "id:11"], "no user has the id 11"),
        (["--user", "somebody"], "somebody"),
        (["--liked", "no such film"], "no title contains"),
        (["--liked", "toy"], "fits 2 movies"),
    ],
    ids=str,
)
def test_somebody_who_is_not_there(args, said, refused, fitted, small_dir):
    refused(2, "recommend", fitted("mf")[1], *args, "--data-dir", small_dir, said=said)


def test_new_movies(put, refused, small_dir):
    put("fit", "mf-with-dnn-new-movies", "--epochs", 1, "--data-dir", small_dir, "--model-dir", "m")
    new = ["--new-movie", "Toy Story 3; Comedy|Children; 1999; 4.5"]
    rows = put("most-like", "m", "Toy Story 3", "-k", 2, *new)
    assert rows[0]["title"] == "Toy Story 3" and rows[0]["index"] == 60
    items = put("recommend", "m", *new, "--liked", "Heat", "-k", 61)["items"]
    assert "Toy Story 3" in {row["title"] for row in items}
    for wrong, said in (
        ("Toy Story 3", "TITLE; GENRES"),
        ("; Comedy; 1999", "TITLE; GENRES"),
        ("A\x1b[31m; Comedy; 1999", "printable characters"),
        ("A; Comedy; x", "are numbers"),
        ("A; Comedy; nan", "four digits, not nan"),
        ("A; Comedy; inf", "four digits, not inf"),
        ("A; Comedy; 1e400", "four digits, not inf"),
        ("A; Comedy; 99", "four digits, not 99"),
        ("A; Comedy; 1999; nan", "0.5 to 5, not nan"),
        ("A; Comedy; 1999; inf", "0.5 to 5, not inf"),
        ("A; Comedy | Drama; 1999", "unknown genre 'Comedy '"),
    ):
        refused(2, "most-like", "m", "0", "--new-movie", wrong, said=said)


@pytest.mark.parametrize("k", [N_MOVIES + 1, 10**20])
def test_more_movies_than_there_are(k, refused, fitted):
    for command in (["most-like", fitted("mf")[1], "0"], ["recommend", fitted("mf")[1]]):
        refused(2, *command, "-k", k, said=f"-k is at most {N_MOVIES}")


# --- export -----------------------------------------------------------------------------------


def test_export(cli, put, refused, fitted, tmp_path):
    assert put("export", fitted("mf")[1], "saved") == {"folder": "saved"}
    assert (tmp_path / "saved" / "saved_model.pb").is_file()
    refused(2, "export", fitted("mf")[1], "saved", said="exists already")
    assert cli("export", fitted("mf")[1], "again").stdout == "Wrote again\n"


@pytest.mark.parametrize(
    "command", [["most-like", "m", "0"], ["recommend", "m"], ["export", "m", "out"]], ids="-".join
)
def test_a_named_folder_of_data_is_read_also_where_it_is_not_needed(
    command, cli, refused, fitted, small_dir, tmp_path
):
    command[1] = str(fitted("mf")[1])
    refused(1, *command, "--data-dir", tmp_path / "wrong", said="no such folder of data")
    assert cli(*command, "--data-dir", small_dir).exit_code == 0
    assert not (tmp_path / "wrong").exists()


def test_export_to_a_full_disk(refused, fitted, full_disk):
    refused(
        1, "export", fitted("mf")[1], full_disk / "saved",
        said="saved: cannot be written: No space left on device",
    )  # fmt: skip
    assert [path.name for path in full_disk.iterdir()] == ["filler"]
