"""docs/checklist.md: all rows, current, and what the commands are said to show is in their output."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests import checklist, deck_titles
from tests.checklist import ROWS

ROOT = Path(__file__).parent.parent

# What each command must show, for all rows together: a command is run once.
COMMANDS: dict[str, list[tuple[int, str]]] = {}
for _row in ROWS:
    for _show in _row.shows:
        found = COMMANDS.setdefault(_show.command, [])
        found += [(_row.number, pattern) for pattern in _show.patterns]
SLOW = {show.command for row in ROWS for show in row.shows if show.slow}


def test_the_page_is_current():
    assert checklist.PAGE.read_text("utf-8") == checklist.page(), "run python -m tests.checklist"


def test_every_row_is_there():
    assert [row.number for row in ROWS] == list(range(1, 87))
    for row in ROWS:
        assert row.shows, row.number
        assert all(show.says and show.patterns for show in row.shows), row.number


def test_rows_stand_under_the_decks_titles(course_data):
    path = course_data.parent / "deck.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    deck = deck_titles.read(path)
    wrong = [row for row in ROWS if not deck_titles.is_title(row.slide, deck[row.line])]
    assert not wrong
    assert [row.line for row in ROWS] == sorted(row.line for row in ROWS)


def parts(command):
    return [shlex.split(part) for part in command.split(" && ")]


def run(command, cli):
    """The output of a command, standard error included. ``cat`` reads a file of the repository."""
    shown = []
    for program, *words in parts(command):
        if program == "cat":
            shown += [(ROOT / word).read_text("utf-8") for word in words]
            continue
        assert program == "tfcourse"
        result = cli(*words)
        assert result.exit_code == 0, result.stderr
        shown += [result.stdout, result.stderr]
    return "\n".join(shown)


@pytest.mark.parametrize(
    "command",
    [pytest.param(c, marks=[pytest.mark.slow] if c in SLOW else []) for c in COMMANDS],
)
def test_output_shows_the_rows(command, working_folder, cli, request):
    typed = command
    for word, fixture in (("FOLDER", "course_data"), ("CHECKPOINTS", "course_checkpoints")):
        if word in command:
            typed = typed.replace(word, shlex.quote(str(request.getfixturevalue(fixture))))
    output = run(typed, cli)
    missing = [
        (number, pattern)
        for number, pattern in COMMANDS[command]
        if not re.search(pattern, output, re.MULTILINE)
    ]
    assert not missing, output
