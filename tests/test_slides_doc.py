"""docs/slides.md: every command is there, every file exists, no lesson is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import graphs
from tfcourse.cli import main

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "slides.md"
MARKER = "<!-- rows 31-59 -->"


def rows():
    """(section, title, lines, command, file) of every row of the page's tables."""
    found, section = [], ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in ("slide title", "---"):
            title, lines, command, file = cells
            found.append((section, title, lines, command.strip("`"), file.strip("`")))
    return found


ROWS = rows()


def test_the_page_is_read():
    assert len(ROWS) >= 45
    assert {"Machine Learning Framework", "Deep Neural Network(DNN) Tips"} <= {r[0] for r in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=[f"{r[2]} {r[3]}" for r in ROWS])
def test_row(row):
    section, title, lines, command, file = row
    assert title and section
    assert re.fullmatch(r"\d+(, \d+)*", lines), "deck lines are numbers"
    assert (ROOT / file).is_file(), f"{file} does not exist"
    program, *words = command.split()
    assert program == "tfcourse"
    if words[0] == "--version":
        return
    assert words[0] in main.commands, f"tfcourse has no command {words[0]}"
    if words[0] == "fit":
        assert graphs.find(words[1]).name == words[1]
    if words[0] == "example":
        assert graphs.find_example(words[1]).name == words[1]


def test_rows_stand_in_the_decks_order():
    first = [int(lines.split(",")[0]) for _, _, lines, _, _ in ROWS]
    assert first == sorted(first)


def test_no_lesson_or_example_is_left_out():
    sections = ["Machine Learning Framework"]
    if "|" in PAGE.read_text("utf-8").partition(MARKER)[2]:  # rows 31-59 are written
        sections.append("Deep Neural Network(DNN) Tips")
    commands = {command.split(" --")[0] for _, _, _, command, _ in ROWS}
    missing = [x.command for x in graphs.ENTRIES if x.section in sections]
    missing = [command for command in missing if command not in commands]
    assert not missing


def test_a_file_is_that_of_its_command():
    """A row names the file of its own command, or one that stands behind it."""
    files = {x.command: x.file for x in graphs.ENTRIES}
    for _, title, _, command, file in ROWS:
        if command in files and file.startswith("graphs/"):
            assert file == files[command], title
