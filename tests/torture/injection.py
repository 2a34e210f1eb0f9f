"""Errors at every file operation of a save, full and read-only disks, two trainings into one folder."""

from __future__ import annotations

import contextlib
import errno
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.torture import trainings
from tests.torture.counts import Counts
from tests.torture.operations import Watch, moving, watched
from tests.torture.trainings import OTHER, Ended, Plan
from tfcourse.errors import CheckpointError, CourseError

RESULTS = ("identical",)
EPOCHS = 4


def _full(what: str) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _forbidden(what: str) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def _ctrl_c(what: str) -> None:
    raise KeyboardInterrupt


def _stays_full(what: str) -> None:
    if what.startswith(("open", "mkdir", "fsync", "Saver")):  # files can still be deleted
        raise OSError(errno.ENOSPC, "No space left on device")


KINDS: dict[str, tuple[Callable[[str], None], bool]] = {
    "no space left": (_full, False),
    "no space left from then on": (_stays_full, True),
    "permission denied": (_forbidden, False),
    "Ctrl-C": (_ctrl_c, False),
}


class Setting:
    """A plan with the folders that its trainings begin from, and what they must end with.

    Args:
        overwrite: whether a training is there that is to be replaced.
    """

    def __init__(self, plan: Plan, data_dir: Path, work: Path, overwrite: bool, epochs: int):
        self.plan, self.work, self.epochs = plan, work, epochs
        self.data = trainings.prepared(plan, data_dir)
        self.overwrite = overwrite
        self.old: Ended | None = None
        work.mkdir(parents=True)
        if overwrite:
            self.old = trainings.uninterrupted(plan, self.data, work / "old", epochs=2)
        self.reference = trainings.uninterrupted(
            plan, self.data, work / "whole", epochs=epochs, hyper=self.hyper
        )

    @property
    def hyper(self) -> dict[str, int]:
        return OTHER if self.overwrite else {}

    def folder(self, name: str) -> Path:
        """A new folder as it is before the training."""
        folder = self.work / name
        if self.overwrite:
            shutil.copytree(self.work / "old", folder)
        return folder

    def train(self, folder: Path, told: list[int], resume: bool = False) -> Ended:
        model = trainings.train(
            self.plan,
            self.data,
            folder,
            epochs=self.epochs,
            hyper=self.hyper,
            callbacks=[lambda model: told.append(model.epoch)],
            resume=resume,
            overwrite=self.overwrite and not resume,
        )
        return trainings.ended(model, folder)

    def faults_after_a_break(self, folder: Path, told: list[int]) -> Iterator[str]:
        """What a copy of the folder must hold after a break; ``told`` are the epochs that were
        announced as saved."""
        return trainings.faults_after(
            folder,
            self.work,
            self.plan,
            max(told, default=0),
            self.epochs,
            self.old,
            self.reference,
        )

    def go_on(self, folder: Path, told: list[int]) -> Iterator[str]:
        """Go on to the end, and compare."""
        again: list[int] = []
        try:
            try:
                result = self.train(folder, again, resume=True)
            except CheckpointError as error:
                if told or not self.overwrite or "trained with" not in str(error):
                    raise
                # Nothing of the new training was saved, and the old one is another.
                result = self.train(folder, again)
        except Exception as error:
            yield f"does not go on: {type(error).__name__}: {error}"
            return
        # A training that has ended keeps its best epoch alone: those after it are trained again.
        if told and max(told) < self.epochs and again and again[0] <= max(told):
            yield f"goes on with epoch {again[0]}, though epoch {max(told)} was announced"
        for name in result.differs(self.reference):
            what = ""
            if name == "names":
                what = f": {sorted(result.names ^ self.reference.names)}"
            yield f"ends with another {name}{what}"


def at_every_operation(
    counts: Counts,
    group: str,
    setting: Setting,
    limit: int,
    rng: random.Random,
    only_moving: bool = False,
) -> None:
    """Break a training off at its file operations, all or ``limit`` of them, with each error."""

    def watch(folder: Path, **more: object) -> Watch:
        counting = moving(folder) if only_moving else (lambda: True)
        return Watch(folder, counting=counting, **more)  # type: ignore[arg-type]

    folder = setting.folder("counted")
    with watched(watch(folder)) as counted:
        setting.train(folder, [])
    shutil.rmtree(folder)
    n = len(counted.seen)
    cases = [(k, kind) for k in range(1, n + 1) for kind in KINDS]
    if len(cases) > limit:
        cases = sorted(rng.sample(cases, limit))
    for k, kind in cases:
        act, on = KINDS[kind]
        folder, told = setting.folder("broken"), list[int]()
        one = watch(folder, begin=k, end=n if on else k, act=act)
        said: list[str] = []
        try:
            with watched(one):
                setting.train(folder, told)
        except (CheckpointError, KeyboardInterrupt):
            pass
        except Exception as error:
            said.append(f"raises {type(error).__name__}: {error}")
        said += setting.faults_after_a_break(folder, told)
        said += setting.go_on(folder, told)
        counts.add(group, "differs" if said else "identical")
        for text in said:
            where = one.seen[k - 1] if len(one.seen) >= k else "?"
            counts.fault(group, f"{setting.plan.lesson}, operation {k} ({where}), {kind}", text)
        shutil.rmtree(folder, ignore_errors=True)


