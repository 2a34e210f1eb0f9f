"""The command line: the program ``tfcourse``. Each command imports what it needs when it runs."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence
from typing import Any

import click

from tfcourse import __version__, lang
from tfcourse.cli import (
    comparing,
    data,
    lab,
    language,
    lessons,
    movies,
    reading,
    signals,
    streams,
    training,
)
from tfcourse.errors import CourseError, Interrupted, UsageError, reason
from tfcourse.lang import _


class Program(click.Group):
    """A group of commands that reports a user's mistake in one line.

    Exit codes: 2 for wrong usage, 1 for what failed, 130 after Ctrl-C, 143 after SIGTERM, and 141 if
    the reader of the output ended, as other tools in a pipe do.
    """

    def main(self, args: Sequence[str] | None = None, *more: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        streams.prepare()
        spoken, args, wrong = language.taken(args)
        with signals.end_at_once(), lang.used(spoken):
            code = _wrong_usage(wrong) if wrong else self._code(args, *more, **kwargs)
            try:
                streams.flush()
            except OSError as error:
                if not isinstance(error, BrokenPipeError) and code == 0:
                    code = _failed(error)
                streams.give_up(sys.stdout)
        sys.exit(code)

    def _code(self, *args: Any, **kwargs: Any) -> int:
        """Run a command, print what went wrong, and return the exit code."""
        try:
            result = super(Program, language.translated(self)).main(*args, **kwargs)
            return result if isinstance(result, int) else 0
        except click.exceptions.Exit as stop:
            return stop.exit_code
        except click.ClickException as error:
            with contextlib.suppress(OSError):
                error.show()
            return error.exit_code
        except UsageError as error:
            return _wrong_usage(error)
        except Interrupted as stop:
            streams.complain(f"{signals.word(stop.signum)}: {stop}")
            return 128 + stop.signum
        except CourseError as error:
            streams.complain(_("Error: {message}").format(message=error))
            return 1
        except signals.Ended as stop:
            streams.complain(f"{signals.word(stop.signum)}.")
            return 128 + stop.signum
        except (click.Abort, KeyboardInterrupt):  # where the program does not handle signals
            streams.complain(f"{signals.word(signal.SIGINT)}.")
            return 128 + signal.SIGINT
        except streams.ReaderEnded:
            streams.give_up(sys.stdout)
            return streams.READER_ENDED
        except (OSError, MemoryError) as error:
            return _failed(error)
        except Exception as error:
            if type(error).__name__ != "ResourceExhaustedError":
                raise
            # TensorFlow's, for a lack of memory or a full disk.
            return _failed(MemoryError() if "OOM" in str(error) else OSError(0, reason(error)))

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with streams.reader_noticed():  # --help prints here
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with streams.reader_noticed():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order they were added, not of the alphabet


def _wrong_usage(error: UsageError) -> int:
    """Print what is wrong, and return the exit code."""
    streams.complain(_("Error: {message}").format(message=error))
    return 2


def _failed(error: OSError | MemoryError) -> int:
    """Print what the machine could not do, and return the exit code."""
    if isinstance(error, MemoryError):
        streams.complain(_("Error: {message}").format(message=_("not enough memory")))
        return 1
    try:
        streams.flush()  # fails again if it was standard output that click could not write to
    except OSError as again:
        error = again
        streams.give_up(sys.stdout)
    name = f"{error.filename}: " if error.filename else ""
    streams.complain(_("Error: {message}").format(message=name + reason(error)))
    return 1


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@language.lang_option
@click.version_option(__version__, prog_name="tfcourse")
def main() -> None:
    """A deep learning and recommendation course on TensorFlow graphs.

    Train a lesson with fit, measure it with evaluate, query it with most-like and recommend.
    """


for _command in (
    lessons.lessons,
    lessons.show_example,
    training.fit,
    training.sweep,
    training.plot,
    training.pokemon_table,
    movies.evaluate,
    movies.describe,
    movies.most_like,
    movies.recommend,
    comparing.compare,
    movies.export,
    lab.lab,
    data.data,
    comparing.demo,
    reading.read,
):
    main.add_command(_command)
