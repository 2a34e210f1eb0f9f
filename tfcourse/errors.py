"""Errors that a user can mend. The command line prints each in one line, without a traceback."""

from __future__ import annotations

from pathlib import Path


class CourseError(Exception):
    """Base of every error that tfcourse raises on purpose."""


class UsageError(CourseError):
    """A wrong argument: an unknown name, a value out of range. Exit code 2 on the command line."""


class DataError(CourseError):
    """Input data that cannot be used.

    Args:
        message: what was found and what was expected.
        path: the file, if there is one.
        line: the line in the file, counted from 1 with the header.
    """

    def __init__(self, message: str, path: str | Path | None = None, line: int | None = None):
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(where + message)
        self.path, self.line = path, line


class CheckpointError(CourseError):
    """A checkpoint that is missing, damaged, or not of the lesson it is restored into."""


class ModelError(CourseError):
    """A lesson whose graph is wrong: shapes that do not agree, a node that is missing."""
