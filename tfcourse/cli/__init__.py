"""The command line: ``tfcourse``. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

import graphs
from tfcourse import __version__
from tfcourse.errors import CourseError, UsageError

PROTOCOLS = ("deck", "clean")


class Program(click.Group):
    """Turns a user's mistake into one line: exit code 2 for wrong usage, 1 for what failed."""

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
        except BrokenPipeError:  # the reader, head or less, has seen enough
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
        return list(self.commands)  # in the order of this file, not of the alphabet


def example(text: str) -> Callable[[Any], Any]:
    """Add an example to a command's help."""

    def add(command: click.Command) -> click.Command:
        command.epilog = "\b\nExample:\n" + "\n".join(f"  {line}" for line in text.splitlines())
        return command

    return add


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
data_option = click.option(
    "--data-dir",
    default="data",
    show_default=True,
    help="Folder of the data; the embedded data are written there when it holds none.",
)
protocol_option = click.option("--protocol", type=click.Choice(PROTOCOLS), help="deck or clean.")
seed_option = click.option("--seed", type=click.IntRange(min=0), default=88, show_default=True)
k_option = click.option(
    "-k", type=click.IntRange(min=1), default=10, show_default=True, help="How many movies."
)
lesson_option = click.option(
    "--lesson", help="The lesson, for a folder of 2018, which does not say it."
)
by_option = click.option(
    "--by",
    type=click.Choice(["auto", "index", "id", "title"]),
    default="auto",
    show_default=True,
    help="How movies are named; auto takes a bare number for an index, as in the deck.",
)


new_movie_option = click.option(
    "--new-movie",
    "new_movies",
    multiple=True,
    metavar="'TITLE; GENRES; YEAR[; AVERAGE]'",
    help="Make a new movie known by its metadata (lesson mf-with-dnn-new-movies).",
)


def put_json(value: Any) -> None:
    click.echo(json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False))


def _plain(value: Any) -> Any:
    """numpy's arrays and pandas' frames as lists; NaN and infinity, which JSON has not, as null."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "to_dict"):
        return _plain(value.to_dict("records"))
    if isinstance(value, Path):
        return str(value)
    return value


def put_table(rows: Sequence[dict[str, Any]], floats: str = ".4f") -> None:
    from tabulate import tabulate

    # Strings stay as they are: a title such as "1984" is no number.
    text = {i for i, value in enumerate(rows[0].values()) if isinstance(value, str)} if rows else {}
    click.echo(
        tabulate(
            rows,
            headers="keys",
            floatfmt=floats,
            missingval="-",
            tablefmt="simple",
            disable_numparse=sorted(text) or False,
        )
    )


def say(as_json: bool) -> Callable[[str], None]:
    """Where words for the reader go: with --json standard output is the JSON's alone."""

    def write(line: str) -> None:
        click.echo(line, err=as_json)
        (sys.stderr if as_json else sys.stdout).flush()

    return write


def hyper_parameters(cls: Any, words: Sequence[str]) -> dict[str, Any]:
    """``--dim 32 --optimizer adam`` as arguments of a lesson, each of its own kind."""
    import dataclasses

    fields = {f.name: f.default for f in dataclasses.fields(cls) if f.name != "seed"}
    known = ", ".join("--" + name.replace("_", "-") for name in fields)
    out: dict[str, Any] = {}
    words = [part for word in words for part in _split_option(word)]
    while words:
        option, *words = words
        name = option.lstrip("-").replace("-", "_")
        if not option.startswith("--") or name not in fields:
            raise UsageError(f"unknown option {option!r}; this lesson takes {known}")
        if not words:
            raise UsageError(f"{option} needs a value")
        value, *words = words
        out[name] = _value_like(fields[name], value, option)
    return out


def _split_option(word: str) -> list[str]:
    return word.split("=", 1) if word.startswith("--") and "=" in word else [word]


def _value_like(default: Any, text: str, option: str) -> Any:
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
        kind = {bool: "true or false", tuple: "numbers with commas"}.get(
            type(default), "a whole number" if isinstance(default, int) else "a number"
        )
        raise UsageError(f"{option} takes {kind}, not {text!r}") from None
    return text


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tfcourse")
def main() -> None:
    """A deep learning and recommendation course on TensorFlow graphs.

    Lessons are trained with fit, measured with evaluate, and asked with most-like and recommend.
    """


# --- lessons ----------------------------------------------------------------------------------


