"""What the commands share: shared options, JSON, tables, and hyper-parameters as options."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfcourse import writing
from tfcourse.cli.streams import Progress, clean, echo, put
from tfcourse.errors import UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.jobs import Write
    from tfcourse.model import BaseModel

C = TypeVar("C", bound=click.Command)
PROTOCOLS = ("deck", "clean")
SPLITS = ("course", "random", "random-fifth", "time")  # as in datasets, which are slow to import
ENGINES = ("auto", "graph", "feed")
MOST = 2**31 - 1  # epochs; random draws are numbered by epoch and batch in 64 bits


def example(text: str) -> Callable[[C], C]:
    """Add an example to a command's help."""

    def add(command: C) -> C:
        command.epilog = "\b\nExample:\n" + "\n".join(f"  {line}" for line in text.splitlines())
        return command

    return add


# --- options ----------------------------------------------------------------------------------

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
data_option = click.option(
    "--data-dir",
    default="data",
    show_default=True,
    help="Folder of the data. Only the default one may be without them: then the embedded MovieLens "
    "is written there, and a stand-in for Pokémon generated. Another folder must have the files.",
)
lenient_option = click.option(
    "--lenient",
    is_flag=True,
    help="Drop the rows of MovieLens's files that have a fault, and list the first ten.",
)
protocol_option = click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    help="deck repeats the course, clean measures without its leaks.",
)
split_option = click.option(
    "--split",
    type=click.Choice(SPLITS),
    help="How MovieLens's test rows are chosen: as in the course, a tenth of all rows, a fifth of each "
    "user's rows, or each user's last fifth. By default the course's, or the checkpoint's own.",
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=88,
    show_default=True,
    help="Seed of all random draws.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="graph runs an epoch in one call, feed feeds each batch as on the slide.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many trainings run at a time, each in its own process. The results are the same.",
)
lesson_option = click.option(
    "--lesson",
    help="The lesson: a name for a checkpoint of 2018, which does not say it, or "
    "path/to/file.py:Class for a lesson of your own.",
)


def epochs_option(help: str = "By default the lesson's own number.") -> Callable[[Any], Any]:
    """The option --epochs."""
    return click.option("--epochs", type=click.IntRange(min=1, max=MOST), help=help)


def seeds_option(default: int, help: str) -> Callable[[Any], Any]:
    """The option --seeds."""
    kind = click.IntRange(min=1, max=1000)
    return click.option("--seeds", type=kind, default=default, show_default=True, help=help)


def file_option(name: str, help: str) -> Callable[[Any], Any]:
    """An option that names a file to write. Whether it can be written is checked at once."""
    return _file_option(name, help, writing.check)


def picture_option(name: str, help: str) -> Callable[[Any], Any]:
    """An option that names a picture to draw. Its format is checked too."""

    def check(path: str) -> None:
        from tfcourse import plots

        plots.check(path)

    return _file_option(name, help, check)


def _file_option(name: str, help: str, check: Callable[[str], None]) -> Callable[[Any], Any]:
    def checked(context: click.Context, option: click.Parameter, path: str | None) -> str | None:
        if path is not None:
            check(path)
        return path

    return click.option(name, type=click.Path(dir_okay=False), help=help, callback=checked)


# --- results ----------------------------------------------------------------------------------


def put_json(value: object) -> None:
    """Print a value as JSON. Where the encoding of standard output lacks letters, they are escaped."""
    found = plain(value)
    text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(found, indent=1, allow_nan=False)
    put(text)


