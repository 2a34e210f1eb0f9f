"""Train a lesson once for each value of a hyper-parameter (the deck's labs: "Try Learning Rate!",
"Try Activation Function", "Try Different Optimizer", drop rates)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse import training
from tfcourse.errors import CheckpointError, UsageError
from tfcourse.jobs import Write, run
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Prepared
    from tfcourse.lessons import Lesson

Parse = Callable[[Sequence[str]], dict[str, Any]]
Hist = dict[str, list[float]]  # a curve per name, as in ``model.hist``
Row = dict[str, Any]  # as the JSON shows it; the names of the curves are the lesson's


def read_values(words: Sequence[str], parse: Parse) -> tuple[str, list[Any], dict[str, Any]]:
    """Read ``--learning-rate 0.1 0.01 --n-batch 32``: the option with several values is swept, those
    with one are set for all runs.

    Args:
        words: options and their values, as typed.
        parse: turns ["--name", "value"] into {name: value}, or raises what is wrong.

    Returns:
        the swept hyper-parameter, its values, and those that are set.

    Raises:
        UsageError: no hyper-parameter or more than one has several values.
    """
    options: dict[str, list[str]] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, _equals, value = word.partition("=")
            if name in options:
                raise UsageError(
                    _("{name} is given twice: put its values after one {name}").format(name=name)
                )
            options[name] = [value] if value else []
        elif name:
            options[name].append(word)
        else:
            raise UsageError(
                _("{word!r} belongs to no option: write --learning-rate 0.1 0.01 0.001").format(
                    word=word
                )
            )
    if not options:
        raise UsageError(_("name a hyper-parameter and its values: --learning-rate 0.1 0.01 0.001"))
    read: dict[str, list[Any]] = {}
    for option, texts in options.items():
        for pair in [[option, text] for text in texts] or [[option]]:
            for key, parsed in parse(pair).items():
                read.setdefault(key, []).append(parsed)
    several = [key for key, values in read.items() if len(values) > 1]
    if not several and len(read) == 1:
        several = list(read)
    if len(several) != 1:
        raise UsageError(
            "one hyper-parameter gets several values"
            + (f", not {' and '.join(several)}" if several else ": --learning-rate 0.1 0.01 0.001")
        )
    swept = several[0]
    values = list(dict.fromkeys(read.pop(swept)))
    return swept, values, {key: given[0] for key, given in read.items()}


def sweep(
    lesson: Lesson,
    parameter: str,
    values: Sequence[Any],
    fixed: dict[str, Any] | None = None,
    *,
    seeds: Sequence[int] = (88,),
    epochs: int | None = None,
    protocol: str | None = None,
    split: str | None = None,
    engine: str = "auto",
    data_dir: str | Path = "data",
    lenient: bool = False,
    plot: str | Path | None = None,
    jobs: int = 1,
    write: Write = print,
) -> list[Row]:
    """Train a lesson with each value and each seed. Nothing is saved.

    Args:
        lesson: as ``lessons.find`` gives it.
        parameter: the hyper-parameter that is swept. values: its values.
        fixed: hyper-parameters that are set for all runs.
        seeds: each value is trained once with each.
        epochs: by default the lesson's own number.
        protocol, split, engine, data_dir, lenient: as for ``training.prepare`` and ``training.train``.
        plot: draw all curves to this file.
        jobs: how many trainings run at a time; see ``jobs.run``. The rows are the same.
        write: takes a line as each training ends.

    Returns:
        a row per value: lesson, protocol, source, parameter, value, seeds, epochs; the curves' last
        values (means over seeds) by their names; with several seeds ``<name>_spread`` (sample
        standard deviation); for the lesson's monitor, if it has one, ``lowest`` and ``lowest_epoch``.

    Raises:
        UsageError: a value that the lesson does not take, before anything is trained.
    """
    cls = lesson.load()
    data = training.prepare(cls, data_dir, protocol, lenient=lenient, split=split)
    fixed = fixed or {}
    for name in (parameter, *fixed):
        if name in data.sizes:
            raise UsageError(
                _("{name} is not chosen: the data say {size}").format(
                    name=name, size=data.sizes[name]
                )
            )
    if epochs is not None and parameter == "n_epoch":
        raise UsageError(_("--epochs and --n-epoch say the same: give one of them"))
    for value in values:  # a wrong value is an error before the first training
        training.make(cls, data, seed=seeds[0], **{**fixed, parameter: value}).close()
    if data.note:
        write(_(data.note))
    works = []
    for value in values:
        for seed in seeds:
            label = f"{parameter} {_text(value)}, seed {seed}"
            hyper = {**fixed, parameter: value, "seed": seed}
            works.append(functools.partial(_train, lesson, data, epochs, engine, hyper, label))
    hists = run(works, jobs, write)
    rows, curves = [], {}
    for i, value in enumerate(values):
        own = hists[i * len(seeds) : (i + 1) * len(seeds)]
        curves[f"{parameter} {_text(value)}"] = own
        about: Row = {
            "lesson": lesson.name,
            "protocol": data.protocol,
            "source": data.source,
            "parameter": parameter,
            "value": value,
            "seeds": list(seeds),
        }
        rows.append({**about, **_ends(own, cls.monitor)})
    if plot is not None:
        from tfcourse import plots

        title = (
            f"{lesson.name}, protocol {data.protocol}, {_seeds_text(seeds)}\ndata: {data.source}"
        )
        write(_("Drew {path}").format(path=plots.sweep(curves, plot, title)))
    return rows


def _train(
    lesson: Lesson,
    data: Prepared,
    epochs: int | None,
    engine: str,
    hyper: dict[str, Any],
    label: str,
    write: Write,
) -> Hist:
    """One training of a sweep."""
    model = training.train(lesson.load(), data, epochs=epochs, engine=engine, **hyper)
    model.close()
    write(f"{label}: " + ", ".join(f"{name} {curve[-1]:.3f}" for name, curve in model.hist.items()))
    return model.hist


def _ends(hists: Sequence[Hist], monitor: str) -> Row:
    """A row's figures, from the curves of each seed."""
    row: Row = {"epochs": len(hists[0]["tr_loss"])}
    for name in hists[0]:
        ends = [hist[name][-1] for hist in hists]
        row[name] = float(np.mean(ends))
        if len(ends) > 1:
            row[name + "_spread"] = float(np.std(ends, ddof=1))
    if monitor not in hists[0]:  # there is no epoch to choose
        return row
    mean = np.mean([hist[monitor] for hist in hists], axis=0).tolist()
    finite = [value for value in mean if math.isfinite(value)]
    row["lowest"] = min(finite, default=math.nan)
    row["lowest_epoch"] = mean.index(row["lowest"]) + 1 if finite else None
    return row


