"""The tables, and what they show of what is claimed."""

from __future__ import annotations

import datetime
import itertools
import os
import platform
import shlex
from collections.abc import Callable, Iterable
from importlib import metadata
from statistics import median
from typing import Any

from benchmarks.models import AGREE_AFTER, MODELS, TITLES

PACKAGES = (
    "tfcourse",
    "tensorflow",
    "keras",
    "tf-keras",
    "numpy",
    "pandas",
    "scipy",
    "torch",
    "scikit-surprise",
)
EQUAL = 1e-4  # relative, between losses of the two engines
NOISE = 0.01  # relative, to the losses of other contenders
# Movies at 1 million ratings, where there are 10,677 at 10 million.
CATALOGUES = {None: "movies as released (3,706 and 10,677)", 10_677: "10,677 movies in both"}


def about(rounds: int, args: list[str]) -> dict[str, Any]:
    """The machine, the versions, the command."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    kept = [a for i, a in enumerate(args) if not _is_path(args, i)]
    return {
        "date": datetime.date.today().isoformat(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
        "rounds": rounds,
        "command": shlex.join(["python", "-m", "benchmarks", *kept]),
    }


def _is_path(args: list[str], i: int) -> bool:
    """Whether an argument names a place on this machine, which is nobody's concern."""
    options = ("--out", "--data-dir")
    return args[i].startswith(options) or (i > 0 and args[i - 1] in options)


# --- numbers ----------------------------------------------------------------------------------


