"""The commands on a checkpoint: evaluate, describe, most-like, recommend, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from tfcourse.cli.output import (
    data_option,
    echo,
    example,
    json_option,
    lenient_option,
    lesson_option,
    protocol_option,
    put_json,
    put_table,
    rating_of,
    say,
    split_option,
)
from tfcourse.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from tfcourse.datasets.contract import Prepared
    from tfcourse.model import BaseModel
    from tfcourse.recommenders.base import Recommender

k_option = click.option(
    "-k", type=click.IntRange(min=1), default=10, show_default=True, help="How many movies."
)
by_option = click.option(
    "--by",
    type=click.Choice(["auto", "index", "id", "title"]),
    default="auto",
    show_default=True,
    help="How movies are named. With auto a number is an index, as in the deck.",
)
new_movie_option = click.option(
    "--new-movie",
    "new_movies",
    multiple=True,
    metavar="'TITLE; GENRES; YEAR[; AVERAGE]'",
    help="Add a movie by its metadata (lesson mf-with-dnn-new-movies). May be repeated.",
)


# --- loading ----------------------------------------------------------------------------------


def open_checkpoint(
    folder: str, lesson: str | None, data_dir: str, lenient: bool = False
) -> BaseModel:
    """Build and restore the trained lesson of a folder.

    Args:
        lesson: its name; needed for a folder of the 2018 kind, else checked.
        data_dir: folder of the data. The default one is read for the 2018 kind only, which holds no
            vocabulary. A named one is always read, so that a wrong name does not go unnoticed.
        lenient: drop rows of the data that have a fault.

    Raises:
        CheckpointError: no checkpoint, a damaged one, or one of another lesson.
    """
    from tfcourse import checkpoints
    from tfcourse.datasets import folders

    _, described = checkpoints.find(folder)
    if described is None or not folders.is_default(data_dir):
        return open_with_data(folder, lesson, data_dir, lenient=lenient)[0]
    return checkpoints.load(folder, _checked(folder, lesson, described))


def open_with_data(
    folder: str,
    lesson: str | None,
    data_dir: str,
    protocol: str | None = None,
    lenient: bool = False,
    split: str | None = None,
) -> tuple[BaseModel, Prepared, dict[str, Any]]:
    """Build and restore the trained lesson of a folder, and prepare its data.

    Args:
        lesson, data_dir, lenient: as for ``open_checkpoint``.
        protocol, split: by default those that it was trained under.

    Returns:
        the model; its data; the checkpoint's JSON, empty for the 2018 kind.

    Raises:
        CheckpointError: as for ``open_checkpoint``; also data with other movies than it was
            trained with.
    """
    from tfcourse import checkpoints, lessons, training

    _, described = checkpoints.find(folder)
    if described is None:
        if lesson is None:
            raise CheckpointError(
                f"{folder}: no JSON beside the checkpoint (the 2018 kind): say which lesson it is "
                "with --lesson, and where its data are with --data-dir"
            )
        cls = lessons.find(lesson).load()
        data = training.prepare(cls, data_dir, protocol, lenient=lenient, split=split)
        return checkpoints.load(folder, cls, data), data, {}
    model = checkpoints.load(folder, _checked(folder, lesson, described))
    protocol, split = protocol or described.get("protocol"), split or described.get("split")
    data = training.prepare(type(model), data_dir, protocol, lenient=lenient, split=split)
    try:
        model.attach_data(data)
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from None
    return model, data, described


def _checked(folder: str, lesson: str | None, described: dict[str, Any]) -> type[BaseModel] | None:
    """The class of a lesson of one's own; None for a lesson that the checkpoint names itself."""
    from tfcourse import lessons

    if lesson is None:
        return None
    found = lessons.find(lesson)
    if isinstance(found, lessons.FileLesson):
        return found.load()
    if found.name != described["lesson"]:
        raise CheckpointError(f"{folder}: a checkpoint of {described['lesson']}, not of {lesson}")
    return None


