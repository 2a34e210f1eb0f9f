"""Errors that a user can fix. The command line prints each in one line, without a traceback."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from tfcourse.lang import _

# Signals by which a user or the system ends a program; Windows has no SIGHUP.
INTERRUPTING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


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
        where = "" if path is None else f"{path}: "
        if path is not None and line is not None:
            where = _("{path}, line {line}: ").format(path=path, line=line)
        super().__init__(where + message)
        self.path, self.line = path, line


class CheckpointError(CourseError):
    """A checkpoint that is missing or damaged, or that belongs to another lesson."""


class ModelError(CourseError):
    """A lesson whose graph is wrong, such as a missing node or shapes that do not match."""


class DivergedError(CourseError):
    """A training whose loss became NaN or infinite."""


class Interrupted(CourseError):
    """A training that a signal stopped between two batches or two epochs.

    The exit code is 128 + ``signum``.

    Args:
        signum: number of the signal, such as ``signal.SIGINT``.
        message: where the training stopped, and how to go on.

    Attributes:
        signum, message: as given. A message that is changed later is the one that is printed.
    """

    def __init__(self, signum: int, message: str):
        super().__init__(signum, message)
        self.signum, self.message = int(signum), message

    def __str__(self) -> str:
        return self.message


def reason(error: Exception) -> str:
    """Return why a file cannot be read or written, such as "No space left on device".

    Args:
        error: an OSError, or an error of TensorFlow's. Its text has a line with the file's name, a
            semicolon and the reason.
    """
    if isinstance(error, OSError):
        return _(error.strerror or first_line(error))
    found = re.search(r"; ([A-Z][^;\n]*)$", str(getattr(error, "message", error)), re.MULTILINE)
    return _(found[1] if found else first_line(error))


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or the name of its type without a message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
