"""The honest lessons on three splits, beside other libraries' models: ladder, ablation, top ten."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np

from graphs.examples import ablation, rivals
from tfcourse import metrics, writing
from tfcourse.datasets import open_data
from tfcourse.jobs import Write, run
from tfcourse.lessons import find
from tfcourse.recommenders import top_ten
from tfcourse.recommenders.base import Recommender
from tfcourse.recommenders.similar import unit
from tfcourse.training import train

if TYPE_CHECKING:
    from tfcourse.datasets.movielens import MovieLens
    from tfcourse.datasets.movielens_protocols import PreparedMovieLens

RATINGS, ABLATION, TOP_TEN, NEIGHBOURS = "ratings", "ablation", "top ten", "neighbours"
#: The splits of each table.
SPLITS = {
    RATINGS: ("course", "random", "time"),
    ABLATION: ("course",),
    TOP_TEN: ("random-fifth", "time"),
    NEIGHBOURS: ("course",),
}
LADDER = (
    "honest-bias",
    "honest-taste",
    "honest-towers",
    "honest-history",
    "honest-raters",
    "honest-liked",
)
RANKED = ("honest-raters", "honest-next")  # one that predicts ratings, and the one that recommends
COMPARED = ("mf", "mf-with-dnn", "honest-raters", "honest-next")  # whose neighbours are compared
# Settings of a lesson on a split, other than its defaults, chosen on train rows; see ``choosing``.
SETTINGS: dict[tuple[str, str], dict[str, Any]] = {
    ("honest-next", "time"): {"recent": 10.0, "hidden_latest": 0.5},
}
SERVED = 20  # ratings of the new user whose time is taken
FIGURES = {
    RATINGS: (
        ("RMSE", "rmse", 4),
        ("AUC", "auc", 4),
        ("NDCG strict", "ndcg_strict", 3),
        ("NDCG normal", "ndcg_normal", 3),
        ("P@10 strict", "precision_strict", 3),
        ("P@10 normal", "precision_normal", 3),
    ),
    TOP_TEN: (
        ("P@10", "top_precision", 3),
        ("recall@10", "top_recall", 3),
        ("NDCG@10", "top_ndcg", 3),
        ("coverage", "coverage", 0),
        ("overlap", "overlap", 2),
    ),
}
FIGURES[ABLATION] = FIGURES[RATINGS]
FIGURES[NEIGHBOURS] = (("shared genres", "genres", 3), ("rated together", "together", 3))
TIMES = (("train s", "train_seconds", 1), ("new user ms", "serve_ms", 1))


@dataclass(frozen=True)
class Run:
    """One training of one model, as measured.

    Attributes:
        table: "ratings", "ablation" or "top ten". model: a lesson or a rival. split: of the data.
        seed: None for a model without random draws.
        figures: those of the table, by name; "train_seconds"; "serve_ms", the time of one new user with
            ``SERVED`` ratings, None where the model must be trained again.
    """

    table: str
    model: str
    split: str
    seed: int | None
    figures: Mapping[str, float | None]

    @property
    def row(self) -> dict[str, object]:
        """As the JSON shows it."""
        own = {"table": self.table, "model": self.model, "split": self.split, "seed": self.seed}
        return {**own, **self.figures}

    @property
    def key(self) -> tuple[str, str, str, int | None]:
        return self.table, self.model, self.split, self.seed


def climb(
    *,
    data_dir: str | Path = "data",
    lenient: bool = False,
    folder: str | Path = "checkpoints/ladder",
    seeds: Sequence[int] = (1, 2, 3, 4, 5),
    splits: Sequence[str] = (),
    tables: Sequence[str] = tuple(SPLITS),
    with_rivals: bool = True,
    nested: bool = False,
    retrain: bool = False,
    jobs: int = 1,
    write: Write = print,
) -> list[Run]:
    """Train and measure all models of the tables, under the protocol clean.

    Each result is written to folder/results.jsonl as soon as it is there, so that a run that was
    interrupted goes on. A result is used again if the data, the settings and the code of its model
    are the same.

    Args:
        data_dir, lenient: see ``open_data``.
        folder: where the results are kept.
        seeds: of each model that draws at random.
        splits: of all tables; by default those of ``SPLITS``.
        tables: which ones.
        with_rivals: whether other libraries' models are measured too.
        nested: split the train rows once more in the same way, and do not look at the test rows.
        retrain: measure again what is there.
        jobs: how many models are trained at a time. Their times are then those of a busy machine.
        write: takes lines of progress.
    """
    source = open_data("movielens", data_dir, lenient)
    file = Path(folder) / "results.jsonl"
    writing.check(file)
    known = {} if retrain else _read(file)
    works: list[Callable[[Write], Run]] = []
    done: list[Run] = []
    for table, model, split, seed in _plan(seeds, splits, tables, with_rivals, write):
        mark = _mark(source, table, model, split, nested)
        run_ = known.get((table, model, split, seed, mark))
        if run_ is not None:
            done.append(run_)
        else:
            works.append(
                functools.partial(_measured, source, table, model, split, seed, nested, mark, file)
            )
    if done:
        write(f"{len(done)} results are there already, in {file}")
    return done + run(works, jobs, write)


def _plan(
    seeds: Sequence[int],
    splits: Sequence[str],
    tables: Sequence[str],
    with_rivals: bool,
    write: Write,
) -> Iterator[tuple[str, str, str, int | None]]:
    """All that is to be measured: table, model, split, seed."""
    lessons = {
        RATINGS: LADDER,
        ABLATION: tuple(ablation.LEFT_OUT),
        TOP_TEN: RANKED,
        NEIGHBOURS: COMPARED,
    }
    others = {RATINGS: rivals.RATING_RIVALS, TOP_TEN: rivals.TOP_TEN_RIVALS}
    told = set()
    for table in tables:
        for split in [s for s in SPLITS[table] if not splits or s in splits]:
            for lesson in lessons[table]:
                yield from ((table, lesson, split, seed) for seed in seeds)
            for rival in others.get(table, ()) if with_rivals else ():
                why = rivals.available(rival)
                if why:
                    if why not in told:
                        write(f"Left out: {why}")
                    told.add(why)
                    continue
                for seed in seeds if rival.random else (None,):
                    yield table, rival.name, split, seed


def _measured(
    source: MovieLens,
    table: str,
    model: str,
    split: str,
    seed: int | None,
    nested: bool,
    mark: str,
    file: Path,
    write: Write,
) -> Run:
    data = (source.without_test(split) if nested else source).prepare("clean", split=split)
    rival = _rival(table, model)
    figures = (
        _of_lesson(table, model, data, seed or 0)
        if rival is None
        else _of_rival(table, rival, data, seed or 0)
    )
    found = Run(table, model, split, seed, figures)
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "a", encoding="utf-8") as lines:  # a line at once, of several processes
        lines.write(json.dumps({**asdict(found), "mark": mark}) + "\n")
    shown = [f"{title} {figures[name]:.{digits}f}" for title, name, digits in FIGURES[table][:3]]
    of_seed = "" if seed is None else f", seed {seed}"
    write(
        f"{table}, {split}, {model}{of_seed}: {', '.join(shown)}; {figures['train_seconds']:.1f} s"
    )
    return found


def _rival(table: str, name: str) -> rivals.Rival | None:
    listed = {RATINGS: rivals.RATING_RIVALS, TOP_TEN: rivals.TOP_TEN_RIVALS}.get(table, ())
    return next((rival for rival in listed if rival.name == name), None)


def _lesson(table: str, name: str) -> type[Recommender]:
    cls = ablation.LEFT_OUT[name] if table == ABLATION else find(name).load()
    assert issubclass(cls, Recommender)
    return cls


def _of_lesson(
    table: str, name: str, data: PreparedMovieLens, seed: int
) -> dict[str, float | None]:
    begin = time.perf_counter()
    cls = _lesson(table, name)
    engine = "feed" if cls.by_ratings else "auto"
    model = train(cls, data, engine=engine, seed=seed, **SETTINGS.get((name, data.split), {}))
    seconds = time.perf_counter() - begin
    if table == NEIGHBOURS:
        figures = neighbours(model, data)
    else:
        figures = top_ten.measure(model, data) if table == TOP_TEN else model.measure(data)
    movies, ratings = _new_user(data)
    serve = None
    if model.by_ratings:
        serve = _milliseconds(lambda: model.score_rated(movies, ratings))
    model.close()
    return {**figures, "train_seconds": seconds, "serve_ms": serve}


def _of_rival(
    table: str, rival: rivals.Rival, data: PreparedMovieLens, seed: int
) -> dict[str, float | None]:
    problem = rivals.Problem.of(data.data, data.split)
    begin = time.perf_counter()
    model = rival.fit(problem, seed)
    seconds = time.perf_counter() - begin
    rows, users = data.test, np.arange(problem.n_users)
    if table == TOP_TEN:
        figures = top_ten.figures(top_ten.lists(iter([(users, model.scores())]), data), data)
    else:
        score = model.predict(rows.user, rows.movie)
        figures = {
            "rmse": metrics.rmse(rows.rating, score),
            "mae": metrics.mae(rows.rating, score),
            **metrics.ranking_metrics(rows.user, rows.rating, score),
        }
    movies, ratings = _new_user(data)
    serve = None if model.serve is None else _milliseconds(lambda: model.serve(movies, ratings))
    return {**figures, "train_seconds": seconds, "serve_ms": serve}


def neighbours(model: Recommender, data: PreparedMovieLens, k: int = 10) -> dict[str, float]:
    """How much the k movies most like a movie have in common with it, by the train ratings.

    Returns:
        means over the movies with at least 20 train ratings and over their k neighbours among these:
        "genres", shared genres over all genres of both; "together", users who rated both over the
        root of the product of the users who rated each (cosine).
    """
    histories, items = data.histories, data.items
    seen = np.zeros((len(histories), len(data.vocabulary)), np.float32)
    seen[histories.user, histories.movies] = 1
    often = np.flatnonzero(seen.sum(0) >= 20)
    genres = items.genres_hot
    vectors, genres, seen = model.vectors()[often], genres[often], unit(seen[:, often].T)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    chosen = np.argsort(-alike, axis=1, kind="stable")[:, :k]
    both = genres @ genres.T
    either = genres.sum(1)[:, np.newaxis] + genres.sum(1) - both
    shares = {"genres": both / np.maximum(either, 1), "together": seen @ seen.T}
    return {n: float(np.take_along_axis(s, chosen, 1).mean()) for n, s in shares.items()}


def _new_user(data: PreparedMovieLens) -> tuple[np.ndarray, np.ndarray]:
    """Movies and ratings of a new user: those of a user of the data."""
    histories = data.histories
    user = int(np.flatnonzero(histories.size >= SERVED)[0])
    rows = np.flatnonzero(histories.user == user)[:SERVED]
    assert histories.rating is not None
    return histories.movies[rows], histories.rating[rows]


def _milliseconds(serve: Callable[[], object], times: int = 9) -> float:
    """The median time of a call, after a first one."""
    serve()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        serve()
        seconds.append(time.perf_counter() - begin)
    return 1000 * median(seconds)


# --- results that are there already -----------------------------------------------------------


def _mark(source: MovieLens, table: str, name: str, split: str, nested: bool) -> str:
    """What a result depends on beside its key: the data, the settings and the code of the model."""
    rival = _rival(table, name)
    parts = [source.movies.digest, str(len(source)), str(float(source.rating.sum())), str(nested)]
    if rival is not None:
        parts += [
            repr(rival.settings),
            inspect.getsource(inspect.unwrap(getattr(rival.train, "func", rival.train))),
        ]
    else:
        cls = _lesson(table, name)
        own = [
            c for c in cls.__mro__ if c.__module__.startswith(("graphs.", "tfcourse.recommenders."))
        ]
        files = {inspect.getfile(c) for c in own if c is not Recommender}
        settings = {n: getattr(cls, n) for n in cls.hyperparameter_names()}
        parts += [repr({**settings, **SETTINGS.get((name, split), {})})]
        parts += [Path(file).read_text("utf-8") for file in sorted(files, key=os.path.basename)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _read(file: Path) -> dict[tuple, Run]:
    """The results of a file; a line that was cut short is left out."""
    found = {}
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            said = json.loads(line)
            mark = said.pop("mark")
            result = Run(**said)
        except (ValueError, TypeError, KeyError):
            continue
        found[result.key + (mark,)] = result
    return found


# --- tables -----------------------------------------------------------------------------------


def text_rows(runs: Sequence[Run], table: str, split: str) -> list[dict[str, str]]:
    """A table as text: means over the seeds, in brackets the standard deviation."""
    chosen = [r for r in runs if r.table == table and r.split == split]
    out = []
    for model in dict.fromkeys(r.model for r in chosen):
        own = [r.figures for r in chosen if r.model == model]
        line = {"model": model}
        for title, name, digits in (*FIGURES[table], *TIMES):
            values = [value for f in own if (value := f.get(name)) is not None]
            if not values:
                line[title] = "-"
                continue
            line[title] = f"{fmean(values):.{digits}f}"
            if len(values) > 1 and (title, name, digits) not in TIMES:
                line[title] += f" ({np.std(values, ddof=1):.{max(digits, 1)}f})"
        out.append(line)
    return out


def shown(runs: Sequence[Run]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """All tables: caption and rows."""
    for table, splits in SPLITS.items():
        for split in splits:
            rows = text_rows(runs, table, split)
            if rows:
                yield f"{CAPTIONS[table]}, split {split}", rows


def beside_rivals(runs: Sequence[Run]) -> list[str]:
    """How honest-raters and honest-next stand beside all rivals; see ``ahead``."""
    return ahead(runs, "honest-raters", RATINGS) + ahead(runs, "honest-next", TOP_TEN)


def ahead(runs: Sequence[Run], model: str, table: str) -> list[str]:
    """How a lesson stands beside all rivals: a line for each figure and split, with the best of them."""
    lines = []
    listed = rivals.RATING_RIVALS if table == RATINGS else rivals.TOP_TEN_RIVALS
    names = {rival.name for rival in listed}
    for split in SPLITS[table]:
        for title, name, digits in FIGURES[table]:
            if name in ("coverage", "overlap"):
                continue
            found: dict[str, list[float]] = {}
            for r in runs:
                value = r.figures.get(name)
                if (r.table, r.split) == (table, split) and value is not None:
                    found.setdefault(r.model, []).append(value)
            means = {key: fmean(values) for key, values in found.items()}
            others = {key: value for key, value in means.items() if key in names}
            if model not in means or not others:
                continue
            lower = name == "rmse"
            best = (min if lower else max)(others, key=others.__getitem__)
            better = means[model] < others[best] if lower else means[model] > others[best]
            lines.append(
                f"{split}, {title}: {model} {means[model]:.{digits}f}, the best rival ({best}) "
                f"{others[best]:.{digits}f}: {'ahead' if better else 'not ahead'}"
            )
    return lines


CAPTIONS = {
    RATINGS: "Ratings",
    ABLATION: "Ablation, each part left out of honest-raters",
    TOP_TEN: "Top ten of the whole catalogue",
    NEIGHBOURS: "The ten movies most like a movie",
}
NOTE = (
    "Protocol clean, test rows. Means over the seeds, in brackets the standard deviation. A model without "
    "brackets draws nothing at random, or has one seed. New user: the time to score all movies for a user "
    "who comes with 20 ratings, without training; - where the model must be trained again. Coverage: movies "
    "on the list of any user. Overlap: movies that the lists of two users share."
)
