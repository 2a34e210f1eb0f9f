"""The table of pages: what each slide's page shows, from the slide, its files, its graph and its run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tfcourse.errors import CourseError
from tfcourse.lang import _
from tfcourse.reader.charts import Curve, chart
from tfcourse.reader.code import Code, highlighted
from tfcourse.reader.graph import LessonGraph, Place
from tfcourse.reader.runs import Run
from tfcourse.reader.words import both

ROWS = 25  # of an epoch table, about
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # a slide's key, which is in addresses

FIGURES = {
    "rmse": "RMSE",
    "mae": "MAE",
    "loss": "loss",
    "auc": "ROC AUC",
    "ndcg_strict": "NDCG@10 strict",
    "ndcg_normal": "NDCG@10 normal",
    "precision_strict": "Precision@10 strict",
    "precision_normal": "Precision@10 normal",
    "accuracy": "accuracy",
    "tr_loss": "train loss",
    "vl_loss": "valid loss",
    "tr_acc": "train acc",
    "vl_acc": "valid acc",
    "lowest": "lowest valid loss",
}


@dataclass(frozen=True)
class Pane:
    """A file of code on a page.

    Attributes:
        code: the file. lit: the numbers of the lines that are the slide's.
        spans: the lit lines in words, as "41, 50–64"; "" if there are none.
    """

    code: Code
    lit: frozenset[int]
    spans: str


@dataclass(frozen=True)
class Results:
    """Curves and figures of a lesson: the deck's, and those of a run if there is one.

    Attributes:
        run: the run. charts: a title, a picture and its legend each.
        figures: name, the deck's, the run's ("" if not measured).
        heads: names of the columns of the epoch table. epochs: its rows, the epoch first; one in
            ``step`` epochs and the kept one.
    """

    run: Run | None
    charts: tuple[tuple[str, Markup, tuple[tuple[Markup, str], ...]], ...]
    figures: tuple[tuple[str, str, str], ...]
    heads: tuple[Markup, ...]
    epochs: tuple[tuple[str, ...], ...]
    step: int


@dataclass(frozen=True)
class Page:
    """The page of a slide.

    Attributes:
        slide: a row of the table of slides. number: from 1.
        pane: the slide's file. anchors: its lines that something on the page leads to.
        others: names of the other files of its graph.
        graph: None for a slide without a lesson.
    """

    slide: Any
    number: int
    pane: Pane
    anchors: frozenset[int]
    others: list[str]
    graph: LessonGraph | None
    results: Results


class Files:
    """The project's files of code, each read once.

    Args:
        root: the folder of the project.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._read: dict[Path, Code] = {}

    def name(self, path: Path) -> str:
        """A file's path from the folder of the project, with "/"."""
        return path.relative_to(self.root).as_posix()

    def code(self, path: Path) -> Code:
        """A file, highlighted."""
        if path not in self._read:
            self._read[path] = highlighted(path, self.name(path))
        return self._read[path]


def check(slides: Sequence[Any]) -> None:
    """Check the keys of slides, of which the addresses are made.

    Raises:
        CourseError: a key that is no part of an address, or that two slides have.
    """
    keys: set[str] = set()
    for slide in slides:
        if not KEY.fullmatch(slide.key) or slide.key in keys:
            raise CourseError(
                _("the slide's key {key!r} is no address, or is there twice").format(key=slide.key)
            )
        keys.add(slide.key)


def page(
    slide: Any,
    number: int,
    files: Files,
    graphs: Mapping[str, LessonGraph],
    runs: Mapping[str, Run],
) -> Page:
    """The page of a slide.

    Raises:
        LookupError: its file has not the names or words that it asks for.
    """
    lit = frozenset(line for lines in slide.lit() for line in lines)
    own = files.root / slide.file
    graph, run = graphs.get(slide.lesson), runs.get(slide.lesson)
    anchors = {min(lit)} if lit else set()
    others: list[str] = []
    if graph is not None:
        places = [place for node in graph.nodes for place in node.places]
        anchors |= {place.first for place in places if place.path == own}
        others = [files.name(path) for path in graph.files if path != own]
    return Page(
        slide,
        number,
        Pane(files.code(own), lit, _spans(lit)),
        frozenset(anchors),
        others,
        graph,
        _results(run, slide),
    )


def _spans(lines: Iterable[int]) -> str:
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and spans[-1][1] == line - 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in spans)


# --- a run beside the deck's ------------------------------------------------------------------


def _results(run: Run | None, slide: Any) -> Results:
    hist = run.hist if run else {}
    figures = tuple(
        (FIGURES.get(name, name), _as_printed(value), _measured(run.value(name) if run else None))
        for name, value in slide.deck_figures.items()
    )
    heads, columns = [], []
    for name in dict.fromkeys([*hist, *slide.deck_curves]):
        if name in hist:
            heads.append(Markup("{}").format(name))
            columns.append([_measured(value) for value in hist[name]])
        if name in slide.deck_curves:
            heads.append(Markup("{}, {}").format(name, both("deck")))
            columns.append([_as_printed(value) for value in slide.deck_curves[name]])
    length = max((len(column) for column in columns), default=0)
    step = max(1, -(-length // ROWS))
    rows = tuple(
        (str(i + 1), *(column[i] if i < len(column) else "" for column in columns))
        for i in range(length)
        if (i + 1) % step == 0 or i == 0 or (run is not None and i + 1 == run.epoch)
    )
    return Results(run, tuple(_charts(run, slide)), figures, tuple(heads), rows, step)


def _charts(run: Run | None, slide: Any) -> Iterator[tuple[str, Markup, Any]]:
    """A chart for each measure, the curves of train and valid rows and the deck's in it."""
    hist = run.hist if run else {}
    names = [re.sub("^(tr|vl)_", "", name) for name in (*hist, *slide.deck_curves)]
    for name in dict.fromkeys(names):
        curves = []
        for prefix, word in (("tr_", "train"), ("vl_", "valid")):
            for found, css, label in (
                (hist, f"{prefix[:2]}-run", word),
                (slide.deck_curves, f"{prefix[:2]}-deck", f"{word}, deck"),
            ):
                if found.get(prefix + name):
                    curves.append(Curve(label, css, found[prefix + name]))
        title = FIGURES.get(name, name)
        words = f"{title}: {', '.join(curve.name for curve in curves)}"
        legend = tuple((both(curve.name), curve.css) for curve in curves)
        yield title, chart(words, curves, run.epoch if run else None), legend


def _as_printed(value: float) -> str:
    """A figure of the deck, which prints two or three decimals."""
    text = f"{value:g}"
    return f"{value:.2f}" if "." in text and len(text.split(".")[1]) < 2 else text


def _measured(value: float | None) -> str:
    return f"{value:.4f}" if value is not None and math.isfinite(value) else ""


# --- a graph for the script -------------------------------------------------------------------


def graph_data(graph: LessonGraph, files: Files) -> dict[str, Any]:
    """A graph as the script of a page reads it."""

    def places(found: Iterable[Place]) -> list[list[Any]]:
        return [[files.name(place.path), place.first, place.last] for place in found]

    return {
        "nodes": [
            {
                "kind": node.kind,
                "label": node.label,
                "scope": node.scope,
                "shape": node.shape,
                "types": list(node.types),
                "op": node.op,
                "places": places(node.places),
                "via": places(node.via),
                "starts": list(node.starts),
            }
            for node in graph.nodes
        ],
        "edges": [list(edge) for edge in graph.edges],
        "updates": list(graph.updates),
    }
