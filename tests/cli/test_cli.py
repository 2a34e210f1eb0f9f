"""The command line: JSON, exit codes, help, and a user's mistakes in one line."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys

import click
import pytest

from tests.conftest import FEW_RATINGS, N_MOVIES, N_USERS, small_frames, write_movielens
from tfcourse.cli import main

# The contract (DESIGN.md, "Command line"), and what the program gives beyond it.
KEYS = {
    "lessons": "name title section file",
    "fit": "lesson protocol engine seed epochs model_dir hist seconds_per_epoch",
    "evaluate": "lesson protocol rmse mae auc ndcg_strict ndcg_normal precision_strict "
    "precision_normal recall loss",
    "movies": "index movie_id title genres score",
    "recommend": "rung items",
    "data": "name source path rows licence complete",
}
BEYOND = {
    "lessons": "kind command",
    "data": "movies classes note files",
}


def has_keys(value, kind):
    contract, beyond = KEYS[kind].split(), BEYOND.get(kind, "").split()
    return set(contract) <= set(value) <= {*contract, *beyond}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Commands write to ./data and ./checkpoints by default: not in the checkout."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def fitted(cli, small_dir, tmp_path_factory):
    """``fitted("mf")``: what fit printed, and the folder, after two epochs on the small data."""
    made = {}

    def get(lesson):
        if lesson not in made:
            folder = tmp_path_factory.mktemp("fit") / lesson
            result = cli("fit", lesson, "--epochs", 2, "--json", "--seed", 3,
                         "--data-dir", small_dir, "--model-dir", folder)  # fmt: skip
            assert result.exit_code == 0, result.stderr
            made[lesson] = result, folder
        return made[lesson]

    return get


def put(cli, *args):
    """The JSON that a command prints: all of its standard output."""
    result = cli(*args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(cli, code, *args, said=""):
    """A user's mistake: its exit code, one line that says it, nothing on standard output."""
    result = cli(*args)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1 and result.stderr.rstrip().endswith(lines[0])
    assert said in lines[0]
    return lines[0]


# --- help -------------------------------------------------------------------------------------


def commands(group=main, path=()):
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(path, cli):
    result = cli(*path, "--help")
    assert result.exit_code == 0
    assert "Example:\n" in result.stdout
    example = result.stdout.split("Example:\n")[1].splitlines()[0].strip()
    assert example.startswith("tfcourse " + " ".join(path))
    assert cli(*path, "-h").stdout == result.stdout


def test_help_and_version(cli):
    from tfcourse import __version__

    result = cli("--help")
    assert result.exit_code == 0
    for command in ("lessons", "fit", "evaluate", "most-like", "recommend", "compare", "data"):
        assert f"\n  {command} " in result.stdout
    assert __version__ in cli("--version").stdout


def test_every_option_of_the_contract_is_there(cli):
    for command, options in (
        ("fit", "--protocol --epochs --seed --engine --data-dir --model-dir --json"),
        ("evaluate", "--lesson --protocol --data-dir --json"),
        ("most-like", "-k --lesson --data-dir --json"),
        ("recommend", "--user --liked -k --data-dir --json"),
        ("compare", "--protocol --json"),
        ("data", "--json"),
    ):
        text = cli(command, "--help").stdout
        for option in options.split():
            assert option in text, (command, option)


LIGHT = """
import sys
from click.testing import CliRunner
from tfcourse.cli import main
for args in (["--help"], ["fit", "--help"], ["data", "download", "--help"], ["lessons", "--json"],
             ["most-like", "--help"], ["--version"], ["no-such-command"]):
    CliRunner().invoke(main, args)
print(sorted({"tensorflow", "pandas", "sklearn", "matplotlib", "tf_keras"} & set(sys.modules)))
"""