@example("tfcourse lessons --json")
@main.command()
@json_option
def lessons(as_json: bool) -> None:
    """List the lessons and examples in the deck's order, with slide title and file."""
    rows = [
        {
            "name": x.name,
            "title": x.title,
            "section": x.section,
            "file": x.file,
            "kind": x.kind,
            "command": x.command,
        }
        for x in graphs.ENTRIES
    ]
    if as_json:
        put_json(rows)
        return
    for section in dict.fromkeys(x.section for x in graphs.ENTRIES):
        click.echo(f"{section}\n")
        put_table(
            [
                {k: r[k] for k in ("title", "command", "file")}
                for r in rows
                if r["section"] == section
            ]
        )
        click.echo("")


@example("tfcourse example latent-factor")
@main.command("example")
@click.argument("name")
@seed_option
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw its picture to this file.")
@json_option
def show_example(name: str, seed: int, plot: str | None, as_json: bool) -> None:
    """Show a slide's numbers, worked out anew."""
    found = graphs.find_example(name)
    module = found.load()
    if plot and not hasattr(module, "draw"):
        raise UsageError(f"{found.name} has no picture to draw")
    result = module.run(seed=seed)
    if as_json:
        put_json(result)
    else:
        click.echo(f"{found.title} ({found.file})")
        for key, value in result.items():
            click.echo(f"\n{key}")
            _put_value(value)
    if plot:
        click.echo(f"\nThe picture: {module.draw(result, plot)}", err=as_json)


def _put_value(value: Any) -> None:
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        put_table([dict(row) for _, row in value.iterrows()], ".4g")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        put_table(value, ".4g")
    elif isinstance(value, np.ndarray):
        click.echo(np.array2string(value, precision=3, suppress_small=True, max_line_width=100))
    else:
        click.echo(value)


# --- fit --------------------------------------------------------------------------------------


@example("tfcourse fit mf --epochs 20 --dim 32\ntfcourse fit mf-with-dnn --protocol clean")
@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("lesson")
@click.argument("hyper", nargs=-1, type=click.UNPROCESSED, metavar="[--HYPER-PARAMETER VALUE]...")
@protocol_option
@click.option("--epochs", type=click.IntRange(min=1), help="By default the lesson's own number.")
@seed_option
@click.option(
    "--engine",
    type=click.Choice(["auto", "graph", "feed"]),
    default="auto",
    show_default=True,
    help="graph runs an epoch in one call, feed feeds each batch as on the slide.",
)
@data_option
@click.option("--model-dir", help="Folder of checkpoints; by default checkpoints/LESSON-PROTOCOL.")
@click.option(
    "--overwrite", is_flag=True, help="Replace a checkpoint of another lesson or protocol."
)
@click.option("--early-stopping", type=click.IntRange(min=1), help="Stop after so many epochs "
              "without a lower valid loss.")  # fmt: skip
