"""Bad tables, options and queries. Each has the result that it must come to."""

from __future__ import annotations

import contextlib
import gzip
import inspect
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from click.testing import CliRunner, Result

from tests.torture.counts import Counts
from tests.torture.damage import TooSlow, bounded, no_code
from tfcourse.cli import main
from tfcourse.datasets import movielens
from tfcourse.errors import DataError

REFUSED, EQUAL = "refused", "equal"

# --- tables -----------------------------------------------------------------------------------

#: A line, as its cells, with a fault in it: what is done, and what must come of it.
Row = Callable[[list[str], random.Random], "list[str] | bytes"]
File = Callable[[bytes, random.Random], bytes]


def _cell(at: int, value: str) -> Row:
    def change(cells: list[str], rng: random.Random) -> list[str]:
        return [*cells[:at], value, *cells[at + 1 :]]

    return change


_NO_NUMBER = ("", "x", "nan", "inf", "-inf", "True", "1e400", "0x10", "1_000", "１", "1;2", "--1", "1 2",
              "None", "9" * 30, "9" * 5000, "1\0", '"1', "1\u202e", "½", "1e", "\x1b[31m")  # fmt: skip
_NO_WHOLE = (*_NO_NUMBER, "1.5", "1e3", str(2**53 + 1))
_NO_RATING = (*_NO_NUMBER, "0", "0.4", "5.5", "-1", "3.7", "3.50001", "1e2", "4.999999")
_NO_TITLE = (
    "",
    "   ",
    "a\0b",
    "a\tb",
    "a\x07b",
    "x" * 1001,
    "x" * 200_000,
    "\u202egnp",
    "a\x85b",
    '"open',
)
_NO_GENRES = ("|", "a||b", "|a", "a|", "a|a", " a", "a |b", "a\0", "x" * 1001)

RATING_ROWS: list[tuple[str, Row, str]] = [
    *((f"{name} {v[:12]!r}", _cell(at, v), REFUSED)
      for at, name in ((0, "userId"), (1, "movieId"), (3, "timestamp")) for v in _NO_WHOLE),
    *((f"rating {v[:12]!r}", _cell(2, v), REFUSED) for v in _NO_RATING),
    ("movie unknown", _cell(1, "999999"), REFUSED),
    ("a cell less", lambda cells, rng: cells[:-1], REFUSED),
    ("two cells less", lambda cells, rng: cells[:-2], REFUSED),
    ("a cell more", lambda cells, rng: [*cells, "1"], REFUSED),
    ("an empty cell more", lambda cells, rng: [*cells, ""], REFUSED),
    ("semicolons", lambda cells, rng: [";".join(cells)], REFUSED),
    ("tabs", lambda cells, rng: ["\t".join(cells)], REFUSED),
    ("twice", lambda cells, rng: (",".join(cells) + "\n" + ",".join(cells)).encode(), REFUSED),
    ("bytes that are no UTF-8", lambda cells, rng: b"\xff" + ",".join(cells).encode(), REFUSED),
    ("zeros", lambda cells, rng: b"\0" * 30, REFUSED),
    ("spaces", lambda cells, rng: [f" {c} " for c in cells], EQUAL),
    ("quotes", lambda cells, rng: [f'"{c}"' for c in cells], EQUAL),
    ("ids as 1.0", lambda cells, rng: [cells[0] + ".0", *cells[1:]], EQUAL),
    ("rating as 4.50", lambda cells, rng: [*cells[:2], cells[2] + "0", cells[3]], EQUAL),
]  # fmt: skip
MOVIE_ROWS: list[tuple[str, Row, str]] = [
    *((f"movieId {v[:12]!r}", _cell(0, v), REFUSED) for v in _NO_WHOLE),
    *((f"title {v[:12]!r}", _cell(1, v), REFUSED) for v in _NO_TITLE),
    *((f"genres {v[:12]!r}", _cell(2, v), REFUSED) for v in _NO_GENRES),
    ("a cell less", lambda cells, rng: cells[:-1], REFUSED),
    ("a cell more", lambda cells, rng: [*cells, "1"], REFUSED),
    ("twice", lambda cells, rng: (",".join(cells) + "\n" + ",".join(cells)).encode(), REFUSED),
    ("bytes that are no UTF-8", lambda cells, rng: cells[0].encode() + b",Caf\xe9,Drama", REFUSED),
    ("text after a quote", lambda cells, rng: [cells[0], '"a" b', cells[2]], REFUSED),
    ("a quote over two lines", lambda cells, rng: [cells[0], '"a\nb"', cells[2]], REFUSED),
    ("gone", lambda cells, rng: b"", "either"),  # where the movie has no rating
]  # fmt: skip


