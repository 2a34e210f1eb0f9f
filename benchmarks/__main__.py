"""The command ``python -m benchmarks``; see ``--help``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report
from benchmarks.models import AGREE_AFTER, MODELS, RECOMMENDERS, TITLES, Result, installed

# Neither TensorFlow nor NumPy is imported here: the peak memory that a child process reports is never
# below the memory of its parent.
ROOT = Path(__file__).parent.parent
PARTS = (*MODELS, "prepare", "pred", "scale", "start")
LIMIT = 900  # seconds for one measurement
EPOCH_LIMIT = 30.0  # seconds for an epoch on generated ratings; a longer one is trained in part
START = {"--help": ["--help"], "lessons": ["lessons"], "data": ["data"]}


def say(line: str) -> None:
    """Print a line of progress to standard error."""
    print(line, file=sys.stderr, flush=True)


def child(task: str, **given: object) -> Result:
    """Run one measurement in a process of its own.

    Args:
        task: name of a function of ``child.py``.
        given: its arguments, which JSON can represent.

    Returns:
        What the function returned, or {"failed": reason}.
    """
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.child"]
    try:
        done = subprocess.run(
            [*command, json.dumps({"task": task, **given})],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not finished after {LIMIT} seconds"}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


class Bench:
    """A run of the benchmarks.

    Args:
        args: options of the command line.
        temp: folder for temporary files.

    Attributes:
        found: all measurements; see ``report.Found``.
    """

    def __init__(self, args: argparse.Namespace, temp: Path):
        self.args, self.temp, self.begin = args, temp, time.monotonic()
        self.rounds = 1 if args.quick else args.rounds
        data = child("data", data_dir=str(Path(args.data_dir).resolve()))
        if "failed" in data:
            raise SystemExit(f"benchmarks: {data['failed']}")
        self.folder = data.pop("folder")
        self.found: report.Found = {
            "about": report.about(self.rounds, sys.argv[1:]),
            "data": data,
            "idle": child("idle"),
            "train": {},
        }

    def say(self, line: str) -> None:
        """Print a line of progress with the time since the start."""
        say(f"[{time.monotonic() - self.begin:6.0f} s] {line}")

    def run(self) -> report.Found:
        """Run the parts that were asked for, or all."""
        wanted = self.args.only or PARTS
        for name in MODELS:
            if name in wanted:
                self.found["train"][name] = self.train(name)
        for name in PARTS[len(MODELS) :]:
            if name in wanted:
                self.found[name] = getattr(self, name)()
        self.found["about"]["minutes"] = (time.monotonic() - self.begin) / 60
        return self.found

    def train(self, name: str) -> dict[str, list[Result]]:
        """Train a model in all ways, in rounds: contender to a result for each round."""
        model = MODELS[name]
        folder = self.args.data_dir if name == "pokemon" else self.folder
        weights = str(self.temp / f"{name}.npz")
        made = child("weights", model=name, folder=str(Path(folder).resolve()), path=weights)
        if "failed" in made:
            self.say(f"{model.title}: {made['failed']}")
            return {}
        results: dict[str, list[Result]] = {way: [] for way in model.ways if installed(way)}
        for number in range(self.rounds):
            for way, runs in results.items():
                if number and way in model.once:
                    continue
                epochs = 2 if self.args.quick else model.ways[way]
                if way in ("graph", "feed") and number == 0:
                    epochs = max(epochs, AGREE_AFTER)
                runs.append(
                    child(
                        "train",
                        way=way,
                        model=name,
                        folder=str(Path(folder).resolve()),
                        weights=weights,
                        epochs=epochs,
                    )
                )
                self.say(f"{model.title}, round {number + 1}, {TITLES[way]}: {_summary(runs[-1])}")
        return results

    def prepare(self) -> dict[str, list[Result]]:
        """Prepare data, queries and metadata for MF with DNN from CSV files, in rounds."""
        results: dict[str, list[Result]] = {"graph": [], "course": []}
        for number in range(self.rounds):
            for way, runs in results.items():
                runs.append(child("prepare", way=way, model="dnn", folder=self.folder))
                self.say(f"Preparing, round {number + 1}, {TITLES[way]}: {_summary(runs[-1])}")
        return results

    def pred(self) -> dict[str, list[Result]]:
        """Measure scores through ``pred`` and ``infer``: model to a result for each round."""
        n = 4 if self.args.quick else 8
        results: dict[str, list[Result]] = {}
        for name in RECOMMENDERS[:3]:
            runs = [
                child("pred", model=name, folder=self.folder, n_users=n) for _ in range(self.rounds)
            ]
            results[name] = runs
            self.say(f"All scores, {MODELS[name].title}: {_summary(runs[-1])}")
        return results

    def scale(self) -> list[Result]:
        """Train on generated ratings, from 100 thousand to ``scale_max``.

        The second size is also measured with as many movies as the third. This separates growth with
        the ratings from growth with the movies.
        """
        steps: list[tuple[int, int | None]] = [
            (rows, None) for rows in (10**5, 10**6, 10**7, 25 * 10**6) if rows <= self.scale_max
        ]
        if self.scale_max >= 10**7:
            steps.insert(2, (10**6, 10_677))
        results = []
        for rows, movies in steps:
            folder = self.temp / f"ratings-{rows}-{movies or 'released'}"
            folder.mkdir()
            made = child("generate", rows=rows, path=str(folder), movies=movies)
            self.say(f"Generated {rows:,} ratings: {_summary(made)}")
            for name in ("mf", "history"):
                runs = []
                for _ in range(self.rounds if rows < 10**7 else min(self.rounds, 2)):
                    runs.append(child("scale", model=name, path=str(folder), limit=EPOCH_LIMIT))
                    self.say(f"{rows:,} ratings, {MODELS[name].title}: {_summary(runs[-1])}")
                results.append({"asked": rows, "movies": movies, "model": name, "runs": runs})
            for file in folder.iterdir():
                file.unlink()
        return results

    @property
    def scale_max(self) -> float:
        """The largest number of generated ratings."""
        return min(self.args.scale_max, 1e6) if self.args.quick else self.args.scale_max

    def start(self) -> dict[str, Result]:
        """Measure the seconds of whole commands, and whether they import TensorFlow."""
        program = Path(sys.executable).with_name("tfcourse")
        if program.exists():
            begin = [str(program)]
        else:
            begin = [sys.executable, "-c", "from tfcourse.cli import main; main()"]
        results: dict[str, Result] = {}
        for name, words in START.items():
            if name == "data":
                words = [*words, "--data-dir", str(Path(self.args.data_dir).resolve())]
            seconds = []
            for _ in range(3 * self.rounds + 1):
                start = time.perf_counter()
                subprocess.run([*begin, *words], cwd=ROOT, capture_output=True, check=False)
                seconds.append(time.perf_counter() - start)
            results[name] = {"seconds": seconds[1:], **child("start", command=words)}
            self.say(f"tfcourse {name}: {sorted(seconds)[len(seconds) // 2]:.2f} s")
        return results


def _summary(result: Result) -> str:
    """Describe a result in a few words."""
    if "failed" in result:
        return result["failed"]
    words = []
    for name, value in result.items():
        if name == "seconds":
            some = value if isinstance(value, list) else [value]
            words.append(" ".join(f"{s:.3f}" for s in some) + " s an epoch")
        elif name in ("prepare", "peak_mb", "rows", "pred", "pred_slide", "infer"):
            words.append(f"{name} {value:,.2f}")
    return ", ".join(words)


def parse(args: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the time and memory of this project, the course's way, Keras, PyTorch "
        "and Surprise (pip install '.[bench]'), and write the tables. Contenders that are not "
        "installed are left out. Nothing else should run on the machine.",
        epilog="example: python -m benchmarks --only history start --rounds 1 --out /dev/null",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of each comparison (default 3)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        metavar="PART",
        help=f"parts to run (default all): {', '.join(PARTS)}",
    )
    parser.add_argument("--data-dir", default=str(ROOT / "data"), help="data folder (default data)")
    parser.add_argument(
        "--scale-max",
        type=float,
        default=1e7,
        help="largest number of generated ratings, up to 25e6 (default 1e7)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a first look: one round, few epochs, up to 1 million generated ratings",
    )
    parser.add_argument(
        "--out",
        default=str(Path(__file__).with_name("RESULTS.md")),
        help="file to write (default benchmarks/RESULTS.md)",
    )
    parser.add_argument("--json", action="store_true", help="print all measurements as JSON")
    given = parser.parse_args(args)
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    return given


def main(args: list[str] | None = None) -> None:
    """Run the benchmarks, and write and print the tables."""
    given = parse(args)
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="tfcourse-bench-") as temp:
        found = Bench(given, Path(temp)).run()
    text = report.text(found)
    Path(given.out).write_text(text, encoding="utf-8")
    if given.json:
        print(json.dumps(found))
    else:
        print(text)


if __name__ == "__main__":
    main()
