"""The commands that list and show: lessons, example."""

from __future__ import annotations

import inspect
from typing import Any

import click

from tfcourse.cli.output import (
    data_option,
    echo,
    example,
    json_option,
    picture_option,
    put_json,
    put_table,
    put_value,
    say,
    seed_option,
)
from tfcourse.errors import UsageError
from tfcourse.lang import _


@example("tfcourse lessons --json")
@click.command()
@json_option
def lessons(as_json: bool) -> None:
    """List the lessons and examples in the deck's order, with slide title and file."""
    from tfcourse import lessons as known

    entries = known.entries()
    if as_json:
        names = ("name", "title", "section", "file", "kind", "command")
        put_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return
    for section, other in dict.fromkeys((entry.section, entry.other_section) for entry in entries):
        echo(f"{section}\n({other})\n")
        put_table(
            [
                row
                for entry in entries
                if entry.section == section
                for row in (
                    {"title": entry.title, "command": entry.command, "file": entry.file},
                    {"title": f"({entry.other_title})", "command": "", "file": ""},
                )
            ]
        )
        echo("")


@example("tfcourse example latent-factor --plot points.png")
@click.command("example")
@click.argument("name")
@seed_option
@data_option
@picture_option("--plot", "Draw its picture to this file.")
@json_option
def show_example(name: str, seed: int, data_dir: str, plot: str | None, as_json: bool) -> None:
    """Compute a slide's numbers again and show them.

    With --plot an example without a picture shows its numbers too, and ends with an error.
    """
    from tfcourse import lessons as known
    from tfcourse.datasets import folders

    found = known.find_example(name)
    module = found.load()
    given: dict[str, Any] = {"seed": seed}
    if "data_dir" in inspect.signature(module.run).parameters:
        given["data_dir"] = data_dir
    elif not folders.is_default(data_dir):
        raise UsageError(_("{name} reads no files: leave out --data-dir").format(name=found.name))
    result = module.run(**given)
    if as_json:
        put_json(result)
    else:
        echo(f"{found.title} ({found.file})\n({found.other_title})")
        for key, value in result.items():
            echo(f"\n{_(key)}")
            put_value(value)
    if plot:
        if not hasattr(module, "draw"):
            raise UsageError(
                _("{name} has no picture: nothing is drawn to {plot}").format(
                    name=found.name, plot=plot
                )
            )
        say(as_json)("\n" + _("The picture: {path}").format(path=module.draw(result, plot)))