def python(*args, **env):
    return subprocess.run(
        [sys.executable, *map(str, args)],
        env={k: v for k, v in os.environ.items() if not k.startswith("TF_")} | env,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_help_loads_nothing_heavy():
    done = python("-c", LIGHT)
    assert (done.stdout, done.stderr) == ("[]\n", "")


# --- lessons ----------------------------------------------------------------------------------


def test_lessons(cli):
    from pathlib import Path

    import tfcourse

    rows = put(cli, "lessons")
    assert all(has_keys(row, "lessons") for row in rows)
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    deck = [n for n in names if n in ("mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent")]
    assert deck == ["mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent"]
    root = Path(tfcourse.__file__).parent.parent
    assert all((root / row["file"]).is_file() for row in rows)


def test_lessons_as_text(cli):
    result = cli("lessons")
    assert result.exit_code == 0
    assert "First Model - Basic MF" in result.stdout and "graphs/mf.py" in result.stdout


# --- fit --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", ["mf", "mf-with-dnn-xent"])
def test_fit(lesson, fitted):
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


def test_fit_is_the_same_again(cli, fitted, small_dir, tmp_path):
    got = put(cli, "fit", "mf", "--epochs", 2, "--seed", 3, "--data-dir", small_dir,
              "--model-dir", tmp_path / "again")  # fmt: skip
    assert got["hist"] == json.loads(fitted("mf")[0].stdout)["hist"]


def test_fit_as_text_and_where_it_goes_by_default(cli, small_dir, tmp_path):
    result = cli("fit", "mf", "--epochs=1", "--protocol", "clean", "--data-dir", small_dir)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0].startswith("Epoch") and "\n01 " in result.stdout
    assert (tmp_path / "checkpoints" / "mf-clean" / "vocabulary.csv").is_file()
    assert "protocol clean" in result.stdout


@pytest.mark.parametrize("engine", ["graph", "feed"])
def test_hyperparameters_are_options(engine, cli, small_dir, tmp_path):
    from tfcourse import load

    got = put(cli, "fit", "mf-with-dnn-lab", "--epochs", 1, "--engine", engine, "--dim", 4,
              "--hidden", "8,4", "--learning-rate=0.5", "--optimizer", "adam", "--shuffle", "false",
              "--n-batch", 32, "--data-dir", small_dir, "--model-dir", tmp_path / "m")  # fmt: skip
    assert got["engine"] == engine
    model = load(tmp_path / "m")
    assert (model.dim, tuple(model.hidden), model.learning_rate) == (4, (8, 4), 0.5)
    assert (model.optimizer, model.shuffle, model.n_batch) == ("adam", False, 32)


