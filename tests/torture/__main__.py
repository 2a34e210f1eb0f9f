"""``python -m tests.torture``: all of it, with a table of counts at its end."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from tests.torture import cost, damage, injection, inputs, kills, trainings
from tests.torture.counts import Counts

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- counts: begin -->", "<!-- counts: end -->"
BROKEN = ("identical", "differs")
PARTS = ("kills", "injection", "damage", "inputs", "cost")


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="trainings killed (200)")
    parser.add_argument("--cases", type=int, default=2400, help="damaged files and inputs (2400)")
    parser.add_argument("--breaks", type=int, default=400, help="errors injected into saves (400)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time (2)")
    parser.add_argument("--quick", action="store_true", help="a short form")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    args = parser.parse_args(given)
    if args.quick:
        args.kills, args.cases, args.breaks = 8, 200, 40
    begun = time.monotonic()
    broken, refused = Counts(), Counts()
    costs: list[cost.Cost] = []
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        work = Path(place).resolve()
        data = trainings.write_data(work / "data")
        half = args.cases // 2
        steps: dict[str, Callable[[], object]] = {
            "kills": lambda: kills.run(
                broken, data, work / "kills", args.seed, args.kills, args.jobs
            ),
            "injection": lambda: injection.run(
                broken, data, work / "injection", args.seed, args.breaks
            ),
            "damage": lambda: damage.run(refused, data, work / "damage", args.seed, half),
            "inputs": lambda: inputs.run(refused, data, work / "inputs", args.seed, half),
            "cost": lambda: costs.append(cost.measure(ROOT / "data", work / "cost")),
        }
        for name in PARTS:
            if name in args.only:
                at = time.monotonic()
                steps[name]()
                print(f"{name}: {time.monotonic() - at:.0f} s", file=sys.stderr, flush=True)
    text = report(broken, refused, costs, time.monotonic() - begun)
    print(text)
    if args.write:
        words = " ".join(sys.argv[1:] if given is None else given)
        write(DOCUMENT, f"`python -m tests.torture {words}`", text)
    bad = broken.faults or refused.faults or any(not c.is_fine for c in costs)
    return 1 if bad else 0


def report(broken: Counts, refused: Counts, costs: list[cost.Cost], seconds: float) -> str:
    """The tables, as Markdown."""
    parts = []
    if broken.groups:
        parts += ["Trainings broken off, and gone on with to the end:", broken.table(BROKEN)]
        killed = sum(n for name, group in broken.groups.items() if "at a random" in name
                     or "at a file" in name or "moved up" in name for n in group.values())  # fmt: skip
        parts.append(f"{killed:,} of them were killed with SIGKILL.")
    if refused.groups:
        parts += ["Damaged checkpoints and bad input:", refused.table(damage.RESULTS)]
    notes = "\n".join(filter(None, [broken.notes(), refused.notes()]))
    parts += [notes] if notes else []
    parts += [one.lines() for one in costs]
    faults = len(broken.faults) + len(refused.faults)
    parts.append(f"{faults} fault{'s' * (faults != 1)}. Time: {seconds / 60:.1f} minutes.")
    return "\n\n".join(parts)


def write(document: Path, command: str, text: str) -> None:
    """Put the counts into the document, between its marks."""
    old = document.read_text(encoding="utf-8")
    head, rest = old.split(BEGIN)
    where = f"Python {platform.python_version()}, {platform.system()}, {date.today().isoformat()}"
    new = f"{BEGIN}\n\nRun: {command} ({where}{_commit()})\n\n{text}\n\n{END}"
    document.write_text(head + new + rest.split(END)[1], encoding="utf-8")


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return f", {done.stdout.strip()}" if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
