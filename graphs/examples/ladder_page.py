"""The page of the honest lessons: tables and pictures in one HTML file."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from graphs.examples import ladder
from graphs.examples.comparison_page import STYLE
from graphs.examples.ladder import RATINGS, SPLITS, TOP_TEN, Run
from tfcourse import __version__, plots, writing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURES = (
    (RATINGS, "rmse", "RMSE, lower is better"),
    (TOP_TEN, "top_ndcg", "NDCG@10, higher is better"),
)


def write(runs: Sequence[Run], path: Path) -> Path:
    """Write one self-contained HTML file.

    Args:
        runs: as measured. path: of the file.

    Raises:
        CourseError: the file cannot be written.
    """
    from jinja2 import Environment

    pictures = []
    with tempfile.TemporaryDirectory() as scratch:
        for table, name, title in PICTURES:
            if any(run.table == table for run in runs):
                drawn = draw(runs, table, name, title, Path(scratch) / "picture.png")
                png = base64.b64encode(drawn.read_bytes()).decode("ascii")
                pictures.append({"title": f"{ladder.CAPTIONS[table]}: {title}", "png": png})
    page = Environment(autoescape=True).from_string(_TEMPLATE)
    text = page.render(
        tables=ladder.shown(runs),
        note=ladder.NOTE,
        lines=ladder.beside_rivals(runs),
        pictures=pictures,
        version=__version__,
        style=STYLE,
    )
    with writing.whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def draw(runs: Sequence[Run], table: str, name: str, title: str, path: Path) -> Path:
    """Draw a figure of all models of a table: a dot a seed, a line at the mean, a panel a split."""
    from matplotlib.figure import Figure

    splits = [s for s in SPLITS[table] if any((r.table, r.split) == (table, s) for r in runs)]
    models = list(dict.fromkeys(r.model for r in runs if r.table == table))
    figure = Figure(
        figsize=(4.5 * len(splits) + 1.5, 0.32 * len(models) + 1.2), layout="constrained"
    )
    axes = figure.subplots(1, len(splits), squeeze=False, sharey=True)[0]
    for axis, split in zip(axes, splits, strict=True):
        _panel(axis, [r for r in runs if (r.table, r.split) == (table, split)], models, name)
        axis.set_title(f"split {split}")
        axis.set_xlabel(title)
    axes[0].set_yticks(range(len(models)), models)
    axes[0].invert_yaxis()
    return plots.save(figure, path)


def _panel(axis: Axes, runs: Sequence[Run], models: Sequence[str], name: str) -> None:
    for place, model in enumerate(models):
        values = [v for r in runs if r.model == model and (v := r.figures.get(name)) is not None]
        if values:
            ours = model.startswith("honest")
            colour = "tab:blue" if ours else "tab:gray"
            axis.plot(values, [place] * len(values), "o", color=colour, alpha=0.5)
            axis.plot([fmean(values)], [place], "|", color=colour, markersize=16, markeredgewidth=2)
    axis.grid(axis="x", alpha=0.3)


_TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>The honest lessons</title>
<style>{{ style }}</style></head><body>
<h1>The honest lessons, each other and other libraries' models</h1>
<p>{{ note }} tfcourse {{ version }}.</p>
{% for caption, rows in tables %}<h2>{{ caption }}</h2>
<div class="wide"><table class="figures">
<tr>{% for key in rows[0] %}<th>{{ key }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for value in row.values() %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table></div>
{% endfor %}
{% if lines %}<h2>Beside the best of the others</h2>
<ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
<h2>Pictures</h2>
{% for p in pictures %}<figure><img alt="{{ p.title }}" src="data:image/png;base64,{{ p.png }}">
</figure>{% endfor %}
</body></html>
"""
