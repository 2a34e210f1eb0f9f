"""The commands that show several models beside each other: compare, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from tfcourse.cli.output import (
    PROTOCOLS,
    SPLITS,
    data_option,
    echo,
    engine_option,
    epochs_option,
    example,
    file_option,
    jobs_option,
    json_option,
    lenient_option,
    put_json,
    put_table,
    say,
    seed_option,
)
from tfcourse.errors import UsageError
from tfcourse.lang import _

COMPARED = "checkpoints/compare"


@example("tfcourse compare --protocol both --html compare.html\ntfcourse compare --leaks --jobs 2\n"
         "tfcourse compare --ladder --seeds 2 --split course --no-rivals")  # fmt: skip
@click.command()
@click.option(
    "--protocol",
    type=click.Choice([*PROTOCOLS, "both"]),
    default="both",
    show_default=True,
    help="deck repeats the course, clean measures without its leaks.",
)
@epochs_option("By default each lesson's own number.")
@seed_option
@engine_option
@data_option
@lenient_option
@click.option(
    "--folder",
    default=COMPARED,
    show_default=True,
    help="Folder of the models, or of the results of --ladder (by default checkpoints/ladder).",
)
@click.option("--leaks", is_flag=True, help="Compare mf-with-dnn with one leak at a time.")
@click.option("--retrain", is_flag=True, help="Train again the models that are there already.")
@click.option("--ladder", is_flag=True, help="Compare the honest lessons with each other, with each part "
              "left out, and with other libraries' models (extra rivals).")  # fmt: skip
@click.option("--seeds", type=click.IntRange(min=1), help="With --ladder: runs of each model that draws at "
              "random, from seed 1 on. By default 5.")  # fmt: skip
@click.option("--split", "splits", type=click.Choice(SPLITS), multiple=True, help="With --ladder: measure "
              "on this split only. May be repeated.")  # fmt: skip
@click.option("--no-rivals", is_flag=True, help="With --ladder: without other libraries' models.")
@file_option("--html", "Write a page with pictures.")
@jobs_option
@json_option
@click.pass_context
def compare(
    context: click.Context,
    protocol: str,
    leaks: bool,
    ladder: bool,
    seeds: int | None,
    splits: tuple[str, ...],
    no_rivals: bool,
    html: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train or load all recommenders and show the deck's table beside the measured one."""
    if ladder:
        _only_for("--ladder", context, "protocol", "leaks", "seed", "epochs", "engine", given=False)
        _climb(seeds or 5, splits, no_rivals, html, as_json, options)
        return
    _only_for("--ladder", context, "seeds", "splits", "no_rivals", given=True)
    from graphs.examples import comparison

    if leaks:
        if html:
            raise UsageError(_("--html is for the whole comparison, without --leaks"))
        rows = comparison.leaks(write=say(True), **options)
    else:
        protocols = PROTOCOLS if protocol == "both" else (protocol,)
        rows = comparison.compare(protocols, html=html, write=say(True), **options)
    if as_json:
        put_json(rows)
        return
    echo("\n" + _("Measured, with the deck's figure in brackets") + "\n")
    put_table(comparison.beside_the_deck(rows))
    if not leaks:
        echo(f"\n{_(comparison.ITEM_KNN)}")
    echo("\n" + _("What leaks. {why}").format(why=_(comparison.LEAK)) + "\n")
    if leaks:
        return
    for line in comparison.findings(rows):
        echo(f"- {line}")
    for caption, epochs in comparison.epoch_tables(rows):
        echo(f"\n{caption}\n")
        put_table(epochs)
    for caption, movies, lines in comparison.most_like_tables(rows):
        note = _("with a * where it is on the slide too")
        echo(f"\n{caption} ({note})\n")
        put_table(movies)
        for line in lines:
            echo(line)


def _only_for(flag: str, context: click.Context, *names: str, given: bool) -> None:
    """Refuse options that have no meaning with a flag, or without it (``given``)."""
    for parameter in context.command.params:
        default = context.get_parameter_source(str(parameter.name)) == ParameterSource.DEFAULT
        if parameter.name in names and not default:
            raise UsageError(
                (
                    _("{option} needs {flag}") if given else _("{option} does not go with {flag}")
                ).format(option=parameter.opts[0], flag=flag)
            )


def _climb(
    seeds: int,
    splits: tuple[str, ...],
    no_rivals: bool,
    html: str | None,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    from graphs.examples import ladder, ladder_page

    folder = options["folder"]
    runs = ladder.climb(
        data_dir=options["data_dir"],
        lenient=options["lenient"],
        folder="checkpoints/ladder" if folder == COMPARED else folder,
        seeds=range(1, seeds + 1),
        splits=splits,
        with_rivals=not no_rivals,
        retrain=options["retrain"],
        jobs=options["jobs"],
        write=say(True),
    )
    if html:
        say(True)(_("Wrote {path}").format(path=ladder_page.write(runs, Path(html))))
    if as_json:
        put_json([run.row for run in runs])
        return
    for caption, rows in ladder.shown(runs):
        echo(f"\n{caption}\n")
        put_table(rows)
    echo(f"\n{_(ladder.NOTE)}")
    for line in ladder.beside_rivals(runs):
        echo(f"- {line}")


@example("tfcourse demo")
@click.command()
@data_option
@seed_option
@click.option("--out", default="checkpoints/demo", show_default=True, help="Folder of the results.")
def demo(data_dir: str, seed: int, out: str) -> None:
    """Train the deck's basic MF on MovieLens and show it beside the deck's figures."""
    from graphs.examples import demo as shown

    shown.run(data_dir, seed, Path(out), say(False))
