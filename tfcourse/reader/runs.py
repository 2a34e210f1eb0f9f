"""The newest training of each lesson, from folders of checkpoints. Nothing that a checkpoint names is
imported: a lesson is found by its name in the list of lessons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tfcourse import checkpoints, lessons, training
from tfcourse.errors import CourseError, first_line
from tfcourse.lang import _

Write = Callable[[str], object]


@dataclass(frozen=True)
class Run:
    """A training that was saved.

    Attributes:
        folder: of its checkpoint. lesson: its name.
        epoch: the epoch that was kept. monitor: the curve that chose it, "" if there is none.
        protocol, split, source: of its data, "" if the checkpoint does not say. seed: of its draws.
        hist: curves up to the kept epoch, by name.
        figures: what ``evaluate`` measures on the test rows; empty if it was not measured.
    """

    folder: Path
    lesson: str
    epoch: int
    monitor: str
    protocol: str
    split: str
    source: str
    seed: int | None
    saved: str
    hist: Mapping[str, list[float]]
    figures: Mapping[str, float] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """A figure by the name of ``evaluate``, or of a curve: its value at the kept epoch; "lowest" is
        the lowest of the valid loss. None if the run has no such figure."""
        if name in self.figures:
            return self.figures[name]
        curve = self.hist.get("vl_loss" if name == "lowest" else name)
        if not curve:
            return None
        return min(curve) if name == "lowest" else curve[: self.epoch][-1]


def newest(folder: str | Path, write: Write) -> dict[str, Run]:
    """The newest run of each lesson of the list in a folder, by the lesson's name.

    Args:
        folder: it, its folders and theirs are looked at. It need not exist.
        write: takes a line about each checkpoint that cannot be read.
    """
    known = {entry.name for entry in lessons.entries()}
    found: dict[str, Run] = {}
    for place in _folders(Path(folder)):
        try:
            _prefix, described = checkpoints.find(place)
        except CourseError as error:
            write(_("Left out: {error}").format(error=error))
            continue
        if not described or described["lesson"] not in known or not described.get("hist"):
            continue
        run = _run(place, described)
        if run.lesson not in found or run.saved > found[run.lesson].saved:
            found[run.lesson] = run
    return found


def measured(run: Run, data_dir: str | Path, write: Write) -> Run:
    """A run with what ``evaluate`` says of it, on the data that it was trained on.

    Args:
        data_dir: the folder of the data. write: takes a line if it cannot be measured.
    """
    try:
        cls = lessons.find(run.lesson).load()
        data = training.prepare(cls, data_dir, run.protocol or None, split=run.split or None)
        if data.source != run.source:
            write(
                _("{folder}: not measured, as it was trained on other data: {source}").format(
                    folder=run.folder, source=run.source
                )
            )
            return run
        model = checkpoints.load(run.folder, cls, data)
        try:
            return replace(run, figures={k: float(v) for k, v in model.measure(data).items()})
        finally:
            model.close()
    except CourseError as error:
        write(
            _("{folder}: not measured: {error}").format(folder=run.folder, error=first_line(error))
        )
        return run


def _folders(folder: Path) -> Iterator[Path]:
    for pattern in ("model-*.json", "*/model-*.json", "*/*/model-*.json"):
        yield from sorted({path.parent for path in folder.glob(pattern)})


def _run(folder: Path, described: Mapping[str, Any]) -> Run:
    best = described.get("best") or {}
    seed = described["arguments"].get("seed")
    return Run(
        folder=folder,
        lesson=described["lesson"],
        epoch=described["epoch"],
        monitor=next(iter(best), ""),
        protocol=described.get("protocol") or "",
        split=described.get("split") or "",
        source=described.get("data_source") or "",
        seed=seed if isinstance(seed, int) else None,
        saved=described.get("saved") or "",
        hist={
            str(name): [float(value) for value in curve]
            for name, curve in described["hist"].items()
            if curve and all(isinstance(value, (int, float)) for value in curve)
        },
    )
