"""What the README shows is run, from a folder that holds its checkpoints and the default data."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
INDENTED = [line.strip() for line in README.splitlines() if line.startswith("    ")]
COMMANDS = [
    re.sub(r"\s+#.*", "", line) for line in INDENTED if line.startswith("tfcourse ")
]  # without the comment behind
SHORTER = {"compare": ["--epochs", "1"]}  # two minutes otherwise


def test_there_are_commands_to_run():
    assert len(COMMANDS) > 10
    assert {"fit", "evaluate", "most-like", "recommend", "compare", "export", "data"} <= {
        command.split()[1] for command in COMMANDS
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, working_folder, cli, request):
    words = shlex.split(command)[1:]
    if "model_mf" in words:  # a checkpoint of 2018, with the course's data
        checkpoints = request.getfixturevalue("course_checkpoints")
        data = request.getfixturevalue("course_data")
        (working_folder / "model_mf").symlink_to(checkpoints / "model_mf")
        (working_folder / "ml-latest-small").symlink_to(data / "ml-latest-small")
    result = cli(*words, *SHORTER.get(words[0], []))
    assert result.exit_code == 0, result.stderr
    assert result.stdout


def test_python(working_folder, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "Toy Story (1995)" in printed and "'ndcg_strict'" in printed


def test_links_lead_to_files():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    for link in links:
        assert link.startswith("http") or (ROOT / link).is_file(), link


def test_table_of_lessons_names_lessons():
    import graphs

    names = {lesson.name for lesson in graphs.LESSONS}
    shown = re.findall(r"^\| `([a-z-]+)`", README, re.MULTILINE)
    assert set(shown) <= names and "mf-with-dnn-xent" in shown