def plain(value: object) -> object:
    """The value in the types that JSON has: arrays and tables become lists, paths become text, and
    NaN and infinity, which JSON cannot represent, become null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):  # numpy's
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "to_dict"):  # pandas'
        return plain(value.to_dict("records"))
    if isinstance(value, Path):
        return str(value)
    return value


def put_table(rows: Sequence[Mapping[str, object]], floats: str = ".4f") -> None:
    """Print rows as a table with the names as headers. Control characters are shown as escapes.

    Args:
        floats: the format of floats.
    """
    from tabulate import tabulate

    cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
    # Strings stay as they are: the title "1984" is not a number.
    text = {i for i, value in enumerate(rows[0].values()) if isinstance(value, str)} if rows else {}
    echo(
        tabulate(
            cells,
            headers={name: _(str(name)) for name in rows[0]} if rows else "keys",
            floatfmt=floats,
            missingval="-",
            tablefmt="simple",
            disable_numparse=sorted(text) or False,
        )
    )


def _cell(value: object) -> object:
    return clean(value).replace("\n", "\\n") if isinstance(value, str) else value


def put_value(value: object) -> None:
    """Print a table, an array, or anything else as text."""
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        rows: list[dict[Any, Any]] = [dict(row) for _, row in value.iterrows()]
        put_table(rows, ".4g")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        put_table(value, ".4g")
    elif isinstance(value, np.ndarray):
        echo(np.array2string(value, precision=3, suppress_small=True, max_line_width=100))
    else:
        echo(value)


def say(as_json: bool) -> Write:
    """A function that prints a line of progress: with --json to standard error, since standard
    output then holds the JSON alone. When lines cannot be printed the work goes on."""
    return Progress(to_stderr=as_json)


# --- hyper-parameters -------------------------------------------------------------------------


def hyper_parameters(cls: type[BaseModel], words: Sequence[str]) -> dict[str, Any]:
    """Read ``--dim 32 --optimizer adam`` as arguments of a lesson.

    Args:
        cls: the lesson's class. The defaults of its hyper-parameters say of which type each is.
        words: options and their values, as typed.

    Raises:
        UsageError: an unknown option, a missing value, or a value of the wrong type.
    """
    import dataclasses

    fields = {f.name: f.default for f in dataclasses.fields(cls) if f.name != "seed"}
    known = ", ".join("--" + name.replace("_", "-") for name in fields)
    found: dict[str, Any] = {}
    words = [part for word in words for part in _split_option(word)]
    while words:
        option, *words = words
        name = option.lstrip("-").replace("-", "_")
        if not option.startswith("--") or name not in fields:
            raise UsageError(
                _("unknown option {option!r}; this lesson takes {known}").format(
                    option=option, known=known
                )
            )
        if not words:
            raise UsageError(_("{option} needs a value").format(option=option))
        value, *words = words
        found[name] = _value_like(fields[name], value, option)
    return found


def _split_option(word: str) -> list[str]:
    return word.split("=", 1) if word.startswith("--") and "=" in word else [word]


def _value_like(default: object, text: str, option: str) -> object:
    """The text as a value of the default's type."""
    try:
        if isinstance(default, bool):
            if text.lower() not in ("true", "false", "1", "0"):
                raise ValueError
            return text.lower() in ("true", "1")
        if isinstance(default, tuple):
            return tuple(int(part) for part in text.split(","))
        if isinstance(default, (int, float)):
            return type(default)(text)
    except ValueError:
        kind = {bool: _("true or false"), tuple: _("whole numbers with commas between them")}.get(
            type(default), _("a whole number") if isinstance(default, int) else _("a number")
        )
        raise UsageError(
            _("{option} takes {kind}, not {text!r:.40}").format(option=option, kind=kind, text=text)
        ) from None
    return text


def rating_of(text: str) -> tuple[str, float]:
    """A movie and its rating, from "MOVIE=RATING".

    Raises:
        UsageError: a text of another form.
    """
    movie, equals, rating = text.rpartition("=")
    try:
        if not equals or not movie.strip():
            raise ValueError
        return movie.strip(), float(rating)
    except ValueError:
        raise UsageError(
            _("a rated movie is 'MOVIE=RATING', as 'Heat=4.5', not {text!r}").format(text=text)
        ) from None
