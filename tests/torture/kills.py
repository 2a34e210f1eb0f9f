"""Trainings killed with SIGKILL, at random moments and at file operations of their saves.

Each training is a process of its own. After each kill a copy of its folder must load the best epoch
that was announced; the training is then gone on with by ``resume``, perhaps killed again, until it
ends, and must end as one that was never interrupted.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.torture import trainings
from tests.torture.counts import Counts
from tests.torture.trainings import OTHER, Ended, Plan

RESULTS = ("identical", "differs")
PATIENCE = 120.0  # seconds that a child may take
_ONE_AT_A_TIME = threading.Lock()  # for TensorFlow in this process


@dataclass
class Life:
    """What a child told until it ended or was killed."""

    killed: bool
    told: list[int]
    result: Ended | None
    operations: int = 0
    seconds: float = 0.0  # from the training's begin to its end
    said: str = ""
    before: int = 0  # the epoch after which it went on


def live(job: dict[str, Any], kill_after: float | None = None) -> Life:
    """Run a child; kill it so many seconds after its training began."""
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.child", json.dumps(job)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    told: list[int] = []
    result, operations, begun, seconds, before = None, 0, 0.0, 0.0, 0
    timer: threading.Timer | None = None
    guard = threading.Timer(PATIENCE, child.kill)
    guard.start()
    assert child.stdout is not None and child.stderr is not None
    for line in child.stdout:
        if not line.endswith("\n"):  # it was killed in the middle of it
            break
        word, _, rest = line.partition(" ")
        if line.startswith("begin"):
            begun, before = time.monotonic(), int(rest)
            if kill_after is not None:
                timer = threading.Timer(kill_after, child.kill)
                timer.start()
        elif word == "epoch":
            told.append(int(rest))
        elif word == "end":
            seconds = time.monotonic() - begun
            found = json.loads(rest)
            operations = found.pop("operations")
            result = Ended(**{**found, "names": set(found["names"]), "by_epoch": {}})
    errors = child.stderr.read()
    child.wait()
    for one in (timer, guard):
        if one is not None:
            one.cancel()
    killed = child.returncode == -9
    lines = errors.strip().splitlines()
    said = "" if killed or result else (lines[-1] if lines else f"exit {child.returncode}")
    return Life(killed, told, result, operations, seconds, said, before)


@dataclass
class Scene:
    """A lesson, and what its trainings must end with.

    Attributes:
        old: what stands in the folder before an --overwrite run; None for a first run.
        operations: of an uninterrupted training; of moving up, where it replaces another.
    """

    plan: Plan
    data_dir: Path
    work: Path
    old: Ended | None
    whole: Ended
    operations: int
    moves: int
    seconds: float

    @property
    def overwrite(self) -> bool:
        return self.old is not None

    def job(self, folder: Path, **more: Any) -> dict[str, Any]:
        hyper = OTHER if self.overwrite else {}
        return {
            "lesson": self.plan.lesson, "data_dir": str(self.data_dir), "folder": str(folder),
            "hyper": hyper, **more,
        }  # fmt: skip

    def faults_after_a_kill(self, folder: Path, last: int) -> list[str]:
        """What a copy of the folder must hold; ``last`` is the last epoch announced."""
        with _ONE_AT_A_TIME:
            return list(
                trainings.faults_after(
                    folder, self.work, self.plan, last, trainings.EPOCHS, self.old, self.whole
                )
            )


def scene(plan: Plan, data_dir: Path, work: Path, overwrite: bool) -> Scene:
    """Train without interruption: here for the weights of each epoch, in a child for the rest."""
    work.mkdir(parents=True)
    data, old = trainings.prepared(plan, data_dir), None
    with _ONE_AT_A_TIME:
        if overwrite:
            old = trainings.uninterrupted(plan, data, work / "old", epochs=2)
        hyper = OTHER if overwrite else {}
        whole = trainings.uninterrupted(plan, data, work / "whole", hyper=hyper)
    made = Scene(plan, data_dir, work, old, whole, 0, 0, 0.0)
    for only_moving in (False, True) if overwrite else (False,):
        folder = work / "counted"
        if overwrite:
            shutil.copytree(work / "old", folder)
        life = live(made.job(folder, overwrite=overwrite, only_moving=only_moving))
        if life.result is None or life.result.differs(whole):
            where = life.said or life.result and life.result.differs(whole)
            raise RuntimeError(f"{plan.lesson}: another process trains differently: {where}")
        if only_moving:
            made.moves = life.operations
        else:
            made.operations, made.seconds = life.operations, life.seconds
        shutil.rmtree(folder)
    return made


def one_training(counts: Counts, scene: Scene, seed: int, kills: int) -> int:
    """Train with up to ``kills`` kills, to the end.

    Returns:
        how many kills there were.
    """
    rng = random.Random(seed)
    folder = scene.work / f"killed-{seed}"
    if scene.overwrite:
        shutil.copytree(scene.work / "old", folder)
    lived: list[tuple[str, list[str]]] = []  # group and faults of each kill
    last, resume, moved = 0, False, False
    held: list[str] = []
    life = Life(True, [], None)
    while life.killed:
        more: dict[str, Any] = {}
        after, group = None, ""
        if len(lived) < kills:
            kind = rng.choice(["moment", "operation", "moving"] if scene.overwrite and not moved
                              else ["moment", "operation"])  # fmt: skip
            run = "an --overwrite run, " if scene.overwrite else ""
            if kind == "moment":
                after, group = rng.uniform(0, scene.seconds), run + "at a random moment"
            elif kind == "operation":
                more = {"kill_at": rng.randint(1, scene.operations)}
                group = run + "at a file operation"
            else:
                more, moved = {"kill_at": rng.randint(1, scene.moves), "only_moving": True}, True
                group = run + "while it is moved up"
        begin_anew = scene.overwrite and not last
        job = scene.job(folder, resume=resume, overwrite=scene.overwrite and not resume, **more)
        life = live(job, after)
        if life.said and begin_anew and resume and "trained with" in life.said:
            resume, life = False, Life(True, [], None)  # nothing of the new one had been saved
            continue
        # A training that has ended keeps its best epoch alone: those after it are trained again.
        if life.told and last < trainings.EPOCHS and life.told[0] <= last:
            lived[-1][1].append(f"goes on with epoch {life.told[0]} after {last}; there was {held}")
        last = max(
            [last, life.before, *life.told]
        )  # it may be killed after a save, before it tells
        if life.killed:
            if not group:
                lived[-1][1].append(f"does not end in {PATIENCE:g} s")
                break
            held = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
            faults = scene.faults_after_a_kill(folder, last)
            lived.append((f"{scene.plan.lesson}, {group}", faults))
            if any("kill_at" in key for key in more):
                faults[:] = [f"operation {more['kill_at']}: {fault}" for fault in faults]
        resume = True
    end: list[str] = []
    if life.result is None:
        end.append(f"does not go on: {life.said}; there was {held}")
    else:
        for name in life.result.differs(scene.whole):
            what = sorted(life.result.names ^ scene.whole.names) if name == "names" else ""
            end.append(f"ends with another {name} {what}")
    for group, faults in lived:
        short = group.split(", ", 1)[1]
        counts.add(short, "differs" if faults + end else "identical")
        for text in faults + end:
            counts.fault(group, f"seed {seed}, {len(lived)} kills", text)
    shutil.rmtree(folder, ignore_errors=True)
    return len(lived)


def run(counts: Counts, data_dir: Path, work: Path, seed: int, kills: int, jobs: int = 2) -> None:
    """At least so many kills, over all lessons, ``jobs`` trainings at a time."""
    plans = list(trainings.PLANS)
    random.Random(seed).shuffle(plans)
    with_over = plans[:3]
    if kills < 50:
        plans = [plan for plan in plans if plan.lesson == "pokemon-adam"]
        with_over = []  # so few kills would hardly meet it
    kinds = [(p, work / p.lesson, False) for p in plans]
    kinds += [(p, work / f"{p.lesson}-over", True) for p in with_over]
    with ThreadPoolExecutor(jobs) as pool:
        scenes = list(pool.map(lambda kind: scene(kind[0], data_dir, *kind[1:]), kinds))
    done, under_way, number, lock = 0, 0, 0, threading.Lock()
    bar = tqdm(total=kills, desc="kills", mininterval=10, disable=kills < 50)

    def work_on() -> None:
        nonlocal done, under_way, number
        while True:
            with lock:
                if done + under_way >= kills or number > 4 * kills:
                    return
                mine, number = number, number + 1
                planned = min(1 + mine % 4 if kills >= 50 else 4, kills)
                under_way += planned
            try:
                n = one_training(counts, scenes[mine % len(scenes)], 1000 * seed + mine, planned)
            finally:
                with lock:
                    under_way -= planned
            with lock:
                done += n
                bar.update(n)

    with ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(work_on) for _ in range(jobs)]:
            future.result()
    bar.close()
