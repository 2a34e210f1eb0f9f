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
# What is run with fewer epochs; the comparison on small data too. Under the marker slow, the data are the
# default ones and "fit" has all its epochs; those of the comparison take two minutes.
SHORTER = {
    "tfcourse compare": ["--epochs", "1"],
    "tfcourse fit mf --dim": ["--epochs", "2"],
    "tfcourse fit honest-next": ["--epochs", "2"],
}


def test_there_are_commands_to_run():
    assert len(COMMANDS) > 10
    assert all(any(command.startswith(start) for command in COMMANDS) for start in SHORTER)
    assert {"fit", "evaluate", "most-like", "recommend", "compare", "export", "data"} <= {
        command.split()[1] for command in COMMANDS
    }


def run(command, working_folder, cli, request, more=()):
    words = shlex.split(command)[1:]
    if "model_mf" in words:  # a checkpoint of 2018, with the course's data
        checkpoints = request.getfixturevalue("course_checkpoints")
        data = request.getfixturevalue("course_data")
        (working_folder / "model_mf").symlink_to(checkpoints / "model_mf")
        (working_folder / "ml-latest-small").symlink_to(data / "ml-latest-small")
    if "checkpoints/honest-next-clean" in words:  # of the command before, with a shorter training
        assert cli("fit", "honest-next", "--epochs", 1).exit_code == 0
    result = cli(*words, *more)
    assert result.exit_code == 0, result.stderr
    assert result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, working_folder, cli, request, small_dir):
    more = next((more for start, more in SHORTER.items() if command.startswith(start)), [])
    if command.startswith("tfcourse compare"):
        (working_folder / "data").unlink()
        (working_folder / "data").symlink_to(small_dir, target_is_directory=True)
    run(command, working_folder, cli, request, more)


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(tuple(SHORTER))])
def test_command_on_the_default_data(command, working_folder, cli, request):
    more = ["--epochs", "1"] if command.startswith("tfcourse compare") else []
    run(command, working_folder, cli, request, more)


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
