"""``tfcourse demo``: the deck's basic MF, from data to similar movies (deck, "First Model - Basic MF")."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tabulate import tabulate

import graphs
from graphs.examples.comparison import DECK, FIGURES
from tfcourse import checkpoints, plots
from tfcourse.datasets import open_data
from tfcourse.training import Write, fit


def run(data_dir: str, seed: int, out: Path, write: Write) -> dict[str, Any]:
    """Basic MF on MovieLens, beside the deck's figures."""
    lesson = graphs.find("mf")
    write(f"{lesson.title} (deck, {lesson.section!r}); its graph stands in {lesson.file}")
    data = open_data("movielens", data_dir).prepare("deck")
    write(
        f"MovieLens: {len(data.data):,} ratings, {data.data.n_users} users, "
        f"{len(data.vocabulary):,} movies, from {data.source}"
    )
    write(f"Split as in the deck: {len(data.train):,} train, {len(data.test):,} test\n")
    folder = out / "mf"
    result = fit(
        lesson,
        lambda cls: {},
        protocol="deck",
        epochs=None,
        seed=seed,
        engine="auto",
        data_dir=data_dir,
        model_dir=str(folder),
        overwrite=True,
        write=write,
    )
    model = checkpoints.load(folder, data=data)
    measured = model.measure(data)
    rows = [
        {"figure": title, "deck": f"{DECK['mf'][name]:.2f}", "measured": f"{measured[name]:.4f}"}
        for title, name in FIGURES
    ]
    write("\nMeasured on the test rows, protocol deck (the epoch too was chosen on them, as the")
    write("course did; `tfcourse fit mf --protocol clean` is the honest way)\n")
    align = ("left", "right", "right")
    write(tabulate(rows, headers="keys", disable_numparse=True, colalign=align))
    picture = plots.curves(result["hist"], out / "mf-curves.png", f"{lesson.title}, protocol deck")
    write(f"\nThe curves: {picture}\n\nMost like Toy Story, by the movies' latent factors:\n")
    movies = model.most_like("Toy Story (1995)", 10)
    write(tabulate(movies, headers="keys", showindex=False, floatfmt=".3f"))
    write(
        f"\nMore: tfcourse most-like {folder} Heat\n"
        f"      tfcourse recommend {folder} --user 47\n"
        "      tfcourse lessons"
    )
    return measured
