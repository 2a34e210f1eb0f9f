"""``tfcourse demo``: the deck's basic MF, from data to similar movies (deck, "First Model - Basic MF")."""

from __future__ import annotations

from pathlib import Path

from tabulate import tabulate

import graphs
from graphs.examples.comparison import DECK, FIGURES
from graphs.mf import MF
from tfcourse import plots
from tfcourse.datasets import open_data
from tfcourse.jobs import Write
from tfcourse.training import train


def run(data_dir: str, seed: int, out: Path, write: Write) -> dict[str, float]:
    """Train basic MF on MovieLens and show it beside the deck's figures.

    Args:
        data_dir: the folder of the data.
        seed: of weights and batches.
        out: the folder of the results: the checkpoint mf/ and mf-curves.png.
        write: takes the lines to show.

    Returns:
        the figures of the test rows, by name.
    """
    lesson = graphs.find("mf")
    write(f"{lesson.title} (deck, {lesson.section!r}); its graph stands in {lesson.file}")
    source = open_data("movielens", data_dir)
    data = source.prepare("deck")
    write(
        f"MovieLens: {len(source):,} ratings, {source.n_users} users, "
        f"{len(source.movies):,} movies, from {data.source}"
    )
    write(f"Split as in the deck: {len(data.train):,} train, {len(data.test):,} test\n")
    folder = out / "mf"
    model = train(MF, data, model_dir=folder, overwrite=True, write=write, seed=seed)
    model.restore(folder)  # the epoch kept
    measured = model.measure(data)
    rows = [
        {"figure": title, "deck": f"{DECK['mf'][name]:.2f}", "measured": f"{measured[name]:.4f}"}
        for title, name in FIGURES
    ]
    write(
        "\nMeasured on the test rows, protocol deck. As in the course, the epoch was chosen on them"
    )
    write("too. `tfcourse fit mf --protocol clean` chooses it on rows taken out of train.\n")
    align = ("left", "right", "right")
    write(tabulate(rows, headers="keys", disable_numparse=True, colalign=align))
    picture = plots.curves(model.hist, out / "mf-curves.png", f"{lesson.title}, protocol deck")
    write(f"\nThe curves: {picture}\n\nMost like Toy Story, by the movies' latent factors:\n")
    movies = model.most_like("Toy Story (1995)", 10)
    write(tabulate(movies, headers="keys", showindex=False, floatfmt=".3f"))
    write(
        f"\nMore: tfcourse most-like {folder} Heat\n"
        f"      tfcourse recommend {folder} --user 47\n"
        "      tfcourse lessons"
    )
    return measured
