"""Running a lab in a process of its own, with limits, and what came of it, task by task."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tfcourse.labs import files
from tfcourse.labs.contract import KnownError, Lab, Task, Verdict

GIGABYTE = 2**30
_LOOK = 0.1  # seconds between two looks at a lab's memory
_LOOK_WIDE = 1.0  # and at that of the processes that it has started, which have to be searched for
_TAIL = 4096  # bytes that are kept of what a lab prints
_PER_TEXT = 300  # letters of an error that are shown

Say = Callable[[str], object]


@dataclass(frozen=True)
class Limits:
    """What a lab may use.

    Attributes:
        seconds: from the start of its process to the last verdict.
        memory: bytes of main memory, of the process and those that it starts.
    """

    seconds: float = 300.0
    memory: int = 4 * GIGABYTE


@dataclass
class Result:
    """What came of a lab.

    Attributes:
        lab: its name. file: the learner's. learner: a name, for the lines of a class.
        verdicts: by task, in the lab's order; a task that was not judged has one that says why.
        seconds: that it took.
        error: why it did not run to its end, in English; "" if it did. error_zh: the same.
        printed: the last lines that it printed, for whoever looks for a fault.
    """

    lab: Lab
    file: Path
    learner: str
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seconds: float = 0.0
    error: str = ""
    error_zh: str = ""
    printed: str = ""

    @property
    def done(self) -> int:
        """How many tasks are done."""
        return sum(verdict.done for verdict in self.verdicts.values())

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return len(self.lab.tasks)


class Cancelled(Exception):
    """The check of a class was given up while a lab was running."""


def check(
    path: str | Path,
    lab: Lab,
    limits: Limits | None = None,
    parameters: Mapping[str, Any] | None = None,
    module: str | None = None,
    learner: str = "",
    say: Say = lambda line: None,
    stop: threading.Event | None = None,
) -> Result:
    """Run a lab in a process of its own and judge its tasks.

    Args:
        path: the notebook or its text form. It runs in its own folder.
        lab: which lab it is.
        limits: what it may use.
        parameters: values that are set after the cell with the tag "parameters", by name; at the
            beginning where there is no such cell.
        module: the module whose ``LABS`` holds the lab; by default ``graphs.labs``.
        learner: a name for the result; by default the file's.
        say: takes a line for each task that is judged.
        stop: ends the run when it is set.

    Raises:
        UsageError: the file is no notebook.
        Cancelled: ``stop`` was set.
    """
    path = Path(path).absolute()
    cells = files.read(path).cells  # before a process is started for it
    run = _Run(lab, cells, limits or Limits(), say)
    with tempfile.TemporaryDirectory(prefix="tfcourse-lab-") as folder:
        report, job = Path(folder, "report"), Path(folder, "job.json")
        report.touch()
        described = {
            "file": str(path), "lab": lab.name, "module": module, "parameters": dict(parameters or {}),
            "report": str(report), "parent": os.getpid(),
        }  # fmt: skip
        job.write_text(json.dumps(described), "utf-8")
        begin = time.monotonic()
        process = _start(job)
        drain = _Drain(process)
        try:
            run.follow(process, report, stop)
        finally:
            end_all(process)
            drain.join()
        run.read(report)
    result = Result(lab, path, learner or path.stem, seconds=round(time.monotonic() - begin, 1))
    run.code, run.printed = process.returncode, drain.text
    result.printed = drain.text
    result.error, result.error_zh = run.ended()
    for task in lab.tasks:
        result.verdicts[task.name] = run.verdict(task)
    return result


def _start(job: Path) -> subprocess.Popen[bytes]:
    """Start the process. It is the first of a group, has no input, and prints to a pipe."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:replace"}
    environment["MPLBACKEND"] = "Agg"
    environment["TFCOURSE_LANG"] = "en"  # errors are recognized by their words
    return subprocess.Popen(
        [sys.executable, "-m", "tfcourse.labs.child", str(job)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )


def end_all(process: subprocess.Popen[bytes]) -> None:
    """End a lab's process and all that it has started."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):  # its group, also when it has ended itself
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()


class _Drain:
    """Reads what a lab prints, so that it never waits, and keeps no more than the end of it."""

    def __init__(self, process: subprocess.Popen[bytes]):
        assert process.stdout is not None
        self._stream, self._tail = process.stdout, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self._stream.fileno(), 1 << 16):
                self._tail = (self._tail + part)[-_TAIL:]

    def join(self) -> None:
        # A process that has left the lab's group may hold the pipe open: it is left to itself.
        self._thread.join(timeout=1)
        if not self._thread.is_alive():
            self._stream.close()

    @property
    def text(self) -> str:
        return self._tail.decode("utf-8", "replace")


@dataclass(frozen=True)
class _Fault:
    """An error that a cell stopped with, in both languages, and what it is known to mean."""

    why: str
    why_zh: str
    known: KnownError | None


class _Run:
    """What is known of a lab that runs, from the lines of its report."""

    def __init__(self, lab: Lab, cells: Sequence[files.Cell], limits: Limits, say: Say):
        self.lab, self.cells, self.limits, self.say = lab, cells, limits, say
        self.verdicts: dict[str, Verdict] = {}
        self.errors: dict[int, dict[str, Any]] = {}  # by cell
        self.cell: int | None = None  # that was running last; 0 for the last look at all tasks
        self.exit: int | None = None  # the cell that ended Python
        self.is_over = False
        self.beyond = ""  # the limit that was reached
        self.code = 0  # with which its process ended
        self.printed = ""  # the end of what it printed
        self._read = 0

    def follow(
        self, process: subprocess.Popen[bytes], report: Path, stop: threading.Event | None
    ) -> None:
        """Wait until the process ends or a limit is reached."""
        end = time.monotonic() + self.limits.seconds
        wide = others = 0.0
        while process.poll() is None:
            self.read(report)
            if self.is_over:
                return
            if stop is not None and stop.is_set():
                raise Cancelled
            if time.monotonic() > end:
                self.beyond = "seconds"
                return
            if time.monotonic() > wide:
                wide, others = time.monotonic() + _LOOK_WIDE, _memory_of_children(process.pid)
            if _memory(process.pid) + others > self.limits.memory:
                self.beyond = "memory"
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)

    def read(self, report: Path) -> None:
        """Read the lines that the report has got."""
        with report.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole = text.rfind(b"\n") + 1
        self._read += whole
        for line in text[:whole].splitlines():
            with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):  # the lab's
                self._take(json.loads(line))

    def _take(self, line: dict[str, Any]) -> None:
        if "verdict" in line:
            verdict = Verdict(**line["verdict"])
            before = self.verdicts.get(line["task"])
            self.verdicts[line["task"]] = verdict
            if before is None or before.done != verdict.done:
                self.say(f"{line['task']}: {'done' if verdict.done else 'open'}")
        elif "error" in line:
            self.errors[line["error"]["cell"]] = line["error"]
        elif "cell" in line:
            self.cell = line["cell"]
        elif "exit" in line:
            self.exit = line["exit"]
        elif "end" in line:
            self.is_over = True

    # --- in words -----------------------------------------------------------------------------

    def ended(self) -> tuple[str, str]:
        """Why the lab did not run to its end; ("", "") if it did."""
        where, where_zh = self._where()
        seconds, memory = f"{self.limits.seconds:g}", f"{self.limits.memory / GIGABYTE:g}"
        if self.beyond == "seconds":
            return (
                f"the lab ran longer than {seconds} s; {where} was running",
                f"執行超過 {seconds} 秒，停在{where_zh.rstrip()}",
            )
        if self.beyond == "memory":
            return (
                f"the lab needed more than {memory} GB of memory; {where} was running",
                f"記憶體超過 {memory} GB，停在{where_zh.rstrip()}",
            )
        if self.exit is not None:
            return (
                f"the lab ended Python in cell {self.exit}",
                f"程式在 cell {self.exit} 結束了 Python",
            )
        if self.is_over:
            return "", ""
        if self.cell is None:  # a fault of what runs labs, and not of the lab
            said = (self.printed.strip().splitlines() or [f"exit code {self.code}"])[-1][:_PER_TEXT]
            return f"the lab could not be started: {said}", f"無法開始執行：{said}"
        if self.code < 0:
            return (
                f"the lab's Python was ended by signal {-self.code}; {where} was running",
                f"Python 被 signal {-self.code} 結束，停在{where_zh.rstrip()}",
            )
        return f"the lab ended Python in {where}", f"程式在{where_zh}結束了 Python"

    def _where(self) -> tuple[str, str]:
        if self.cell is None:
            return "no cell", "第一個 cell 之前"
        if self.cell == 0:
            return "the check after the last cell", "最後的檢查"
        return f"cell {self.cell}", f" cell {self.cell} "

    def verdict(self, task: Task) -> Verdict:
        """The verdict on a task. One that is open says too which error its cell stopped with; one
        whose variables were not set, or not looked at in time, says why not."""
        verdict, fault = self.verdicts.get(task.name), self._fault(task)
        if verdict is None:
            return self._missing(task, fault)
        if verdict.done or fault is None:
            return verdict
        said = fault.known or verdict  # an error that is known is why the rest is missing
        why, why_zh = f"{said.why} ({fault.why})", f"{said.why_zh}（{fault.why_zh}）"
        return Verdict(False, why, why_zh, said.hint)

    def _missing(self, task: Task, fault: _Fault | None) -> Verdict:
        names = " and ".join(f"`{name}`" for name in task.variables)
        verb = "is" if len(task.variables) == 1 else "are"
        why, why_zh = f"{names} {verb} not set", f"沒有設定 {names}"
        ended, ended_zh = self.ended()
        if fault is not None:
            why, why_zh = f"{why}: {fault.why}", f"{why_zh}：{fault.why_zh}"
            if fault.known is not None:
                known = fault.known
                why, why_zh = f"{known.why} ({why})", f"{known.why_zh}（{why_zh}）"
                return Verdict(False, why, why_zh, known.hint)
            return Verdict(False, why, why_zh, "cell-stopped")
        if ended:
            return Verdict(False, ended, ended_zh, self._hint_of_end())
        found = any(files.sets(cell, name) for cell in self.cells for name in task.variables)
        if not found:
            why, why_zh = (
                f"{why}: no cell sets {'it' if verb == 'is' else 'them'}",
                f"{why_zh}：沒有 cell 設定它",
            )
        return Verdict(False, why, why_zh, "not-set")

    def _hint_of_end(self) -> str:
        return {"seconds": "time-limit", "memory": "memory-limit"}.get(self.beyond, "ended-python")

    def _fault(self, task: Task) -> _Fault | None:
        """The error that a cell which sets a variable of the task stopped with."""
        for cell in self.cells:
            error = self.errors.get(cell.number)
            if error is None or not any(files.sets(cell, name) for name in task.variables):
                continue
            text = error["text"]
            short = text if len(text) <= _PER_TEXT else text[:_PER_TEXT] + " ..."
            line = f", line {error['line']}," if error["line"] else ""
            known = [k for k in self.lab.errors if re.search(k.pattern, text)]
            return _Fault(
                f"cell {cell.number}{line} stopped with {short}",
                f"cell {cell.number} 停在 {short}",
                known[0] if known else None,
            )
        return None


def _memory(pid: int) -> int:
    """Bytes of main memory that a process uses."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).memory_info().rss
    return 0


def _memory_of_children(pid: int) -> int:
    """The same of all processes that it has started, and they."""
    with contextlib.suppress(psutil.Error):
        return sum(_memory(child.pid) for child in psutil.Process(pid).children(recursive=True))
    return 0
