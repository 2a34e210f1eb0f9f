"""The deck's table, "Metrics and Comparison", beside what is measured under both protocols."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import graphs
from graphs.examples import beside_deck
from graphs.examples.beside_deck import epoch_tables as epoch_tables
from graphs.examples.beside_deck import most_like_tables as most_like_tables
from graphs.examples.deck_figures import METRICS as DECK
from graphs.examples.item_knn import ItemKNN
from tfcourse import checkpoints, metrics
from tfcourse.datasets import open_data
from tfcourse.datasets.movielens import COURSE, LEAKS, PROTOCOLS
from tfcourse.errors import CheckpointError
from tfcourse.jobs import Write, run
from tfcourse.logs import CSVLog
from tfcourse.recommenders.base import Recommender
from tfcourse.training import train

if TYPE_CHECKING:
    from tfcourse.datasets.contract import PreparedRatings
    from tfcourse.datasets.movielens import MovieLens

LESSONS = ("mf", "mf-with-history", "mf-with-dnn", "mf-with-dnn-xent")
BASELINES = ("dummy", "item-knn")  # nothing is trained for them
MODELS = (*BASELINES, *LESSONS)
Row = dict[str, Any]  # lesson, protocol and figures, as the JSON shows them

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
        lesson: its name, or that of a baseline. protocol: the one it was trained and measured under.
        figures: those of ``tfcourse evaluate``, by name.
        score, rating: of each test row, float (rows,).
        hist: the curves up to the epoch kept, which is ``kept``; empty and 0 for a baseline.
        beside: what of the deck stands beside a lesson; see ``compare``.
    """

    lesson: str
    protocol: str
    figures: Mapping[str, float | None]
    score: np.ndarray
    rating: np.ndarray
    hist: Mapping[str, Sequence[float]]
    kept: int
    beside: Row

    @property
    def row(self) -> Row:
        own = {"lesson": self.lesson, "protocol": self.protocol, "split": COURSE}
        return {**own, **self.figures, **self.beside}


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
        models: names of lessons, and of ``BASELINES``.
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
        a row per protocol and model: lesson, protocol, and the figures of ``evaluate``. Where the
        deck prints them for the lesson: "epochs" with "kept_epoch", and "most_like", as
        ``beside_deck`` makes them.
    """
    source = open_data("movielens", data_dir, lenient)
    works: list[Callable[[Write], Measured]] = []
    for protocol in protocols:
        for name in models:
            if name in BASELINES:
                works.append(functools.partial(_baseline, name, source, protocol, seed))
                continue
            place = Path(folder) / protocol / name.replace("-", "_")
            settings = _Settings(name, protocol, place, seed, epochs, engine, retrain, jobs > 1)
            works.append(functools.partial(_measured, source, settings))
    found = run(works, jobs, write)
    if html is not None:
        from graphs.examples import comparison_page

        write(f"Wrote {comparison_page.write(found, source, Path(html))}")
    return [m.row for m in found]


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

    @property
    def curves(self) -> Path:
        """The file of the curves of all epochs: a checkpoint has those up to its own."""
        return self.place.with_suffix(".csv")


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
    beside: Row = {}
    epochs = beside_deck.epochs(settings.name, _all_epochs(model, settings.curves))
    if epochs is not None:
        beside |= {"epochs": epochs, "kept_epoch": model.epoch}
    similar = beside_deck.most_like(settings.name, model)
    if similar is not None:
        beside["most_like"] = similar
    found = Measured(
        settings.name,
        settings.protocol,
        model.measure(data),
        score,
        data.test.rating,
        model.hist,
        model.epoch,
        beside,
    )
    model.close()
    return found


def _all_epochs(model: Recommender, path: Path) -> Mapping[str, Sequence[float]]:
    """The curves of the whole training, if the file has them; else up to the epoch kept."""
    try:
        table = pd.read_csv(path, float_precision="round_trip")
    except (OSError, ValueError):
        return model.hist
    curves = {name: table[name].tolist() for name in model.hist if name in table}
    same = {name: curve[: model.epoch] for name, curve in curves.items()} == model.hist
    return curves if same else model.hist  # the file is of another training


def _loaded(data: PreparedRatings, settings: _Settings) -> Recommender | None:
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
        return _recommender(checkpoints.load(settings.place, cls, data))
    except CheckpointError:
        return None  # none there, or of other data


def _recommender(model: object) -> Recommender:
    assert isinstance(model, Recommender)
    return model


def _trained(data: PreparedRatings, settings: _Settings, write: Write) -> Recommender:
    """The model with the weights of its best epoch, as ``_loaded`` gives it the next time."""

    def prefixed(line: str) -> None:
        write(f"{settings.label}: {line}" if settings.prefixed else line)

    hyper: dict[str, Any] = {"seed": settings.seed}
    if settings.epochs:  # as a hyper-parameter, so that the checkpoint says it
        hyper["n_epoch"] = settings.epochs
    model = _recommender(
        train(
            graphs.find(settings.name).load(),
            data,
            engine=settings.engine,
            model_dir=settings.place,
            overwrite=True,
            callbacks=[CSVLog(settings.curves)],
            write=prefixed,
            **hyper,
        )
    )
    model.restore(settings.place)
    model.epoch = model.saved_epoch or model.epoch
    model.hist = {name: curve[: model.epoch] for name, curve in model.hist.items()}
    return model


def _baseline(name: str, source: MovieLens, protocol: str, seed: int, write: Write) -> Measured:
    """A baseline, measured as the others."""
    rows, n_users, n_movies = source.prepare(protocol).test, source.n_users, len(source.movies)
    if name == "dummy":
        scores = metrics.dummy_scores(n_users, n_movies, seed)
    else:  # it chooses no epoch, so that it needs no valid rows: the train rows of every protocol
        known, _ = source.split()
        memory = source.user[known], source.movie[known], source.rating[known]
        scores = ItemKNN(*memory, n_users, n_movies).scores(np.arange(n_users))
    score = scores[rows.user, rows.movie]
    figures: dict[str, float | None] = {
        "rmse": metrics.rmse(rows.rating, score),
        "mae": metrics.mae(rows.rating, score),
        **metrics.ranking_metrics(rows.user, rows.rating, score),
        "recall": metrics.recall(rows.user, rows.rating, score, metrics.top_bar(scores)),
        "loss": None,
    }
    return Measured(name, protocol, figures, score, rows.rating, {}, 0, {})


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
    """The rows as text for a table: each figure as measured, the deck's in brackets where it has
    one. Where the protocols have one leak at a time, each row says what leaks."""
    one_leak = any(row["protocol"] in LEAKS for row in rows)
    out = []
    for row in rows:
        line = {"model": row["lesson"], "protocol": row["protocol"]}
        if one_leak:
            line["leaks"] = what_leaks(row["protocol"])
        slide = DECK.get(row["lesson"], {})
        for title, key in FIGURES:
            line[title] = f"{row[key]:.3f}" + (f" ({slide[key]:.2f})" if key in slide else "")
        if row["lesson"] == "mf-with-dnn-xent":
            line["cross entropy"] = f"{row['loss']:.3f} ({slide['loss']:.2f})"
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


ITEM_KNN = (
    "item-knn is a baseline that the deck does not have: item-based collaborative filtering (Sarwar and "
    "others, 2001) on the train rows. It has no epoch to choose and no average or query with test rows, so "
    "nothing leaks, and its figures are the same under every protocol."
)
LEAK = (
    "Under the protocol deck the model knows three things of the test rows. A movie's average rating "
    "counts its test ratings. The query of a test row holds the user's test movies that were rated "
    "higher. The epoch that is kept is chosen on the test rows. The deck's gain comes from the first: "
    "the average tells how the very rows were rated that are to be predicted. Under the protocol "
    "clean nothing leaks: averages and queries are made from train rows alone, the epoch is chosen on "
    "rows taken out of train, and the test rows are only measured."
)
