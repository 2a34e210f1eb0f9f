"""``python -m benchmarks``: see ``--help``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.models import AGREE_AFTER, MODELS, RECOMMENDERS, TITLES, installed

# Little is imported here, no TensorFlow and no NumPy: a child's peak memory begins with its
# parent's.
ROOT = Path(__file__).parent.parent
PARTS = (*MODELS, "prepare", "pred", "scale", "start")
LIMIT = 900  # seconds that a child may take
EPOCH_LIMIT = 30.0  # seconds of a generated epoch, beyond which a share of it is timed
START = {"--help": ["--help"], "lessons": ["lessons"], "data": ["data"]}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def child(task: str, **given: Any) -> dict[str, Any]:
    """What a measurement in its own process gives, or ``{"failed": why}``."""
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
        return {"failed": f"not done after {LIMIT} seconds"}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


class Bench:
    """A run of the benchmarks; ``found`` collects what was measured."""

    def __init__(self, args: argparse.Namespace, temp: Path):
        self.args, self.temp, self.begin = args, temp, time.monotonic()
        self.rounds = 1 if args.quick else args.rounds
        data = child("data", data_dir=str(Path(args.data_dir).resolve()))
        if "failed" in data:
            raise SystemExit(f"benchmarks: {data['failed']}")
        self.folder = data.pop("folder")
        self.found: dict[str, Any] = {
            "about": report.about(self.rounds, sys.argv[1:]),
            "data": data,
            "idle": child("idle"),
            "train": {},
        }

    def say(self, line: str) -> None:
        say(f"[{time.monotonic() - self.begin:6.0f} s] {line}")

    def run(self) -> dict[str, Any]:
        wanted = self.args.only or PARTS
        for name in MODELS:
            if name in wanted:
                self.found["train"][name] = self.train(name)
        for name in PARTS[len(MODELS) :]:
            if name in wanted:
                self.found[name] = getattr(self, name)()
        self.found["about"]["minutes"] = (time.monotonic() - self.begin) / 60
        return self.found

    def train(self, name: str) -> dict[str, Any]:
        """Rounds of one process per contender: {way: [a result per round]}."""
        model = MODELS[name]
        folder = self.args.data_dir if name == "pokemon" else self.folder
        weights = str(self.temp / f"{name}.npz")
        made = child("weights", model=name, folder=str(Path(folder).resolve()), path=weights)
        if "failed" in made:
            self.say(f"{model.title}: {made['failed']}")
            return {}
        results: dict[str, Any] = {way: [] for way in model.ways if installed(way)}
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
                self.say(f"{model.title}, round {number + 1}, {TITLES[way]}: {_told(runs[-1])}")
        return results

    def prepare(self) -> dict[str, Any]:
        """Preparing data, queries and metadata from CSV files, as for MF with DNN."""
        results: dict[str, Any] = {"graph": [], "course": []}
        for number in range(self.rounds):
            for way, runs in results.items():
                runs.append(child("prepare", way=way, model="dnn", folder=self.folder))
                self.say(f"Preparing, round {number + 1}, {TITLES[way]}: {_told(runs[-1])}")
        return results

    def pred(self) -> dict[str, Any]:
        n = 4 if self.args.quick else 8
        results: dict[str, Any] = {}
        for name in RECOMMENDERS[:3]:
            runs = [
                child("pred", model=name, folder=self.folder, n_users=n) for _ in range(self.rounds)
            ]
            results[name] = runs
            self.say(f"All scores, {MODELS[name].title}: {_told(runs[-1])}")
        return results

    def scale(self) -> list[dict[str, Any]]:
        """Generated ratings, ten times as many each time; the second size also with as many movies
        as the third, which tells the growth with ratings from that with movies."""
        steps = [
            (rows, None) for rows in (10**5, 10**6, 10**7, 25 * 10**6) if rows <= self.scale_max
        ]
        if self.scale_max >= 10**7:
            steps.insert(2, (10**6, 10_677))
        results = []
        for rows, movies in steps:
            folder = self.temp / f"ratings-{rows}-{movies or 'released'}"
            folder.mkdir()
            made = child("generate", rows=rows, path=str(folder), movies=movies)
            self.say(f"Generated {rows:,} ratings: {_told(made)}")
            for name in ("mf", "history"):
                runs = []
                for _ in range(self.rounds if rows < 10**7 else min(self.rounds, 2)):
                    runs.append(child("scale", model=name, path=str(folder), limit=EPOCH_LIMIT))
                    self.say(f"{rows:,} ratings, {MODELS[name].title}: {_told(runs[-1])}")
                results.append({"asked": rows, "movies": movies, "model": name, "runs": runs})
            for file in folder.iterdir():
                file.unlink()
        return results

    @property
    def scale_max(self) -> float:
        return min(self.args.scale_max, 1e6) if self.args.quick else self.args.scale_max

    def start(self) -> dict[str, Any]:
        """Seconds of whole commands of tfcourse, and whether they import TensorFlow."""
        program = Path(sys.executable).with_name("tfcourse")
        if program.exists():
            begin = [str(program)]
        else:
            begin = [sys.executable, "-c", "from tfcourse.cli import main; main()"]
        results: dict[str, Any] = {}
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


def _told(result: dict[str, Any]) -> str:
    """A result in a few words."""
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
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time this project beside the course's way, Keras, PyTorch and Surprise "
        "(pip install '.[bench]'), and write the tables. Contenders that are not installed are "
        "left out. Nothing else should be running.",
        epilog="example: python -m benchmarks --only history start --rounds 1 --out /dev/null",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of each comparison (default 3)")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--data-dir", default=str(ROOT / "data"), help="as tfcourse's (data)")
    parser.add_argument(
        "--scale-max", type=float, default=1e7, help="generated ratings, up to 25e6 (default 1e7)"
    )
    parser.add_argument("--quick", action="store_true", help="a look: one round, up to 1 million")
    parser.add_argument("--out", default=str(Path(__file__).with_name("RESULTS.md")))
    parser.add_argument("--json", action="store_true", help="print all measurements as JSON")
    given = parser.parse_args(args)
    if given.rounds < 1:
        parser.error("--rounds is at least 1")
    return given


def main(args: list[str] | None = None) -> None:
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