def text_rows(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The rows as text for a table: the value, and each curve's end with its spread in brackets."""
    out = []
    for row in rows:
        line = {row["parameter"]: _text(row["value"])}
        for name in row:
            if not name.startswith(("tr_", "vl_")) or name.endswith("_spread"):
                continue
            spread = row.get(name + "_spread")
            line[name] = f"{row[name]:.4f}" + ("" if spread is None else f" ({spread:.4f})")
        if "lowest" in row:
            line["lowest"] = f"{row['lowest']:.4f}"
            line["in epoch"] = str(row["lowest_epoch"])
        out.append(line)
    return out


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seeds_text(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    return f"mean of seeds {seeds[0]} to {seeds[-1]}"


def plot_checkpoint(folder: str | Path, out: str | Path | None = None) -> Path:
    """Draw the curves that a checkpoint's JSON holds.

    Args:
        folder: of the checkpoint.
        out: the picture's file; by default curves.png in the folder.

    Raises:
        CheckpointError: no checkpoint, or one without curves.
    """
    from tfcourse import checkpoints, plots

    prefix, described = checkpoints.find(folder)
    hist = (described or {}).get("hist")
    if not described or not hist:
        raise CheckpointError(
            _("{prefix}: no curves are saved with this checkpoint").format(prefix=prefix)
        )
    title = (
        f"{described['lesson']}, protocol {described.get('protocol')}, epoch {described['epoch']}"
    )
    if described.get("data_source"):
        title += f"\ndata: {described['data_source']}"
    return plots.curves(hist, out or prefix.parent / "curves.png", title)
