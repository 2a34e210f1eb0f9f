"""The command ``tfcourse lab``."""

from __future__ import annotations

import csv
import json

import pytest

from tests.labs.small_labs import LABS
from tfcourse import lessons
from tfcourse.labs import running

DECK = {
    "tutorial-dnn-practice": "lab_tutorial_dnn_practice.ipynb",
    "mf": "lab_reco_model_mf.ipynb",
    "mf-with-history": "lab_reco_model_mf_with_history.ipynb",
    "mf-with-dnn": "lab_reco_model_mf_dnn.ipynb",
}


@pytest.fixture
def small(monkeypatch):
    """The small labs in place of the deck's, in the processes that run them too."""
    check = running.check

    def small_check(path, lab, limits=None, parameters=None, module=None, *args, **options):
        return check(path, lab, limits, parameters, "tests.labs.small_labs", *args, **options)

    monkeypatch.setattr(lessons, "labs", lambda: LABS)
    monkeypatch.setattr(running, "check", small_check)
    monkeypatch.setattr("tfcourse.labs.classes.check", small_check)


def test_list(cli):
    found = json.loads(cli("lab", "list", "--json").stdout)
    assert {one["name"]: one["file"] for one in found} == DECK
    assert set(found[0]) == {"name", "file", "title", "title_zh", "minutes", "tasks"}
    assert all(set(task) == {"name", "title", "title_zh"} for one in found for task in one["tasks"])
    shown = cli("lab", "list").stdout
    assert all(name in shown and file in shown for name, file in DECK.items())


def test_start(cli, tmp_path):
    made = cli("lab", "start", "tutorial-dnn-practice", "--to", tmp_path)
    path = tmp_path / "lab_tutorial_dnn_practice.ipynb"
    assert made.exit_code == 0 and f"tfcourse lab check {path}" in made.stdout and path.is_file()
    again = cli("lab", "start", "tutorial-dnn-practice", "--to", tmp_path)
    assert again.exit_code == 2 and "--overwrite" in again.stderr
    unknown = cli("lab", "start", "nothing", "--to", tmp_path)
    assert unknown.exit_code == 2 and "tutorial-dnn-practice" in unknown.stderr


def test_check(cli, small, write_notebook, tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", "x = 3", "y = 1")
    shown = cli("lab", "check", path)
    assert shown.exit_code == 0 and "small: 2 of 2 done" in shown.stdout
    assert "x: done" in shown.stderr and "x: done" not in shown.stdout


def test_check_as_json(cli, small, write_notebook, tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", "x = 4", "exit()", "y = 1")
    made = cli("lab", "check", path, "--json")
    found = json.loads(made.stdout)
    assert made.exit_code == 1
    assert found.pop("seconds") > 0
    assert found == {
        "lab": "small",
        "file": str(path),
        "learner": "a",
        "done": 0,
        "total": 2,
        "tasks": [
            {"name": "x", "title": "set x", "done": False, "hint": "wrong-x", "why": "x is 4"},
            {
                "name": "y",
                "title": "set y",
                "done": False,
                "hint": "ended-python",
                "why": "the lab ended Python in cell 2",
            },
        ],
        "error": "the lab ended Python in cell 2",
    }


def test_check_in_chinese(cli, small, write_notebook, tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", "x = 4", "y = 1")
    made = cli("--lang", "zh-TW", "lab", "check", path)
    assert made.exit_code == 1 and "設定 x" in made.stdout and "未完成" in made.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.ipynb"], "No such file"),
        (["broken.ipynb"], "not a notebook, or damaged"),
        (["unnamed.py"], "use --lab"),
        (["unnamed.py", "--lab", "nothing"], "unknown lab"),
        (["unnamed.py", "--lab", "small", "--csv", "a.csv"], "--csv"),
        (["unnamed.py", "--time-limit", "0"], "time-limit"),
        (["empty"], "no notebook and no folder of a learner"),
    ],
)
def test_wrong_usage(cli, small, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "unnamed.py").write_text("# %%\nx = 3\n")
    (tmp_path / "empty").mkdir()
    made = cli("lab", "check", *arguments)
    assert made.exit_code == 2 and words in made.stderr and not made.stdout


CLASS = {
    "anna": ("x = 3", "y = 1"),
    "bob": ("y = 1", "import time\nwhile True: time.sleep(0.01)"),
    "carl": ("y = 1", "a = []\nwhile True: a.append(bytearray(10_000_000))"),
    "dora": ("for i in range(500): print('x' * 100_000)", "x = 3\ny = 1"),
    "emil": ("x = 3", "import sys; sys.exit()"),
    "fay": ("import os; os._exit(3)",),
    "gil": ("x = = 3", "y = 1"),
    "hal": ("y = 1",),
}
OPEN = {
    "anna": "-",
    "bob": "the lab ran longer than 8 s; cell 2 was running",
    "carl": "the lab needed more than 0.25 GB of memory; cell 2 was running",
    "dora": "-",
    "emil": "the lab ended Python in cell 2",
    "fay": "the lab ended Python in cell 1",
    "gil": "x (cell-stopped)",
    "hal": "x (not-set)",
}


def test_a_class(cli, small, write_notebook, tmp_path):
    folder = tmp_path / "class"
    for name, cells in CLASS.items():
        write_notebook(folder / name / "lab_small.ipynb", *cells)
    (folder / "ida").mkdir()
    (folder / "jo.ipynb").write_text("no notebook")
    limits = ("--time-limit", "8", "--memory", "0.25", "--jobs", "2")
    made = cli("lab", "check", folder, *limits, "--csv", tmp_path / "class.csv")
    assert made.exit_code == 1
    lines = made.stdout.splitlines()[2:]
    assert [line.split()[0] for line in lines] == [*CLASS, "ida", "jo"]
    for line, (name, words) in zip(lines, OPEN.items(), strict=False):
        assert words in line, name
    done = [line.split()[2] for line in lines]
    assert done == ["2/2", "1/2", "1/2", "2/2", "1/2", "0/2", "1/2", "1/2", "0/0", "0/0"]
    assert "no lab in this folder" in lines[8] and "not a notebook, or damaged" in lines[9]
    with (tmp_path / "class.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(CLASS) + 2
    assert rows[0]["learner"] == "anna" and rows[0]["task"] == "x" and rows[0]["done"] == "1"


def test_a_class_as_json(cli, small, write_notebook, tmp_path):
    write_notebook(tmp_path / "anna.ipynb", "x = 3", "y = 1")
    write_notebook(tmp_path / "bob" / "lab_small.ipynb", "x = 3", "y = 1")
    made = cli("lab", "check", tmp_path, "--json")
    found = json.loads(made.stdout)
    assert made.exit_code == 0
    assert [(one["learner"], one["lab"], one["done"]) for one in found] == [
        ("anna", "small", 2),
        ("bob", "small", 2),
    ]
