"""Train a lesson once for each value of a hyper-parameter (the deck's labs: "Try Learning Rate!",
"Try Activation Function", "Try Different Optimizer", drop rates)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import graphs
from tfcourse.errors import CheckpointError, UsageError

Write = Callable[[str], Any]
Parse = Callable[[Sequence[str]], dict[str, Any]]


def read_values(words: Sequence[str], parse: Parse) -> tuple[str, list[Any], dict[str, Any]]:
    """``--learning-rate 0.1 0.01 --n-batch 32`` as the swept hyper-parameter, its values, and what
    is set for all runs: the option with several values is swept, those with one are set.

    Args:
        parse: turns ``["--name", "value"]`` into ``{name: value}``, or says what is wrong.
    """
    options: dict[str, list[str]] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, _, value = word.partition("=")
            if name in options:
                raise UsageError(f"{name} is given twice: put its values after one {name}")
            options[name] = [value] if value else []
        elif name:
            options[name].append(word)
        else:
            raise UsageError(f"{word!r} belongs to no option: write --learning-rate 0.1 0.01 0.001")
    if not options:
        raise UsageError("name a hyper-parameter and its values: --learning-rate 0.1 0.01 0.001")
    read: dict[str, list[Any]] = {}
    for option, texts in options.items():
        for pair in [[option, text] for text in texts] or [[option]]:
            for key, value in parse(pair).items():
                read.setdefault(key, []).append(value)
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
    return swept, values, {key: values_[0] for key, values_ in read.items()}


def sweep(
    lesson: graphs.Lesson,
    parameter: str,
    values: Sequence[Any],
    fixed: dict[str, Any] | None = None,
    *,
    seeds: Sequence[int] = (88,),
    epochs: int | None = None,
    protocol: str | None = None,
    engine: str = "auto",
    data_dir: str = "data",
    plot: str | Path | None = None,
    write: Write = print,
) -> list[dict[str, Any]]:
    """Train the lesson with each value and seed; nothing is saved.

    Returns:
        a row per value: lesson, protocol, source, parameter, value, seeds, epochs, the curves' last
        values (means over seeds) by their names, with several seeds ``<name>_spread`` (sample
        standard deviation), and for the lesson's monitor ``lowest`` and ``lowest_epoch``.
    """
    from tfcourse import plots, training

    cls = lesson.load()
    data = training.prepare(cls, data_dir, protocol)
    for name in (parameter, *(fixed or {})):
        if name in data.sizes:
            raise UsageError(f"{name} is not chosen: the data say {data.sizes[name]}")
    if epochs is not None and parameter == "n_epoch":
        raise UsageError("--epochs and --n-epoch say the same: give one of them")
    if data.note:
        write(data.note)
    # Every model is made before the first is trained, so that a wrong value is said at once.
    for value in values:
        training.make(cls, data, seed=seeds[0], **{**(fixed or {}), parameter: value}).close()
    rows, curves = [], {}
    for value in values:
        label = f"{parameter} {_text(value)}"
        hists = []
        for seed in seeds:
            model = training.make(cls, data, seed=seed, **{**(fixed or {}), parameter: value})
            model.fit(
                data.train_batches(model.n_batch, model.shuffle),
                data.valid_batches(),
                epochs or model.n_epoch,
                engine=engine,
                verbose=False,
            )
            hists.append({name: list(curve) for name, curve in model.hist.items()})
            last = ", ".join(f"{name} {curve[-1]:.3f}" for name, curve in model.hist.items())
            write(f"{label}, seed {seed}: {last}")
            monitor = model.monitor
            model.close()
        curves[label] = hists
        row: dict[str, Any] = {
            "lesson": lesson.name,
            "protocol": data.protocol,
            "source": data.source,
            "parameter": parameter,
            "value": value,
            "seeds": list(seeds),
            "epochs": len(hists[0][monitor]),
        }
        for name in hists[0]:
            ends = [hist[name][-1] for hist in hists]
            row[name] = float(np.mean(ends))
            if len(ends) > 1:
                row[name + "_spread"] = float(np.std(ends, ddof=1))
        mean = np.mean([hist[monitor] for hist in hists], axis=0).tolist()
        finite = [value for value in mean if math.isfinite(value)]
        row["lowest"] = min(finite, default=math.nan)
        row["lowest_epoch"] = mean.index(row["lowest"]) + 1 if finite else None
        rows.append(row)
    if plot is not None:
        title = f"{lesson.name}, protocol {data.protocol}, {_seeds_text(seeds)}"
        if data.note:
            title += f"\n{data.source}"
        write(f"Drew {plots.sweep(curves, plot, title)}")
    return rows


def text_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The table for the eye: the value, then each curve's end, with its spread in brackets."""
    out = []
    for row in rows:
        line = {row["parameter"]: _text(row["value"])}
        for name in row:
            if not name.startswith(("tr_", "vl_")) or name.endswith("_spread"):
                continue
            spread = row.get(name + "_spread")
            line[name] = f"{row[name]:.4f}" + ("" if spread is None else f" ({spread:.4f})")
        line["lowest"] = f"{row['lowest']:.4f}"
        line["in epoch"] = str(row["lowest_epoch"])
        out.append(line)
    return out


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seeds_text(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    return f"mean of seeds {seeds[0]} to {seeds[-1]}"


def plot_checkpoint(folder: str | Path, out: str | Path | None = None) -> Path:
    """Draw the curves that stand in a checkpoint's JSON, by default beside it."""
    from tfcourse import checkpoints, plots

    prefix, described = checkpoints.find(folder)
    hist = (described or {}).get("hist")
    if not described or not hist:
        raise CheckpointError(f"{prefix}: no curves are saved with this checkpoint")
    title = (
        f"{described['lesson']}, protocol {described.get('protocol')}, epoch {described['epoch']}"
    )
    if described.get("data_source"):
        title += f"\ndata: {described['data_source']}"
    return plots.curves(hist, out or prefix.parent / "curves.png", title)
