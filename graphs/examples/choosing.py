"""How the settings of the honest lessons were chosen: on rows taken out of the train rows.

    python -m graphs.examples.choosing --data-dir ml-latest-small --log docs/choosing.csv

The train rows of a split are split once more in the same way. A lesson is trained on the inner train rows
with one setting changed at a time, and measured on the inner test rows. The split's own test rows are not
in the data that this program gives to a lesson. Each result is a line of the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click
import pandas as pd

from tfcourse import writing
from tfcourse.cli.output import data_option, echo
from tfcourse.datasets import open_data
from tfcourse.datasets.movielens import MovieLens
from tfcourse.lessons import find
from tfcourse.recommenders import top_ten
from tfcourse.training import train


@dataclass(frozen=True)
class Choice:
    """Settings of a lesson that are compared.

    Attributes:
        split: which train rows are split once more. figure: that of the inner test rows.
        tried: values by hyper-parameter; each is tried with the defaults of all others.
    """

    lesson: str
    split: str
    figure: str
    tried: Mapping[str, tuple[Any, ...]]

    def settings(self) -> Iterator[dict[str, Any]]:
        """The defaults first, as {}."""
        yield {}
        for name, values in self.tried.items():
            yield from ({name: value} for value in values)


CHOICES = (
    Choice("honest-bias", "random", "rmse", {"learning_rate": (0.002, 0.05)}),
    Choice("honest-taste", "random", "rmse", {"learning_rate": (0.002, 0.05)}),
    Choice("honest-towers", "random", "rmse", {"reg": (0.0005, 0.006), "hidden": (48, 192)}),
    Choice("honest-history", "random", "rmse", {"reg_embedding": (0.0002, 0.004)}),
    Choice("honest-raters", "random", "rmse",
           {"dim": (32, 128), "reg": (0.0005, 0.006), "reg_embedding": (0.00005, 0.001),
            "learning_rate": (0.001, 0.004), "n_parts": (5, 20), "hidden_movies": (0.0, 0.05)}),
    Choice("honest-liked", "random", "rmse", {"weight": (0.25, 1.0)}),
    Choice("honest-next", "random-fifth", "top_ndcg",
           {"learning_rate": (0.004, 0.016), "n_parts": (10,), "liked_more": (0.0, 1.0, 4.0),
            "reg": (0.0005, 0.006), "dim": (32,), "hidden_movies": (0.0,)}),
)  # fmt: skip


def measured(source: MovieLens, choice: Choice, setting: Mapping[str, Any], seed: int) -> float:
    """The figure of one setting on the inner test rows."""
    data = source.without_test(choice.split).prepare("clean", split=choice.split)
    model = train(find(choice.lesson).load(), data, engine="feed", seed=seed, **setting)
    ranked = choice.figure.startswith("top_")
    figures = top_ten.measure(model, data) if ranked else model.measure(data)  # type: ignore[arg-type]
    model.close()
    return figures[choice.figure]


@click.command()
@data_option
@click.option("--lesson", "lessons", multiple=True, help="Only this lesson. May be repeated.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--log", type=click.Path(dir_okay=False), required=True, help="Add the results to this file.")
def main(data_dir: str, lessons: tuple[str, ...], seed: int, log: str) -> None:
    """Measure settings of the honest lessons on rows taken out of the train rows."""
    writing.check(log)
    source = open_data("movielens", data_dir)
    for choice in CHOICES:
        if lessons and choice.lesson not in lessons:
            continue
        for setting in choice.settings():
            value = measured(source, choice, setting, seed)
            row = {
                "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "lesson": choice.lesson,
                "train rows of split": choice.split,
                "seed": seed,
                "setting": " ".join(f"{k}={v}" for k, v in setting.items()) or "defaults",
                "figure": choice.figure,
                "value": round(value, 5),
            }
            header = not Path(log).exists()
            pd.DataFrame([row]).to_csv(log, mode="a", header=header, index=False, lineterminator="\n")
            echo(", ".join(str(v) for v in list(row.values())[1:]))


if __name__ == "__main__":
    main()
