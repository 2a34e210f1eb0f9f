"""A strict reader of CSV files, and of GroupLens's ``.dat`` files.

The first fault of a file is a ``DataError`` with the file, the line, the column where it is known,
what was expected and what was found. A reader that is lenient drops the faulty rows and counts them;
faults of the whole file, as a missing column, remain errors.

The fast path is pandas's parser. A file in which it or a check meets anything unusual is read again
line by line; see ``csv_lines`` for what is accepted there and with which meaning.
"""

from __future__ import annotations

import gzip
import io
import itertools
import re
import zlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from tfcourse.datasets.csv_lines import (
    CONTROL,
    CSV,
    LARGEST,
    LONGEST,
    BadLine,
    Form,
    Kind,
    cell_value,
    cells,
    check_row,
    decoded,
    lines,
    shown,
)
from tfcourse.datasets.csv_lines import DAT as DAT
from tfcourse.errors import DataError

LISTED = 10  # faults that a lenient reader describes; the others it counts
_BOM = b"\xef\xbb\xbf"
_TEXT = re.compile(rb"\S")
# A quoted cell that is well formed, in one line. No part of it matches in two ways: else one open quote
# would take exponential time.
_QUOTED = re.compile(rb'"(?<![^,\n]")[^"\r\n]*(?:""[^"\r\n]*)*"(?![^,\r\n])')


@dataclass(eq=False)
class CsvFile:
    """A file whose header and cells were checked.

    Attributes:
        path: the file. raw: its bytes, unpacked.
        header: the names of the columns.
        columns: name to values (n,) of the kind that was asked for; text is of dtype object.
        lenient: whether rows with a fault are dropped.
        dropped: how many were. faults: the first ones, at most ``LISTED``, in the file's order.
    """

    path: Path
    raw: bytes
    header: tuple[str, ...]
    columns: dict[str, np.ndarray]
    form: Form = CSV
    lenient: bool = False
    dropped: int = 0
    faults: list[DataError] = field(default_factory=list)
    _line: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64), repr=False)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self._line)

    def check(
        self,
        good: np.ndarray,
        expected: str,
        column: str | None = None,
        found: Callable[[int], str] | None = None,
    ) -> None:
        """Check a rule of the rows. A lenient reader drops the rows that break it, so take the
        columns again after a check.

        Args:
            good: whether each row keeps the rule, bool (n,).
            expected: what every row should have.
            column: the column that has it.
            found: describes what a row has instead; by default the cell as it stands in the file.

        Raises:
            DataError: a row breaks the rule. The first such row is named.
        """
        if good.all():
            return
        bad = np.flatnonzero(~good)
        errors = [self._error(int(row), expected, column, found) for row in bad[:LISTED]]
        if not self.lenient:
            raise errors[0]
        self._drop(len(bad), errors)
        self.columns = {name: values[good] for name, values in self.columns.items()}
        self._line = self._line[good]
        if not len(self):
            raise errors[0]

    def _drop(self, number: int, errors: Sequence[DataError]) -> None:
        self.dropped += number
        self.faults = sorted([*self.faults, *errors], key=lambda e: e.line or 0)[:LISTED]

    def _error(
        self, row: int, expected: str, column: str | None, found: Callable[[int], str] | None
    ) -> DataError:
        line = int(self._line[row])
        if found is not None:
            text = found(row)
        elif column is not None:
            text = shown(self._cell(line, column))
        else:
            text = "another row"
        where = "" if column is None else f" in {column!r}"
        return DataError(f"expected {expected}{where}, found {text}", self.path, line)

    def _cell(self, line: int, column: str) -> str:
        raw = next(itertools.islice(lines(self.raw), line - 1, None))[1]
        text = raw.decode(_encoding(self.raw, self.form), "replace")
        return cells(text, self.form)[self.header.index(column)]


