"""Standard output and standard error, also where they are closed, full, without a reader, or in an
encoding that lacks letters."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

import click

from tfcourse.errors import reason
from tfcourse.lang import _

READER_ENDED = 141  # exit code after SIGPIPE, 128 + 13, as that of other tools in a pipe
NAME = "standard output"

# Control characters except for the line feed, characters that turn the direction of the text, and
# bytes that are no text.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_lost: list[OSError] = []  # why lines of progress could not be written to standard output


class ReaderEnded(Exception):
    """The reader of standard output, such as ``head``, has ended."""


def prepare() -> None:
    """Make the standard streams safe to write to.

    The null device takes the place of a closed descriptor. Otherwise a file that is opened later
    would get its number, and what is meant for the stream would be written to the file. Standard
    output still refuses what is written to it. Letters that its encoding lacks become "?".
    """
    _lost.clear()
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:  # closed; the lowest free number is this one
            os.set_inheritable(os.open(os.devnull, mode), True)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        escapes = sys.stdout.errors == "surrogateescape" and sys.stdout.encoding != "utf-8"
        if escapes or sys.stdout.errors == "strict":
            sys.stdout.reconfigure(errors="replace")


def clean(text: str) -> str:
    """The text with its control characters as escapes, such as ``\\x1b``. Line feeds stay."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def echo(text: object = "") -> None:
    """Print a text to standard output, without control characters.

    Raises:
        OSError: it cannot be written; "standard output" is its file name.
    """
    put(clean(str(text)))


def put(text: str) -> None:
    """Print a text to standard output as it is.

    Raises:
        OSError: as for ``echo``.
    """
    with _named():
        click.echo(text)


def flush() -> None:
    """Write what is left in the buffer of standard output.

    Raises:
        OSError: as for ``echo``; also if lines of progress were lost.
    """
    with _named():
        sys.stdout.flush()
        for error in _lost:
            raise error


@contextlib.contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, reason(error), NAME) from None


def complain(text: str) -> None:
    """Print a line to standard error, without control characters, if there is one."""
    try:
        click.echo(clean(text).replace("\n", "\\n"), err=True)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """Send a stream that cannot be written to the null device, with what is in its buffer. Python
    would fail again when it flushes the stream at its end."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


@contextlib.contextmanager
def reader_noticed() -> Iterator[None]:
    """Turn the error of a pipe without a reader into ``ReaderEnded``: click would end the program
    with exit code 1."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderEnded from None


class Progress:
    """Prints lines of progress. Work goes on when they cannot be written.

    Args:
        to_stderr: print to standard error instead of standard output.
    """

    def __init__(self, to_stderr: bool):
        self.to_stderr = to_stderr
        self.lost = False

    def __call__(self, line: str) -> None:
        if self.lost:
            return
        try:
            click.echo(clean(line), err=self.to_stderr)
        except OSError as error:
            self.lost = True
            if self.to_stderr:
                give_up(sys.stderr)
                return
            if error.errno == errno.EPIPE:
                why = _("its reader has ended")
                give_up(sys.stdout)
            else:
                why = reason(error)
                _lost.append(error)
            complain(
                _("Note: {name}: {why}; the work goes on without it").format(name=_(NAME), why=why)
            )