def test_logs_of_fit(cli, small_dir, tmp_path):
    got = put(cli, "fit", "mf", "--epochs", 3, "--csv-log", "log.csv", "--tensorboard", "board",
              "--plot", "curves.png", "--early-stopping", 2, "--time-limit", 600,
              "--data-dir", small_dir, "--model-dir", "m")  # fmt: skip
    with open("log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["vl_rmse"]) for row in rows] == got["hist"]["vl_rmse"]
    assert list((tmp_path / "board").glob("events*"))
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["fit", "no-such-lesson"], "mf-with-history"),
        (["fit", "mf", "--colour", "red"], "--learning-rate"),
        (["fit", "mf", "--dim"], "--dim"),
        (["fit", "mf", "--dim", "wide"], "--dim"),
        (["fit", "mf", "--dim", "0"], "dim"),
        (["fit", "mf", "--dim", "1.5"], "--dim"),
        (["fit", "mf", "--shuffle", "maybe"], "true or false"),
        (["fit", "mf", "--learning-rate", "-1"], "learning_rate"),
        (["fit", "mf", "--learning-rate", "nan"], "learning_rate"),
        (["fit", "mf", "--optimizer", "adamm"], "adagrad"),
        (["fit", "mf", "--epochs", "0"], "--epochs"),
        (["fit", "mf", "--epochs", "many"], "--epochs"),
        (["fit", "mf", "--seed", "-1"], "--seed"),
        (["fit", "mf", "--protocol", "honest"], "deck"),
        (["fit", "mf", "--engine", "warp"], "feed"),
        (["fit", "mf", "--time-limit", "0"], "time limit"),
        (["fit", "mf", "--early-stopping", "0"], "--early-stopping"),
        (["fit", "mf-with-dnn-lab", "--hidden", "a,b"], "--hidden"),
        (["fit"], "LESSON"),
        (["no-such-command"], "no-such-command"),
        (["lessons", "--colour"], "--colour"),
        (["evaluate"], "DIR"),
        (["most-like", "somewhere"], "QUERY"),
        (["most-like", "somewhere", "0", "-k", "0"], "-k"),
        (["recommend", "somewhere", "--user", "1", "--liked", "Heat"], "not both"),
        (["compare", "--protocol", "all"], "both"),
        (["data", "download", "no-such-data"], "movielens"),
        (["data", "mend"], "mend"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(args, said, cli, small_dir, tmp_path):
    if args[:1] == ["fit"] and len(args) > 1:
        args = [*args, "--data-dir", small_dir]
        if args[-3] == "--dim":  # an option without its value must stand last
            args = ["fit", "mf", "--data-dir", small_dir, "--dim"]
    assert said in refused(cli, 2, *args)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_lesson_is_not_overwritten(cli, fitted, small_dir, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    args = ["fit", "mf-with-history", "--epochs", 1, "--data-dir", small_dir, "--model-dir", folder]
    refused(cli, 1, *args, said="--overwrite")
    refused(cli, 1, "fit", "mf", "--protocol", "clean", *args[2:], said="protocol deck")
    assert (folder / "model-2.index").is_file()
    assert put(cli, *args, "--overwrite")["lesson"] == "mf-with-history"


def test_wrong_usage_does_not_delete_what_was_trained(cli, fitted, small_dir, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    for wrong in (["--dim", 0], ["--time-limit", 0], ["--optimizer", "adamm"]):
        refused(cli, 2, "fit", "mf", *wrong, "--data-dir", small_dir, "--model-dir", folder)
        assert (folder / "model-2.json").is_file(), wrong


def test_a_rate_at_which_nothing_is_learned(cli, small_dir):
    line = refused_last(cli, "fit", "mf", "--optimizer", "sgd", "--learning-rate", "1e30",
                        "--epochs", 2, "--data-dir", small_dir, "--model-dir", "m")  # fmt: skip
    assert "learning rate" in line


def refused_last(cli, *args):
    """As ``refused`` with exit code 1, where lines of progress stand before."""
    result = cli(*args)
    assert isinstance(result.exception, SystemExit) and result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.stderr.splitlines()[-1]


# --- data that are wrong ----------------------------------------------------------------------


@pytest.fixture
def damaged(tmp_path):
    """A data folder with a wrong rating in line 8."""
    ratings, movies = small_frames()
    ratings.loc[6, "rating"] = 7.5
    return write_movielens(tmp_path / "damaged", ratings, movies)


def test_damaged_data(cli, damaged, fitted):
    for args in (
        ["fit", "mf", "--data-dir", damaged],
        ["evaluate", fitted("mf")[1], "--data-dir", damaged],
        ["recommend", fitted("mf")[1], "--user", "0", "--data-dir", damaged],
        ["data", "--data-dir", damaged],
        ["data", "verify", "--data-dir", damaged],
        ["compare", "--data-dir", damaged],
    ):
        line = refused(cli, 1, *args, said="ratings.csv, line 8")
        assert "7.5" in line


def test_a_file_in_the_place_of_the_data_folder(cli, tmp_path):
    (tmp_path / "file").write_text("")
    for args in (["fit", "mf"], ["compare"]):
        refused(cli, 1, *args, "--data-dir", tmp_path / "file", said=str(tmp_path / "file"))


def test_other_data_than_those_of_the_checkpoint(cli, fitted, embedded):
    line = refused(cli, 1, "evaluate", fitted("mf")[1], "--data-dir", embedded)
    assert "60" in line and "9066" in line


def test_a_place_that_cannot_be_written(cli, small_dir, tmp_path):
    (tmp_path / "file").write_text("")
    for option in ("--model-dir", "--csv-log", "--tensorboard"):
        line = refused_last(cli, "fit", "mf", "--epochs", 1, "--data-dir", small_dir,
                            option, tmp_path / "file" / "inside")  # fmt: skip
        assert line.startswith("Error: ") and "file" in line


# --- evaluate ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", ["mf", "mf-with-dnn-xent"])
def test_evaluate(lesson, cli, fitted, small_dir):
    result, folder = fitted(lesson)
    got = put(cli, "evaluate", folder, "--data-dir", small_dir)
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
    assert "trained under protocol deck" in result.stderr


def test_evaluate_as_text(cli, fitted, small_dir):
    result = cli("evaluate", fitted("mf")[1], "--data-dir", small_dir)
    assert result.exit_code == 0
    assert "ndcg_strict" in result.stdout and "{" not in result.stdout


@pytest.mark.parametrize("command", [["evaluate"], ["most-like", "0"], ["recommend"]], ids=str)
def test_a_folder_that_is_not_there(command, cli):
    name, *rest = command
    refused(cli, 1, name, "no-such-folder", *rest, said="no-such-folder: no such folder")


def test_a_folder_without_a_checkpoint(cli, tmp_path):
    refused(cli, 1, "evaluate", tmp_path, said="no checkpoint here")


def test_another_lesson_than_the_folders(cli, fitted):
    refused(cli, 1, "evaluate", fitted("mf")[1], "--lesson", "mf-with-dnn", said="mf-with-dnn")
    refused(cli, 2, "evaluate", fitted("mf")[1], "--lesson", "mff", said="mff")


def test_a_damaged_checkpoint(cli, fitted, tmp_path):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    (path,) = folder.glob("model-2.data-*")
    os.truncate(path, 100)
    refused(cli, 1, "most-like", folder, "0", said=path.name)


def test_a_folder_of_2018_without_its_lesson(cli, fitted, tmp_path, small_dir):
    folder = shutil.copytree(fitted("mf")[1], tmp_path / "m")
    for name in ("model-1.json", "model-2.json", "vocabulary.csv"):
        (folder / name).unlink(missing_ok=True)
    refused(cli, 1, "evaluate", folder, "--data-dir", small_dir, said="--lesson")
    refused(cli, 1, "evaluate", folder, "--lesson", "mf-with-dnn", "--data-dir", small_dir,
            said="missing")  # fmt: skip
    got = put(cli, "evaluate", folder, "--lesson", "mf", "--data-dir", small_dir)
    assert has_keys(got, "evaluate")
    rows = put(cli, "most-like", folder, "Heat", "--lesson", "mf", "--data-dir", small_dir)
    assert rows[0]["title"] == "Heat (1995)"


def test_the_2018_checkpoint_of_basic_mf(cli, course_checkpoints, course_data):
    where = [course_checkpoints / "model_mf", "--lesson", "mf", "--data-dir", course_data]
    got = put(cli, "evaluate", *where)
    assert got["rmse"] == pytest.approx(0.9287804, abs=1e-6)
    assert got["auc"] == pytest.approx(0.74625064, abs=1e-6)
    rows = put(cli, "most-like", *where[:1], "0", *where[1:])
    expected = [0, 7551, 5158, 8473, 900, 2786, 6867, 3794, 921, 4279]
    assert [row["index"] for row in rows] == expected


# --- most-like, recommend ---------------------------------------------------------------------


def test_most_like(cli, fitted):
    """From the folder alone: no --data-dir, and none is written."""
    rows = put(cli, "most-like", fitted("mf")[1], "Heat", "-k", 7)
    assert len(rows) == 7 and all(has_keys(row, "movies") for row in rows)
    assert rows[0]["title"] == "Heat (1995)" and rows[0]["movie_id"] == 7
    assert not os.path.exists("data")
    for query in (["2"], ["id:7"], ["7", "--by", "id"], ["heat (1995)"]):
        assert put(cli, "most-like", fitted("mf")[1], *query, "-k", 7) == rows


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
        (str(N_MOVIES), "outside 0..59"),
        ("id:2", "no movie has the id 2"),
        ("", "empty"),
    ],
)
def test_a_query_that_names_no_movie(query, said, cli, fitted):
    refused(cli, 2, "most-like", fitted("mf")[1], query, said=said)


def test_recommend_to_a_user(cli, fitted, small_dir):
    got = put(cli, "recommend", fitted("mf")[1], "--user", "3", "-k", 4, "--data-dir", small_dir)
    assert has_keys(got, "recommend") and got["rung"] == "model"
    assert len(got["items"]) == 4 and all(has_keys(row, "movies") for row in got["items"])
    by_id = put(
        cli, "recommend", fitted("mf")[1], "--user", "id:16", "-k", 4, "--data-dir", small_dir
    )
    assert by_id == got


def test_recommend_by_what_was_liked(cli, fitted):
    liked = ["--liked", "Heat", "--liked", "id:1", "--liked", "20"]
    got = put(cli, "recommend", fitted("mf-with-dnn-xent")[1], *liked, "-k", 5)
    assert got["rung"] == "content" and len(got["items"]) == 5
    assert not {2, 0, 20} & {row["index"] for row in got["items"]}
    got = put(cli, "recommend", fitted("mf-with-dnn-xent")[1], *liked, "--enough", 3)
    assert got["rung"] == "model"
    assert all(0 < row["score"] < 1 for row in got["items"])


def test_recommend_when_nothing_is_known(cli, fitted, small_dir):
    assert put(cli, "recommend", fitted("mf")[1])["rung"] == "popular"
    args = ["--user", FEW_RATINGS, "--data-dir", small_dir]
    assert put(cli, "recommend", fitted("mf")[1], *args)["rung"] == "popular"


def test_recommend_as_text_with_seen(cli, fitted):
    args = ["recommend", fitted("mf")[1], "--liked", "Heat", "-k", N_MOVIES, "--with-seen"]
    result = cli(*args)
    assert result.exit_code == 0
    assert result.stdout.startswith("rung: content\n") and "Heat (1995)" in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--user", str(N_USERS)], f"outside 0..{N_USERS - 1}"),
        (["--user", "-1"], "outside"),
        (["--user", "id:11"], "no user has the id 11"),
        (["--user", "somebody"], "somebody"),
        (["--liked", "no such film"], "no title contains"),
        (["--liked", "toy"], "fits 2 movies"),
    ],
    ids=str,
)
def test_somebody_who_is_not_there(args, said, cli, fitted, small_dir):
    refused(cli, 2, "recommend", fitted("mf")[1], *args, "--data-dir", small_dir, said=said)