def _header(change: Callable[[list[bytes]], list[bytes]]) -> File:
    def changed(raw: bytes, rng: random.Random) -> bytes:
        first, rest = raw.split(b"\n", 1)
        return b",".join(change(first.split(b","))) + b"\n" + rest

    return changed


def _columns(raw: bytes, rng: random.Random) -> bytes:
    """A column more."""
    return b"".join(
        line + (b",extra\n" if i == 0 else b",7\n") for i, line in enumerate(raw.splitlines())
    )


FILES: list[tuple[str, File, str]] = [
    ("empty", lambda raw, rng: b"", REFUSED),
    ("one byte", lambda raw, rng: b"\n", REFUSED),
    ("the header alone", lambda raw, rng: raw.split(b"\n")[0] + b"\n", REFUSED),
    ("no header", lambda raw, rng: raw.split(b"\n", 1)[1], REFUSED),
    ("a column twice", _header(lambda names: [names[0], *names[:-1]]), REFUSED),
    ("a name misspelt", _header(lambda names: [b"userid", *names[1:-1], b"x"]), REFUSED),
    ("a name less", _header(lambda names: names[:-1]), REFUSED),
    ("a name more", _header(lambda names: [*names, b"x"]), REFUSED),
    ("UTF-16", lambda raw, rng: raw.decode().encode("utf-16"), REFUSED),
    ("cut", lambda raw, rng: _cut(raw, rng), REFUSED),
    ("no last line break", lambda raw, rng: raw[:-1], REFUSED),
    ("noise", lambda raw, rng: rng.randbytes(5000), REFUSED),
    ("zeros at the end", lambda raw, rng: raw[:-60] + b"\0" * 60, REFUSED),
    ("a page of HTML", lambda raw, rng: b"<!doctype html>\n<html>404</html>\n", REFUSED),
    ("packed", lambda raw, rng: gzip.compress(raw), REFUSED),
    ("5 MB in a cell", lambda raw, rng: raw + b"1," + b"x" * 5_000_000 + b",1,1\n", REFUSED),
    ("a byte order mark", lambda raw, rng: b"\xef\xbb\xbf" + raw, EQUAL),
    ("line breaks of Windows", lambda raw, rng: raw.replace(b"\n", b"\r\n"), EQUAL),
    ("line breaks of old Macs", lambda raw, rng: raw.replace(b"\n", b"\r"), EQUAL),
    ("blank lines", lambda raw, rng: raw + b"\n\n", EQUAL),
    ("a column more", _columns, EQUAL),
    ("rows in another order", lambda raw, rng: _shuffled(raw, rng), "same rows"),
]


