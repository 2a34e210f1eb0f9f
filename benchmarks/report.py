"""The tables, and which claims they support."""

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

from benchmarks.models import AGREE_AFTER, MODELS, TITLES, Result

# All measurements of a run, as JSON: "about" the run (see ``about``), "data" and "idle" as in
# ``child``, and those of the parts by their names: "train" (model to contender to a result for each
# round), "prepare", "pred", "scale" and "start", as the methods of ``__main__.Bench`` return them.
Found = dict[str, Any]
Claim = tuple[str, str, bool]  # the claim, what was measured, whether it is reached

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
EQUAL = 1e-4  # largest relative difference between the losses of the two engines
NOISE = 0.01  # largest relative difference to the losses of other contenders
# Number of movies at 1 million ratings (None: as released) to its label. At 10 million: 10,677.
CATALOGUES = {None: "movies as released (3,706 and 10,677)", 10_677: "10,677 movies in both"}


def about(rounds: int, args: list[str]) -> Result:
    """Describe the machine, the versions and the command.

    Args:
        rounds: number of rounds.
        args: arguments of the command.
    """
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
    """Return whether an argument is about a path of this machine, which the report leaves out."""
    options = ("--out", "--data-dir")
    return args[i].startswith(options) or (i > 0 and args[i - 1] in options)


# --- numbers ----------------------------------------------------------------------------------


def good(runs: Iterable[Result]) -> list[Result]:
    """Return the runs that did not fail."""
    return [run for run in runs if "failed" not in run]


def timed(run: Result) -> list[float]:
    """Return the seconds of a run's epochs without the warm-up."""
    return run["seconds"][1:]


def ratios(runs: list[Result], base: list[Result], of: Callable[[Result], float]) -> list[float]:
    """Divide the figure ``of`` each run by that of the base, round by round."""
    pairs = zip(runs, base, strict=False)
    return [of(a) / of(b) for a, b in pairs if "failed" not in a and "failed" not in b]


def epoch(run: Result) -> float:
    """Return the median of a run's epochs, in seconds."""
    return median(timed(run))


def shown(values: list[float], form: str = ".3f") -> str:
    """Format values as "median (lowest to highest)"."""
    if not values:
        return "-"
    low, mid, high = (format(v, form) for v in (min(values), median(values), max(values)))
    return mid if len(values) == 1 else f"{mid} ({low} to {high})"


def times(values: list[float]) -> str:
    """Format ratios, as "9.3 (9.3 to 9.5)x"."""
    return shown(values, ".1f") + ("x" if values else "")


def losses(runs: list[Result]) -> list[float]:
    """Return the longest list of losses of the runs. All runs have the same first losses."""
    return max((run["losses"] for run in good(runs)), key=len, default=[])


def difference(a: list[float], b: list[float], after: int | None = None) -> float | None:
    """Compute the relative difference between two losses.

    Args:
        a, b: losses by epoch.
        after: after how many epochs; by default after the last one that both have.

    Returns:
        The difference, or None if a loss is missing.
    """
    n = min(len(a), len(b), after or len(a))
    if n == 0 or (after and n < after):
        return None
    return abs(a[n - 1] / b[n - 1] - 1)


