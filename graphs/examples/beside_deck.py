"""The deck's epochs and lists of similar movies beside those of a trained model (slides "Trainging" and
"活用Latent Factor(Embedding)"). The deck's figures stand in ``deck_figures``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphs.examples import deck_figures
from graphs.examples.deck_figures import CURVES, MOST_LIKE, TOY_STORY

if TYPE_CHECKING:
    from tfcourse.recommenders.base import Recommender

Row = dict[str, Any]
COLUMNS = {"tr_rmse": "train RMSE", "vl_rmse": "valid RMSE", "tr_loss": "train", "vl_loss": "valid"}


def epochs(lesson: str, curves: Mapping[str, Sequence[float]]) -> list[Row] | None:
    """The deck's curves beside measured ones, a row for each epoch.

    Args:
        lesson: its name.
        curves: by the names of ``model.hist``.

    Returns:
        rows with "epoch", and for each curve of the slide "slide_<name>" and "<name>"; None where a side
        has no such epoch. None for a lesson whose epochs the deck does not print.
    """
    if lesson not in CURVES:
        return None
    slide = CURVES[lesson]
    n = max(len(curve) for curve in (*slide.values(), *curves.values()))
    return [
        {
            "epoch": i + 1,
            **{
                key: curve[i] if i < len(curve) else None
                for name in slide
                for key, curve in ((f"slide_{name}", slide[name]), (name, curves.get(name, ())))
            },
        }
        for i in range(n)
    ]


def most_like(lesson: str, model: Recommender) -> Row | None:
    """The deck's list of the movies most like Toy Story beside the model's.

    Returns:
        "query", its title; "movies", the model's list, as long as the slide's; "slide", the slide's list
        with each movie's index here, None where the data do not have it; "overlap", how many movies are
        in both; "by_chance", how many would be if the model's list were drawn at random; "note", what is
        to be known of the slide. None where the deck has no list for the lesson, or the data no Toy Story.
    """
    index_of = {int(raw): i for i, raw in enumerate(model.known_catalogue().vocabulary.raw_id)}
    if lesson not in MOST_LIKE or TOY_STORY.movie_id not in index_of:
        return None
    slide = [
        {
            "index": index_of.get(m.movie_id),
            "slide_index": m.index,
            "movie_id": m.movie_id,
            "title": m.title,
        }
        for m in MOST_LIKE[lesson]
    ]
    k = min(len(slide) + 1, model.n_items)
    movies = model.most_like(f"id:{TOY_STORY.movie_id}", k).to_dict("records")[1:]
    known = {m["index"] for m in slide if m["index"] is not None}
    return {
        "query": TOY_STORY.title,
        "movies": movies,
        "slide": slide,
        "overlap": len(known & {m["index"] for m in movies}),
        "by_chance": len(known) * len(movies) / max(model.n_items - 1, 1),
        "note": deck_figures.MOST_LIKE_NOTES.get(lesson, ""),
    }


# --- as text ----------------------------------------------------------------------------------


def epoch_tables(rows: Sequence[Row]) -> list[tuple[str, list[dict[str, str]]]]:
    """The epochs as text.

    Args:
        rows: of ``comparison.compare``.

    Returns:
        for each lesson whose epochs the deck prints a caption and a table: a row for each epoch, and for
        each curve the slide's column and one for each protocol.
    """
    out = []
    for lesson, slide in CURVES.items():
        own = {
            row["protocol"]: row for row in rows if row["lesson"] == lesson and row.get("epochs")
        }
        if not own:
            continue
        table = []
        for i in range(max(len(row["epochs"]) for row in own.values())):
            line = {"epoch": f"{i + 1:02d}"}
            for name in slide:
                title = COLUMNS[name]
                found = {p: row["epochs"][i] for p, row in own.items() if i < len(row["epochs"])}
                line[f"{title}: slide"] = _number(next(iter(found.values()))[f"slide_{name}"])
                for protocol in own:
                    line[f"{title}: {protocol}"] = _number(found.get(protocol, {}).get(name))
            table.append(line)
        out.append((_caption(lesson, own), table))
    return out


def _caption(lesson: str, own: Mapping[str, Row]) -> str:
    slide = CURVES[lesson]
    valid = slide["vl_loss" if "vl_loss" in slide else "vl_rmse"]
    kept = ", ".join(f"{row['kept_epoch']} under {protocol}" for protocol, row in own.items())
    text = (
        f"{lesson}, epoch by epoch: the slide beside what was measured. Epoch kept: "
        f"{valid.index(min(valid)) + 1} on the slide, {kept}."
    )
    if "vl_loss" in slide:
        text += " train and valid are the cross entropy."
    if "clean" in own:
        text += " Under clean the valid rows are taken out of train."
    return text


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def most_like_tables(rows: Sequence[Row]) -> list[tuple[str, list[dict[str, str]], list[str]]]:
    """The lists of similar movies as text.

    Args:
        rows: of ``comparison.compare``.

    Returns:
        for each lesson of which the deck has a list a caption, a table with a column for the slide and
        for each protocol (a movie that is on the slide has a * there), and lines that count the overlap.
    """
    out = []
    for lesson in MOST_LIKE:
        own = {row["protocol"]: row["most_like"] for row in rows
               if row["lesson"] == lesson and row.get("most_like")}  # fmt: skip
        if not own:
            continue
        first = next(iter(own.values()))
        on_slide = {m["movie_id"] for m in first["slide"]}
        table = []
        for i, movie in enumerate(first["slide"]):
            absent = " (not in these data)" if movie["index"] is None else ""
            line = {"": str(i + 1), "slide": f"{movie['slide_index']} {movie['title']}{absent}"}
            for protocol, found in own.items():
                line[protocol] = ""
                if i < len(found["movies"]):
                    m = found["movies"][i]
                    star = " *" if m["movie_id"] in on_slide else ""
                    line[protocol] = f"{m['index']} {m['title']}{star}"
            table.append(line)
        n = len(first["slide"])
        lines = [
            f"{protocol}: {found['overlap']} of the slide's {n} movies are in the list; "
            f"{found['by_chance']:.2f} would be by chance."
            for protocol, found in own.items()
        ]
        lines += [first["note"]] if first["note"] else []
        out.append((f"{lesson}: most like {first['query']}", table, lines))
    return out
