"""The commands on a checkpoint: evaluate, describe, most-like, recommend, export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from tfcourse.cli.opening import add_movies, check_k, open_checkpoint, open_with_data, recommender
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
from tfcourse.errors import UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    import pandas as pd

    from tfcourse.datasets.contract import Prepared
    from tfcourse.model import BaseModel


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
    help="Add a movie by its metadata (lessons mf-with-dnn-new-movies, honest-taste and later). "
    "May be repeated.",
)


# --- evaluate, describe -----------------------------------------------------------------------


@example("tfcourse evaluate checkpoints/mf-deck\n"
         "tfcourse evaluate model_mf --lesson mf --data-dir ml-latest-small --json")  # fmt: skip
@click.command()
@click.argument("folder", metavar="DIR")
@lesson_option
@protocol_option
@split_option
@click.option("--catalogue", is_flag=True, help="Also rank the whole catalogue for each user: precision, "
              "recall and NDCG of the top ten, coverage, overlap.")  # fmt: skip
@data_option
@lenient_option
@json_option
def evaluate(
    folder: str,
    lesson: str | None,
    protocol: str | None,
    split: str | None,
    catalogue: bool,
    data_dir: str,
    lenient: bool,
    as_json: bool,
) -> None:
    """Measure a checkpoint on the test rows of the data."""
    model, data, described = open_with_data(folder, lesson, data_dir, protocol, lenient, split)
    write = say(True)
    if data.note:
        write(_(data.note))
    trained, source = described.get("protocol"), described.get("data_source")
    if trained and trained != data.protocol:
        write(
            _("Note: trained under protocol {trained}, measured here under {protocol}.").format(
                trained=trained, protocol=data.protocol
            )
        )
    trained, measured = described.get("split"), getattr(data, "split", None)
    if trained and trained != measured:
        write(
            _(
                "Note: trained on split {trained}, measured here on {measured}: some of these rows "
                "may have been trained on."
            ).format(trained=trained, measured=measured)
        )
    if source and source != data.source:
        write(
            _("Note: trained on {source}, measured here on {measured}.").format(
                source=source, measured=data.source
            )
        )
    result: dict[str, object] = {
        "lesson": model.lesson or type(model).__name__,
        "protocol": data.protocol,
        **({"split": measured} if measured else {}),
        **model.measure(data),
        **(_of_catalogue(folder, model, data) if catalogue else {}),
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
        echo(_("The ideal scores are the deck's, measured with its leaks (protocol deck)."))


def _of_catalogue(folder: str, model: BaseModel, data: Prepared) -> dict[str, float]:
    from tfcourse.recommenders import top_ten

    return top_ten.measure(recommender(folder, model), data)


def _beside_ideal(
    figure: str, result: Mapping[str, Any], ideal: Mapping[str, float]
) -> dict[str, str]:
    """A lab's ideal score, and whether the figure reaches it: within 0.01, since the slides say about
    (左右)."""
    if figure not in ideal:
        return {"ideal": "", "reached": ""}
    value, wanted = result[figure], ideal[figure]
    reached = value <= wanted + 0.01 if figure == "rmse" else value >= wanted - 0.01
    return {"ideal": f"{wanted:.2f}", "reached": _("yes") if reached else _("no")}


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
    model = recommender(folder, open_checkpoint(folder, lesson, data_dir))
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
@click.option("--popularity", type=click.FloatRange(min=0), default=0.0, metavar="WEIGHT",
              help="Add WEIGHT times ln(1 + users who liked it) to each score. For lessons that predict "
              "ratings: 1 is a start.")  # fmt: skip
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
    popularity: float,
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
        raise UsageError(_("give --user, or --liked and --rated, not both"))
    ratings = [rating_of(text) for text in rated]
    number = None
    if user is None:
        model = recommender(folder, open_checkpoint(folder, lesson, data_dir, lenient))
    else:
        found = open_with_data(folder, lesson, data_dir, lenient=lenient)[0]
        model = recommender(folder, found)
        users = model.known_catalogue().users
        if users is None:
            raise UsageError(_("{folder}: its data name no users").format(folder=folder))
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
        popularity=popularity,
    )
    if result.rung == "model" and not model.for_catalogue and not popularity:
        say(True)(
            _(
                "Note: {lesson} was not trained to rank the whole catalogue. The lesson honest-next was. "
                "--popularity 1 ranks by popularity too."
            ).format(lesson=model.lesson or type(model).__name__)
        )
    if as_json:
        put_json({"rung": result.rung, "items": result.items})
    else:
        echo(_("rung: {rung}").format(rung=result.rung))
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

    result = exporting.export(recommender(folder, open_checkpoint(folder, lesson, data_dir)), out)
    if as_json:
        put_json({"folder": result})
    else:
        echo(_("Wrote {path}").format(path=result))
