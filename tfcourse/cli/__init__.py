"""The command line: the program ``tfcourse``. Each command imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from tfcourse import __version__
from tfcourse.cli import data, movies, training
from tfcourse.errors import CourseError, UsageError


class Program(click.Group):
    """A group of commands that reports a user's mistake in one line.

    Exit codes: 2 for wrong usage, 1 for what failed, 130 after Ctrl-C.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        try:
            result = super().main(*args, **kwargs)
            sys.stdout.flush()
            sys.exit(result if isinstance(result, int) else 0)
        except click.exceptions.Exit as stop:
            sys.exit(stop.exit_code)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except UsageError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)
        except CourseError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            sys.exit(130)
        except BrokenPipeError:  # the reader of the output, as head or less, has ended
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except MemoryError:
            click.echo("Error: not enough memory", err=True)
            sys.exit(1)
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            click.echo(f"Error: {name}{error.strerror or error}", err=True)
            sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order they were added, not of the alphabet


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tfcourse")
def main() -> None:
    """A deep learning and recommendation course on TensorFlow graphs.

    Train a lesson with fit, measure it with evaluate, query it with most-like and recommend.
    """


for _command in (
    training.lessons,
    training.show_example,
    training.fit,
    training.sweep,
    training.plot,
    training.pokemon_table,
    movies.evaluate,
    movies.describe,
    movies.most_like,
    movies.recommend,
    training.compare,
    movies.export,
    data.data,
    training.demo,
):
    main.add_command(_command)
