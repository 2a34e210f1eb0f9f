"""Slide: a row of the table of slides."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent  # the folder that holds graphs/ and tfcourse/


@dataclass(frozen=True, kw_only=True)
class Slide:
    """A slide of the deck, or one of several things that a slide shows.

    Attributes:
        key: words joined by hyphens, unique, as "mf-with-history-pooling". It is part of addresses.
        title: the slide's title, as in the deck; what tells two slides of a title apart is added after
            a comma, a colon or in parentheses.
        section: the deck's section.
        lines: the first line of the slide in the deck's text; several if the deck repeats the slide.
        command: what runs it. file: the file with its code, from the folder of the project.
        quote: a few words of the slide in the deck's language, "" if the title says it all. " / " stands
            between words of different places.
        english: what the slide says, in one or two sentences of our own.
        chinese: the same in Traditional Chinese, in our own words, with the deck's terms.
        formulas: in LaTeX, as the deck prints them (without $). After one with an error the right one, and
            where the slide only speaks of a formula that formula; ``note`` or ``english`` says so.
        code: what of the file is the slide's: names as "MFWithHistory.pooling". A name may be followed by
            " | first | last": only the lines from the first one with the words ``first`` to the last one
            with the words ``last`` count, or one line if ``last`` is left out. Empty: the whole file.
        note: where the deck errs, leaks or leaves something out; "" if it does not. note_zh: in Chinese.
        lesson: the name of the lesson whose graph and curves belong to it, or "".
        deck_figures: numbers that the deck prints, by the name of ``evaluate`` or of a curve.
        deck_curves: curves that the deck prints, by the name in ``model.hist``, a value an epoch.
    """

    key: str
    title: str
    section: str
    lines: tuple[int, ...]
    command: str
    file: str
    quote: str = ""
    english: str = ""
    chinese: str = ""
    formulas: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    note: str = ""
    note_zh: str = ""
    lesson: str = ""
    deck_figures: Mapping[str, float] = field(default_factory=dict)
    deck_curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def lit(self) -> tuple[range, ...]:
        """Lines of the file that are the slide's, from 1.

        Raises:
            LookupError: the file has no such name or words.
        """
        text = (ROOT / self.file).read_text("utf-8")
        return tuple(_lines_of(anchor, text) for anchor in self.code)


def _lines_of(anchor: str, text: str) -> range:
    """The lines of an anchor in a Python file, from 1."""
    name, *words = (part.strip() for part in anchor.split(" | "))
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        node = _member(node, part, name)
    first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
    decorators = getattr(node, "decorator_list", [])
    first = min([first, *(decorator.lineno for decorator in decorators)])
    lines = text.splitlines()
    while isinstance(node, ast.FunctionDef) and _is_comment_within(node, lines[last : last + 1]):
        last += 1  # Python's parser leaves out comments that end a body
    if not words:
        return range(first, last + 1)
    found = [[n for n in range(first, last + 1) if word in lines[n - 1]] for word in words]
    for word, numbers in zip(words, found, strict=True):
        if not numbers:
            raise LookupError(f"{anchor!r}: {word!r} is not in {name}")
    begin, end = found[0][0], found[-1][-1] if len(words) > 1 else found[0][0]
    if end < begin:
        raise LookupError(f"{anchor!r}: {words[-1]!r} stands before {words[0]!r}")
    return range(begin, end + 1)


def _is_comment_within(node: ast.FunctionDef, following: list[str]) -> bool:
    return any(
        line.lstrip().startswith("#") and len(line) - len(line.lstrip()) > node.col_offset
        for line in following
    )


def _member(node: ast.AST, part: str, name: str) -> ast.AST:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and child.name == part:
            return child
        if isinstance(child, ast.Assign | ast.AnnAssign):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            if any(isinstance(target, ast.Name) and target.id == part for target in targets):
                return child
    raise LookupError(f"no {part!r} of {name!r} in the file")