def read(
    path: str | Path,
    columns: Mapping[str, Kind],
    *,
    form: Form = CSV,
    exact: bool = False,
    ended: bool = False,
    lenient: bool = False,
) -> CsvFile:
    """Read a file and check every cell of the given columns.

    A name that ends in ``.gz`` is unpacked. Text is UTF-8, with or without a byte order mark; line
    breaks are those of any system. What cells may hold stands at ``csv_lines.cell_value``. Of the
    columns that are not asked for, only the number of cells, NUL and line breaks are checked, and
    their names may repeat.

    Args:
        path: the file.
        columns: names and kinds of the columns that are needed. Where the form has no header, these
            are all columns, in order.
        form: comma-separated, or as GroupLens's ``.dat`` files.
        exact: whether the file must have these columns in this order, no others, and no blank
            lines. Otherwise other columns and blank lines are ignored.
        ended: whether the last line must have a line break. A file without one may be cut off
            inside its last cell and still be well formed.
        lenient: whether to drop the rows that are not well formed, instead of an error.

    Raises:
        DataError: the file is missing, unreadable or empty, or has no rows or a wrong header; or,
            unless lenient, a row has another number of cells, a quote that is not closed, or a cell
            that is not of its column's kind.
    """
    path = Path(path)
    raw = contents(path)
    if b"\n" not in raw:  # an old Mac's line breaks
        raw = raw.replace(b"\r", b"\n")
    if form.header:
        header, start, first = _header(raw, path, columns, exact)
    else:
        header, start, first = tuple(columns), 0, 1
    if not _TEXT.search(raw, start):
        found = "none" if form.header else "an empty file"
        after = "rows after the header" if form.header else "rows"
        raise DataError(f"expected {after}, found {found}", path, first - 1 or None)
    file = CsvFile(path, raw, header, {}, form, lenient)
    whole = raw.endswith(b"\n") or not ended
    values = _fast(raw, start, header, columns, form) if whole else None
    if values is not None:
        file.columns = values
        file._line = np.arange(first, first + len(next(iter(values.values()))))
    else:
        _careful(file, start, first, columns, exact, whole)
    return file


def contents(path: Path) -> bytes:
    """The bytes of a file; those of a ``.gz`` file unpacked.

    Raises:
        DataError: it is missing, unreadable, or a damaged gzip file.
    """
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except FileNotFoundError:
        raise DataError("no such file", path) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"damaged gzip file: {error}", path) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from None


def _encoding(raw: bytes, form: Form) -> str:
    if form.other_encoding is None or raw.isascii():
        return form.encoding
    try:
        raw.decode(form.encoding)
    except UnicodeDecodeError:
        return form.other_encoding
    return form.encoding


def _header(
    raw: bytes, path: Path, columns: Mapping[str, Kind], exact: bool
) -> tuple[tuple[str, ...], int, int]:
    """The names in the first row, and position and number of the line after it."""
    wanted = list(columns)
    some = wanted if len(wanted) <= 6 else [*wanted[:2], "...", wanted[-1]]
    expected = f"expected the {len(wanted)} columns {', '.join(some)}"
    start = len(_BOM) if raw.startswith(_BOM) else 0
    if not _TEXT.search(raw, start):
        raise DataError(f"{expected}, found an empty file", path)
    buffer = io.BytesIO(raw)
    buffer.seek(start)
    number, line = 0, b""
    while not line.strip() and (exact is False or number == 0):
        number, line = number + 1, buffer.readline()
    try:
        names = cells(decoded(line.rstrip(b"\r\n"), "utf-8"), CSV, wanted)
    except BadLine as bad:
        raise DataError(str(bad), path, number) from None
    missing = [name for name in wanted if name not in names]
    unknown = [name for name in names if name not in columns] if exact else []
    twice = [name for name in wanted if names.count(name) > 1]
    found = [
        before + _some(which) + after
        for before, which, after in (
            ("no ", missing, ""),
            ("also ", unknown, ""),
            ("", twice, " twice"),
        )
        if which
    ]
    if not found and exact and names != wanted:
        found = ["them in another order"]
    if found:
        raise DataError(f"{expected}, found {'; '.join(found)}", path, number)
    return tuple(names), buffer.tell(), number + 1