# --- disks ------------------------------------------------------------------------------------


@contextlib.contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """Mount a small file system; what it gives mounts it again with other options.

    Raises:
        OSError: that is not allowed here.
    """

    def mount(*args: str) -> None:
        done = subprocess.run(["mount", *args, str(folder)], capture_output=True, text=True)
        if done.returncode:
            raise OSError(done.stderr.strip() or "mount failed")

    folder.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    except FileNotFoundError:
        raise OSError("there is no program mount") from None
    try:
        yield lambda options: mount("-o", f"remount,{options}")
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def disks(counts: Counts, setting: Setting, sizes: int, rng: random.Random) -> None:
    """Train on disks that get full, and on one that cannot be written."""
    whole = sum(p.stat().st_size for p in (setting.work / "whole").iterdir())
    place = setting.work / "disk"
    for i in range(sizes):
        size = rng.randrange(4096, whole + 4096 * len(setting.reference.names))
        group = "a disk that gets full"
        try:
            with tmpfs(place, str(size)) as remount:
                said, told = [], list[int]()
                folder = place / "m"
                try:
                    setting.train(folder, told)
                except CheckpointError as error:
                    if "no space left" not in str(error).lower():
                        said.append(f"says {error}")
                said += setting.faults_after_a_break(folder, told)
                remount("size=64m")
                said += setting.go_on(folder, told)
        except OSError as error:
            if i:
                raise
            counts.skipped.append(f"{group}: {error}")
            break
        finally:
            shutil.rmtree(place, ignore_errors=True)
        counts.add(group, "differs" if said else "identical")
        for text in said:
            counts.fault(group, f"{setting.plan.lesson}, {size} bytes", text)
    _read_only(counts, setting, place)


def _read_only(counts: Counts, setting: Setting, place: Path) -> None:
    group = "a disk that cannot be written"
    try:
        with tmpfs(place, "64m") as remount:
            said = []
            shutil.copytree(setting.work / "whole", place / "m")
            remount("ro")
            if trainings.loaded(place / "m")[0] != setting.reference.best:
                said.append("is not loaded")
            for resume in (False, True):
                try:
                    setting.train(place / "m", [], resume=resume)
                    said.append(f"trained, with resume={resume}")
                except CheckpointError:
                    pass
            if trainings.loaded(place / "m")[0] != setting.reference.best:
                said.append("is no longer loaded")
    except OSError as error:
        counts.skipped.append(f"{group}: {error}")
        return
    finally:
        shutil.rmtree(place, ignore_errors=True)
    counts.add(group, "differs" if said else "identical")
    for text in said:
        counts.fault(group, setting.plan.lesson, text)


def two_trainings(counts: Counts, setting: Setting, times: int, rng: random.Random) -> None:
    """Begin a second training into a folder while the first is under way."""
    group = "a second training into the folder"
    for i in range(times):
        folder, said = setting.work / "two", []
        when = rng.randint(1, setting.epochs)
        refused: list[str] = []

        def second(model: object, when=when, i=i, folder=folder, refused=refused) -> None:
            if model.epoch != when:  # type: ignore[attr-defined]
                return
            try:
                trainings.train(
                    setting.plan, setting.data, folder, epochs=1,
                    resume=i % 3 == 1, overwrite=i % 3 == 2,
                )  # fmt: skip
            except CourseError as error:
                refused.append(str(error))

        model = trainings.train(
            setting.plan, setting.data, folder, epochs=setting.epochs, callbacks=[second]
        )
        result = trainings.ended(model, folder)
        if not refused or "another process" not in refused[0]:
            said.append(f"the second is not refused: {refused}")
        said += [
            f"the first ends with another {name}" for name in result.differs(setting.reference)
        ]
        counts.add(group, "differs" if said else "identical")
        for text in said:
            counts.fault(group, f"in epoch {when}", text)
        shutil.rmtree(folder)


def run(counts: Counts, data_dir: Path, work: Path, seed: int, cases: int) -> None:
    """All of it, with about ``cases`` trainings broken off."""
    rng = random.Random(seed)
    plans = {plan.lesson: plan for plan in trainings.PLANS}
    some = ["pokemon-adam", "mf", "mf-with-dnn-lab", "mf-with-history"]
    if cases < 100:
        some = some[:1]
    for lesson in some:
        setting = Setting(plans[lesson], data_dir, work / lesson, False, EPOCHS)
        at_every_operation(counts, "an operation of a save", setting, cases // len(some) // 2, rng)
        over = Setting(plans[lesson], data_dir, work / f"{lesson}-over", True, EPOCHS)
        at_every_operation(
            counts, "an operation of an --overwrite run", over, cases // len(some) // 4, rng
        )
        at_every_operation(
            counts, "an operation of moving up", over, cases // len(some) // 4, rng, True
        )
    setting = Setting(plans["pokemon-adam"], data_dir, work / "disks", False, EPOCHS)
    disks(counts, setting, max(cases // 20, 2), rng)
    two_trainings(counts, setting, max(cases // 50, 2), rng)
