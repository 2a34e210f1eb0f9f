"""docs/slides.md: a row for every slide, and every lesson and example in it; what it names is there."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

import graphs
from graphs.slides import SLIDES
from graphs.slides.__main__ import PAGE, page
from tests import deck_titles
from tfcourse import lessons, sweep
from tfcourse.cli import main
from tfcourse.cli.output import hyper_parameters

ROOT = Path(__file__).parent.parent
# What stands on pages that only list the deck's parts, as the deck spells it there.
PARTS = {
    "Recall",
    "Recommnedation Engine in Matrix Factorization",
    "Recommender Engine in Matrix Factorization",
    "Recommenedation Engine in Matrix Factorization",
    "Matrix Factorization with DNN",
}


ROWS = [(slide.section, slide.title, slide.lines, slide.command, slide.file) for slide in SLIDES]


@pytest.fixture(scope="module")
def deck(course_data):
    return deck_titles.beside(course_data)


def parse(words):
    """Read the command's words as the program would, without running it."""
    name, *rest = words
    command = main.commands[name]
    given = command.make_context(
        name, rest, parent=click.Context(main, **main.context_settings)
    ).params
    if name == "example":
        lessons.find_example(given["name"])
    if name in ("fit", "sweep"):
        cls = lessons.find(given["lesson"]).load()
        if name == "fit":
            hyper_parameters(cls, given["hyper"])
        else:
            sweep.read_values(given["hyper"], lambda values: hyper_parameters(cls, values))


OF_DECK = [x for x in graphs.ENTRIES if x.section != graphs.BEYOND]


def test_the_page_is_current():
    assert PAGE.read_text("utf-8") == page(), "run python -m graphs.slides"


def test_the_page_has_the_decks_four_parts():
    assert list(dict.fromkeys(row[0] for row in ROWS)) == list(deck_titles.SECTIONS)
    assert {x.section for x in OF_DECK} == set(deck_titles.SECTIONS)
    assert len(ROWS) > 120


@pytest.mark.parametrize("row", ROWS, ids=[slide.key for slide in SLIDES])
def test_row(row):
    _, title, lines, command, file = row
    assert title
    assert lines == tuple(sorted(set(lines)))
    assert not {"|", "`"} & set(title + command + file), "the page is a table"
    assert (ROOT / file).is_file(), f"{file} does not exist"
    program, *words = shlex.split(command)
    assert program == "tfcourse"
    if words != ["--version"]:
        parse(words)
    for word in words:
        if word.startswith("checkpoints/"):
            assert (ROOT / word).is_dir(), f"{word} does not exist"


def test_rows_stand_in_the_decks_order():
    first = [lines[0] for _, _, lines, _, _ in ROWS]
    assert first == sorted(first)


def test_titles_are_the_decks(deck):
    wrong = [
        (n, title, deck[n])
        for _, title, lines, _, _ in ROWS
        for n in lines
        if not deck_titles.is_title(title, deck[n])
    ]
    assert not wrong


def test_every_slide_has_a_row(deck):
    """But for the pages that only list the deck's parts."""
    named = {n for _, _, lines, _, _ in ROWS for n in lines}
    missing = []
    for slide in deck_titles.slides(deck):
        text = {deck[n].strip() for n in slide} - {""}
        if not named & set(slide) and not text <= PARTS:
            missing.append((slide.start, sorted(text)))
    assert not missing


def test_no_lesson_or_example_is_left_out():
    shown = {tuple(shlex.split(command)[:3]) for _, _, _, command, _ in ROWS}
    missing = [x.command for x in OF_DECK if tuple(x.command.split()) not in shown]
    assert not missing


def test_what_is_beyond_the_deck_has_a_page_of_its_own():
    page = (ROOT / "docs" / "honest.md").read_text("utf-8")
    beyond = [x for x in graphs.ENTRIES if x.section == graphs.BEYOND]
    assert beyond and all(x.name in page for x in beyond)


def test_a_lesson_stands_in_its_part():
    parts = {(tuple(shlex.split(command)[:3]), section) for section, _, _, command, _ in ROWS}
    wrong = [x.command for x in OF_DECK if (tuple(x.command.split()), x.section) not in parts]
    assert not wrong


def test_a_file_is_that_of_its_command():
    """A row names the file of its own command, or one that stands behind it: that it imports from."""
    files = {x.command: x.file for x in graphs.ENTRIES}
    for _, title, _, command, file in ROWS:
        if command in files and file.startswith("graphs/"):
            own, module = files[command], file.removesuffix(".py").replace("/", ".")
            text = (ROOT / own).read_text("utf-8")
            assert file == own or f"from {module} import" in text, title