def _fast(
    raw: bytes, start: int, header: Sequence[str], columns: Mapping[str, Kind], form: Form
) -> dict[str, np.ndarray] | None:
    """The columns by pandas's parser, or None: something is unusual, and perhaps wrong."""
    body: bytes = raw
    if b"\0" in raw or (b'"' in raw and form is not CSV):
        return None
    if form is not CSV:
        if b"," in raw:
            return None
        body = raw.replace(form.separator.encode(), b",")
    elif raw.find(b'"', start) >= 0 and b'"' in _QUOTED.sub(b"", raw[start:]):
        return None
    buffer = io.BytesIO(body)
    buffer.seek(start)
    try:
        frame = pd.read_csv(
            buffer,
            header=None,
            # Numbers are inferred: where their type is given, pandas takes 1e5 and True for integers.
            dtype={header.index(name): object for name, kind in columns.items() if kind is str},
            na_filter=False,
            skip_blank_lines=False,
            low_memory=False,
        )
    except (ValueError, OverflowError):  # also pandas's ParserError
        return None
    n_lines = raw.count(b"\n", start) + (not raw.endswith(b"\n"))
    last = frame.iloc[:, -1]
    if frame.shape != (n_lines, len(header)):
        return None
    if last.dtype.kind not in "biuf" and (last == "").any():  # pandas fills shorter rows up
        return None
    values = {name: frame[header.index(name)].to_numpy() for name in columns}
    for name, kind in columns.items():
        if kind is str:
            text = "".join(values[name])
            unusual = not text.isprintable() and CONTROL.search(text)  # the first is quicker
            if unusual or max(map(len, values[name])) > LONGEST:
                return None
        elif kind is np.int64:
            if values[name].dtype != np.int64:
                return None
            if max(abs(int(values[name].min())), abs(int(values[name].max()))) > LARGEST:
                return None
        else:
            if values[name].dtype not in (np.int64, np.float64):
                return None
            with np.errstate(over="ignore"):
                values[name] = values[name].astype(kind)
            if not np.isfinite(values[name]).all():
                return None
    return values


def _careful(
    file: CsvFile, start: int, first: int, columns: Mapping[str, Kind], exact: bool, whole: bool
) -> None:
    """Read the rows line by line, and raise or drop what is wrong.

    Args:
        whole: whether the last line is to be taken for a whole one.
    """
    encoding = _encoding(file.raw, file.form)
    places = [(file.header.index(name), kind, name) for name, kind in columns.items()]
    store: dict[str, array[int] | array[float] | list[str]] = {
        name: [] if kind is str else array("q" if kind is np.int64 else "d")
        for name, kind in columns.items()
    }
    numbers = array("q")
    last = first + file.raw.count(b"\n", start)  # without a line break at its end
    for number, line in lines(file.raw, start, first):
        if not exact and not line.strip():
            continue
        try:
            row = cells(decoded(line, encoding), file.form, file.header)
            check_row(row, file.header)
            values = [cell_value(row[place], kind, name) for place, kind, name in places]
            if number == last and not whole:
                found = "none: the file is cut short, or its last line break is missing"
                raise BadLine("a line break at the end of the file", found)
        except BadLine as bad:
            error = DataError(str(bad), file.path, number)
            if not file.lenient:
                raise error from None
            file._drop(1, [error] if len(file.faults) < LISTED else [])
            continue
        numbers.append(number)
        for name, value in zip(columns, values, strict=True):
            store[name].append(value)  # type: ignore[arg-type]
    if not numbers:
        if file.faults:
            raise file.faults[0]
        raise DataError("expected rows after the header, found none", file.path, first - 1)
    file._line = np.array(numbers, np.int64)
    file.columns = {
        name: np.array(store[name], object if kind is str else kind)
        for name, kind in columns.items()
    }


def _some(names: Sequence[str]) -> str:
    text = ", ".join(shown(name) for name in names[:3])
    return text if len(names) <= 3 else f"{text} and {len(names) - 3} more"