# --- compare ----------------------------------------------------------------------------------


def test_compare(cli, small_dir):
    args = ["compare", "--protocol", "deck", "--epochs", 1, "--data-dir", small_dir,
            "--folder", "models"]  # fmt: skip
    rows = put(cli, *args)
    assert all(has_keys(row, "evaluate") and row["protocol"] == "deck" for row in rows)
    names = ["dummy", "mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent"]
    assert [row["lesson"] for row in rows] == names
    assert put(cli, *args) == rows  # the models that are there are loaded


# --- data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [["data"], ["data", "status"], ["data", "verify"]], ids=" ".join)
def test_data(form, cli, small_dir):
    rows = put(cli, *form, "--data-dir", small_dir)
    assert all(has_keys(row, "data") for row in rows), [set(row) for row in rows]
    movielens = next(row for row in rows if row["name"] == "movielens")
    ratings, movies = small_frames()
    assert (movielens["rows"], movielens["path"]) == (len(ratings), str(small_dir))
    assert movielens["source"] == "files given" and "Harper" in movielens["licence"]
    if "verify" in form:
        assert movielens["files"]["ratings.csv"] == "other contents"


def test_data_options_may_stand_before_the_word(cli, small_dir):
    result = cli("data", "--json", "--data-dir", small_dir, "status")
    assert json.loads(result.stdout) == put(cli, "data", "status", "--data-dir", small_dir)


