"""The deck's table, "Metrics and Comparison", beside what is measured under both protocols."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import graphs
from tfcourse import __version__, callbacks, checkpoints, metrics, plots
from tfcourse.datasets import open_data
from tfcourse.datasets.movielens import LEAKS, POSITIVE
from tfcourse.errors import CheckpointError
from tfcourse.training import make

LESSONS = ("mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent")
MODELS = ("dummy", *LESSONS)
Write = Callable[[str], Any]

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


def compare(
    protocols: Sequence[str],
    *,
    models: Sequence[str] = MODELS,
    data_dir: str | Path = "data",
    folder: str | Path = "checkpoints/compare",
    seed: int = 88,
    epochs: int | None = None,
    engine: str = "auto",
    retrain: bool = False,
    html: str | Path | None = None,
    write: Write = print,
) -> list[dict[str, Any]]:
    """Train, or load where it was done before, every model under each protocol, and measure it.

    Args:
        protocols: "deck", "clean", or both; also those with one leak at a time.
        models: names of lessons, and "dummy".
        folder: where the models are kept, as folder/PROTOCOL/LESSON.
        html: write a page with tables and pictures to this file.

    Returns:
        a row per protocol and model: lesson, protocol, and the figures of ``evaluate``.
    """
    source = open_data("movielens", data_dir)
    rows: list[dict[str, Any]] = []
    shown: dict[str, list[dict[str, Any]]] = {}
    for protocol in protocols:
        data = source.prepare(protocol)
        shown[protocol] = []
        for name in models:
            if name == "dummy":
                shown[protocol].append(_dummy(data, seed))
                continue
            place = Path(folder) / protocol / name.replace("-", "_")
            model = _trained(name, data, place, seed, epochs, engine, retrain, write)
            shown[protocol].append(_measured(model, data, name))
            model.close()
        rows += [
            {"lesson": m["lesson"], "protocol": protocol, **m["figures"]} for m in shown[protocol]
        ]
        del data
    if html is not None:
        write(f"Wrote {_page(shown, rows, source, Path(html))}")
    return rows


def leaks(**options: Any) -> list[dict[str, Any]]:
    """What each leak is worth: MF with DNN under the deck's rule, with one leak at a time, and
    clean. Options and rows are those of ``compare``."""
    return compare(("deck", *LEAKS, "clean"), models=("mf-with-dnn",), **options)


def _trained(
    name: str,
    data: Any,
    place: Path,
    seed: int,
    epochs: int | None,
    engine: str,
    retrain: bool,
    write: Write,
) -> Any:
    cls = graphs.find(name).load()
    if not retrain:
        try:
            model = checkpoints.load(place, cls, data)
            if model.seed == seed and model.n_epoch == (epochs or cls.n_epoch):
                write(f"{name} ({data.protocol}): loaded from {place}")
                return model
        except CheckpointError:
            pass  # none there, or of other data: train it
    write(f"{name} ({data.protocol}): training")
    checkpoints.clear(place)
    model = make(cls, data, seed=seed, **({"n_epoch": epochs} if epochs else {}))
    model.fit(
        data.train_batches(model.n_batch, model.shuffle),
        data.valid_batches(),
        callback=callbacks.EpochTable(model.epoch_table, write),
        model_dir=place,
        engine=engine,
        verbose=False,
    )
    model.close()
    return checkpoints.load(place, cls, data)


def _dummy(data: Any, seed: int) -> dict[str, Any]:
    """The deck's dummy model, measured as the others."""
    rows = data.test
    scores = metrics.dummy_scores(data.data.n_users, len(data.vocabulary), seed)
    score = scores[rows.user, rows.movie]
    figures = {
        "rmse": metrics.rmse(rows.rating, score),
        "mae": metrics.mae(rows.rating, score),
        **metrics.ranking_metrics(rows.user, rows.rating, score),
        "recall": metrics.recall(rows.user, rows.rating, score, metrics.top_bar(scores)),
        "loss": None,
    }
    return {"lesson": "dummy", "figures": figures, "score": score, "rating": rows.rating}


