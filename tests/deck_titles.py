"""The deck's text, where it lies beside the course's data: its lines, slides and titles."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

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


def slides(lines: list[str]) -> list[range]:
    """The lines of each slide that has text: those between two names of a part."""
    names = [n for n, line in enumerate(lines) if line.strip() in SECTIONS]
    between = [range(a + 1, b) for a, b in zip(names, [*names[1:], len(lines)], strict=True)]
    return [part for part in between if any(lines[n].strip() for n in part)]
