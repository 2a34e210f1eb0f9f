"""Damaged checkpoints: every file of one changed in some way, and JSONs made to do harm."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tfcourse
from tests.torture import trainings
from tests.torture.counts import Counts
from tfcourse.errors import CourseError

RESULTS = ("refused", "equal", "different", "traceback", "code run")
SECONDS = 20.0  # of processor time that a case may take
WAIT = 6  # times as long by the clock, since others may use the machine
LESSONS = ("pokemon-adam", "mf", "mf-with-dnn", "mf-with-dnn-lab")
Change = Callable[[Path, random.Random], str]


class TooSlow(BaseException):
    """A case took longer than ``SECONDS``."""


@contextlib.contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TooSlow after so many seconds of processor time. For the main thread."""

    def stop(number: int, frame: object) -> None:
        raise TooSlow(f"takes longer than {seconds:g} s")

    limits = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, WAIT * seconds),
    )
    before = [signal.signal(number, stop) for _, number, _ in limits]
    for timer, _, limit in limits:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(limits, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


# --- code that must not run -------------------------------------------------------------------

CANARY = "torture_canary"
_ran: list[str] = []
_hooked: list[bool] = []
_listening: list[bool] = []


@contextlib.contextmanager
def no_code(folder: Path) -> Iterator[list[str]]:
    """Note each import of the modules ``this`` and ``torture_canary``, and each program started."""

    def hook(event: str, args: tuple[object, ...]) -> None:
        if not _listening:
            return
        if event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn"):
            _ran.append(event)
        elif event == "import" and args[0] in ("this", "antigravity", CANARY):
            _ran.append(f"import {args[0]}")

    if not _hooked:
        sys.addaudithook(hook)
        _hooked.append(True)
    (folder / f"{CANARY}.py").write_text("class MF:\n    pass\n")
    sys.path.insert(0, str(folder))
    _listening.append(True)
    _ran.clear()
    try:
        yield _ran
    finally:
        _listening.clear()
        sys.path.remove(str(folder))


# --- what a folder gives ----------------------------------------------------------------------


def contents(folder: Path, **given: Any) -> tuple[object, ...]:
    """All that ``load`` gives: weights, hyper-parameters, curves, epoch, origin, vocabulary."""
    model = tfcourse.load(folder, **given)
    try:
        catalogue = getattr(model, "catalogue", None)
        movies: object = None
        if catalogue is not None:
            words = catalogue.vocabulary
            movies = (
                words.digest,
                tuple(words.title),
                tuple(words.genres),
                catalogue.popularity.tobytes(),
                catalogue.items.avg_rating.tobytes(),
                catalogue.items.year.tobytes(),
                tuple(catalogue.items.avg_range),
                tuple(catalogue.items.year_range),
            )
        values = sorted((k, repr(v)) for k, v in model.hyperparameters.items())
        hist = json.dumps(model.hist)
        return (
            trainings.digest(model.get_weights()),
            values,
            hist,
            model.epoch,
            model.origin,
            movies,
        )
    finally:
        model.close()


def outcome(folder: Path, expected: object, ran: list[str]) -> tuple[str, str]:
    """What loading a folder came to, and what is to be said of it."""
    ran.clear()
    said = ""
    try:
        with bounded():
            found = contents(folder)
        result = "equal" if found == expected else "different"
    except CourseError as error:
        result, said = "refused", str(error)
        if "\n" in said.strip() or len(said) > 2000:
            result, said = "traceback", f"{len(said):,} characters: {said[:200]}"
    except (Exception, TooSlow) as error:
        result, said = "traceback", f"{type(error).__name__}: {str(error)[:200]}"
    if ran:
        result, said = "code run", ", ".join(ran)
    return result, said


# --- files ------------------------------------------------------------------------------------


def _flip(path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    at, bit = rng.randrange(len(raw)), rng.randrange(8)
    raw[at] ^= 1 << bit
    path.write_bytes(raw)
    return f"bit {bit} of byte {at} flipped"


def _overwrite(path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    at = rng.randrange(len(raw))
    n = min(rng.randrange(1, 512), len(raw) - at)
    raw[at : at + n] = rng.choice([b"\0" * n, rng.randbytes(n)])
    path.write_bytes(raw)
    return f"{n} bytes at {at} overwritten"


def _truncate(path: Path, rng: random.Random) -> str:
    n = rng.randrange(path.stat().st_size)
    path.write_bytes(path.read_bytes()[:n])
    return f"cut to {n} bytes"


def _append(path: Path, rng: random.Random) -> str:
    path.write_bytes(path.read_bytes() + rng.randbytes(rng.randrange(1, 40)))
    return "bytes appended"


def _empty(path: Path, rng: random.Random) -> str:
    path.write_bytes(b"")
    return "emptied"


def _delete(path: Path, rng: random.Random) -> str:
    path.unlink()
    return "deleted"


def _folder(path: Path, rng: random.Random) -> str:
    path.unlink()
    path.mkdir()
    return "a folder instead"


def _link(path: Path, rng: random.Random) -> str:
    path.unlink()
    path.symlink_to("nowhere")
    return "a dangling link instead"


FILE_CHANGES: tuple[Change, ...] = (
    _flip, _flip, _flip, _overwrite, _truncate, _append, _empty, _delete, _folder, _link,
)  # fmt: skip


@dataclass
class Trained:
    """A folder with several checkpoints, and what each gives."""

    lesson: str
    folder: Path
    expected: dict[str, tuple[object, ...]]  # by prefix
    newest: str

    @property
    def of_newest(self) -> list[Path]:
        """The files of the newest checkpoint, the vocabulary and TensorFlow's state file."""
        return sorted(
            p
            for p in self.folder.iterdir()
            if p.name.startswith((f"{self.newest}.", "vocabulary", "checkpoint"))
        )


def train(lesson: str, data_dir: Path, folder: Path) -> Trained:
    """Train a lesson, and read each of its checkpoints."""
    plan = next(plan for plan in trainings.PLANS if plan.lesson == lesson)
    hyper = {"learning_rate": 0.003, "n_batch": 64}
    data = trainings.prepared(plan, data_dir)
    model = trainings.train(plan, data, folder, epochs=3, hyper=hyper)
    model.close()
    prefixes = sorted(p.stem for p in folder.glob("model-*.json"))
    expected = {prefix: contents(folder / prefix) for prefix in prefixes}
    return Trained(lesson, folder, expected, f"model-{model.saved_epoch}")


def files(
    counts: Counts, trained: Trained, cases: int, rng: random.Random, work: Path, ran: list[str]
) -> None:
    """Change one file."""
    group = "a damaged file"
    names = [path.name for path in trained.of_newest]
    for i in range(cases):
        copy = work / "copy"
        shutil.copytree(trained.folder, copy)
        name = names[i % len(names)]
        change = FILE_CHANGES[i // len(names) % len(FILE_CHANGES)]
        what = f"{trained.lesson}, {name}, {change(copy / name, rng)}"
        _count(counts, group, what, copy, trained.expected[trained.newest], ran)
        shutil.rmtree(copy)


def mixed(
    counts: Counts, trained: Trained, cases: int, rng: random.Random, work: Path, ran: list[str]
) -> None:
    """Files of two checkpoints mixed, or half a folder."""
    prefixes = sorted(trained.expected)
    for i in range(cases):
        copy = work / "copy"
        shutil.copytree(trained.folder, copy)
        expected: object = trained.expected[trained.newest]
        if i % 2:
            group = "files of two checkpoints"
            other = rng.choice([p for p in prefixes if p != trained.newest])
            kinds = ["json", "index", "data-00000-of-00001"]
            taken = rng.sample(kinds, rng.randint(1, 2))
            for kind in taken:
                shutil.copy(copy / f"{other}.{kind}", copy / f"{trained.newest}.{kind}")
            what = f"{trained.lesson}, {'and '.join(taken)} of {other}"
        else:
            group = "half a folder"
            all_names = sorted(p.name for p in copy.iterdir())
            gone = rng.sample(all_names, rng.randint(1, len(all_names) - 1))
            for name in gone:
                (copy / name).unlink()
            left = sorted(p.name for p in copy.iterdir())
            what = f"{trained.lesson}, without {', '.join(gone)}"
            told = [n for n in left if n.startswith(f"{trained.newest}.") or n == "checkpoint"]
            if not told:  # then nothing in the folder says that there was a newer one
                older = [n[:-5] for n in left if n.endswith(".json")]
                expected = trained.expected[max(older)] if older else None
        _count(counts, group, what, copy, expected, ran)
        shutil.rmtree(copy)


def of_2018(
    counts: Counts, trained: Trained, cases: int, rng: random.Random, work: Path,
    data_dir: Path, ran: list[str],
) -> None:  # fmt: skip
    """Folders without JSON, which load with lesson and data, whole and damaged. Their weights have
    no digest but TensorFlow's own checksums."""
    group = "a folder of the 2018 kind"
    plan = next(plan for plan in trainings.PLANS if plan.lesson == trained.lesson)
    data = trainings.prepared(plan, data_dir)
    whole = trained.expected[trained.newest][0]
    for i in range(cases):
        copy = work / "copy"
        shutil.copytree(trained.folder, copy)
        for path in [*copy.glob("*.json"), *copy.glob("vocabulary*")]:
            path.unlink()
        what = "whole"
        if i % 4:
            name = f"{trained.newest}.{('index', 'data-00000-of-00001')[i % 2]}"
            what = f"{name}, {rng.choice(FILE_CHANGES)(copy / name, rng)}"
            if not (copy / f"{trained.newest}.index").is_file():
                shutil.rmtree(copy)  # an older one is then the newest of the folder
                continue
        ran.clear()
        try:
            with bounded():
                model = tfcourse.load(copy, lesson=trained.lesson, data=data, **plan.hyper)
            same = trainings.digest(model.get_weights()) == whole
            result, said = ("equal" if same else "different"), ""
            model.close()
        except CourseError as error:
            result, said = "refused", str(error)
            if what == "whole":
                result = "traceback"
        except (Exception, TooSlow) as error:
            result, said = "traceback", f"{type(error).__name__}: {str(error)[:200]}"
        counts.add(group, result)
        if result not in ("refused", "equal"):
            counts.fault(group, f"{trained.lesson}, {what}", f"{result} {said}")
        shutil.rmtree(copy)


def _count(
    counts: Counts, group: str, what: str, folder: Path, expected: object, ran: list[str]
) -> None:
    result, said = outcome(folder, expected, ran)
    counts.add(group, result)
    if result not in ("refused", "equal"):
        counts.fault(group, what, f"{result} {said}")


# --- hostile JSON -----------------------------------------------------------------------------

#: Values that are put in the place of each value of a JSON.
VALUES: tuple[object, ...] = (
    None, True, "", "x", [], {}, [[]], -1, 0, 10**12, 10**30, 1e308, float("nan"), float("inf"),
    "os:system", f"{CANARY}:MF", "../../etc/passwd", "/etc/passwd", "\0", "x" * 5_000_000,
    [16] * 3000, ["a", "b"], {"a": {"b": 1}}, "__import__('os').system('true')",
)  # fmt: skip
CLASSES = (
    "this:x", "os:system", f"{CANARY}:MF", "antigravity:x", "graphs.mf:os.system", "builtins:eval",
    "subprocess:Popen", "graphs.mf", "", ":", "..:x", "tests.torture:damage", "graphs.mf:MF.__init__",
)  # fmt: skip
LESSON_NAMES = (
    "../../mf", "mf/../../x", "/etc/passwd", "mf\n", "MF", "", "mf.py", "graphs.mf:MF", "torture_canary",
    "__class__", "mf\0", "mf mf",
)  # fmt: skip


def signed(described: dict[str, Any]) -> str:
    """A JSON with the digest of its contents, as one makes it who wants it to be believed."""
    kept = {key: value for key, value in described.items() if key != "digest"}
    plain = json.dumps(kept, sort_keys=True)
    digest = hashlib.sha256(json.dumps(json.loads(plain), sort_keys=True).encode()).hexdigest()
    return json.dumps({**kept, "digest": digest})


def _places(described: dict[str, Any]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in described.items():
        found.append((key,))
        if isinstance(value, dict):
            found += [(key, *rest) for rest in _places(value)]
    return found


def _put(described: dict[str, Any], place: tuple[str, ...], value: object) -> None:
    for key in place[:-1]:
        described = described[key]
    described[place[-1]] = value


#: Entries that change nothing in what is loaded, or whose value only its author can know.
FREE = ("best", "saved", "versions", "protocol", "data_source", "hist", "digest", "arguments",
        "lesson", "epoch", "vocabulary")  # fmt: skip


def hostile(
    counts: Counts, trained: Trained, cases: int, rng: random.Random, work: Path, ran: list[str]
) -> None:
    """JSONs with a right digest and wrong values.

    A value that another training could have, as another learning rate, cannot be known for wrong
    where the digest is right. So "equal" means here that the weights are those of the file.
    """
    group = "a hostile JSON, its digest right"
    good = json.loads((trained.folder / f"{trained.newest}.json").read_text(encoding="utf-8"))
    weights = trained.expected[trained.newest][0]
    texts: list[tuple[str, str]] = []
    for name in CLASSES:
        texts.append((f"class {name}", signed({**good, "class": name})))
    for name in LESSON_NAMES:
        texts.append((f"lesson {name!r}", signed({**good, "lesson": name})))
    for path in ("../x", "/etc/passwd", "..", "", "a" * 300, "\0"):
        texts.append((f"file {path[:9]!r}", signed({**good, "files": {path: "0" * 64}})))
    raw = json.dumps(good)
    for name in good["arguments"]:
        long = {**good["arguments"], name: [16] * 3000}
        texts.append((f"{name} of 3,000 numbers", signed({**good, "arguments": long})))
    texts += [
        ("nested 10,000 deep", "[" * 10_000 + "]" * 10_000),
        ("an object nested 10,000 deep", '{"a":' * 10_000 + "1" + "}" * 10_000),
        ("nested in an argument", raw.replace('"n_batch": 64', f'"n_batch": {"[" * 5000 + "]" * 5000}')),
        ("a key twice", raw[:-1] + ', "epoch": 1}'),
        ("class twice", raw[:-1] + ', "class": "this:x"}'),
        ("a number of 5,000 digits", raw.replace('"epoch": ', '"epoch": ' + "9" * 5000)),
        ("no object", "3"), ("null", "null"), ("a list", "[]"), ("a string", '"x"'), ("NaN", "NaN"),
        ("5 MB of spaces", " " * 5_000_000), ("5 MB of text", json.dumps("x" * 5_000_000)),
        ("format 10**30", signed({**good, "format": 10**30})),
        ("format -1", signed({**good, "format": -1})),
        ("format 0", signed({**good, "format": 0})),
    ]  # fmt: skip
    places = _places(good)
    replaced = [(place, value) for place in places for value in VALUES]
    for place, value in rng.sample(replaced, min(len(replaced), max(cases - len(texts), 0))):
        changed = json.loads(raw)
        _put(changed, place, value)
        texts.append((f"{'.'.join(place)} = {str(value)[:30]!r}", signed(changed)))
    for what, text in texts[:cases] if cases < len(texts) else texts:
        copy = work / "copy"
        shutil.copytree(trained.folder, copy)
        (copy / f"{trained.newest}.json").write_text(text, encoding="utf-8", errors="replace")
        expected = trained.expected[trained.newest]
        result, said = outcome(copy, expected, ran)
        if result == "different" and what.split(" = ")[0].split(".")[0] in FREE:
            with contextlib.suppress(CourseError):
                result = "equal" if contents(copy)[0] == weights or "saved" in what else "different"
        counts.add(group, result)
        if result not in ("refused", "equal"):
            counts.fault(group, f"{trained.lesson}, {what}", f"{result} {said}")
        shutil.rmtree(copy)


def run(counts: Counts, data_dir: Path, work: Path, seed: int, cases: int) -> None:
    """All of it, with about ``cases`` folders."""
    rng = random.Random(seed)
    lessons = LESSONS if cases >= 200 else LESSONS[2:3]
    each = cases // len(lessons)
    work.mkdir(parents=True, exist_ok=True)
    for lesson in lessons:
        trained = train(lesson, data_dir, work / lesson)
        with no_code(work) as ran:
            files(counts, trained, each * 4 // 10, rng, work, ran)
            mixed(counts, trained, each * 2 // 10, rng, work, ran)
            of_2018(counts, trained, each // 10, rng, work, data_dir, ran)
            hostile(counts, trained, each * 3 // 10, rng, work, ran)
