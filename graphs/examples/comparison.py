"""The deck's table, "Metrics and Comparison", beside what is measured under both protocols."""

from __future__ import annotations

import base64
import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import graphs
from tfcourse import __version__, checkpoints, metrics, plots, writing
from tfcourse.datasets import open_data
from tfcourse.datasets.movielens import LEAKS, PROTOCOLS
from tfcourse.errors import CheckpointError
from tfcourse.jobs import Write, run
from tfcourse.metrics import POSITIVE
from tfcourse.training import train

if TYPE_CHECKING:
    from tfcourse.datasets.contract import PreparedRatings
    from tfcourse.datasets.movielens import MovieLens
    from tfcourse.model import BaseModel

LESSONS = ("mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent")
MODELS = ("dummy", *LESSONS)
Row = dict[str, Any]  # lesson, protocol and figures, as the JSON shows them

# The deck's own figures (deck, "Metrics and Comparison"), by lesson.
DECK = {
    "dummy": {"rmse": 3.23, "auc": 0.50, "ndcg_strict": 0.45, "ndcg_normal": 0.63,
              "precision_strict": 0.37, "precision_normal": 0.54},
    "mf": {"rmse": 0.92, "auc": 0.74, "ndcg_strict": 0.63, "ndcg_normal": 0.76,
           "precision_strict": 0.50, "precision_normal": 0.63},
    "mf-with-history": {"rmse": 0.92, "auc": 0.74, "ndcg_strict": 0.63, "ndcg_normal": 0.76,
                        "precision_strict": 0.51, "precision_normal": 0.63},
    "mf-with-dnn": {"rmse": 0.82, "auc": 0.80, "ndcg_strict": 0.73, "ndcg_normal": 0.83,
                    "precision_strict": 0.59, "precision_normal": 0.68},
    "mf-with-dnn-xent": {"rmse": 1.44, "auc": 0.81, "ndcg_strict": 0.72, "ndcg_normal": 0.82,
                         "precision_strict": 0.59, "precision_normal": 0.68, "loss": 0.53},
}  # fmt: skip
FIGURES = (
    ("RMSE", "rmse"),
    ("ROC AUC", "auc"),
    ("NDCG@10 strict", "ndcg_strict"),
    ("NDCG@10 normal", "ndcg_normal"),
    ("Precision@10 strict", "precision_strict"),
    ("Precision@10 normal", "precision_normal"),
)


@dataclass(frozen=True)
class Measured:
    """A model as it is shown.

    Attributes:
        lesson: its name, or "dummy". protocol: the one it was trained and measured under.
        figures: those of ``tfcourse evaluate``, by name.
        score, rating: of each test row, float32 (rows,).
        hist: the curves up to the epoch kept, which is ``kept``; empty and 0 for the dummy.
    """

    lesson: str
    protocol: str
    figures: Mapping[str, float | None]
    score: np.ndarray
    rating: np.ndarray
    hist: dict[str, list[float]]
    kept: int


def compare(
    protocols: Sequence[str],
    *,
    models: Sequence[str] = MODELS,
    data_dir: str | Path = "data",
    lenient: bool = False,
    folder: str | Path = "checkpoints/compare",
    seed: int = 88,
    epochs: int | None = None,
    engine: str = "auto",
    retrain: bool = False,
    html: str | Path | None = None,
    jobs: int = 1,
    write: Write = print,
) -> list[Row]:
    """Measure every model under each protocol. Models that are not there yet are trained.

    Args:
        protocols: "deck", "clean", or both; also those with one leak at a time.
        models: names of lessons, and "dummy".
        data_dir: the folder of the data.
        lenient: drop rows of its files that have a fault.
        folder: where the models are kept, as folder/PROTOCOL/LESSON.
        seed: of weights and batches.
        epochs: of all models, instead of each lesson's own number.
        engine: see ``BaseModel.fit``.
        retrain: train again the models that are there.
        html: write a page with tables and pictures to this file.
        jobs: how many models are trained at a time; see ``tfcourse.jobs.run``. The rows are the
            same.
        write: takes lines of progress.

    Returns:
        a row per protocol and model: lesson, protocol, and the figures of ``evaluate``.
    """
    source = open_data("movielens", data_dir, lenient)
    works: list[Callable[[Write], Measured]] = []
    for protocol in protocols:
        for name in models:
            if name == "dummy":
                works.append(functools.partial(_dummy, source, protocol, seed))
                continue
            place = Path(folder) / protocol / name.replace("-", "_")
            settings = _Settings(name, protocol, place, seed, epochs, engine, retrain, jobs > 1)
            works.append(functools.partial(_measured, source, settings))
    found = run(works, jobs, write)
    rows = [{"lesson": m.lesson, "protocol": m.protocol, **m.figures} for m in found]
    if html is not None:
        write(f"Wrote {_page(found, rows, source, Path(html))}")
    return rows


