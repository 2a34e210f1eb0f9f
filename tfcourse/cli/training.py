"""The commands that train: fit, sweep, plot, pokemon-table, compare, demo."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from tfcourse.cli import signals
from tfcourse.cli.output import (
    data_option,
    echo,
    engine_option,
    epochs_option,
    example,
    file_option,
    hyper_parameters,
    jobs_option,
    json_option,
    lenient_option,
    picture_option,
    protocol_option,
    put_json,
    put_table,
    say,
    seed_option,
    seeds_option,
    split_option,
)
from tfcourse.errors import UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

# --- fit --------------------------------------------------------------------------------------


@example("tfcourse fit mf --epochs 20 --dim 32\ntfcourse fit mf-with-dnn --protocol clean")
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("lesson")
@click.argument("hyper", nargs=-1, type=click.UNPROCESSED, metavar="[--HYPER-PARAMETER VALUE]...")
@protocol_option
@split_option
@epochs_option()
@seed_option
@engine_option
@data_option
@lenient_option
@click.option("--model-dir", help="Folder of checkpoints. By default checkpoints/LESSON-PROTOCOL; "
              "another --split than the course's is added to the name.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the training in --model-dir, to --epochs "
              "epochs in all. It ends as if it had not been interrupted.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the training in --model-dir, once this one "
              "has ended.")  # fmt: skip
@click.option("--early-stopping", type=click.IntRange(min=1), help="Stop after this many epochs "
              "without a lower valid loss.")  # fmt: skip
@click.option("--time-limit", type=float, help="Stop after the epoch that passes so many seconds.")
@file_option("--csv-log", "Write the curves to a CSV file.")
@click.option("--tensorboard", type=click.Path(file_okay=False), help="Write TensorBoard events.")
@picture_option("--plot", "Draw the curves to this file.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many of the epochs saved are kept.",
)
@click.option(
    "--time-aware", is_flag=True, help="Train with queries of what the user rated before."
)
@json_option
def fit(
    lesson: str,
    hyper: tuple[str, ...],
    protocol: str | None,
    split: str | None,
    epochs: int | None,
    seed: int,
    engine: str,
    data_dir: str,
    lenient: bool,
    model_dir: str | None,
    resume: bool,
    overwrite: bool,
    early_stopping: int | None,
    time_limit: float | None,
    csv_log: str | None,
    tensorboard: str | None,
    plot: str | None,
    keep: int,
    time_aware: bool,
    as_json: bool,
) -> None:
    """Train a lesson and keep its best epoch.

    Every hyper-parameter of the lesson is an option, as --learning-rate 0.05, --dim 32,
    --optimizer adam, --n-batch 256. The message on an unknown option lists them all.

    Ctrl-C or SIGTERM stops after the running batches, and --resume goes on from the last epoch that
    had ended. A second signal ends the program at once.
    """
    from tfcourse import callbacks, checks, logs
    from tfcourse import lessons as known
    from tfcourse import training as shared

    found = known.find(lesson)
    cls = found.load()
    given = hyper_parameters(cls, hyper)
    if epochs is not None and "n_epoch" in given:
        raise UsageError(_("--epochs and --n-epoch say the same: give one of them"))
    data = shared.prepare(cls, data_dir, protocol, time_aware, lenient, split)
    checks.check_against_data(data, given)
    other_split = f"-{split}" if split not in (None, "course") else ""
    folder = Path(model_dir or f"checkpoints/{found.name}-{data.protocol}{other_split}")
    if resume and overwrite:
        raise UsageError(_("give --resume or --overwrite, not both"))
    write = say(as_json)
    times = callbacks.EpochTimes()
    watchers: list[Callable[[BaseModel], object]] = [times, callbacks.StopIfDiverged(folder)]
    if sys.stderr.isatty():
        watchers.append(logs.Progress())
    if csv_log:
        watchers.append(logs.CSVLog(csv_log))
    if tensorboard:
        watchers.append(logs.TensorBoard(tensorboard))
    if time_limit is not None:
        watchers.append(callbacks.TimeLimit(time_limit))
    with signals.watched(folder) as watch:
        model = shared.train(
            cls,
            data,
            epochs=epochs,
            engine=engine,
            model_dir=folder,
            keep=keep,
            resume=resume,
            overwrite=overwrite,
            early_stopping=early_stopping,
            callbacks=[watch, *watchers],
            write=write,
            seed=seed,
            **given,
        )
        watch.check(_("the training had ended and is saved in {folder}").format(folder=folder))
    if plot:
        from tfcourse import plots

        title = f"{found.title} (protocol {data.protocol}, data: {data.source})"
        write(_("Drew {path}").format(path=plots.curves(model.hist, plot, title)))
    if as_json:
        result: dict[str, object] = {
            "lesson": found.name,
            "protocol": data.protocol,
            "engine": model.engine_name,
            "seed": seed,
            "epochs": model.epoch,
            "model_dir": folder,
            "hist": model.hist,
            "seconds_per_epoch": median(times.seconds) if times.seconds else None,
        }
        put_json({**result, "note": data.note} if data.note else result)


# --- sweep, plot, pokemon-table ----------------------------------------------------------------


@example("tfcourse sweep pokemon-ce --learning-rate 0.1 0.01 0.001 --plot rates.png\n"
         "tfcourse sweep pokemon-dropout --drop-rate 0.3 0.4 0.5 0.6 --seeds 3 --jobs 2\n"
         "tfcourse sweep mf --dim 8 16 32 --epochs 5")  # fmt: skip
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("lesson")
@click.argument("hyper", nargs=-1, type=click.UNPROCESSED, metavar="--HYPER-PARAMETER VALUE...")
@protocol_option
@split_option
@epochs_option()
@seed_option
@seeds_option(1, "Runs of each value, from --seed on. Mean and spread are shown.")
@engine_option
@data_option
@lenient_option
@picture_option("--plot", "Draw all curves to one picture.")
@jobs_option
@json_option
def sweep(
    lesson: str,
    hyper: tuple[str, ...],
    protocol: str | None,
    split: str | None,
    epochs: int | None,
    seed: int,
    seeds: int,
    engine: str,
    data_dir: str,
    lenient: bool,
    plot: str | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Train a lesson once for each value of a hyper-parameter, and compare.

    The hyper-parameter with several values is swept. Those with one value are set for all runs.
    Nothing is saved.
    """
    from tfcourse import lessons as known
    from tfcourse import sweep as sweeping

    found = known.find(lesson)
    cls = found.load()
    name, values, fixed = sweeping.read_values(hyper, lambda words: hyper_parameters(cls, words))
    rows = sweeping.sweep(
        found,
        name,
        values,
        fixed,
        seeds=range(seed, seed + seeds),
        epochs=epochs,
        protocol=protocol,
        split=split,
        engine=engine,
        data_dir=data_dir,
        lenient=lenient,
        plot=plot,
        jobs=jobs,
        write=say(True),
    )
    if as_json:
        put_json(rows)
        return
    from tabulate import tabulate

    echo(tabulate(sweeping.text_rows(rows), headers="keys", disable_numparse=True))
    if seeds > 1:
        echo(
            _("Means of {seeds} seeds; in brackets the spread (standard deviation).").format(
                seeds=seeds
            )
        )


