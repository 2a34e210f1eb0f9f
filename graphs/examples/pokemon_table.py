"""The deck's Pokémon results beside measured ones, over several seeds (``tfcourse pokemon-table``).

The figures of the slides are of one run each, and a single run says little. Here every setting is
trained once per seed, on the deck's own split of the rows, and the table shows each mean with its
spread (sample standard deviation). ``draw`` draws the curves that the slides show.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import graphs
from graphs.examples import Result
from graphs.examples.deck_figures import POKEMON
from tfcourse import plots
from tfcourse.datasets import open_data
from tfcourse.datasets.pokemon import SPLIT_SEED
from tfcourse.errors import UsageError
from tfcourse.jobs import Write, run
from tfcourse.training import train

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
Hist = dict[str, list[float]]  # a run's curves, as in ``model.hist``


@dataclass(frozen=True)
class Setting:
    """A row of the table: a lesson with its own hyper-parameters, and what its slide shows.

    Attributes:
        key: a short name. label: the setting in words. lesson: the lesson's name.
        deck: the slide's figures by name; empty where it shows none.
        early_stopping: epochs without a lower valid loss after which training stops.
        loss: what its loss is. Curves of different losses are drawn in different panels.
    """

    key: str
    label: str
    lesson: str
    deck: dict[str, float] = field(default_factory=dict)
    early_stopping: int | None = None
    loss: str = "cross entropy"

    @property
    def command(self) -> str:
        extra = f" --early-stopping {self.early_stopping}" if self.early_stopping else ""
        return f"tfcourse fit {self.lesson}{extra}"


SETTINGS = (
    Setting("mse", "MSE, sigmoid, SGD 0.01, 30 epochs", "pokemon-mse", POKEMON["mse"], loss="MSE"),
    Setting("ce", "cross entropy, the same", "pokemon-ce"),
    Setting("sgd", "softplus, SGD 0.01, 30 epochs", "pokemon-softplus", POKEMON["sgd"]),
    Setting("adam", "softplus, Adam 0.01, 30 epochs", "pokemon-adam", POKEMON["adam"]),
    Setting("overfit", "softplus, Adam 0.001, 50 epochs", "pokemon-overfit"),
    Setting("early", "the same, early stopping 5", "pokemon-overfit", POKEMON["early"], 5),
    Setting("l2", "the same, L2 0.01", "pokemon-l2", POKEMON["l2"]),
    Setting("dropout", "relu, dropout 0.5, Adam 0.001, 100 epochs", "pokemon-dropout"),
)  # fmt: skip


@dataclass(frozen=True)
class Slide:
    """A slide that shows curves.

    Attributes:
        name: on the command line. title: the slide's. settings: the keys of those it compares.
        note: what a reader of the picture must know.
    """

    name: str
    title: str
    settings: tuple[str, ...]
    note: str = ""


SLIDES = (
    Slide("mse-vs-cross-entropy", "Result - MSE vs Cross Entropy", ("mse", "ce")),
    Slide("gradient-descent-vs-adam", "Result: Gradient Descent vs Adam", ("sgd", "adam")),
    Slide("early-stopping", "Early Stopping - Threshold=5", ("overfit", "early"),
          "the same training, stopped"),
    Slide("regularization", "Result - Regularization", ("overfit", "l2"),
          "the loss with L2 includes its term"),
    Slide("dropout", "Result - Dropout(After 100 Epochs)", ("overfit", "dropout")),
)  # fmt: skip


def _gaps(run: Run) -> tuple[float, float]:
    """By how much a run is worse on valid rows than on train rows: in accuracy, in loss."""
    return run["tr_acc"] - run["vl_acc"], run["vl_loss"] - run["tr_loss"]


#: Each statement, the settings that it is about, and its check on their runs with one seed.
STATEMENTS = (
    ("cross entropy ends above MSE in train accuracy after 30 epochs", ("mse", "ce"),
     lambda r: r["ce"]["tr_acc"] > r["mse"]["tr_acc"]),
    ("Adam ends above SGD in train accuracy (softplus, 0.01)", ("sgd", "adam"),
     lambda r: r["adam"]["tr_acc"] > r["sgd"]["tr_acc"]),
    ("50 epochs with Adam overfit: train accuracy above 0.87, valid loss a third above its lowest",
     ("overfit",),
     lambda r: r["overfit"]["tr_acc"] > 0.87
     and r["overfit"]["vl_loss"] > 4 / 3 * r["overfit"]["lowest"]),
    ("early stopping stops earlier, with a lower valid loss", ("overfit", "early"),
     lambda r: all(r["early"][name] < r["overfit"][name] for name in ("epochs", "vl_loss"))),
    ("L2 and dropout lower the gap between train and valid accuracy, and between the losses",
     ("overfit", "l2", "dropout"),
     lambda r: all(a < b for key in ("l2", "dropout")
                   for a, b in zip(_gaps(r[key]), _gaps(r["overfit"]), strict=True))),
    ("100 epochs with dropout: valid loss does not shoot up, it ends within a third of its lowest",
     ("dropout",), lambda r: r["dropout"]["vl_loss"] < 4 / 3 * r["dropout"]["lowest"]),
)  # fmt: skip


def table(
    data_dir: str = "data",
    seeds: int = 5,
    resplit: bool = False,
    epochs: int | None = None,
    write: Write = print,
    jobs: int = 1,
    slides: Sequence[str] = (),
) -> Result:
    """Train every setting with the seeds 0 to ``seeds`` - 1.

    Args:
        data_dir: the folder of the data.
        resplit: shuffle the rows with each seed before they are split. Otherwise only weights,
            order of the batches and dropout vary with it, and the split is always the deck's.
        epochs: of all settings, instead of each one's own number.
        write: takes a line as each training ends.
        jobs: how many trainings run at a time; see ``tfcourse.jobs.run``. The result is the same.
        slides: names in ``SLIDES``; only their settings are trained. By default all settings are.

    Returns:
        source, note, seeds, varies (in words), rows and statements. A row has its setting, the
        mean and the spread of each figure, the deck's figures, every run, and which figures of the
        deck lie outside the spread. A statement, shown if all its settings were trained, has its
        text and whether it held with each seed. ``picture`` has the curves for ``draw``: the hist
        of each seed, by the settings' keys.

    Raises:
        UsageError: an unknown slide.
    """
    known = {slide.name: slide for slide in SLIDES}
    for name in slides:
        if name not in known:
            raise UsageError(f"unknown slide {name!r}; known: {', '.join(known)}")
    keys = {key for name in slides for key in known[name].settings}
    settings = [s for s in SETTINGS if s.key in keys or not slides]
    source = open_data("pokemon", data_dir)
    works = []
    for seed in range(seeds):
        data = source.prepare("deck", seed=seed if resplit else SPLIT_SEED)
        works += [functools.partial(_train, s, data, seed, epochs) for s in settings]
    hists = run(works, jobs, write)
    curves = {s.key: hists[i :: len(settings)] for i, s in enumerate(settings)}
    runs = {key: [_run(hist) for hist in of] for key, of in curves.items()}
    varies = "weights, batch order" + (", dropout and split" if resplit else " and dropout")
    shown = {
        "source": data.source,
        "note": data.note,
        "seeds": list(range(seeds)),
        "varies": varies,
        "rows": [row_of(s, runs[s.key], compare=not data.note) for s in settings],
        "statements": _statements(runs),
    }
    return Result(shown, curves)


def _train(setting: Setting, data: Prepared, seed: int, epochs: int | None, write: Write) -> Hist:
    """One training of the table."""
    cls = graphs.find(setting.lesson).load()
    model = train(cls, data, epochs=epochs, early_stopping=setting.early_stopping, seed=seed)
    model.close()
    shown = ", ".join(f"{WORDS[name]} {model.hist[name][-1]:.3f}" for name in FIGURES)
    write(f"seed {seed}, {setting.label}: {shown}")
    return model.hist


def _run(hist: Hist) -> Run:
    last = {name: hist[name][-1] for name in FIGURES}
    return {**last, "lowest": min(hist["vl_loss"]), "epochs": len(hist["vl_loss"])}


def row_of(setting: Setting, runs: list[Run], compare: bool) -> dict[str, Any]:
    """A row of the table.

    Args:
        runs: one for each seed.
        compare: whether to say which figures of the deck lie outside the spread. It makes no sense
            on other data than the deck's. A single run has no spread: it is empty.
    """
    mean = {k: float(np.mean([r[k] for r in runs])) for k in (*FIGURES, "lowest", "epochs")}
    spread = {}
    if len(runs) > 1:
        spread = {k: float(np.std([r[k] for r in runs], ddof=1)) for k in mean}
    row = {"key": setting.key, "label": setting.label, "lesson": setting.lesson}
    found = {"mean": mean, "spread": spread, "deck": setting.deck, "runs": runs}
    judged = setting.deck if compare and spread else {}
    said = [outside(k, v, mean[k], spread[k]) for k, v in judged.items()]
    return {**row, "command": setting.command, **found, "outside": [x for x in said if x]}


def outside(name: str, deck: float, mean: float, spread: float) -> str:
    """Say how far the deck's single run is from the mean: text if it is two spreads or more, else
    "". A difference in the third decimal, the last one that is printed, does not count.

    Args:
        name: of the figure, as in ``WORDS``.
    """
    if abs(deck - mean) < max(2 * spread, 0.005):
        return ""
    form = "g" if name == "epochs" else ".3f"
    if spread == 0:
        return f"{WORDS[name]} {deck:{form}}, where every seed gives {mean:{form}}"
    side = "above" if deck > mean else "below"
    return (
        f"{WORDS[name]} {deck:{form}} lies {abs(deck - mean) / spread:.1f} spreads {side} the mean "
        f"{mean:{form}} ({spread:{form}})"
    )


def _statements(runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    """Whether each of ``STATEMENTS`` whose settings were trained held with each seed."""
    by_seed = [dict(zip(runs, of, strict=True)) for of in zip(*runs.values(), strict=True)]
    return [
        {"statement": text, "held": [bool(check(r)) for r in by_seed]}
        for text, keys, check in STATEMENTS
        if all(key in runs for key in keys)
    ]


def text_rows(result: dict[str, Any]) -> list[dict[str, str]]:
    """The rows as text for a table: mean, spread in round brackets (with several seeds), the deck's
    figure in square ones."""
    out = []
    for row in result["rows"]:
        line = {"setting": row["label"]}
        for name in FIGURES:
            cell = f"{row['mean'][name]:.3f}"
            if row["spread"]:
                cell += f" ({row['spread'][name]:.3f})"
            if name in row["deck"]:
                cell += f" [{row['deck'][name]:.3f}]"
            line[WORDS[name]] = cell
        if row["key"] == "early":
            epochs = [int(r["epochs"]) for r in row["runs"]]
            line["setting"] += f"; {min(epochs)} to {max(epochs)} epochs [19]"
        out.append(line)
    return out


def text_after(result: dict[str, Any]) -> list[str]:
    """The lines below the table: data, figures of the deck outside the spread, statements."""
    n = len(result["seeds"])
    if n > 1:
        seeds = f"Mean of {n} seeds (0 to {n - 1}), which vary {result['varies']}; spread in round brackets"
    else:
        seeds = "One run with seed 0, so there is no spread"
    split = "" if "split" in result["varies"] else " The split is the deck's."
    on = " (on the course's file, not on this)" if result["note"] else ""
    lines = [
        f"Data: {result['source']}.{split}",
        f"{seeds}; the deck's single run in square brackets{on}.",
    ]
    lines += [
        f"The deck's run outside the spread, {row['label']}: {text}"
        for row in result["rows"]
        for text in row["outside"]
    ]
    lines += [f"{sum(s['held'])} of {n} seeds: {s['statement']}" for s in result["statements"]]
    return lines


def draw(result: Result, path: str | Path) -> Path:
    """Draw the curves of the slides whose settings were trained: a row of panels for each slide.

    Args:
        result: of ``table``.
        path: file to write.
    """
    settings = {s.key: s for s in SETTINGS if s.key in result.picture}
    slides = [x for x in SLIDES if all(key in settings for key in x.settings)]
    parts = []
    for slide in slides:
        losses = dict.fromkeys(settings[key].loss for key in slide.settings)
        parts.append([*((loss, "loss") for loss in losses), ("accuracy", "acc")])
    columns = 1 + max(len(part) for part in parts)  # the last for the key
    n = len(result["seeds"])
    seeds = f"A curve for each of the seeds 0 to {n - 1}" if n > 1 else "Seed 0"
    figure, axes = plots.panels(
        len(slides), columns, size=(4.2, 3.0), title=f"Data: {result['source']}. {seeds}"
    )
    for row, slide, part in zip(axes, slides, parts, strict=True):
        compared = [settings[key] for key in slide.settings]
        for axis, (label, name) in zip(row, part, strict=False):
            own = [s for s in compared if name == "acc" or s.loss == label]
            for setting in own:
                colour = f"C{compared.index(setting)}"
                _draw_curves(axis, setting, name, result.picture[setting.key], colour)
            axis.set_xlabel("epoch")
            axis.set_ylabel(label)
            axis.grid(alpha=0.3)
            axis.xaxis.get_major_locator().set_params(integer=True)
        row[0].set_title(slide.title + (f": {slide.note}" if slide.note else ""), loc="left")
        for axis in row[len(part) :]:
            axis.axis("off")
        _draw_key(row[len(part)], compared, on_other_data=bool(result["note"]))
    return plots.save(figure, path)


def _draw_curves(axis: Axes, setting: Setting, name: str, hists: list[Hist], colour: str) -> None:
    """Draw a setting's train and valid curves, and the figures that the deck prints for their end."""
    end = setting.deck.get("epochs", graphs.find(setting.lesson).load().n_epoch)
    for prefix, style, marker in (("tr_", "-", "o"), ("vl_", "--", "D")):
        for hist in hists:
            values = hist[prefix + name]
            axis.plot(range(1, len(values) + 1), values, style, color=colour, linewidth=1.2,
                      alpha=1 if len(hists) == 1 else 0.5)  # fmt: skip
        if prefix + name in setting.deck:
            axis.plot(end, setting.deck[prefix + name], marker, color=colour,
                      markeredgecolor="black", markersize=6, zorder=3)  # fmt: skip
    if name == "loss" and "lowest" in setting.deck:
        axis.axhline(setting.deck["lowest"], color=colour, linestyle=":")


def _draw_key(axis: Axes, compared: list[Setting], on_other_data: bool) -> None:
    for i, setting in enumerate(compared):
        axis.plot([], [], "-", color=f"C{i}", label=setting.label)
    axis.plot([], [], "-", color="grey", label="train")
    axis.plot([], [], "--", color="grey", label="valid")
    if any(setting.deck for setting in compared):
        on = ", on the course's file" if on_other_data else ""
        for marker, rows in (("o", "train"), ("D", "valid")):
            axis.plot([], [], marker, color="grey", markeredgecolor="black",
                      label=f"the deck's figure, {rows}{on}")  # fmt: skip
        if any("lowest" in setting.deck for setting in compared):
            axis.plot([], [], ":", color="grey", label=f"the deck's lowest valid loss{on}")
    axis.legend(loc="center left", fontsize="small", frameon=False)