def good(runs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [run for run in runs if "failed" not in run]


def timed(run: dict[str, Any]) -> list[float]:
    """Seconds of a run's epochs without the warm-up."""
    return run["seconds"][1:]


def ratios(
    runs: list[dict[str, Any]], base: list[dict[str, Any]], of: Callable[[dict[str, Any]], float]
) -> list[float]:
    """How many times as much as the base, round by round."""
    pairs = zip(runs, base, strict=False)
    return [of(a) / of(b) for a, b in pairs if "failed" not in a and "failed" not in b]


def epoch(run: dict[str, Any]) -> float:
    return median(timed(run))


def shown(values: list[float], form: str = ".3f") -> str:
    """Median (lowest to highest)."""
    if not values:
        return "-"
    low, mid, high = (format(v, form) for v in (min(values), median(values), max(values)))
    return mid if len(values) == 1 else f"{mid} ({low} to {high})"


def times(values: list[float]) -> str:
    return shown(values, ".1f") + ("x" if values else "")


def losses(runs: list[dict[str, Any]]) -> list[float]:
    """The longest list of losses among the runs; all begin alike."""
    return max((run["losses"] for run in good(runs)), key=len, default=[])


def difference(a: list[float], b: list[float], after: int | None = None) -> float | None:
    """Relative difference after so many epochs, or after the last that both have."""
    n = min(len(a), len(b), after or len(a))
    if n == 0 or (after and n < after):
        return None
    return abs(a[n - 1] / b[n - 1] - 1)


# --- tables -----------------------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, *rows]]
    rule = "| " + " | ".join(["---", *["---:"] * (len(head) - 1)]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def text(found: dict[str, Any]) -> str:
    parts = [_head(found)]
    if found["train"]:
        parts += ["## Training", TRAINING]
        for name, runs in found["train"].items():
            parts.append(_training(name, runs, found["idle"].get("peak_mb")))
    for name in ("prepare", "pred", "scale", "start"):
        if name in found:
            parts.append(globals()[f"_{name}"](found[name]))
    parts.append(_claims(found))
    return "\n\n".join(parts) + "\n"


TRAINING = """Seconds of an epoch of training, without evaluation, as median (lowest to highest) of
all epochs but each process's first. The ratio is to this project's engine "graph" in the same
round. Every contender begins with the same weights and takes the same rows (Keras, in basic MF,
in an order of its own). Keras 3 is the one that TensorFlow installs, tf-keras is Keras 2;
where a batch has a movie several times, the Adagrad of Keras 3 adds the squares of their gradients,
all others square the sum. The difference is that of the loss from this project's, after the last
epoch that both trained. Preparing is from CSV files, with the queries of train and test rows. The
course's way is written anew after the deck; its graph is the lesson's own. Where the engine "feed"
needs many seconds an epoch, it has one round. PyTorch takes one thread or two, whichever a trial
shows to be faster."""


def _head(found: dict[str, Any]) -> str:
    a, d = found["about"], found["data"]
    versions = ", ".join(f"{k} {v}" for k, v in a["versions"].items())
    quick = "**A quick look, with few epochs and rounds: not figures to go by.**\n\n"
    quick = quick if a["rounds"] < 3 or "--quick" in a["command"] else ""
    return f"""# Benchmarks

Written by `make bench`, which anybody can run; it asks for a machine with nothing else to do.

{quick}- Date: {a["date"]}; rounds: {a["rounds"]}; minutes: {a.get("minutes", 0):.0f}
- Command: `{a["command"]}`
- Machine: {a["cores"]} cores, {a["system"]}, load {a["load"]:.1f} at the start
- Python {a["python"]}, {versions}
- MovieLens: {d["rows"]:,} ratings, {d["users"]:,} users, {d["movies"]:,} movies,
  from {d["source"]}; train {d["train"]:,}, test {d["test"]:,}, split as in the deck
- Pokémon: {POKEMON.get(d["pokemon"], d["pokemon"])}

Each contender runs in a process of its own, one at a time, round after round. Peak memory is that
of its whole process, in MB, libraries included."""


POKEMON = {"real": "the course's file", "generated": "the generated stand-in, of the same size"}


def _training(name: str, results: dict[str, Any], idle_mb: float | None) -> str:
    title = f"### {MODELS[name].title}"
    if not results:
        return f"{title}\n\nNot measured: the lesson `{MODELS[name].lesson}` could not be built."
    base, rows = results["graph"], []
    for way, runs in results.items():
        ok = good(runs)
        if not ok:
            rows.append([TITLES[way], runs[0]["failed"], *["-"] * 5])
            continue
        differ = difference(losses(runs), losses(base))
        rows.append(
            [
                TITLES[way],
                shown([s for run in ok for s in timed(run)]),
                times(ratios(runs, base, epoch)),
                shown([run["prepare"] for run in ok], ".2f"),
                f"{max(run['peak_mb'] for run in ok):,.0f}",
                " ".join(f"{x:.4f}" for x in losses(runs)[:3]) or "-",
                "-" if differ is None else f"{differ:.0e}",
            ]
        )
    head = ["", "seconds an epoch", "ratio", "preparing, s", "peak MB", "losses", "difference"]
    missing = [TITLES[way] for way in MODELS[name].ways if way not in results]
    note = f"\n\nNot installed, so not measured: {', '.join(missing)}." if missing else ""
    if idle_mb and good(results.get("course", [])) and good(base):
        ours, course = (max(run["peak_mb"] for run in good(r)) for r in (base, results["course"]))
        note += (
            f"\n\nA process that imports TensorFlow and does no more takes {idle_mb:,.0f} MB at its "
            f"peak. Beyond that, tfcourse took {ours - idle_mb:,.0f} MB and the course's way "
            f"{course - idle_mb:,.0f} MB."
        )
    if "surprise" in results:
        note += (
            "\n\nSurprise updates after each rating, in compiled code, with rates of its own: its "
            "time can be compared, its loss cannot."
        )
    return f"{title}\n\n{table(head, rows)}{note}"


def _prepare(results: dict[str, Any]) -> str:
    rows = [
        [
            TITLES[way] if way != "graph" else "tfcourse",
            shown([run["prepare"] for run in good(runs)]),
            times(ratios(runs, results["graph"], lambda run: run["prepare"])),
            f"{max((run['peak_mb'] for run in good(runs)), default=0):,.0f}",
        ]
        for way, runs in results.items()
    ]
    return f"""## Preparing data and queries

From CSV files to rows, metadata and the queries of all train and test rows, without TensorFlow.

{table(["", "seconds", "ratio", "peak MB"], rows)}"""


def _pred(results: dict[str, Any]) -> str:
    rows = []
    for name, runs in results.items():
        ok = good(runs)
        if not ok:
            rows.append([MODELS[name].title, runs[0]["failed"], "-", "-", "-", "-"])
            continue
        rows.append(
            [
                MODELS[name].title,
                *(shown([run[k] for run in ok]) for k in ("infer", "pred_slide", "pred")),
                times([run["infer"] / run["pred_slide"] for run in ok]),
                times([run["infer"] / run["pred"] for run in ok]),
            ]
        )
    run = next((good(runs)[0] for runs in results.values() if good(runs)), None)
    said = ""
    if run:
        said = (
            f" `infer` and the slide's `pred` were timed on {run['users']} users and "
            f"{run['movies']:,} movies, this project's scores on all {run['all_users']} users; all "
            "are given per pair, and gave the same scores."
        )
    head = ["", "infer", "pred", "tfcourse's scores", "pred", "tfcourse's scores"]
    return f"""## "pred節點純粹是為了執行效能而已"

Microseconds for each pair of a user and a movie: pair by pair through `infer`, one query against
all movies through `pred` on padded queries, and as `scores` does it, through `pred` on pooled
queries; then how many times faster than `infer`.{said}

{table(head, rows)}"""


def _scale(results: list[dict[str, Any]]) -> str:
    rows, notes = [], []
    for result in results:
        ok = good(result["runs"])
        if not ok:
            failed = result["runs"][0]["failed"]
            rows.append([MODELS[result["model"]].title, f"{result['asked']:,}", failed, *["-"] * 5])
            continue
        run = ok[0]
        share = min(r["share"] for r in ok)
        if share < 1:
            notes.append(
                f"{MODELS[result['model']].title} at {run['rows']:,}: {share:.0%} of the epoch's "
                "batches were timed and the epoch reckoned from them."
            )
        rows.append(
            [
                MODELS[result["model"]].title,
                f"{run['rows']:,}",
                f"{run['users']:,}",
                f"{run['movies']:,}",
                shown([r["prepare"] for r in ok], ".2f"),
                shown([r["seconds"] for r in ok], ".2f"),
                f"{1e6 * median([r['seconds'] for r in ok]) / run['train']:.2f}",
                f"{max(r['peak_mb'] for r in ok):,.0f}",
            ]
        )
    head = ["", "ratings", "users", "movies", "preparing, s", "epoch, s", "µs a row", "peak MB"]
    grew = [
        f"- {MODELS[model].title}, {label}: epoch {times(_growth(results, model, 'seconds', m))}, "
        f"peak memory {times(_growth(results, model, 'peak_mb', m))}, memory above that of an "
        f"idle process {times(_growth(results, model, 'above', m))}"
        for model in ("mf", "history")
        for m, label in CATALOGUES.items()
        if _growth(results, model, "seconds", m)
    ]
    growth = "\n\nFrom 1 million to 10 million ratings:\n\n" + "\n".join(grew) if grew else ""
    said = "\n\n" + " ".join(notes) if notes else ""
    return f"""## Scale

Generated ratings with a long tail, users and movies as many as in MovieLens's releases of that
size; engine "graph". 70% of the ratings are train rows.

{table(head, rows)}{said}{growth}"""


def _growth(
    results: list[dict[str, Any]], model: str, key: str, movies: int | None = None
) -> list[float]:
    """10 million over 1 million, of medians."""

    def value(run: dict[str, Any]) -> float:
        return run["peak_mb"] - run["start_mb"] if key == "above" else run[key]

    def at(rows: int, with_movies: int | None) -> list[float]:
        for r in results:
            if (r["asked"], r["movies"], r["model"]) == (rows, with_movies, model):
                return [value(run) for run in good(r["runs"])]
        return []

    big, small = at(10**7, None), at(10**6, movies)
    return [median(big) / median(small)] if big and small else []


def _start(results: dict[str, Any]) -> str:
    rows = [
        [f"`tfcourse {name}`", shown(r["seconds"]), _yes(r.get("tensorflow"))]
        for name, r in results.items()
    ]
    return f"## Start-up\n\n{table(['', 'seconds', 'imports TensorFlow'], rows)}"


def _yes(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, "-")


# --- claims -----------------------------------------------------------------------------------


def _claims(found: dict[str, Any]) -> str:
    rows = [
        [claim, measured, "reached" if reached else "**not reached**"]
        for claim, measured, reached in claims(found)
    ]
    said = "A ratio of several rounds is judged by its median."
    body = table(["", "measured", ""], rows) if rows else "Nothing that was measured is claimed."
    return f"## What is claimed\n\n{said}\n\n{body}"


def claims(found: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(claim, what was measured, whether it was reached), for what was measured."""
    made = [*_speed(found["train"]), *_memory(found["train"]), *_agreement(found["train"])]
    if "prepare" in found:
        got = ratios(
            found["prepare"]["course"], found["prepare"]["graph"], lambda run: run["prepare"]
        )
        made.append(_at_least("preparing data and queries at least 50 times faster", got, 50))
    for model, key, movies in itertools.product(
        ("mf", "history"), ("seconds", "peak_mb"), CATALOGUES
    ):
        got = _growth(found.get("scale", []), model, key, movies)
        words = {"seconds": "time", "peak_mb": "memory"}[key]
        claim = f"{MODELS[model].title}, 10 million ratings, {CATALOGUES[movies]}: at most 12 times"
        if got:
            made.append((f"{claim} the {words} of 1 million", times(got), got[0] <= 12))
    if "start" in found:
        seconds = found["start"]["--help"]["seconds"]
        made.append(("`tfcourse --help` under 0.3 s", f"{shown(seconds)} s", median(seconds) < 0.3))
        clean = all(r.get("tensorflow") is False for r in found["start"].values())
        made.append(("`--help`, `lessons`, `data` do not import TensorFlow", _yes(clean), clean))
    return [claim for claim in made if claim[1] != "-"]


def _at_least(claim: str, got: list[float], target: float) -> tuple[str, str, bool]:
    return claim, times(got), bool(got) and median(got) >= target


def _speed(train: dict[str, Any]) -> list[tuple[str, str, bool]]:
    made = []
    for name, results in train.items():
        targets = {"course": MODELS[name].target, "keras": 20, "tf-keras": 20, "torch": 5}
        for way, target in targets.items():
            if results.get(way):
                got = ratios(results[way], results["graph"], epoch)
                claim = f"{MODELS[name].title}: an epoch at least {target} times faster than"
                made.append(_at_least(f"{claim} {TITLES[way]}", got, target))
    return made


def _memory(train: dict[str, Any]) -> list[tuple[str, str, bool]]:
    made = []
    for name in ("history", "dnn", "xent"):
        results = train.get(name) or {"course": [], "graph": []}
        got = ratios(results["course"], results["graph"], lambda run: run["peak_mb"])
        claim = f"{MODELS[name].title}: peak memory at most a third of the course's way"
        made.append(_at_least(claim, got, 3))
    return made


def _agreement(train: dict[str, Any]) -> list[tuple[str, str, bool]]:
    made = []
    for name, results in train.items():
        if not results:
            continue
        ours, title = losses(results["graph"]), MODELS[name].title
        differ = difference(losses(results["feed"]), ours, AGREE_AFTER)
        if differ is not None:
            claim = (
                f"{title}: losses of both engines equal to {EQUAL:.0e} after {AGREE_AFTER} epochs"
            )
            made.append((claim, f"{differ:.0e}", differ <= EQUAL))
        others = {
            way: difference(losses(runs), ours)
            for way, runs in results.items()
            if way not in ("graph", "feed")
        }
        known = {way: d for way, d in others.items() if d is not None}
        if known:
            worst = max(known, key=lambda way: known[way])
            claim = f"{title}: losses of all others within {NOISE:.0%}"
            measured = f"at most {known[worst]:.0e} ({TITLES[worst]})"
            made.append((claim, measured, known[worst] <= NOISE))
    return made
