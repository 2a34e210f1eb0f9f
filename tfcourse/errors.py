"""Errors that a user can fix. The command line prints each in one line, without a traceback."""

from __future__ import annotations

from pathlib import Path


class CourseError(Exception):
    """Base class of the errors that tfcourse raises on purpose. The exit code is 1."""


class UsageError(CourseError):
    """A wrong argument, such as an unknown name or a value out of range. The exit code is 2."""


class DataError(CourseError):
    """Input data that cannot be used.

    Args:
        message: what was found and what was expected.
        path: the file, if there is one.
        line: the line in the file; the header is line 1.

    Attributes:
        path, line: as given.
    """

    def __init__(self, message: str, path: str | Path | None = None, line: int | None = None):
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(where + message)
        self.path, self.line = path, line


class CheckpointError(CourseError):
    """A checkpoint that is missing or damaged, or that belongs to another lesson."""


class ModelError(CourseError):
    """A lesson whose graph is wrong, such as a missing node or shapes that do not match."""


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or the name of its type without a message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
