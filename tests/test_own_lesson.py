"""docs/own-lesson.md: its file is written, its commands and its code are run, in their order."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "own-lesson.md").read_text("utf-8")
FILE, *BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^    (tfcourse .*)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, embedded):
    """A folder with the page's file and the default data."""
    folder = tmp_path_factory.mktemp("own-lesson")
    (folder / "data").symlink_to(embedded, target_is_directory=True)
    (folder / "my_lesson.py").write_text(FILE, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("my_lesson", None)


def run(code):
    names: dict[str, object] = {"__name__": __name__}
    exec(compile(code, "own-lesson.md", "exec", dont_inherit=True), names)
    return names


def test_the_page_has_what_is_run():
    assert "class MFWithHour(MF)" in FILE and len(BLOCKS) == 2
    assert {"fit", "evaluate", "recommend"} <= {command.split()[1] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, cli):
    """In their order: the first trains what the others read."""
    result = cli(*shlex.split(command)[1:])
    assert result.exit_code == 0, result.stderr
    assert result.stdout and "Warning" not in result.stderr


def test_python(capsys):
    names = run(BLOCKS[0])
    model, data = names["model"], names["data"]
    printed = capsys.readouterr().out
    assert "\ngraph\n" in printed and "'ndcg_strict'" in printed
    # What the page says of the figures.
    from graphs.mf import MF

    basic = MF(n_users=data.data.n_users, n_movies=len(data.vocabulary))
    basic.fit(data.train_batches(128), data.valid_batches(), 2, verbose=False)
    figures = [m.evaluate(data.test_batches())["rmse"] for m in (model, basic)]
    said = re.search(r"RMSE of the test rows is ([\d.]+), that of basic MF ([\d.]+)", PAGE)
    assert figures == pytest.approx([float(figure) for figure in said.groups()], abs=0.002)


def test_a_table(capsys):
    names = run(BLOCKS[1])
    assert names["model"].predict({"user_id": [0], "hour": [20]}).shape == (1, 5)


def test_columns_of_the_table_are_those_of_the_data(deck):
    named = set(re.findall(r"`(\w+)`", PAGE[PAGE.index("| columns |") : PAGE.index("| any other")]))
    assert set(deck.train.names) <= named