def leaks(**options: Any) -> list[Row]:
    """Measure what each leak is worth: MF with DNN under the protocol deck, with one leak at a time,
    and under clean. Options and rows are those of ``compare``."""
    return compare(("deck", *LEAKS, "clean"), models=("mf-with-dnn",), **options)


@dataclass(frozen=True)
class _Settings:
    """How one model of the comparison is trained."""

    name: str
    protocol: str
    place: Path
    seed: int
    epochs: int | None
    engine: str
    retrain: bool
    prefixed: bool  # whether every line of progress names the model

    @property
    def label(self) -> str:
        return f"{self.name} ({self.protocol})"


def _measured(source: MovieLens, settings: _Settings, write: Write) -> Measured:
    """A lesson's figures, after training it where needed."""
    data = source.prepare(settings.protocol)
    model = _loaded(data, settings)
    if model is not None:
        write(f"{settings.label}: loaded from {settings.place}")
    else:
        write(f"{settings.label}: training")
        model = _trained(data, settings, write)
    score, _ = model.test_scores(data)
    found = Measured(
        settings.name,
        settings.protocol,
        model.measure(data),
        score,
        data.test.rating,
        model.hist,
        model.epoch,
    )
    model.close()
    return found


def _loaded(data: PreparedRatings, settings: _Settings) -> BaseModel | None:
    """The model that is there, if it was trained with these settings on these movies."""
    cls = graphs.find(settings.name).load()
    if settings.retrain:
        return None
    try:
        _, described = checkpoints.find(settings.place)
        given = (described or {}).get("arguments", {})
        if given.get("seed") != settings.seed:
            return None
        if given.get("n_epoch") != (settings.epochs or cls.n_epoch):
            return None
        return checkpoints.load(settings.place, cls, data)
    except CheckpointError:
        return None  # none there, or of other data


def _trained(data: PreparedRatings, settings: _Settings, write: Write) -> BaseModel:
    """The model with the weights of its best epoch, as ``_loaded`` gives it the next time."""

    def prefixed(line: str) -> None:
        write(f"{settings.label}: {line}" if settings.prefixed else line)

    hyper: dict[str, Any] = {"seed": settings.seed}
    if settings.epochs:  # as a hyper-parameter, so that the checkpoint says it
        hyper["n_epoch"] = settings.epochs
    model = train(
        graphs.find(settings.name).load(),
        data,
        engine=settings.engine,
        model_dir=settings.place,
        overwrite=True,
        write=prefixed,
        **hyper,
    )
    model.restore(settings.place)
    model.epoch = model.saved_epoch or model.epoch
    model.hist = {name: curve[: model.epoch] for name, curve in model.hist.items()}
    return model


def _dummy(source: MovieLens, protocol: str, seed: int, write: Write) -> Measured:
    """The deck's dummy model, measured as the others."""
    data = source.prepare(protocol)
    rows = data.test
    scores = metrics.dummy_scores(data.sizes["n_users"], data.sizes["n_movies"], seed)
    score = scores[rows.user, rows.movie]
    figures: dict[str, float | None] = {
        "rmse": metrics.rmse(rows.rating, score),
        "mae": metrics.mae(rows.rating, score),
        **metrics.ranking_metrics(rows.user, rows.rating, score),
        "recall": metrics.recall(rows.user, rows.rating, score, metrics.top_bar(scores)),
        "loss": None,
    }
    return Measured("dummy", protocol, figures, score, rows.rating, {}, 0)


def what_leaks(protocol: str) -> str:
    """What a protocol lets the model know of the test rows, in words."""
    leaks = PROTOCOLS[protocol]
    words = {
        "the average": leaks.average,
        "the queries": leaks.queries,
        "the choice of the epoch": leaks.epoch,
    }
    found = [name for name, leaking in words.items() if leaking]
    if len(found) == len(words):
        return "all three"
    return f"only {' and '.join(found)}" if found else "nothing"