@click.option("--time-limit", type=float, help="Stop after the epoch that passes so many seconds.")
@click.option("--csv-log", type=click.Path(dir_okay=False), help="Write the curves to a CSV file.")
@click.option("--tensorboard", type=click.Path(file_okay=False), help="Write TensorBoard events.")
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw the curves to a picture.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many of the epochs saved are kept.",
)
@click.option("--time-aware", is_flag=True, help="Queries of what the user rated before only.")
@json_option
def fit(lesson: str, hyper: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Train a lesson and keep its best epoch.

    Every hyper-parameter of the lesson is an option, as --learning-rate 0.05, --dim 32,
    --optimizer adam, --n-batch 256; an unknown one lists them all.
    """
    from tfcourse import training

    found = graphs.find(lesson)
    write = say(as_json)
    result = training.fit(
        found,
        lambda cls: hyper_parameters(cls, hyper),
        write=write,
        progress=sys.stderr.isatty(),
        **options,
    )
    if as_json:
        put_json(result)


# --- sweep, plot, pokemon-table ----------------------------------------------------------------


@example("tfcourse sweep pokemon-ce --learning-rate 0.1 0.01 0.001 --plot rates.png\n"
         "tfcourse sweep pokemon-dropout --drop-rate 0.3 0.4 0.5 0.6 --seeds 3\n"
         "tfcourse sweep mf --dim 8 16 32 --epochs 5")  # fmt: skip
@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("lesson")
@click.argument("hyper", nargs=-1, type=click.UNPROCESSED, metavar="--HYPER-PARAMETER VALUE...")
@protocol_option
@click.option("--epochs", type=click.IntRange(min=1), help="By default the lesson's own number.")
@seed_option
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True,
              help="Runs of each value, from --seed on: mean and spread are shown.")  # fmt: skip
@click.option("--engine", type=click.Choice(["auto", "graph", "feed"]), default="auto")
@data_option
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw all curves to one picture.")
@json_option
def sweep(
    lesson: str, hyper: tuple[str, ...], seed: int, seeds: int, as_json: bool, **options: Any
) -> None:
    """Train a lesson once for each value of a hyper-parameter, and compare.

    The hyper-parameter with several values is swept; those with one value are set for all runs.
    Nothing is saved.
    """
    from tfcourse import sweep as sweeping

    found = graphs.find(lesson)
    cls = found.load()
    name, values, fixed = sweeping.read_values(hyper, lambda words: hyper_parameters(cls, words))
    rows = sweeping.sweep(
        found, name, values, fixed, seeds=range(seed, seed + seeds), write=say(True), **options
    )
    if as_json:
        put_json(rows)
    else:
        from tabulate import tabulate

        click.echo(tabulate(sweeping.text_rows(rows), headers="keys", disable_numparse=True))
        if seeds > 1:
            click.echo(f"Means of {seeds} seeds; in brackets the spread (standard deviation).")


@example("tfcourse plot checkpoints/pokemon-adam-deck --out curves.png")
@main.command()
@click.argument("folder", metavar="DIR")
@click.option("--out", type=click.Path(dir_okay=False), help="By default curves.png in DIR.")
@json_option
def plot(folder: str, out: str | None, as_json: bool) -> None:
    """Draw the curves of a checkpoint's training."""
    from tfcourse import sweep as sweeping

    path = sweeping.plot_checkpoint(folder, out)
    if as_json:
        put_json({"picture": str(path)})
    else:
        click.echo(f"Drew {path}")


@example("tfcourse pokemon-table --seeds 5 --data-dir data")
@main.command("pokemon-table")
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--resplit", is_flag=True, help="Draw the split with each seed too.")
@click.option("--epochs", type=click.IntRange(min=1), help="For a quick look: fewer than the deck.")
@data_option
@json_option
def pokemon_table(
    seeds: int, resplit: bool, epochs: int | None, data_dir: str, as_json: bool
) -> None:
    """Train the deck's eight Pokémon settings over several seeds, beside the deck's figures."""
    from graphs.examples import pokemon_table as work_of_it

    result = work_of_it.table(data_dir, seeds, resplit, epochs, say(True))
    if as_json:
        put_json(result)
        return
    put_table(work_of_it.text_rows(result))
    click.echo("")
    for line in work_of_it.text_after(result):
        click.echo(line)
    if result["note"]:
        click.echo(result["note"])


# --- evaluate ---------------------------------------------------------------------------------


@example("tfcourse evaluate checkpoints/mf-deck\n"
         "tfcourse evaluate model_mf --lesson mf --data-dir ml-latest-small --json")  # fmt: skip
@main.command()
@click.argument("folder", metavar="DIR")
@lesson_option
@protocol_option
@data_option
@json_option
def evaluate(
    folder: str, lesson: str | None, protocol: str | None, data_dir: str, as_json: bool
) -> None:
    """Measure a checkpoint on the test rows of the data."""
    from tfcourse import training

    result = training.evaluate(folder, lesson, protocol, data_dir, say(True))
    if as_json:
        put_json(result)
    else:
        shown = {k: f"{v:.4f}" if isinstance(v, float) else v for k, v in result.items()}
        put_table([{"figure": k, "value": v} for k, v in shown.items()])


@example("tfcourse describe checkpoints/mf_with_dnn")
@main.command()
@click.argument("folder", metavar="DIR")
@json_option
def describe(folder: str, as_json: bool) -> None:
    """Read a checkpoint through and show what it is: lesson, protocol, versions, variables."""
    from tfcourse import checkpoints

    result = checkpoints.verify(folder)
    if as_json:
        put_json(result)
        return
    for key, value in result.items():
        if key == "hist":
            value = ", ".join(f"{name} {curve[-1]:.4f}" for name, curve in value.items())
        elif isinstance(value, dict):
            value = ", ".join(f"{name} {v}" for name, v in value.items())
        click.echo(f"{key:>11}  {value}")


# --- most-like, recommend ---------------------------------------------------------------------


@example('tfcourse most-like checkpoints/mf_with_dnn "Toy Story (1995)" -k 11')
@main.command("most-like")
@click.argument("folder", metavar="DIR")
@click.argument("query")
@k_option
@by_option
@new_movie_option
@lesson_option
@data_option
@json_option
def most_like(
    folder: str,
    query: str,
    k: int,
    by: str,
    new_movies: tuple[str, ...],
    lesson: str | None,
    data_dir: str,
    as_json: bool,
) -> None:
    """Show the movies most like one, that one first.

    QUERY is an index as in the deck (0 is Toy Story), id:1 for MovieLens's own id, or title text.
    """
    from tfcourse import training

    model = training.load(folder, lesson, data_dir)
    if not hasattr(model, "most_like"):
        raise UsageError(f"{folder}: the lesson {model.lesson} is not about movies")
    training.add_movies(model, new_movies)
    _put_movies(model.most_like(query, k, by), as_json)


@example('tfcourse recommend checkpoints/mf_with_dnn --liked "Toy Story (1995)" --liked "id:6"\n'
         "tfcourse recommend checkpoints/mf --user 47 -k 5")  # fmt: skip
@main.command()
@click.argument("folder", metavar="DIR")
@click.option("--user", help="A user of the data: an index, or id:48 for MovieLens's own id.")
@click.option("--liked", multiple=True, help="A movie that somebody new liked; may be repeated.")
@k_option
@by_option
@click.option("--with-seen", is_flag=True, help="Also show movies of the history.")
@click.option("--enough", type=click.IntRange(min=1), default=5, show_default=True,
              help="Liked movies from which the model's own scores are used.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Say which movies of the history speak for each.")
@new_movie_option
@lesson_option
@data_option
@json_option
def recommend(
    folder: str,
    user: str | None,
    liked: tuple[str, ...],
    k: int,
    by: str,
    with_seen: bool,
    enough: int,
    explain: bool,
    new_movies: tuple[str, ...],
    lesson: str | None,
    data_dir: str,
    as_json: bool,
) -> None:
    """Recommend movies to a user of the data, or to somebody new by what they liked.

    The rung says how: popular (nothing known), content (near what was liked, in the trained
    embedding) or model (the model's own scores, without retraining).
    """
    from tfcourse import training
    from tfcourse.recommenders.similar import recommend as recommend_movies

    if user is not None and liked:
        raise UsageError("give --user or --liked, not both")
    model = training.load(folder, lesson, data_dir, ratings=user is not None)
    if not hasattr(model, "most_like"):
        raise UsageError(f"{folder}: the lesson {model.lesson} is not about movies")
    number = None if user is None else training.user_index(model.data, user)
    training.add_movies(model, new_movies)
    result = recommend_movies(
        model,
        number,
        liked,
        k,
        by=by,
        exclude_seen=not with_seen,
        enough=enough,
        explain=explain,
    )
    if as_json:
        put_json({"rung": result.rung, "items": result.items.to_dict("records")})
    else:
        click.echo(f"rung: {result.rung}")
        _put_movies(result.items, False)


def _put_movies(frame: Any, as_json: bool) -> None:
    rows: list[dict[str, Any]] = frame.to_dict("records")
    if as_json:
        put_json(rows)
        return
    for row in rows:
        if "because" in row:
            row["because"] = "; ".join(row["because"])
    put_table(rows, ".3f")


# --- compare ----------------------------------------------------------------------------------


@example("tfcourse compare --protocol both --html compare.html\ntfcourse compare --leaks")
@main.command()
@click.option(
    "--protocol",
    type=click.Choice(["deck", "clean", "both"]),
    default="both",
    show_default=True,
    help="deck repeats the course, clean is the honest way.",
)
@click.option("--epochs", type=click.IntRange(min=1), help="By default each lesson's own number.")
@seed_option
@click.option("--engine", type=click.Choice(["auto", "graph", "feed"]), default="auto")
@data_option
@click.option("--folder", default="checkpoints/compare", show_default=True, help="Of the models.")
@click.option("--leaks", is_flag=True, help="Only mf-with-dnn, with one leak at a time.")
@click.option("--retrain", is_flag=True, help="Train models that are there already once more.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write a page with pictures.")
@json_option
def compare(protocol: str, leaks: bool, html: str | None, as_json: bool, **options: Any) -> None:
    """Train or load all recommenders and show the deck's table beside the measured one."""
    from graphs.examples import comparison

    if leaks:
        if html:
            raise UsageError("--html is of the whole comparison, without --leaks")
        rows = comparison.leaks(write=say(True), **options)
    else:
        protocols = PROTOCOLS if protocol == "both" else (protocol,)
        rows = comparison.compare(protocols, html=html, write=say(True), **options)
    if as_json:
        put_json(rows)
        return
    click.echo("\nMeasured, with the deck's figure in brackets\n")
    put_table(comparison.beside_the_deck(rows))
    click.echo(f"\nWhat leaks. {comparison.LEAK}\n")
    if not leaks:
        for line in comparison.findings(rows):
            click.echo(f"- {line}")


# --- export -----------------------------------------------------------------------------------


@example("tfcourse export checkpoints/mf_with_dnn saved_model")
@main.command()
@click.argument("folder", metavar="DIR")
@click.argument("out")
@lesson_option
@data_option
@json_option
def export(folder: str, out: str, lesson: str | None, data_dir: str, as_json: bool) -> None:
    """Write a recommender as a SavedModel for plain TensorFlow.

    Its signatures: similar (movie, k), recommend (movies, k), score (movies, candidates); for mf
    score takes user_id and candidates. Movies are indexes, named in assets.extra/vocabulary.csv.
    """
    from tfcourse import training
    from tfcourse.recommenders.export import export as write_saved_model

    result = write_saved_model(training.load(folder, lesson, data_dir), out)
    if as_json:
        put_json({"folder": str(result)})
    else:
        click.echo(f"Wrote {result}")


# --- data -------------------------------------------------------------------------------------


@example("tfcourse data\ntfcourse data download\ntfcourse data verify --data-dir my-folder")
@main.group(invoke_without_command=True)
@data_option
@json_option
@click.pass_context
def data(context: click.Context, data_dir: str, as_json: bool) -> None:
    """Show, download or verify the data."""
    context.obj = {"data_dir": data_dir, "as_json": as_json}
    if context.invoked_subcommand is None:
        _put_data("status", data_dir, as_json)


def _data_options(command: Any) -> Any:
    command = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(
        command
    )
    return click.option("--data-dir", help="Folder of the data.")(command)


def _put_data(what: str, data_dir: str, as_json: bool) -> None:
    from tfcourse import datasets

    rows = [getattr(module, what)(data_dir) for module in datasets.modules()]
    if as_json:
        put_json(rows)
    else:
        for row in rows:
            for key, value in row.items():
                if isinstance(value, dict):
                    value = ", ".join(f"{k} {v}" for k, v in value.items()) or "none"
                if isinstance(value, bool):
                    value = "yes" if value else "no"
                click.echo(f"{key:>9}  {value}")
            click.echo("")


@example("tfcourse data status --data-dir my-folder")
@data.command()
@_data_options
@click.pass_obj
def status(given: dict[str, Any], data_dir: str | None, as_json: bool) -> None:
    """Show what is there, where it came from, and its licence."""
    _put_data("status", data_dir or given["data_dir"], as_json or given["as_json"])


@example("tfcourse data verify")
@data.command()
@_data_options
@click.pass_obj
def verify(given: dict[str, Any], data_dir: str | None, as_json: bool) -> None:
    """Read and check every file, and compare its SHA-256 with the published one."""
    _put_data("verify", data_dir or given["data_dir"], as_json or given["as_json"])


@example("tfcourse data download movielens")
@data.command()
@click.argument("names", nargs=-1)
@click.option("--url", help="Another address that has the files.")
@_data_options
@click.pass_obj
def download(
    given: dict[str, Any],
    names: tuple[str, ...],
    url: str | None,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Fetch the course's exact files (movielens, pokemon; by default both)."""
    from tfcourse import datasets

    folder = data_dir or given["data_dir"]
    modules = {name: m for name, m in datasets.by_name().items() if hasattr(m, "download")}
    for name in names:
        if name not in modules:
            raise UsageError(f"nothing to download for {name!r}; known: {', '.join(modules)}")
    for name in names or tuple(modules):
        path = modules[name].download(folder, **({"url": url} if url else {}))
        click.echo(f"{name}: {path}", err=True)
    _put_data("status", folder, as_json or given["as_json"])


# --- demo -------------------------------------------------------------------------------------


@example("tfcourse demo")
@main.command()
@data_option
@seed_option
@click.option("--out", default="checkpoints/demo", show_default=True, help="Folder of the results.")
def demo(data_dir: str, seed: int, out: str) -> None:
    """Train the deck's basic MF on MovieLens and show it beside the deck's figures."""
    from graphs.examples import demo as shown

    shown.run(data_dir, seed, Path(out), say(False))