def _measured(model: Any, data: Any, name: str) -> dict[str, Any]:
    rows = data.test
    figures = model.measure(data)
    score, _ = model.test_scores(data)
    return {
        "lesson": name,
        "figures": figures,
        "score": score,
        "rating": rows.rating,
        "hist": model.hist,
        "kept": model.epoch,
    }


def beside_the_deck(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows for reading: each figure as measured, with the deck's in brackets."""
    out = []
    for row in rows:
        line = {"model": row["lesson"], "protocol": row["protocol"]}
        for title, key in FIGURES:
            deck = DECK[row["lesson"]].get(key)
            line[title] = f"{row[key]:.3f} ({deck:.2f})"
        if row["lesson"] == "mf-with-dnn-xent":
            line["cross entropy"] = f"{row['loss']:.3f} ({DECK['mf-with-dnn-xent']['loss']:.2f})"
        else:
            line["cross entropy"] = ""
        out.append(line)
    return out


def findings(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Which of the deck's conclusions stand under each protocol, from the rows as measured."""
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
    "Three things of the test rows reach the model under the deck protocol: a movie's average "
    "rating counts its test ratings; a test row's query holds the user's test movies that were "
    "rated higher; and the epoch to keep is chosen on the test rows. The first is what the deck's "
    "gain comes from: the average tells how the very rows were rated that are to be predicted. "
    "Under the clean protocol averages and queries come from train rows alone, the epoch is chosen "
    "on rows taken out of train, and the test rows are looked at once."
)


def _page(
    shown: dict[str, list[dict[str, Any]]], rows: list[dict[str, Any]], source: Any, path: Path
) -> Path:
    """One self-contained HTML file."""
    from jinja2 import Environment
    from sklearn.metrics import roc_curve

    pictures: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as scratch:

        def add(draw: Callable[..., Path], *args: Any, title: str) -> None:
            picture = draw(*args, Path(scratch) / "picture.png", title)
            pictures.append(
                {"title": title, "png": base64.b64encode(picture.read_bytes()).decode("ascii")}
            )

        for protocol, models in shown.items():
            lines = {}
            for m in models:
                positive = m["rating"] >= POSITIVE
                false_rate, true_rate, _ = roc_curve(positive, m["score"])
                lines[m["lesson"]] = (false_rate, true_rate, m["figures"]["auc"])
            add(plots.roc, lines, title=f"ROC on the test rows, protocol {protocol}")
            distributions = {"test ratings": models[0]["rating"]}
            for m in models[1:4]:
                distributions[m["lesson"]] = m["score"]
            add(
                plots.rating_distribution,
                distributions,
                title=f"Ratings and predictions on the test rows, protocol {protocol}",
            )
            for m in models:
                name = f"{m['lesson']}, protocol {protocol}"
                if "hist" in m:
                    add(plots.curves, m["hist"], title=f"Curves of {name} (kept epoch {m['kept']})")
                positive = np.asarray(m["rating"] >= POSITIVE)
                add(plots.positive_negative, m["score"], positive, title=f"Pos/Neg of {name}")
    page = Environment(autoescape=True).from_string(_TEMPLATE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        page.render(
            table=beside_the_deck(rows),
            findings=findings(rows),
            leak=LEAK,
            pictures=pictures,
            source=source,
            version=__version__,
        ),
        encoding="utf-8",
    )
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
<p>{{ source.rating | length }} ratings of {{ source.n_users }} users and {{ source.movies | length }}
movies, {{ source.source }}; tfcourse {{ version }}. As measured, with the deck's figure in
brackets. RMSE of mf-with-dnn-xent is of its score against 0 or 1 and is not to be compared.</p>
<div class="wide"><table><tr>{% for key in table[0] %}<th>{{ key }}</th>{% endfor %}</tr>
{% for row in table %}<tr>{% for value in row.values() %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table></div>
<h2>What leaks</h2><p>{{ leak }}</p>
<h2>Which conclusions stand</h2><ul>{% for line in findings %}<li>{{ line }}</li>{% endfor %}</ul>
<h2>Pictures</h2>
{% for p in pictures %}<figure><img alt="{{ p.title }}" src="data:image/png;base64,{{ p.png }}">
</figure>{% endfor %}
</body></html>
"""
