"""``tfcourse demo``: the deck's basic MF (deck, "First Model - Basic MF"), and an honest model beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tabulate import tabulate

import graphs
from graphs.examples.comparison import DECK, FIGURES
from graphs.honest_raters import HonestRaters
from graphs.mf import MF
from tfcourse import plots
from tfcourse.datasets import open_data
from tfcourse.jobs import Write
from tfcourse.lang import _
from tfcourse.recommenders import similar
from tfcourse.training import train

LIKED = ("Toy Story (1995)", "Heat (1995)", "Alien (1979)")
SHOWN = 5


def run(data_dir: str, seed: int, out: Path, write: Write) -> dict[str, float]:
    """Train basic MF on MovieLens and show it beside the deck's figures; then an honest model.

    Args:
        data_dir: the folder of the data.
        seed: of weights and batches.
        out: the folder of the results: the checkpoints mf/ and honest-raters/, and mf-curves.png.
        write: takes the lines to show.

    Returns:
        the figures of basic MF on the test rows, by name.
    """
    lesson, honest = graphs.find("mf"), graphs.find("honest-raters")
    stands = _("{title} (deck, {section!r}); its graph stands in {file}")
    write(stands.format(title=lesson.title, section=lesson.section, file=lesson.file))
    source = open_data("movielens", data_dir)
    data = source.prepare("deck")
    write(
        _("MovieLens: {ratings:,} ratings, {users} users, {movies:,} movies, from {source}").format(
            ratings=len(source), users=source.n_users, movies=len(source.movies), source=data.source
        )
    )
    split = _("Split as in the deck: {train:,} train, {test:,} test")
    write(split.format(train=len(data.train), test=len(data.test)) + "\n")
    folder = out / "mf"
    model = train(MF, data, model_dir=folder, overwrite=True, write=write, seed=seed)
    model.restore(folder)  # the epoch kept
    measured = model.measure(data)
    write("\n" + _("Measured on the test rows, protocol deck. As in the course, the epoch was chosen on them too."))
    write(_("`tfcourse fit mf --protocol clean` chooses it on rows taken out of train.") + "\n")
    _put(
        [
            {"figure": title, "deck": f"{DECK['mf'][name]:.2f}", "measured": f"{measured[name]:.4f}"}
            for title, name in FIGURES
        ],
        write,
    )
    picture = plots.curves(model.hist, out / "mf-curves.png", f"{lesson.title}, protocol deck")
    write("\n" + _("The curves: {path}").format(path=picture) + "\n")

    write(
        _("An honest model: {title} ({file}, docs/honest.md)").format(title=honest.title, file=honest.file)
    )
    write(_("It predicts each batch from the train ratings that are not in it, and chooses no epoch.") + "\n")
    data = source.prepare("clean")
    place = out / "honest-raters"
    better = train(HonestRaters, data, model_dir=place, overwrite=True, write=write, seed=seed)
    figures = better.measure(data)
    write("\n" + _("The same test rows. Nothing of them was known, and no epoch was chosen on them.") + "\n")
    _put(
        [
            {"figure": title, "basic MF": f"{measured[name]:.4f}", "honest-raters": f"{figures[name]:.4f}"}
            for title, name in FIGURES
        ],
        write,
    )
    liked = [title for title in LIKED if title in source.movies.title]
    if not liked:  # other data than MovieLens's
        liked = source.movies.title[np.argsort(-data.popularity, kind="stable")[: len(LIKED)]].tolist()
    write("\n" + _("Most like {title}").format(title=liked[0]) + "\n")
    both = [m.most_like(liked[0], SHOWN + 1, by="title")["title"][1:] for m in (model, better)]
    _put([{"basic MF": a, "honest-raters": b} for a, b in zip(*both, strict=True)], write)
    ranked = _("For somebody who liked {titles}, ranked by predicted rating and popularity")
    write("\n" + ranked.format(titles=", ".join(liked)) + "\n")
    found = similar.recommend(better, liked=liked, k=SHOWN, by="title", popularity=0.25)
    headers = [_("title"), _("genres")]
    write(tabulate(found.items[["title", "genres"]], headers=headers, showindex=False))
    write(
        _(
            "\nMore: tfcourse most-like {folder} Heat\n"
            "      tfcourse recommend {place} --rated Heat=4.5 --popularity 0.25\n"
            "      tfcourse fit honest-next     # made to rank the whole catalogue\n"
            "      tfcourse lessons"
        ).format(folder=folder, place=place)
    )
    return measured


def _put(rows: list[dict[str, str]], write: Write) -> None:
    figures = ("left", *("right",) * (len(rows[0]) - 1)) if "figure" in rows[0] else None
    headers = {name: _(name) for name in rows[0]}
    write(tabulate(rows, headers=headers, disable_numparse=True, colalign=figures))