@example("tfcourse plot checkpoints/pokemon-adam-deck --out curves.png")
@click.command()
@click.argument("folder", metavar="DIR")
@picture_option("--out", "By default curves.png in DIR.")
@json_option
def plot(folder: str, out: str | None, as_json: bool) -> None:
    """Draw the curves of a checkpoint's training."""
    from tfcourse import sweep as sweeping

    path = sweeping.plot_checkpoint(folder, out)
    if as_json:
        put_json({"picture": path})
    else:
        echo(_("Drew {path}").format(path=path))


@example("tfcourse pokemon-table --seeds 5 --data-dir data --jobs 2\n"
         "tfcourse pokemon-table --slide regularization --seeds 1 --plot l2.png")  # fmt: skip
@click.command("pokemon-table")
@seeds_option(5, "Runs of each setting, from seed 0 on. A seed sets the initial weights, the order of "
              "the batches and dropout. The split is the deck's.")  # fmt: skip
@click.option("--resplit", is_flag=True, help="Draw the split with each seed too.")
@click.option("--slide", "slides", multiple=True, metavar="NAME", help="Train only the settings that this "
              "slide compares: mse-vs-cross-entropy, gradient-descent-vs-adam, early-stopping, "
              "regularization or dropout. May be repeated.")  # fmt: skip
@epochs_option("Of all settings, for a quick look. By default those of the deck.")
@data_option
@picture_option("--plot", "Draw the slides' curves to one picture.")
@jobs_option
@json_option
def pokemon_table(
    seeds: int,
    resplit: bool,
    slides: tuple[str, ...],
    epochs: int | None,
    data_dir: str,
    plot: str | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Train the deck's eight Pokémon settings over several seeds, beside the deck's figures."""
    from graphs.examples import pokemon_table as deck

    result = deck.table(data_dir, seeds, resplit, epochs, say(True), jobs, slides)
    if plot:
        say(True)(f"Drew {deck.draw(result, plot)}")
    if as_json:
        put_json(result)
        return
    put_table(deck.text_rows(result))
    echo("")
    for line in deck.text_after(result):
        echo(line)
    if result["note"]:
        echo(result["note"])
