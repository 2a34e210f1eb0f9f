"""The deck's Pokémon results beside measured ones, over several seeds (``tfcourse pokemon-table``).

The figures of the slides are of one run each, and a single run says little. Here every setting is
trained once per seed, and the table shows each mean with its spread (sample standard deviation).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import graphs
from tfcourse.datasets import open_data
from tfcourse.datasets.pokemon import SPLIT_SEED
from tfcourse.jobs import Write, run
from tfcourse.training import train

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Prepared

FIGURES = ("tr_loss", "vl_loss", "tr_acc", "vl_acc")
WORDS = {
    "tr_loss": "train loss",
    "vl_loss": "valid loss",
    "tr_acc": "train acc",
    "vl_acc": "valid acc",
    "lowest": "lowest valid loss",
    "epochs": "epochs",
}
Run = dict[str, float]  # a run's last figures, its lowest valid loss, its epochs


@dataclass(frozen=True)
class Setting:
    """A row of the table: a lesson with its own hyper-parameters, and what its slide shows.

    Attributes:
        key: a short name. label: the setting in words. lesson: the lesson's name.
        deck: the slide's figures by name; empty where it shows none.
        early_stopping: epochs without a lower valid loss after which training stops.
    """

    key: str
    label: str
    lesson: str
    deck: dict[str, float] = field(default_factory=dict)
    early_stopping: int | None = None

    @property
    def command(self) -> str:
        extra = f" --early-stopping {self.early_stopping}" if self.early_stopping else ""
        return f"tfcourse fit {self.lesson}{extra}"


def _deck(tr_loss: float, vl_loss: float, tr_acc: float, vl_acc: float) -> dict[str, float]:
    return {"tr_loss": tr_loss, "vl_loss": vl_loss, "tr_acc": tr_acc, "vl_acc": vl_acc}


SETTINGS = (
    Setting("mse", "MSE, sigmoid, SGD 0.01, 30 epochs", "pokemon-mse",
            _deck(0.133, 0.132, 0.516, 0.522)),
    Setting("ce", "cross entropy, the same", "pokemon-ce"),
    Setting("sgd", "softplus, SGD 0.01, 30 epochs", "pokemon-softplus",
            _deck(1.095, 1.434, 0.605, 0.484)),
    Setting("adam", "softplus, Adam 0.01, 30 epochs", "pokemon-adam",
            _deck(0.773, 0.975, 0.732, 0.696)),
    Setting("overfit", "softplus, Adam 0.001, 50 epochs", "pokemon-overfit"),
    Setting("early", "the same, early stopping 5", "pokemon-overfit",
            {**_deck(0.664, 0.953, 0.766, 0.723), "lowest": 0.845, "epochs": 19}, 5),
    Setting("l2", "the same, L2 0.01", "pokemon-l2", _deck(1.025, 1.268, 0.686, 0.587)),
    Setting("dropout", "relu, dropout 0.5, Adam 0.001, 100 epochs", "pokemon-dropout"),
)  # fmt: skip

STATEMENTS = (
    "cross entropy ends above MSE in train accuracy after 30 epochs",
    "Adam ends above SGD in train accuracy (softplus, 0.01)",
    "50 epochs with Adam overfit: train accuracy above 0.87, valid loss above 1.4",
    "early stopping stops earlier, with a lower valid loss",
    "L2 and dropout lower the gap between train and valid accuracy, and between the losses",
)


def table(
    data_dir: str = "data",
    seeds: int = 5,
    resplit: bool = False,
    epochs: int | None = None,
    write: Write = print,
    jobs: int = 1,
) -> dict[str, Any]:
    """Train every setting with the seeds 0 to ``seeds`` - 1.

    Args:
        data_dir: the folder of the data.
        resplit: draw the split with each seed too. Otherwise only weights, order of the batches
            and dropout vary with it, and the split is always that of seed 100, as in the deck.
        epochs: of all settings, instead of each one's own number.
        write: takes a line as each training ends.
        jobs: how many trainings run at a time; see ``tfcourse.jobs.run``. The result is the same.

    Returns:
        source, note, seeds, varies (in words), rows and statements. A row has its setting, the
        mean and the spread of each figure, the deck's figures, every run, and where the deck's run
        was lucky or unlucky. A statement has its text, and whether it held with each seed.
    """
    source = open_data("pokemon", data_dir)
    works = []
    for seed in range(seeds):
        data = source.prepare("deck", seed=seed if resplit else SPLIT_SEED)
        works += [functools.partial(_train, s, data, seed, epochs) for s in SETTINGS]
    found = run(works, jobs, write)
    runs = {s.key: found[i :: len(SETTINGS)] for i, s in enumerate(SETTINGS)}
    varies = "weights, batch order, dropout" + (" and the split" if resplit else "")
    return {
        "source": data.source,
        "note": data.note,
        "seeds": list(range(seeds)),
        "varies": varies,
        "rows": [row_of(s, runs[s.key], with_luck=not data.note) for s in SETTINGS],
        "statements": _statements(runs),
    }


def _train(setting: Setting, data: Prepared, seed: int, epochs: int | None, write: Write) -> Run:
    """One training of the table."""
    cls = graphs.find(setting.lesson).load()
    model = train(cls, data, epochs=epochs, early_stopping=setting.early_stopping, seed=seed)
    model.close()
    last = {name: model.hist[name][-1] for name in FIGURES}
    shown = ", ".join(f"{WORDS[name]} {value:.3f}" for name, value in last.items())
    write(f"seed {seed}, {setting.label}: {shown}")
    return {**last, "lowest": min(model.hist["vl_loss"]), "epochs": model.epoch}


def row_of(setting: Setting, runs: list[Run], with_luck: bool) -> dict[str, Any]:
    """A row of the table.

    Args:
        runs: one for each seed.
        with_luck: whether to say where the deck's run was lucky or unlucky. It makes no sense on
            other data than the deck's.
    """
    mean = {k: float(np.mean([r[k] for r in runs])) for k in (*FIGURES, "lowest", "epochs")}
    spread = {
        k: float(np.std([r[k] for r in runs], ddof=1)) if len(runs) > 1 else 0.0 for k in mean
    }
    row = {"key": setting.key, "label": setting.label, "lesson": setting.lesson}
    found = {"mean": mean, "spread": spread, "deck": setting.deck, "runs": runs}
    said = [luck(k, v, mean[k], spread[k]) for k, v in setting.deck.items() if with_luck]
    return {**row, "command": setting.command, **found, "luck": [x for x in said if x]}


def luck(name: str, deck: float, mean: float, spread: float) -> str:
    """Say how far the deck's single run is from the mean: text if it is two spreads or more, else
    "". A difference in the third decimal, the last one that is printed, is no luck.

    Args:
        name: of the figure, as in ``WORDS``.
    """
    if abs(deck - mean) < max(2 * spread, 0.005):
        return ""
    if spread == 0:
        return f"{WORDS[name]} {deck:.3f}, where every seed gives {mean:.3f}: of another split"
    side = "above" if deck > mean else "below"
    return (
        f"{WORDS[name]} {deck:.3f} lies {abs(deck - mean) / spread:.1f} spreads {side} the mean "
        f"{mean:.3f} ({spread:.3f})"
    )


def _statements(runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    """Whether each of ``STATEMENTS`` held with each seed."""

    def gaps(run: Run) -> tuple[float, float]:
        return run["tr_acc"] - run["vl_acc"], run["vl_loss"] - run["tr_loss"]

    held: list[list[bool]] = [[] for _ in STATEMENTS]
    for i in range(len(runs["mse"])):
        r = {key: values[i] for key, values in runs.items()}
        plain = gaps(r["overfit"])
        checks = (
            r["ce"]["tr_acc"] > r["mse"]["tr_acc"],
            r["adam"]["tr_acc"] > r["sgd"]["tr_acc"],
            r["overfit"]["tr_acc"] > 0.87 and r["overfit"]["vl_loss"] > 1.4,
            r["early"]["epochs"] < r["overfit"]["epochs"]
            and r["early"]["vl_loss"] < r["overfit"]["vl_loss"],
            all(
                a < b for key in ("l2", "dropout") for a, b in zip(gaps(r[key]), plain, strict=True)
            ),
        )
        for list_, check in zip(held, checks, strict=True):
            list_.append(bool(check))
    return [{"statement": s, "held": h} for s, h in zip(STATEMENTS, held, strict=True)]


def text_rows(result: dict[str, Any]) -> list[dict[str, str]]:
    """The rows as text for a table: mean, spread in round brackets, the deck's figure in square
    ones."""
    out = []
    for row in result["rows"]:
        line = {"setting": row["label"]}
        for name in FIGURES:
            digits = f"{row['mean'][name]:.3f} ({row['spread'][name]:.3f})"
            deck = f" [{row['deck'][name]:.3f}]" if name in row["deck"] else ""
            line[WORDS[name]] = digits + deck
        if row["key"] == "early":
            epochs = [int(r["epochs"]) for r in row["runs"]]
            line["setting"] += f"; {min(epochs)} to {max(epochs)} epochs [19]"
        out.append(line)
    return out


def text_after(result: dict[str, Any]) -> list[str]:
    """The lines below the table: data, luck, statements."""
    n = len(result["seeds"])
    lines = [
        f"Data: {result['source']}. Mean of {n} seeds (0 to {n - 1}), which vary {result['varies']}; "
        "spread in round brackets, the deck's single run in square ones"
        + (" (on the course's file, not on this)." if result["note"] else ".")
    ]
    lines += [
        f"Luck of the deck's run, {r['label']}: {x}" for r in result["rows"] for x in r["luck"]
    ]
    lines += [f"{sum(s['held'])} of {n} seeds: {s['statement']}" for s in result["statements"]]
    return lines
