"""Text files line by line: their cells, and what is wrong with a line.

A row is one line. A quoted cell holds separators and doubled quotes, but no line break: a quote that
is never closed would otherwise swallow the lines after it.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

#: What a column holds: whole numbers, finite numbers, or text. See ``cell_value``.
Kind = type[np.int64] | type[np.float64] | type[np.float32] | type[str]

LARGEST = 2**53  # up to here float64 and JSON's readers hold every whole number
LONGEST = 1000  # characters of a text cell; the longest title of MovieLens has 160
_SHOWN = 40  # characters of a cell that a message shows

# Control characters, the other line breaks, and the marks that turn the direction of text.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}(\.0*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
_CELL = re.compile(r'("[^"]*(?:""[^"]*)*"(?=,|\Z)|[^,]*)(,|\Z)')


@dataclass(frozen=True)
class Form:
    """How a file holds its rows.

    Attributes:
        separator: between two cells. Cells may be quoted where it is a comma.
        header: whether the first line names the columns.
        encoding: of the text. other_encoding: of a file that is not in the first one.
    """

    separator: str
    header: bool
    encoding: str = "utf-8"
    other_encoding: str | None = None


CSV = Form(",", header=True)
#: GroupLens's releases 1M (Latin-1) and 10M (UTF-8): ``1::Toy Story (1995)::Animation|Comedy``.
DAT = Form("::", header=False, other_encoding="latin-1")


class BadLine(Exception):
    """What was expected in a line, and what was found."""

    def __init__(self, expected: str, found: str):
        super().__init__(f"expected {expected}, found {found}")


def lines(raw: bytes, start: int = 0, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line, without its line break, from a position on.

    Args:
        start: position of the first line to give. first: its number.
    """
    buffer = io.BytesIO(raw)
    buffer.seek(start)
    for number, line in enumerate(buffer, first):
        yield number, line.rstrip(b"\r\n")


def decoded(line: bytes, encoding: str) -> str:
    """The line as text.

    Raises:
        BadLine: bytes that are not in the encoding.
    """
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x}"
        raise BadLine(f"{encoding.upper()} text", found) from None


def cells(text: str, form: Form, names: Sequence[str] = ()) -> list[str]:
    """The cells of a line.

    Args:
        names: of the columns, for messages.

    Raises:
        BadLine: a quote that is not closed in its line, or text after a closing quote.
    """
    if form.separator != "," or '"' not in text:
        return text.split(form.separator)
    found: list[str] = []
    at = 0
    while match := _CELL.match(text, at):
        cell = match[1]
        if cell.startswith('"'):
            if not _QUOTED.fullmatch(cell):
                raise _bad_quote(text, at, _name(names, len(found)))
            cell = cell[1:-1].replace('""', '"')
        found.append(cell)
        if not match[2]:
            break
        at = match.end()
    return found


def _bad_quote(text: str, at: int, name: str) -> BadLine:
    closed = _QUOTED.match(text, at)
    if closed is None:
        return BadLine(f"a closing quote{name}", "the end of the line")
    return BadLine(f"a comma after the closing quote{name}", shown(text[closed.end() :]))


def check_row(row: Sequence[str], names: Sequence[str]) -> None:
    """Check what holds for all cells, also of columns that are not read.

    Raises:
        BadLine: another number of cells than of names, or a NUL or a line break in a cell.
    """
    if len(row) != len(names):
        n = len(row)
        found = "an empty line" if n == 1 and not row[0] else f"{n} cell{'s' * (n > 1)}"
        raise BadLine(f"{len(names)} cells", found)
    for name, cell in zip(names, row, strict=True):
        if "\0" in cell or "\r" in cell:
            raise BadLine(f"no NUL and no line break in {name!r}", shown(cell))


def cell_value(cell: str, kind: Kind, name: str) -> int | float | str:
    """The value of a cell.

    Whole numbers are digits with or without a sign and ``.0``, up to 2**53: no exponent, since
    ``1.26e9`` has lost digits. Other numbers are finite decimals with or without an exponent.
    Spaces around numbers are ignored. Text has up to 1,000 characters, none of them a control
    character.

    Raises:
        BadLine: a cell that is not of the kind.
    """
    if kind is str:
        control = CONTROL.search(cell)
        if control:
            found = f"{shown(cell)} (character U+{ord(control[0]):04X})"
            raise BadLine(f"text without control characters in {name!r}", found)
        if len(cell) > LONGEST:
            raise BadLine(f"at most {LONGEST} characters in {name!r}", f"{len(cell):,} characters")
        return cell
    text = cell.strip()
    if kind is np.int64:
        if not _WHOLE.fullmatch(text):
            exponent = _NUMBER.fullmatch(text) and "e" in text.lower()
            why = " (an exponent loses digits)" if exponent else ""
            raise BadLine(f"a whole number in {name!r}", shown(cell) + why)
        whole = int(text.partition(".")[0])
        if abs(whole) > LARGEST:
            raise BadLine(f"a whole number in {name!r}", f"{shown(cell)} (beyond 2**53)")
        return whole
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    with np.errstate(over="ignore"):
        if not np.isfinite(kind(number)):
            raise BadLine(f"a finite number in {name!r}", shown(cell))
    return number


def shown(cell: str) -> str:
    """A cell as messages show it: its beginning, with control characters as escapes."""
    return repr(cell[:_SHOWN]) if cell.strip() else "an empty cell"


def _name(names: Sequence[str], place: int) -> str:
    return f" in {names[place]!r}" if place < len(names) else ""
