"""The commands that list and show: lessons, example."""

from __future__ import annotations

import click

from tfcourse.cli.output import (
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
    for section in dict.fromkeys(entry.section for entry in entries):
        echo(f"{section}\n")
        put_table(
            [
                {"title": entry.title, "command": entry.command, "file": entry.file}
                for entry in entries
                if entry.section == section
            ]
        )
        echo("")


@example("tfcourse example latent-factor")
@click.command("example")
@click.argument("name")
@seed_option
@picture_option("--plot", "Draw its picture to this file.")
@json_option
def show_example(name: str, seed: int, plot: str | None, as_json: bool) -> None:
    """Compute a slide's numbers again and show them."""
    from tfcourse import lessons as known

    found = known.find_example(name)
    module = found.load()
    if plot and not hasattr(module, "draw"):
        raise UsageError(f"{found.name} has no picture to draw")
    result = module.run(seed=seed)
    if as_json:
        put_json(result)
    else:
        echo(f"{found.title} ({found.file})")
        for key, value in result.items():
            echo(f"\n{key}")
            put_value(value)
    if plot:
        say(as_json)(f"\nThe picture: {module.draw(result, plot)}")