# --- tables -----------------------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    """Format a Markdown table whose columns, except the first, are aligned to the right."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, *rows]]
    rule = "| " + " | ".join(["---", *["---:"] * (len(head) - 1)]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def text(found: Found) -> str:
    """Write the report as Markdown."""
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


TRAINING = """The times are seconds of an epoch of training without evaluation, as median (lowest to
highest). The first epoch of each process is a warm-up and is left out. The ratio compares with this
project's engine "graph" in the same round. The difference is the relative difference of the loss from
this project's, after the last epoch that both trained. Preparing starts from CSV files and includes
the queries of train and test rows.

All contenders start with the same weights and train on the same rows in the same order, except Keras
in basic MF, which has an order of its own. Keras 3 is the version that TensorFlow installs, and
tf-keras is Keras 2. If a movie occurs several times in a batch, the Adagrad of Keras 3 adds the
squares of the gradients, and all others square their sum. The course's way is rewritten from the deck,
with the graph of the lesson. The engine "feed" has only one round where an epoch takes many seconds.
PyTorch uses one thread or two, whichever is faster in a trial."""


def _head(found: Found) -> str:
    a, d = found["about"], found["data"]
    versions = ", ".join(f"{k} {v}" for k, v in a["versions"].items())
    quick = "**A first look with few epochs and rounds. The figures are not reliable.**\n\n"
    quick = quick if a["rounds"] < 3 or "--quick" in a["command"] else ""
    return f"""# Benchmarks

Written by `make bench`. Run it on a machine that does nothing else.

{quick}- Date: {a["date"]}; rounds: {a["rounds"]}; minutes: {a.get("minutes", 0):.0f}
- Command: `{a["command"]}`
- Machine: {a["cores"]} cores, {a["system"]}, load {a["load"]:.1f} at the start
- Python {a["python"]}, {versions}
- MovieLens: {d["rows"]:,} ratings, {d["users"]:,} users, {d["movies"]:,} movies,
  from {d["source"]}; train {d["train"]:,}, test {d["test"]:,}, split as in the deck
- Pokémon: {POKEMON.get(d["pokemon"], d["pokemon"])}

Each contender runs in a process of its own, one at a time, in several rounds. Peak memory is that of
the whole process in MB, including the libraries."""


POKEMON = {"real": "the course's file", "generated": "the generated stand-in, of the same size"}


def _training(name: str, results: dict[str, list[Result]], idle_mb: float | None) -> str:
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
    head = ["", "s per epoch", "ratio", "preparing, s", "peak MB", "losses", "difference"]
    missing = [TITLES[way] for way in MODELS[name].ways if way not in results]
    note = f"\n\nNot installed, so not measured: {', '.join(missing)}." if missing else ""
    if idle_mb and good(results.get("course", [])) and good(base):
        ours, course = (max(run["peak_mb"] for run in good(r)) for r in (base, results["course"]))
        note += (
            f"\n\nA process that only imports TensorFlow has a peak of {idle_mb:,.0f} MB. tfcourse "
            f"used {ours - idle_mb:,.0f} MB more than that, and the course's way "
            f"{course - idle_mb:,.0f} MB more."
        )
    if "surprise" in results:
        note += (
            "\n\nSurprise updates after each rating, in compiled code, with its own learning rates. "
            "Its time can be compared, but not its loss."
        )
    return f"{title}\n\n{table(head, rows)}{note}"


def _prepare(results: dict[str, list[Result]]) -> str:
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

This is the time from CSV files to rows, metadata and the queries of all train and test rows, without
TensorFlow.

{table(["", "seconds", "ratio", "peak MB"], rows)}"""


def _pred(results: dict[str, list[Result]]) -> str:
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
            f"\n\n`infer` and `pred` were measured for {run['users']} users and {run['movies']:,} "
            f"movies, and `scores` for all {run['all_users']} users. All three computed the same "
            "scores."
        )
    head = ["", "infer, µs", "pred, µs", "scores, µs", "infer / pred", "infer / scores"]
    return f"""## "pred節點純粹是為了執行效能而已"

The times are microseconds for each pair of a user and a movie. `infer` computes pair by pair. `pred`
computes all movies for one query at a time, from padded queries as on the slide. `scores` of tfcourse
runs `pred` on pooled queries.{said}

{table(head, rows)}"""


def _scale(results: list[Result]) -> str:
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
                f"{MODELS[result['model']].title} at {run['rows']:,}: the time of the epoch is "
                f"computed from {share:.0%} of its batches."
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
    head = ["", "ratings", "users", "movies", "preparing, s", "epoch, s", "µs per row", "peak MB"]
    grew = [
        f"- {MODELS[model].title}, {label}: epoch {times(_growth(results, model, 'seconds', m))}, "
        f"peak memory {times(_growth(results, model, 'peak_mb', m))}, memory above that before "
        f"preparing {times(_growth(results, model, 'above', m))}"
        for model in ("mf", "history")
        for m, label in CATALOGUES.items()
        if _growth(results, model, "seconds", m)
    ]
    growth = "\n\nFrom 1 million to 10 million ratings:\n\n" + "\n".join(grew) if grew else ""
    said = "\n\n" + " ".join(notes) if notes else ""
    return f"""## Scale

The ratings are generated, with a long tail. The numbers of users and movies are those of MovieLens's
releases of that size. The engine is "graph". 70% of the ratings are train rows.

{table(head, rows)}{said}{growth}"""


def _growth(results: list[Result], model: str, key: str, movies: int | None = None) -> list[float]:
    """Divide the median at 10 million ratings by that at 1 million.

    Args:
        model: a key of ``MODELS``.
        key: "seconds", "peak_mb", or "above": the memory above that before preparing.
        movies: number of movies at 1 million ratings, None as released.

    Returns:
        One ratio, or none if one of the sizes was not measured.
    """

    def value(run: Result) -> float:
        return run["peak_mb"] - run["start_mb"] if key == "above" else run[key]

    def at(rows: int, with_movies: int | None) -> list[float]:
        for r in results:
            if (r["asked"], r["movies"], r["model"]) == (rows, with_movies, model):
                return [value(run) for run in good(r["runs"])]
        return []

    big, small = at(10**7, None), at(10**6, movies)
    return [median(big) / median(small)] if big and small else []


def _start(results: dict[str, Result]) -> str:
    rows = [
        [f"`tfcourse {name}`", shown(r["seconds"]), _yes(r.get("tensorflow"))]
        for name, r in results.items()
    ]
    return f"## Start-up\n\n{table(['', 'seconds', 'imports TensorFlow'], rows)}"


def _yes(value: bool | None) -> str:
    return "-" if value is None else "yes" if value else "no"


# --- claims -----------------------------------------------------------------------------------


def _claims(found: Found) -> str:
    rows = [
        [claim, measured, "reached" if reached else "**not reached**"]
        for claim, measured, reached in claims(found)
    ]
    said = "The median of a ratio's rounds decides whether the claim is reached."
    body = table(["", "measured", ""], rows) if rows else "No claim was measured."
    return f"## Claims\n\n{said}\n\n{body}"


def claims(found: Found) -> list[Claim]:
    """Compare the claims with the measurements. Claims that were not measured are left out."""
    made = [*_speed(found["train"]), *_memory(found["train"]), *_agreement(found["train"])]
    if "prepare" in found:
        got = ratios(
            found["prepare"]["course"], found["prepare"]["graph"], lambda run: run["prepare"]
        )
        claim = "preparing data and queries is at least 50 times faster than in the course's way"
        made.append(_at_least(claim, got, 50))
    for model, key, movies in itertools.product(
        ("mf", "history"), ("seconds", "peak_mb"), CATALOGUES
    ):
        got = _growth(found.get("scale", []), model, key, movies)
        words = {"seconds": "time", "peak_mb": "memory"}[key]
        claim = f"{MODELS[model].title}, {CATALOGUES[movies]}: 10 million ratings need at most 12"
        if got:
            made.append((f"{claim} times the {words} of 1 million", times(got), got[0] <= 12))
    if "start" in found:
        seconds = found["start"]["--help"]["seconds"]
        made.append(
            (
                "`tfcourse --help` takes less than 0.3 s",
                f"{shown(seconds)} s",
                median(seconds) < 0.3,
            )
        )
        clean = all(r.get("tensorflow") is False for r in found["start"].values())
        made.append(("`--help`, `lessons`, `data` do not import TensorFlow", _yes(clean), clean))
    return [claim for claim in made if claim[1] != "-"]


def _at_least(claim: str, got: list[float], target: float) -> Claim:
    return claim, times(got), bool(got) and median(got) >= target


def _speed(train: dict[str, dict[str, list[Result]]]) -> list[Claim]:
    made = []
    for name, results in train.items():
        targets = {"course": MODELS[name].target, "keras": 20, "tf-keras": 20, "torch": 5}
        for way, target in targets.items():
            if results.get(way):
                got = ratios(results[way], results["graph"], epoch)
                claim = (
                    f"{MODELS[name].title}: an epoch is at least {target} times faster than with"
                )
                made.append(_at_least(f"{claim} {TITLES[way]}", got, target))
    return made


def _memory(train: dict[str, dict[str, list[Result]]]) -> list[Claim]:
    made = []
    for name in ("history", "dnn", "xent"):
        results = train.get(name) or {"course": [], "graph": []}
        got = ratios(results["course"], results["graph"], lambda run: run["peak_mb"])
        claim = f"{MODELS[name].title}: peak memory is at most a third of the course's way's"
        made.append(_at_least(claim, got, 3))
    return made


def _agreement(train: dict[str, dict[str, list[Result]]]) -> list[Claim]:
    made = []
    for name, results in train.items():
        if not results:
            continue
        ours, title = losses(results["graph"]), MODELS[name].title
        differ = difference(losses(results["feed"]), ours, AGREE_AFTER)
        if differ is not None:
            claim = (
                f"{title}: the relative difference between the losses of both engines is at most "
                f"{EQUAL:.0e} after {AGREE_AFTER} epochs"
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
            claim = f"{title}: the losses of all others differ by at most {NOISE:.0%}"
            measured = f"at most {known[worst]:.0e} ({TITLES[worst]})"
            made.append((claim, measured, known[worst] <= NOISE))
    return made