def _recommender(folder: str, model: BaseModel) -> Recommender:
    from tfcourse.recommenders.base import Recommender

    if not isinstance(model, Recommender):
        raise UsageError(f"{folder}: the lesson {model.lesson} is not a recommender")
    return model


def add_movies(model: Recommender, texts: Sequence[str]) -> None:
    """Add movies to a model.

    Args:
        texts: "TITLE; GENRES; YEAR[; AVERAGE]" each.

    Raises:
        UsageError: a text of another form, or a lesson that cannot take new movies.
    """
    for text in texts:
        parts = [part.strip() for part in text.split(";")]
        if len(parts) not in (3, 4) or not all(parts):
            raise UsageError(f"a new movie is 'TITLE; GENRES; YEAR[; AVERAGE]', not {text!r}")
        try:
            year, *average = [float(part) for part in parts[2:]]
        except ValueError:
            raise UsageError(f"year and average of a new movie are numbers: {text!r}") from None
        model.add_movie(parts[0], parts[1], year, *average)


def check_k(model: Recommender, k: int) -> None:
    """Check that a model has as many movies as are asked for.

    Raises:
        UsageError: it has fewer.
    """
    if k > model.n_items:
        raise UsageError(f"-k is at most {model.n_items}, the number of movies, not {k}")


# --- evaluate, describe -----------------------------------------------------------------------


@example("tfcourse evaluate checkpoints/mf-deck\n"
         "tfcourse evaluate model_mf --lesson mf --data-dir ml-latest-small --json")  # fmt: skip
@click.command()
@click.argument("folder", metavar="DIR")
@lesson_option
@protocol_option
@split_option
@data_option
@lenient_option
@json_option
def evaluate(
    folder: str,
    lesson: str | None,
    protocol: str | None,
    split: str | None,
    data_dir: str,
    lenient: bool,
    as_json: bool,
) -> None:
    """Measure a checkpoint on the test rows of the data."""
    model, data, described = open_with_data(folder, lesson, data_dir, protocol, lenient, split)
    write = say(True)
    if data.note:
        write(data.note)
    trained, source = described.get("protocol"), described.get("data_source")
    if trained and trained != data.protocol:
        write(f"Note: trained under protocol {trained}, measured here under {data.protocol}.")
    trained, measured = described.get("split"), getattr(data, "split", None)
    if trained and trained != measured:
        write(f"Note: trained on split {trained}, measured here on {measured}: some of these rows "
              "may have been trained on.")  # fmt: skip
    if source and source != data.source:
        write(f"Note: trained on {source}, measured here on {data.source}.")
    result: dict[str, object] = {
        "lesson": model.lesson or type(model).__name__,
        "protocol": data.protocol,
        **({"split": measured} if measured else {}),
        **model.measure(data),
        **({"note": data.note} if data.note else {}),
    }
    ideal: dict[str, float] = dict(getattr(model, "ideal", {}))  # of a lab
    if as_json:
        put_json(result | {"ideal": ideal} if ideal else result)
        return
    shown = {k: f"{v:.4f}" if isinstance(v, float) else v for k, v in result.items()}
    rows: list[dict[str, object]] = [{"figure": k, "value": v} for k, v in shown.items()]
    for row in rows if ideal else ():
        row.update(_beside_ideal(str(row["figure"]), result, ideal))
    put_table(rows)
    if ideal and data.protocol != "deck":
        echo("The ideal scores are the deck's, measured with its leaks (protocol deck).")


def _beside_ideal(
    figure: str, result: Mapping[str, Any], ideal: Mapping[str, float]
) -> dict[str, str]:
    """A lab's ideal score, and whether the figure reaches it: within 0.01, since the slides say about
    (左右)."""
    if figure not in ideal:
        return {"ideal": "", "reached": ""}
    value, wanted = result[figure], ideal[figure]
    reached = value <= wanted + 0.01 if figure == "rmse" else value >= wanted - 0.01
    return {"ideal": f"{wanted:.2f}", "reached": "yes" if reached else "no"}


