"""The page of the comparison: tables, what leaks, and pictures, in one HTML file."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphs.examples import beside_deck, comparison
from graphs.examples.comparison import Measured
from tfcourse import __version__, plots, writing
from tfcourse.metrics import POSITIVE

if TYPE_CHECKING:
    from tfcourse.datasets.movielens import MovieLens


def write(models: Sequence[Measured], source: MovieLens, path: Path) -> Path:
    """Write one self-contained HTML file.

    Args:
        models: as measured. source: the data. path: of the file.

    Returns:
        the path.

    Raises:
        CourseError: the file cannot be written.
    """
    from jinja2 import Environment
    from sklearn.metrics import roc_curve

    pictures: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as scratch:

        def add(draw: Callable[..., Path], *args: object, title: str) -> None:
            picture = draw(*args, Path(scratch) / "picture.png", title)
            pictures.append(
                {"title": title, "png": base64.b64encode(picture.read_bytes()).decode("ascii")}
            )

        for protocol in dict.fromkeys(m.protocol for m in models):
            shown = [m for m in models if m.protocol == protocol]
            lines = {}
            for m in shown:
                false_rate, true_rate, _ = roc_curve(m.rating >= POSITIVE, m.score)
                lines[m.lesson] = (false_rate, true_rate, m.figures["auc"])
            add(plots.roc, lines, title=f"ROC on the test rows, protocol {protocol}")
            distributions = {"test ratings": shown[0].rating}
            distributions |= {m.lesson: m.score for m in shown if m.lesson in STARS}
            add(
                plots.rating_distribution,
                distributions,
                title=f"Ratings and predictions on the test rows, protocol {protocol}",
            )
            for m in shown:
                name = f"{m.lesson}, protocol {protocol}"
                if m.hist:
                    add(plots.curves, m.hist, title=f"Curves of {name} (kept epoch {m.kept})")
                positive = np.asarray(m.rating >= POSITIVE)
                add(plots.positive_negative, m.score, positive, title=f"Pos/Neg of {name}")
    rows = [m.row for m in models]
    page = Environment(autoescape=True).from_string(_TEMPLATE)
    text = page.render(
        table=comparison.beside_the_deck(rows),
        item_knn=comparison.ITEM_KNN,
        findings=comparison.findings(rows),
        leak=comparison.LEAK,
        epochs=beside_deck.epoch_tables(rows),
        similar=beside_deck.most_like_tables(rows),
        pictures=pictures,
        source=source,
        version=__version__,
        style=STYLE,
    )
    with writing.whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


STARS = ("mf", "mf-with-history", "mf-with-dnn")  # lessons that predict stars

STYLE = """
body { font-family: sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse } th, td { padding: .3em .8em; border-bottom: 1px solid #ccc }
.figures td:nth-child(n+3), .epochs td { text-align: right; white-space: nowrap }
figure { display: inline-block; margin: .5em } figure img { max-width: 100% }
.wide { overflow-x: auto }
"""
_TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>MF with DNN - Metrics and Comparison</title>
<style>{{ style }}</style></head><body>
<h1>Metrics and Comparison</h1>
<p>{{ source | length }} ratings of {{ source.n_users }} users and {{ source.movies | length }}
movies, {{ source.source }}; tfcourse {{ version }}. As measured, with the deck's figure in
brackets. The RMSE of mf-with-dnn-xent is that of its score against 0 or 1. Do not compare it with
the others.</p>
{% macro put(rows, kind) %}<div class="wide"><table class="{{ kind }}">
<tr>{% for key in rows[0] %}<th>{{ key }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for value in row.values() %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table></div>{% endmacro %}
{{ put(table, "figures") }}
<p>{{ item_knn }}</p>
<h2>What leaks</h2><p>{{ leak }}</p>
<h2>Which conclusions hold</h2><ul>{% for line in findings %}<li>{{ line }}</li>{% endfor %}</ul>
<h2>Epoch by epoch</h2>
{% for caption, rows in epochs %}<p>{{ caption }}</p>{{ put(rows, "epochs") }}
{% endfor %}
<h2>Similar movies</h2>
<p>A movie that is on the slide too has a *.</p>
{% for caption, rows, lines in similar %}<h3>{{ caption }}</h3>{{ put(rows, "movies") }}
{% for line in lines %}<p>{{ line }}</p>{% endfor %}
{% endfor %}
<h2>Pictures</h2>
{% for p in pictures %}<figure><img alt="{{ p.title }}" src="data:image/png;base64,{{ p.png }}">
</figure>{% endfor %}
</body></html>
"""
