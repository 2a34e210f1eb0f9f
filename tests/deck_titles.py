"""The deck's text, where it lies beside the course's data: its lines, slides, titles, formulas and code."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

# The deck's parts, as they stand alone on a line before each slide.
SECTIONS = (
    "Machine Learning Framework",
    "Deep Neural Network(DNN) Tips",
    "Recommendation Engine in Matrix Factorization",
    "Recommendation Engine with DNN",
)


def plain(text: str) -> str:
    """A title without marks and minutes, in one form of punctuation."""
    text = unicodedata.normalize("NFKC", text).replace("\\Rightarrow", "⇒").replace("–", "-")
    text = re.sub(r"\(\d+( ~ \d+)? minutes\)", "", re.sub(r"[*`$□]", "", text))
    return re.sub(r"\s+", " ", text).strip()


def is_title(title: str, line: str) -> bool:
    """Whether a title is the deck's line, or begins with it and adds what tells two slides apart."""
    printed, title = plain(line), plain(title)
    added = title.removeprefix(printed)
    return title.startswith(printed) and bool(printed) and (not added or added[0] in " ,:(")


def read(deck: Path) -> list[str]:
    """The deck's lines; line 1 has the index 1."""
    return ["", *deck.read_text("utf-8").splitlines()]


def beside(course_data: Path) -> list[str]:
    """The lines of the deck beside the course's data; without it the test is skipped."""
    path = course_data.parent / "deck.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return read(path)


def slides(lines: list[str]) -> list[range]:
    """The lines of each slide that has text: those between two names of a part."""
    names = [n for n, line in enumerate(lines) if line.strip() in SECTIONS]
    between = [range(a + 1, b) for a, b in zip(names, [*names[1:], len(lines)], strict=True)]
    return [part for part in between if any(lines[n].strip() for n in part)]


# Between dollars: arrows and words alone are no formula.
_TEX = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)
_NO_FORMULA = re.compile(r"\\(Rightarrow|rightarrow|%|text|Delta|eta|alpha|lambda)")
_RELATION = re.compile(r"[=^_<>]|\\(frac|sum|cdot|sigma|times|lim|approx|underline)|\(")
# Plain text: a function of something equals something; a power.
_PLAIN = re.compile(
    r"\b[A-Za-z]\([^)]+\) *=|^\s*[a-z]+ *= *[a-z]+[(\d]|\b\d\^[A-Za-z]", re.MULTILINE
)


def formulas(text: str) -> list[str]:
    """The formulas of a piece of the deck's text: in LaTeX between dollars, or plain."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = [a or b for a, b in _TEX.findall(text)]
    tex = [x.strip() for x in found if _RELATION.search(_NO_FORMULA.sub("", x))]
    return tex + [x.strip() for x in _PLAIN.findall(_TEX.sub("", text))]


def has_code(text: str) -> bool:
    """Whether a piece of the deck's text has a block of code (or of settings)."""
    return "```" in text