@example("tfcourse describe checkpoints/mf_with_dnn")
@click.command()
@click.argument("folder", metavar="DIR")
@json_option
def describe(folder: str, as_json: bool) -> None:
    """Read a whole checkpoint and show what it is: lesson, protocol, versions, variables."""
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
        echo(f"{key:>11}  {value}")


# --- most-like, recommend ---------------------------------------------------------------------


@example('tfcourse most-like checkpoints/mf_with_dnn "Toy Story (1995)" -k 11')
@click.command("most-like")
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
    """Show the movies most like one movie, that movie first.

    QUERY is an index as in the deck (0 is Toy Story), id:1 for MovieLens's own id, or title text.
    """
    model = _recommender(folder, open_checkpoint(folder, lesson, data_dir))
    add_movies(model, new_movies)
    check_k(model, k)
    _put_movies(model.most_like(query, k, by), as_json)


@example('tfcourse recommend checkpoints/mf_with_dnn --liked "Toy Story (1995)" --liked "id:6"\n'
         "tfcourse recommend checkpoints/mf --user 47 -k 5\n"
         "tfcourse recommend checkpoints/honest-raters-clean --rated Heat=4.5")  # fmt: skip
@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--user", help="A user of the data: an index, or id:48 for MovieLens's own id.")
@click.option("--liked", multiple=True, help="A movie that a new user liked. May be repeated.")
@click.option(
    "--rated",
    multiple=True,
    metavar="'MOVIE=RATING'",
    help="A movie that a new user rated, 0.5 to 5 (lessons honest-...). May be repeated.",
)
@k_option
@by_option
@click.option("--with-seen", is_flag=True, help="Also show movies of the history.")
@click.option("--enough", type=click.IntRange(min=1), default=5, show_default=True,
              help="Number of liked movies from which the model's own scores are used.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Show which movies of the history explain each one.")
@new_movie_option
@lesson_option
@data_option
@lenient_option
@json_option
def recommend(
    folder: str,
    user: str | None,
    liked: tuple[str, ...],
    rated: tuple[str, ...],
    k: int,
    by: str,
    with_seen: bool,
    enough: int,
    explain: bool,
    new_movies: tuple[str, ...],
    lesson: str | None,
    data_dir: str,
    lenient: bool,
    as_json: bool,
) -> None:
    """Recommend movies to a user of the data, or to a new user by the movies they liked or rated.

    The output says how the movies were found: popular (nothing is known of the user), content
    (near the liked movies, in the trained embedding) or model (the model's own scores, without
    retraining).
    """
    from tfcourse.recommenders import similar

    if user is not None and (liked or rated):
        raise UsageError("give --user, or --liked and --rated, not both")
    ratings = [rating_of(text) for text in rated]
    number = None
    if user is None:
        model = _recommender(folder, open_checkpoint(folder, lesson, data_dir, lenient))
    else:
        found = open_with_data(folder, lesson, data_dir, lenient=lenient)[0]
        model = _recommender(folder, found)
        users = model.known_catalogue().users
        if users is None:
            raise UsageError(f"{folder}: its data name no users")
        number = users.find(user)
    add_movies(model, new_movies)
    check_k(model, k)
    result = similar.recommend(
        model,
        number,
        liked,
        k,
        by=by,
        rated=ratings,
        exclude_seen=not with_seen,
        enough=enough,
        explain=explain,
    )
    if as_json:
        put_json({"rung": result.rung, "items": result.items})
    else:
        echo(f"rung: {result.rung}")
        _put_movies(result.items, False)


def _put_movies(frame: pd.DataFrame, as_json: bool) -> None:
    if as_json:
        put_json(frame)
        return
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    for row in rows:
        if "because" in row:
            row["because"] = "; ".join(row["because"])
    put_table(rows, ".3f")


# --- export -----------------------------------------------------------------------------------


@example("tfcourse export checkpoints/mf_with_dnn saved_model")
@click.command()
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
    from tfcourse.recommenders import export as exporting

    result = exporting.export(_recommender(folder, open_checkpoint(folder, lesson, data_dir)), out)
    if as_json:
        put_json({"folder": result})
    else:
        echo(f"Wrote {result}")
