"""A strict reader of CSV files.

The first fault of a file is a ``DataError`` with the file, the line, the column where it is known,
what was expected and what was found. The fast path is pandas's parser. Only a file with a fault is
read a second time, to find the line and the cell as they stand in the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tfcourse.errors import DataError

#: What a column holds: whole numbers up to 2**53, finite numbers, or text.
Kind = type[np.int64] | type[np.float64] | type[np.float32] | type[str]

_LARGEST = 2**53  # up to here float64 holds every whole number
_SHOWN = 40  # characters of a cell that a message shows


@dataclass(frozen=True, eq=False)
class CsvFile:
    """A CSV file whose header and cells were checked.

    Attributes:
        path: the file. raw: its bytes.
        header: the names in the first row.
        columns: name to values (n,) of the kind that was asked for; text is of dtype object.
        exact: whether other columns and blank lines are faults.
    """

    path: Path
    raw: bytes
    header: tuple[str, ...]
    columns: dict[str, np.ndarray]
    exact: bool

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def check(self, good: np.ndarray, column: str, expected: str) -> None:
        """Check a rule of one column.

        Args:
            good: whether each row keeps the rule, bool (n,).
            expected: what every cell of the column should be.

        Raises:
            DataError: a row breaks the rule. The first such row is named.
        """
        if not good.all():
            raise self._bad_cell(int(np.argmin(good)), column, expected)

    def error(self, row: int, expected: str, found: str) -> DataError:
        """The error to raise for a data row, counted from 0."""
        line, _ = self._find(row)
        return DataError(f"expected {expected}, found {found}", self.path, line)

    def check_last_line_end(self) -> None:
        """Refuse a file without a line break at its end.

        Such a file may be cut off inside its last cell and still be well-formed.

        Raises:
            DataError: there is no line break.
        """
        if not self.raw.endswith((b"\n", b"\r")):
            n_rows = len(next(iter(self.columns.values())))
            found = "none: the file is cut short, or its last line break is missing"
            raise self.error(n_rows - 1, "a line break at the end of the file", found)

    def _bad_cell(self, row: int, column: str, expected: str) -> DataError:
        line, cells = self._find(row)
        found = _shown(cells[self.header.index(column)])
        return DataError(f"expected {expected} in {column!r}, found {found}", self.path, line)

    def _find(self, row: int) -> tuple[int, list[str]]:
        """Line and cells of a data row, counted from 0, as they stand in the file."""
        rows = _rows(self.raw.decode("utf-8-sig"), self.path, self.exact)
        return next(found for at, found in enumerate(rows, start=-1) if at == row)


def read(path: str | Path, columns: Mapping[str, Kind], exact: bool = False) -> CsvFile:
    """Read a CSV file in UTF-8 and check every cell of the given columns.

    Args:
        path: the file.
        columns: names and kinds of the columns that are needed.
        exact: whether the file must have these columns in this order, no others, and no blank
            lines. Otherwise other columns and blank lines are ignored.

    Raises:
        DataError: the file is missing, unreadable or empty, or has no rows, a wrong header, a row
            of wrong width, or a cell that is not of its column's kind.
    """
    path = Path(path)
    raw, text = _text(path)
    header = _header(text, path, columns, exact)
    try:
        frame = pd.read_csv(
            io.BytesIO(raw),
            dtype={name: str for name, kind in columns.items() if kind is str},
            keep_default_na=False,
            na_values={name: [""] for name, kind in columns.items() if kind is not str},
            skip_blank_lines=not exact,
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        raise _malformed(text, path, len(header), exact, str(error)) from None
    if frame.empty:
        raise DataError("expected rows after the header, found none", path, 1)
    last = frame.iloc[:, -1]
    # pandas takes the first cells of longer rows for labels, and fills shorter rows up.
    if not isinstance(frame.index, pd.RangeIndex) or (last == "").any() or last.isna().any():
        wrong = _wrong_width(_rows(text, path, exact), len(header), path)
        if wrong is not None:
            raise wrong
    values, faults = {}, []
    for place, (name, kind) in enumerate(columns.items()):
        values[name], good = _converted(frame[name], kind)
        if not good.all():
            faults.append((int(np.argmin(good)), place, name))
    file = CsvFile(path, raw, header, values, exact)
    if faults:
        row, _, name = min(faults)
        raise file._bad_cell(row, name, _expected(columns[name]))
    return file


def _text(path: Path) -> tuple[bytes, str]:
    """The file's bytes, and its text without a byte order mark."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError("no such file", path) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from None
    try:
        return raw, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{error.object[error.start]:02x}"
        raise DataError(f"expected UTF-8 text, found {found}", path, line) from None


def _rows(text: str, path: Path, exact: bool) -> Iterator[tuple[int, list[str]]]:
    """Every row with the line on which it begins, counted as an editor counts.

    A quoted cell may hold line breaks. Blank lines are rows of a file that is read exactly.
    """
    reader, line = csv.reader(io.StringIO(text, newline="")), 1
    try:
        for cells in reader:
            if exact or len(cells) > 1 or "".join(cells).strip():
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"cannot be read as CSV: {error}", path, line) from None


def _header(text: str, path: Path, columns: Mapping[str, Kind], exact: bool) -> tuple[str, ...]:
    """The names in the first row."""
    wanted = list(columns)
    shown = wanted if len(wanted) <= 6 else [*wanted[:2], "...", wanted[-1]]
    expected = f"expected the {len(wanted)} columns {', '.join(shown)}"
    line, names = next(_rows(text, path, exact), (0, []))
    if not text.strip():
        raise DataError(f"{expected}, found an empty file", path)
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
        raise DataError(f"{expected}, found {'; '.join(found)}", path, line)
    return tuple(names)


def _converted(column: pd.Series, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Values (n,) of a kind, and whether each is good, bool (n,)."""
    if kind is str:
        return column.to_numpy(object), np.ones(len(column), bool)
    number = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if column.dtype == bool:  # pandas takes a column of "True" for truth values
        return number, np.zeros(len(number), bool)
    if kind is np.int64:
        with np.errstate(invalid="ignore"):
            good = (np.abs(number) <= _LARGEST) & (number % 1 == 0)
            return number.astype(np.int64), good
    with np.errstate(over="ignore"):
        values = number.astype(kind)
    return values, np.isfinite(values)


def _expected(kind: Kind) -> str:
    return "a whole number" if kind is np.int64 else "text" if kind is str else "a finite number"


def _malformed(text: str, path: Path, width: int, exact: bool, reason: str) -> DataError:
    """The error for a file that pandas cannot cut into columns."""
    rows = list(_rows(text, path, exact))
    unclosed = "EOF inside string" in reason
    wrong = _wrong_width(rows[:-1] if unclosed else rows, width, path)
    if wrong is not None:
        return wrong
    if unclosed:
        expected = "expected a closing quote, found the end of the file"
        return DataError(expected, path, rows[-1][0])
    return DataError(f"cannot be read as CSV: {reason.strip()}", path)


def _wrong_width(rows: Iterable[tuple[int, list[str]]], width: int, path: Path) -> DataError | None:
    """The error for the first row that has not as many cells as the header."""
    for line, cells in rows:
        if len(cells) != width:
            found = f"{len(cells)} cell{'s' * (len(cells) > 1)}" if cells else "an empty line"
            return DataError(f"expected {width} cells, found {found}", path, line)
    return None


def _shown(cell: str) -> str:
    return repr(cell[:_SHOWN]) if cell.strip() else "an empty cell"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(_shown(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