def test_data_as_text(cli, small_dir):
    result = cli("data", "--data-dir", small_dir)
    assert result.exit_code == 0
    assert "name  movielens" in result.stdout and "complete  yes" in result.stdout


def test_looking_writes_nothing(cli, tmp_path):
    rows = put(cli, "data")
    assert next(row for row in rows if row["name"] == "movielens")["rows"] == 100_004
    assert list(tmp_path.iterdir()) == []


def test_download_without_a_server(cli, tmp_path):
    result = cli("data", "download", "movielens", "--url", "http://127.0.0.1:9/", "--data-dir", "d")
    assert result.exit_code == 1 and "cannot be downloaded" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list((tmp_path / "d").rglob("*.csv"))


# --- the program itself -----------------------------------------------------------------------


def test_the_program_prints_json_and_nothing_else(fitted):
    done = python("-m", "tfcourse.cli", "most-like", fitted("mf")[1], "Heat", "-k", 3, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["title"] for row in json.loads(done.stdout)][0] == "Heat (1995)"


def test_the_program_fails_in_one_line():
    done = python("-m", "tfcourse.cli", "evaluate", "no-such-folder")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: no-such-folder: no such folder or checkpoint\n"


def test_interrupted(cli, monkeypatch):
    import graphs

    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(graphs, "find", interrupt)
    result = cli("fit", "mf")
    assert result.exit_code == 130 and "Traceback" not in result.output
