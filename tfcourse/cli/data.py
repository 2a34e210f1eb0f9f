"""The command ``data``: what data there are, where they came from, and their download."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import click

from tfcourse.cli.output import data_option, example, json_option, put_json
from tfcourse.errors import UsageError
from tfcourse.lang import _


class Given(NamedTuple):
    """Options that stand before the subcommand."""

    data_dir: str
    as_json: bool


@example("tfcourse data\ntfcourse data download\ntfcourse data verify --data-dir my-folder")
@click.group(invoke_without_command=True)
@data_option
@json_option
@click.pass_context
def data(context: click.Context, data_dir: str, as_json: bool) -> None:
    """Show, download or verify the data."""
    context.obj = Given(data_dir, as_json)
    if context.invoked_subcommand is None:
        _put("status", data_dir, as_json)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The group's options, which may also stand after the subcommand."""
    return click.option("--data-dir", help="Folder of the data.")(json_option(command))


def _put(what: Literal["status", "verify"], data_dir: str, as_json: bool) -> None:
    """Print what each data set says of itself."""
    from tfcourse import datasets

    rows = [
        dataset.verify(data_dir) if what == "verify" else dataset.status(data_dir)
        for dataset in datasets.by_name().values()
    ]
    if as_json:
        put_json(rows)
        return
    for row in rows:
        for key, value in row.items():
            click.echo(f"{key:>9}  {_text(value)}")
        click.echo("")


def _text(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{name} {x}" for name, x in value.items()) or _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value


@example("tfcourse data status --data-dir my-folder")
@data.command()
@_options
@click.pass_obj
def status(given: Given, data_dir: str | None, as_json: bool) -> None:
    """Show which data are there, where they came from, and their licence."""
    _put("status", data_dir or given.data_dir, as_json or given.as_json)


@example("tfcourse data verify")
@data.command()
@_options
@click.pass_obj
def verify(given: Given, data_dir: str | None, as_json: bool) -> None:
    """Read and check every file, and compare its SHA-256 with the published one."""
    _put("verify", data_dir or given.data_dir, as_json or given.as_json)


@example("tfcourse data download movielens")
@data.command()
@click.argument("names", nargs=-1)
@click.option("--url", help="Another address of the files.")
@_options
@click.pass_obj
def download(
    given: Given, names: tuple[str, ...], url: str | None, data_dir: str | None, as_json: bool
) -> None:
    """Download the course's files (movielens, pokemon; by default both)."""
    from tfcourse import datasets
    from tfcourse.datasets.contract import Downloadable

    folder = data_dir or given.data_dir
    known = {name: d for name, d in datasets.by_name().items() if isinstance(d, Downloadable)}
    for name in names:
        if name not in known:
            raise UsageError(
                _("nothing to download for {name!r}; known: {known}").format(
                    name=name, known=", ".join(known)
                )
            )
    where: dict[str, Any] = {"url": url} if url else {}
    for name in names or tuple(known):
        click.echo(f"{name}: {known[name].download(folder, **where)}", err=True)
    _put("status", folder, as_json or given.as_json)