def beside_the_deck(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The rows as text for a table: each figure as measured, the deck's in brackets. Where the
    protocols have one leak at a time, each row says what leaks."""
    one_leak = any(row["protocol"] in LEAKS for row in rows)
    out = []
    for row in rows:
        line = {"model": row["lesson"], "protocol": row["protocol"]}
        if one_leak:
            line["leaks"] = what_leaks(row["protocol"])
        for title, key in FIGURES:
            line[title] = f"{row[key]:.3f} ({DECK[row['lesson']][key]:.2f})"
        if row["lesson"] == "mf-with-dnn-xent":
            line["cross entropy"] = f"{row['loss']:.3f} ({DECK['mf-with-dnn-xent']['loss']:.2f})"
        else:
            line["cross entropy"] = ""
        out.append(line)
    return out


def findings(rows: Sequence[Row]) -> list[str]:
    """Which of the deck's conclusions hold under each protocol, a line each."""
    by = {(row["protocol"], row["lesson"]): row for row in rows}
    out = []
    for protocol in dict.fromkeys(row["protocol"] for row in rows):
        mf, history = by[protocol, "mf"], by[protocol, "mf-with-history"]
        dnn, xent = by[protocol, "mf-with-dnn"], by[protocol, "mf-with-dnn-xent"]

        def verdict(holds: bool) -> str:
            return "holds" if holds else "does not hold"

        out += [
            f"{protocol}: metadata and a DNN lower the RMSE by a tenth ({history['rmse']:.3f} to "
            f"{dnn['rmse']:.3f}): {verdict(dnn['rmse'] < history['rmse'] - 0.05)}.",
            f"{protocol}: they rank better (AUC {history['auc']:.3f} to {dnn['auc']:.3f}, strict "
            f"NDCG {history['ndcg_strict']:.3f} to {dnn['ndcg_strict']:.3f}): "
            f"{verdict(dnn['auc'] > history['auc'] and dnn['ndcg_strict'] > history['ndcg_strict'])}.",
            f"{protocol}: cross entropy ranks as well as MSE (AUC {dnn['auc']:.3f} and "
            f"{xent['auc']:.3f}): {verdict(xent['auc'] > dnn['auc'] - 0.01)}.",
            f"{protocol}: a history does as well as a user id (RMSE {mf['rmse']:.3f} and "
            f"{history['rmse']:.3f}): {verdict(history['rmse'] < mf['rmse'] + 0.01)}.",
        ]
    return out


LEAK = (
    "Under the protocol deck the model knows three things of the test rows. A movie's average rating "
    "counts its test ratings. The query of a test row holds the user's test movies that were rated "
    "higher. The epoch that is kept is chosen on the test rows. The deck's gain comes from the first: "
    "the average tells how the very rows were rated that are to be predicted. Under the protocol "
    "clean nothing leaks: averages and queries are made from train rows alone, the epoch is chosen on "
    "rows taken out of train, and the test rows are only measured."
)


def _page(models: list[Measured], rows: list[Row], source: MovieLens, path: Path) -> Path:
    """Write one self-contained HTML file."""
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
            distributions |= {m.lesson: m.score for m in shown[1:4]}
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
    page = Environment(autoescape=True).from_string(_TEMPLATE)
    text = page.render(
        table=beside_the_deck(rows),
        findings=findings(rows),
        leak=LEAK,
        pictures=pictures,
        source=source,
        version=__version__,
    )
    with writing.whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


_TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>MF with DNN - Metrics and Comparison</title>
<style>
body { font-family: sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse } th, td { padding: .3em .8em; border-bottom: 1px solid #ccc }
td:nth-child(n+3) { text-align: right; white-space: nowrap }
figure { display: inline-block; margin: .5em } figure img { max-width: 100% }
.wide { overflow-x: auto }
</style></head><body>
<h1>Metrics and Comparison</h1>
<p>{{ source | length }} ratings of {{ source.n_users }} users and {{ source.movies | length }}
movies, {{ source.source }}; tfcourse {{ version }}. As measured, with the deck's figure in
brackets. The RMSE of mf-with-dnn-xent is that of its score against 0 or 1. Do not compare it with
the others.</p>
<div class="wide"><table><tr>{% for key in table[0] %}<th>{{ key }}</th>{% endfor %}</tr>
{% for row in table %}<tr>{% for value in row.values() %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table></div>
<h2>What leaks</h2><p>{{ leak }}</p>
<h2>Which conclusions hold</h2><ul>{% for line in findings %}<li>{{ line }}</li>{% endfor %}</ul>
<h2>Pictures</h2>
{% for p in pictures %}<figure><img alt="{{ p.title }}" src="data:image/png;base64,{{ p.png }}">
</figure>{% endfor %}
</body></html>
"""