def _cut(raw: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(1, len(raw))
    while raw[at - 1 : at] == b"\n":  # a whole number of lines is a whole file
        at = rng.randrange(1, len(raw))
    return raw[:at]


def _shuffled(raw: bytes, rng: random.Random) -> bytes:
    head, *lines = raw.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join([head, *lines])


def _table(data: movielens.MovieLens) -> tuple[object, ...]:
    """What a folder's tables say, the ratings in the order of user and movie."""
    order = np.lexsort([data.movie, data.user])
    columns = (data.user, data.movie, data.rating, data.timestamp)
    return (
        data.movies.digest,
        tuple(data.movies.title),
        tuple(data.movies.genres),
        data.users.digest,
        *(column[order].tobytes() for column in columns),
    )


def tables(counts: Counts, data_dir: Path, work: Path, cases: int, rng: random.Random) -> None:
    """Read damaged tables."""
    good = _table(movielens.read(data_dir))
    kinds = [("ratings.csv", "row", *one) for one in RATING_ROWS]
    kinds += [("movies.csv", "row", *one) for one in MOVIE_ROWS]
    kinds += [(name, "file", *one) for name in ("ratings.csv", "movies.csv") for one in FILES]
    rng.shuffle(kinds)
    for i in range(cases):
        name, of, what, change, must = kinds[i % len(kinds)]
        folder = work / "table"
        shutil.copytree(data_dir, folder)
        raw = (folder / name).read_bytes()
        line = 0
        if of == "row":
            lines = raw.rstrip(b"\n").split(b"\n")
            plain = [i for i, text in enumerate(lines) if i and b'"' not in text]
            line = rng.choice(plain)
            made = change(lines[line].decode().split(","), rng)
            lines[line] = made if isinstance(made, bytes) else ",".join(made).encode()
            raw = b"\n".join(lines) + b"\n"
        else:
            raw = change(raw, rng)
        (folder / name).write_bytes(raw)
        result, said = "traceback", ""
        try:
            with bounded():
                found = _table(movielens.read(folder))
            result = EQUAL if found == good else "different"
        except DataError as error:
            result, said = REFUSED, str(error)
            text = said.replace(str(folder), "")
            if "\n" in text or len(text) > 500 or any(ord(c) < 32 for c in text):
                result = "traceback"
            elif of == "row" and must == REFUSED and f"{name}, line " not in text:
                result = "traceback"  # a fault of a row is one of a line
        except (Exception, TooSlow) as error:
            said = f"{type(error).__name__}: {str(error)[:200]}"
        _note(counts, "a table", f"{name}, line {line + 1}, {what}", result, said, must)
        shutil.rmtree(folder)


def _note(counts: Counts, group: str, what: str, result: str, said: str, must: str) -> None:
    allowed = {"either": (REFUSED, "different"), "same rows": (EQUAL,)}.get(must, (must,))
    if result == "different" and result in allowed:
        result = EQUAL  # the movie's row is gone, and nothing else
    elif result not in allowed and result in (REFUSED, EQUAL, "different"):
        said, result = f"{result}, not {must}: {said}", "different"
    counts.add(group, result)
    if result not in (REFUSED, EQUAL):
        counts.fault(group, what, f"{result} {said[:300]}")


# --- the command line -------------------------------------------------------------------------


def command(*args: str) -> Result:
    """A command in this process."""
    separate = "mix_stderr" in inspect.signature(CliRunner).parameters  # click before 8.2
    runner = CliRunner(mix_stderr=False) if separate else CliRunner()  # type: ignore[call-arg]
    return runner.invoke(main, list(args))


def judge(result: Result, right: Callable[[Any], bool]) -> tuple[str, str]:
    """What a command came to: refused in one line, equal to what is right, or a fault."""
    said = result.stderr.strip()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return "traceback", repr(result.exception)[:200]
    if "Traceback" in result.output:
        return "traceback", result.output[-200:]
    if result.exit_code == 0:
        try:
            return (
                (EQUAL, "")
                if right(json.loads(result.stdout))
                else ("different", result.stdout[:200])
            )
        except (ValueError, KeyError, IndexError, TypeError) as error:
            return "different", f"{error!r} {result.stdout[:100]}"
    errors = [line for line in said.splitlines() if line.startswith("Error: ")]
    if result.exit_code not in (1, 2) or len(errors) != 1 or not said.endswith(errors[0]):
        return "traceback", f"exit {result.exit_code}: {said[-300:]}"
    return REFUSED, errors[0]


_BAD_NUMBER = (
    "nan",
    "inf",
    "-inf",
    "-1",
    "1e999",
    "x",
    "",
    "0x10",
    "1,2",
    "²",
    "None",
    "9" * 400,
    "-0.5",
)
_BAD_WHOLE = (*_BAD_NUMBER, "0", "1.5", "1e3", "2.0", "1000000000", str(10**12), str(10**30))


def _options(data_dir: Path, work: Path) -> list[list[str]]:
    """Arguments of commands, each of which must be refused."""
    fit = [
        "fit",
        "mf",
        "--data-dir",
        str(data_dir),
        "--model-dir",
        str(work / "m"),
        "--epochs",
        "1",
    ]
    dnn = [*fit[:1], "mf-with-dnn-lab", *fit[2:]]
    pokemon = [
        "fit",
        "pokemon-dropout",
        "--epochs",
        "1",
        "--model-dir",
        str(work / "m"),
        "--data-dir",
        "data",
    ]
    cases = [[*fit, "--dim", v] for v in _BAD_WHOLE]
    cases += [[*dnn, "--n-batch", v] for v in (*_BAD_NUMBER, "0", "1.5", "1e3", "2.0")]
    cases += [[*dnn, "--dim", v] for v in _BAD_WHOLE]
    cases += [[*fit, "--learning-rate", v] for v in (*_BAD_NUMBER, "0", "-3")]
    cases += [[*dnn, "--dp-scale", v] for v in (*_BAD_NUMBER, "1", "1.5")]
    cases += [
        [*dnn, "--hidden", v] for v in ("", ",", "16,", "a", "16,x", "0,16", "-1,16", "8", "nan")
    ]
    cases += [[*pokemon, "--drop-rate", v] for v in (*_BAD_NUMBER, "1", "2")]
    cases += [[*pokemon, "--hidden1", v] for v in _BAD_WHOLE]
    cases += [[*pokemon, "--activation", v] for v in ("", "x", "os.system", "__import__", "Relu!")]
    cases += [
        [*fit, "--optimizer", v] for v in ("", "x", "os:system", "Adam()", "tf.train.AdamOptimizer")
    ]
    cases += [
        [*fit, f"--{name}", v]
        for name in ("n-movies", "n-users")
        for v in ("5", "3", "1", *_BAD_WHOLE)
    ]
    cases += [[*fit, "--seed", v] for v in ("-1", "x", "1.5", "nan", "")]
    cases += [[*fit, "--epochs", v] for v in ("0", "-1", "x", "1.5", "nan", "", "1e3")]
    cases += [[*fit, "--keep", v] for v in ("0", "-1", "x", "nan")]
    cases += [[*fit, "--early-stopping", v] for v in ("0", "-1", "x", "nan", "1.5")]
    cases += [[*fit, "--time-limit", v] for v in ("0", "-1", "nan", "x", "-inf")]
    cases += [[*fit, "--engine", v] for v in ("", "x", "Graph")] + [[*fit, "--protocol", "x"]]
    cases += [
        [*fit, "--resume", "--overwrite"],
        [*fit, "--shuffle", "maybe"],
        [*fit, "extra"],
        [*fit, "--dim"],
    ]
    cases += [
        [*fit, "--no-such", "1"],
        [*fit, "-z"],
        [*fit, "--", "--dim"],
        ["fit"],
        ["nothing"],
        ["fit", "--dim"],
    ]
    for name in ("", "MF", "mf ", "../mf", "mf\n", "graphs.mf:MF", "\0", "mf-with", "x" * 5000):
        cases.append(["fit", name, "--data-dir", str(data_dir), "--model-dir", str(work / "m")])
    for folder in ("missing", "", "\0", "x" * 5000, "movies.csv", "/dev/null", "~nobody/x"):
        cases.append(
            ["fit", "mf", "--epochs", "1", "--data-dir", folder, "--model-dir", str(work / "m")]
        )
        cases.append(["evaluate", folder])
        cases.append(["describe", folder])
        cases.append(["most-like", folder, "0"])
        cases.append(["export", folder, str(work / "out")])
    for folder in ("x" * 5000, "/dev/null", "/dev/null/x", "/proc/x"):
        cases.append([*fit[:4], "--epochs", "1", "--model-dir", folder])
    cases += [["sweep", "mf", "--data-dir", str(data_dir), "--epochs", "1", *more] for more in (
        [], ["--dim"], ["--dim", "x"], ["--dim", "4", "0"], ["--dim", "4", "8", "--n-batch", "2", "4"],
        ["--seeds", "0"], ["--jobs", "0"], ["--dim", "4", "nan"])]  # fmt: skip
    return cases


def options(counts: Counts, data_dir: Path, work: Path, cases: int, rng: random.Random) -> None:
    """Commands with options that must be refused, before anything is written."""
    all_of_them = _options(data_dir, work)
    for args in rng.sample(all_of_them, min(cases, len(all_of_them))):
        try:
            with bounded(), limited_memory():
                result, said = judge(command(*args), lambda found: False)
        except TooSlow as error:
            result, said = "traceback", str(error)
        if result == REFUSED and (work / "m").exists():
            result, said = "different", "a folder was made"
        shutil.rmtree(work / "m", ignore_errors=True)
        what = " ".join(a[:20] if len(a) > 60 else a for a in args).replace(str(work), "")
        _note(counts, "an option", what.replace(str(data_dir), "DATA"), result, said, REFUSED)


@contextlib.contextmanager
def limited_memory(size: int = 16 << 30) -> Iterator[None]:
    """Let this process take no more memory than so many bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


_NO_MOVIE = ("", " ", "-1", "60", "10000000000000000000000", "id:", "id:2", "id:x", "id:-1", "id:1e3",
             "id:1.0", "no such film", "(", "[", "\\", ".*", "%s", "{}", "{0.__class__}", "$(true)", "`true`", "; rm x",
             "' or 1=1", "\0", "\n", "\x1b[31m", "\u202e", "x" * 100_000, "Film", "Toy", "🎬", "ı" * 50,
             "-0x1", "1e3", "NaN", "null", "id:1\0", "title:Heat")  # fmt: skip


def queries(
    counts: Counts, data_dir: Path, folder: Path, work: Path, cases: int, rng: random.Random
) -> None:
    """Queries to a checkpoint, such as name a movie and such as do not."""
    movies = movielens.read(data_dir).movies
    made: list[tuple[list[str], str, Callable[[Any], bool]]] = []
    place = str(folder)

    def bad(*args: str) -> None:
        made.append(([*args, "--json"], REFUSED, lambda found: False))

    def good(index: int, k: int, *args: str) -> None:
        def right(found: Any) -> bool:
            one = found[0]
            return (
                len(found) == min(k, len(movies))
                and (one["index"], one["movie_id"]) == (index, int(movies.raw_id[index]))
                and one["title"] == movies.title[index]
                and len({row["index"] for row in found}) == len(found)
            )

        made.append((["most-like", place, *args, "-k", str(k), "--json"], EQUAL, right))

    for text in _NO_MOVIE:
        bad("most-like", place, "--", text)
        bad("recommend", place, "--liked", text)
        bad("most-like", place, "--by", "title", "--", text)
        bad("most-like", place, "--by", "id", "--", text)
    for k in ("0", "-1", "x", "1.5", "nan", "", "1e3", "1000", "9" * 30):
        bad("most-like", place, "0", "-k", k)
        bad("recommend", place, "-k", k)
    for user in ("-1", "30", "x", "", "1.5", "id:", "id:11", "nan", "\0", "9" * 50):
        bad("recommend", place, "--data-dir", str(data_dir), f"--user={user}")
    for new in ("", "x", "a;b", "a; Drama; nan", "a; Drama; inf", "a; Drama; x",
                "a; Nope; 1999", "a; Drama; 1999; nan", "a; Drama; 1999; 9", ";;;", "a; ; 1999", "a\0; Drama; 1999",
                "a; Drama; 1e400", "a; Drama|Drama; 1999", "\x1b[2J; Drama; 1999",
                "; Drama; 1999"):  # fmt: skip
        bad("most-like", place, "0", "--new-movie", new)
    bad("recommend", place, "--liked", "0", "--user", "1", "--data-dir", str(data_dir))
    bad("recommend", place, "--enough", "0")
    bad("most-like", place, "0", "--lesson", "pokemon-adam")
    bad("most-like", place, "0", "--lesson", "../x")
    unique = [i for i in range(len(movies)) if sum(movies.title[i] in t for t in movies.title) == 1]
    for i in rng.sample(unique, 20):
        k = rng.choice([1, 3, 10, 60])
        good(i, k, str(i))
        good(i, k, f"id:{movies.raw_id[i]}")
        good(i, k, movies.title[i])
        good(i, k, movies.title[i].upper())
        good(i, k, str(movies.raw_id[i]), "--by", "id")
    for _ in range(20):
        liked = rng.sample(unique, rng.randint(1, 8))
        rung, k = "model" if len(liked) >= 5 else "content", rng.randint(1, 20)
        words = [word for i in liked for word in ("--liked", str(i))]

        def fits(found: Any, liked=liked, rung=rung, k=k) -> bool:
            chosen = [row["index"] for row in found["items"]]
            scores = [row["score"] for row in found["items"]]
            return (
                found["rung"] == rung
                and len(set(chosen)) == k
                and not set(chosen) & set(liked)
                and scores == sorted(scores, reverse=True)
            )

        made.append((["recommend", place, *words, "-k", str(k), "--json"], EQUAL, fits))
    for args, must, right in rng.sample(made, min(cases, len(made))):
        try:
            with bounded():
                result, said = judge(command(*args), right)
        except (TooSlow, click.ClickException) as error:
            result, said = "traceback", str(error)
        what = " ".join(repr(a[:40]) for a in args if a != place)
        _note(counts, "a query", what, result, said, must)


def run(counts: Counts, data_dir: Path, work: Path, seed: int, cases: int) -> None:
    """All of it, with about ``cases`` inputs, most of them tables."""
    from tests.torture.damage import train

    rng = random.Random(seed)
    work.mkdir(parents=True, exist_ok=True)
    trained = train("mf-with-dnn", data_dir, work / "trained")
    with _inside(work), no_code(work) as ran:
        tables(counts, data_dir, work, cases // 2, rng)
        options(counts, data_dir, work, cases // 4, rng)
        queries(counts, data_dir, trained.folder, work, cases // 4, rng)
        if ran:
            counts.fault("input", "code run", ran)
            counts.add("input", "code run", len(ran))


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Make a folder the current one; Python 3.10 has no contextlib.chdir."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
