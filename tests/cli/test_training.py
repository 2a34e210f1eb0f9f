"""The commands that list and train: lessons, example, fit, compare, demo."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

import tfcourse

ROOT = Path(tfcourse.__file__).parents[1]

# --- lessons ----------------------------------------------------------------------------------


def test_lessons(put, has_keys):
    rows = put("lessons")
    assert all(has_keys(row, "lessons") for row in rows)
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    deck = [n for n in names if n in ("mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent")]
    assert deck == ["mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent"]
    assert {row["kind"] for row in rows} == {"lesson", "example"}
    assert all((ROOT / row["file"]).is_file() for row in rows)


def test_lessons_as_text(cli):
    result = cli("lessons")
    assert result.exit_code == 0
    assert "First Model - Basic MF" in result.stdout and "graphs/mf.py" in result.stdout


# --- fit --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", ["mf", "mf-with-dnn-xent"])
def test_fit(lesson, fitted, has_keys):
    result, folder = fitted(lesson)
    got = json.loads(result.stdout)
    assert has_keys(got, "fit")
    assert (got["lesson"], got["protocol"], got["seed"], got["epochs"]) == (lesson, "deck", 3, 2)
    assert got["engine"] in ("graph", "feed") and got["seconds_per_epoch"] > 0
    assert got["model_dir"] == str(folder) and (folder / "checkpoint").is_file()
    assert all(len(curve) == 2 for curve in got["hist"].values())
    assert {"tr_loss", "vl_loss", "tr_rmse", "vl_rmse"} <= set(got["hist"])
    # Notes and the epoch table go to standard error.
    assert "Epoch" in result.stderr and "Kept epoch" in result.stderr


def test_fit_is_the_same_again(put, fitted, small_dir, tmp_path, built):
    before = fitted("mf")
    built[0].clear()
    got = put("fit", "mf", "--epochs", 2, "--seed", 3, "--data-dir", small_dir,
              "--model-dir", tmp_path / "again")  # fmt: skip
    assert got["hist"] == json.loads(before[0].stdout)["hist"]
    assert built[0] == ["MF"]


def test_fit_as_text_and_where_it_goes_by_default(cli, small_dir, tmp_path):
    result = cli("fit", "mf", "--epochs=1", "--protocol", "clean", "--data-dir", small_dir)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0].startswith("Epoch") and "\n01 " in result.stdout
    assert list((tmp_path / "checkpoints" / "mf-clean").glob("vocabulary-*.csv"))
    assert "protocol clean" in result.stdout


def test_generated_data_are_noted(cli, tmp_path):
    result = cli("fit", "pokemon-ce", "--epochs", 1, "--data-dir", tmp_path / "data", "--json")
    note = json.loads(result.stdout)["note"]
    assert note.startswith("Generated stand-in") and result.stderr.splitlines()[0] == note


@pytest.mark.parametrize("engine", ["graph", "feed"])
def test_hyperparameters_are_options(engine, put, small_dir, tmp_path):
    got = put("fit", "mf-with-dnn-lab", "--epochs", 1, "--engine", engine, "--dim", 4,
              "--hidden", "8,4", "--learning-rate=0.5", "--optimizer", "adam", "--shuffle", "false",
              "--n-batch", 32, "--data-dir", small_dir, "--model-dir", tmp_path / "m")  # fmt: skip
    assert got["engine"] == engine
    model = tfcourse.load(tmp_path / "m")
    assert (model.dim, tuple(model.hidden), model.learning_rate) == (4, (8, 4), 0.5)
    assert (model.optimizer, model.shuffle, model.n_batch) == ("adam", False, 32)


def test_logs_of_fit(put, small_dir, tmp_path):
    got = put("fit", "mf", "--epochs", 3, "--csv-log", "log.csv", "--tensorboard", "board",
              "--plot", "curves.png", "--early-stopping", 2, "--time-limit", 600,
              "--data-dir", small_dir, "--model-dir", "m")  # fmt: skip
    with open("log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["vl_rmse"]) for row in rows] == got["hist"]["vl_rmse"]
    assert list((tmp_path / "board").glob("events*"))
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_keep_and_early_stopping(cli, small_dir, tmp_path):
    result = cli("fit", "mf", "--epochs", 40, "--keep", 2, "--early-stopping", 1,
                 "--optimizer", "adam", "--learning-rate", 0.1,
                 "--data-dir", small_dir, "--model-dir", "m")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "Early Stopping" in result.stdout and "\n40 " not in result.stdout
    assert len(list((tmp_path / "m").glob("model-*.json"))) == 2


def test_time_aware_changes_the_training_of_a_history(put, refused, small_dir, tmp_path):
    args = ["fit", "mf-with-history", "--epochs", 1, "--data-dir", small_dir]
    plain = put(*args, "--model-dir", "plain")["hist"]
    assert put(*args, "--time-aware", "--model-dir", "aware")["hist"]["tr_loss"] != plain["tr_loss"]
    args = ["fit", "pokemon-ce", "--time-aware", "--data-dir", tmp_path / "data"]
    refused(2, *args, said="movielens, not on pokemon")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--colour", "red"], "--learning-rate"),
        (["--dim", "wide"], "--dim"),
        (["--dim", "0"], "dim"),
        (["--dim", "1000000000"], "of shape [30, 1000000000] has 30,000,000,000 elements"),
        (["--dim", "3000000000"], "dim is at most 2,147,483,647"),
        (["--dim", "1" + "0" * 400], "dim is at most 2,147,483,647"),
        (["--n-movies", "5"], "n_movies is not chosen: the data say 60"),
        (["--n-users", "3"], "n_users is not chosen: the data say 30"),
        (["--n-batch", "1000000000"], "the number of train rows, not 1000000000"),
        (["--learning-rate", "1e300"], "learning_rate is a float32 number"),
        (["--learning-rate", "1e-60"], "learning_rate is above 0"),
        (["--reg", "inf"], "reg is a float32 number"),
        (["--epochs", "3", "--n-epoch", "4"], "give one of them"),
        (["--epochs", "10000000000"], "--epochs"),
        (["--resume", "--overwrite"], "not both"),
        (["--plot", "curves.xyz"], "'.xyz' is no known format"),
        (["--learning-rate", "-1"], "learning_rate"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--optimizer", "adamm"], "adagrad"),
        (["--epochs", "0"], "--epochs"),
        (["--epochs", "many"], "--epochs"),
        (["--seed", "-1"], "--seed"),
        (["--protocol", "honest"], "deck"),
        (["--engine", "warp"], "feed"),
        (["--time-limit", "0"], "time limit"),
        (["--early-stopping", "0"], "--early-stopping"),
        (["--keep", "0"], "--keep"),
        (["--dim"], "--dim"),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_wrong_usage_is_exit_code_2(args, said, refused, small_dir, tmp_path):
    refused(2, "fit", "mf", "--data-dir", small_dir, *args, said=said)
    assert list(tmp_path.iterdir()) == []


def test_sizes_of_layers(refused, tmp_path):
    where = ["--data-dir", tmp_path / "data"]
    for lesson, option, said in (
        ("pokemon-ce", ["--n-features", 3], "n_features is not chosen: the data say 200"),
        ("pokemon-ce", ["--hidden1", 10**9], "dnn1/kernel of shape [200, 1000000000]"),
        ("hunter-regression", ["--n-batch", 10**6], "n_batch is at most 200"),
    ):
        refused(2, "fit", lesson, *option, said=said)
    for option, said in (
        (["--hidden", "0"], "hidden ends with dim"),
        (["--hidden", "9999999999,16"], "hidden has numbers of at most"),
        (["--hidden", "16,"], "whole numbers with commas"),
    ):
        refused(2, "fit", "mf-with-dnn-lab", *option, *where, said=said)


def test_a_folder_of_another_lesson_is_not_overwritten(put, refused, fitted, small_dir, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    args = ["fit", "mf-with-history", "--epochs", 1, "--data-dir", small_dir, "--model-dir", folder]
    refused(1, *args, said="--overwrite")
    refused(1, "fit", "mf", "--protocol", "clean", *args[2:], said="protocol deck")
    assert (folder / "model-2.index").is_file()
    assert put(*args, "--overwrite")["lesson"] == "mf-with-history"
    assert not (folder / "model-2.index").is_file()


def test_a_folder_of_2018_is_not_overwritten(refused, fitted, small_dir, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    for path in folder.glob("*.json"):
        path.unlink()
    args = ["fit", "mf", "--data-dir", small_dir, "--model-dir", folder]
    refused(1, *args, said="of the 2018 kind")


def test_wrong_usage_does_not_delete_what_was_trained(refused, fitted, small_dir, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    for wrong in (["--dim", 0], ["--time-limit", 0], ["--optimizer", "adamm"]):
        refused(2, "fit", "mf", *wrong, "--data-dir", small_dir, "--model-dir", folder)
        assert (folder / "model-2.json").is_file(), wrong


def test_a_rate_at_which_nothing_is_learned(refused, small_dir):
    args = ["--optimizer", "sgd", "--learning-rate", "1e30", "--epochs", 2]
    where = ["--data-dir", small_dir, "--model-dir", "m"]
    line = refused(1, "fit", "mf", *args, *where, said="learning rate", progress=True)
    assert "loss became NaN in epoch" in line and "no epoch of this training was saved" in line


def test_a_place_that_cannot_be_written(refused, small_dir, tmp_path):
    (tmp_path / "file").write_text("")
    for option in ("--model-dir", "--csv-log", "--tensorboard", "--plot"):
        inside = [option, tmp_path / "file" / "inside"]
        args = ["fit", "mf", "--epochs", 1, "--data-dir", small_dir, *inside]
        refused(1, *args, said="file", progress=True)


def test_logs_on_a_full_disk(refused, small_dir, full_disk, tmp_path):
    for option, name in (("--csv-log", "log.csv"), ("--tensorboard", "board"), ("--plot", "c.png")):
        args = ["fit", "mf", "--epochs", 1, "--data-dir", small_dir, "--model-dir", tmp_path / name]
        said = f"{name}: cannot be written: No space left on device"
        refused(1, *args, option, full_disk / name, said=said, progress=True)
        assert (tmp_path / name / "model-1.json").is_file() or option == "--tensorboard"
    assert {path.name for path in full_disk.iterdir()} == {"filler", "board"}


# --- compare ----------------------------------------------------------------------------------


def test_compare(put, has_keys, small_dir, built):
    args = ["compare", "--protocol", "deck", "--epochs", 1, "--data-dir", small_dir,
            "--folder", "models"]  # fmt: skip
    rows = put(*args)
    assert all(has_keys(row, "compare") and row["protocol"] == "deck" for row in rows)
    names = ["dummy", "item-knn", "mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent"]
    assert [row["lesson"] for row in rows] == names
    lessons = ["MF", "MFWithHistory", "MFWithDNN", "MFWithDNNXent"]
    assert built[0] == lessons  # once to train and measure
    assert put(*args) == rows  # the models that are there are loaded
    assert built[0] == 2 * lessons


def test_a_page_on_a_full_disk(refused, small_dir, full_disk):
    args = ["compare", "--protocol", "deck", "--epochs", 1, "--data-dir", small_dir]
    said = "page.html: cannot be written: No space left on device"
    refused(1, *args, "--html", full_disk / "page.html", said=said, progress=True)
    assert [path.name for path in full_disk.iterdir()] == ["filler"]


def test_compare_in_a_folder_that_cannot_be_written(refused, small_dir, tmp_path):
    (tmp_path / "file").write_text("")
    args = ["compare", "--epochs", 1, "--protocol", "clean", "--data-dir", small_dir]
    for jobs in (1, 2):
        refused(1, *args, "--folder", tmp_path / "file", "--jobs", jobs, said="file", progress=True)


# --- splits ---


def test_a_split_is_recorded_and_told(cli, refused, small_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args = ["--epochs", 1, "--data-dir", small_dir]
    assert cli("fit", "mf", "--split", "time", *args).exit_code == 0
    folder = "checkpoints/mf-deck-time"
    assert json.loads(cli("describe", folder, "--json").stdout)["split"] == "time"
    measured = cli("evaluate", folder, "--data-dir", small_dir, "--catalogue", "--json")
    found = json.loads(measured.stdout)
    assert found["split"] == "time" and 0 <= found["top_ndcg"] <= 1 and "Note" not in measured.stderr
    other = cli("evaluate", folder, "--split", "course", "--data-dir", small_dir)
    assert "trained on split time, measured here on course" in other.stderr
    said = "trained on split time, not random"
    refused(1, "fit", "mf", "--split", "random", "--resume", "--epochs", 2, "--model-dir", folder,
            "--data-dir", small_dir, said=said, progress=True)  # fmt: skip
    refused(2, "fit", "pokemon-mse", "--split", "time", said="--split is for lessons on movielens")


# --- demo -------------------------------------------------------------------------------------


def test_demo(cli, small_dir, tmp_path, built):
    result = cli("demo", "--data-dir", small_dir, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "Kept epoch" in result.stdout and "Toy Story (1995)" in result.stdout
    assert (tmp_path / "out" / "mf-curves.png").is_file()
    assert built[0] == ["MF", "HonestRaters"]
    assert "honest-raters" in result.stdout and "ranked by predicted rating" in result.stdout
    measured = cli("evaluate", tmp_path / "out" / "mf", "--data-dir", small_dir, "--json")
    rmse = json.loads(measured.stdout)["rmse"]
    assert f"{rmse:.4f}" in result.stdout  # that of the epoch kept
