"""The process that runs a lab: ``python -m tfcourse.labs.child JOB``.

JOB is a file of JSON that ``tfcourse.labs.running`` writes. The process runs the cells in one namespace, as
Jupyter would, and goes on after a cell that stops with an error, as a learner who runs all cells does.
What it finds it writes to a file, a line of JSON each: whatever ends it then, those lines are there.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import linecache
import os
import signal
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tfcourse.labs import files
from tfcourse.labs.contract import PARAMETERS, Lab, Task, Verdict

Write = Callable[[Mapping[str, Any]], None]
_MOST = 2000  # letters of an error's message


def main(job: str) -> None:
    """Do a job, and end the process whatever threads the lab has left."""
    given = json.loads(Path(job).read_text("utf-8"))
    report = open(given["report"], "a", encoding="utf-8")

    def write(line: Mapping[str, Any]) -> None:
        report.write(json.dumps(line) + "\n")
        report.flush()

    _end_with_parent(given["parent"])
    os.environ["MPLBACKEND"] = "Agg"
    folder = str(Path(given["file"]).parent)
    os.chdir(folder)
    sys.path.insert(0, folder)  # as in Jupyter: modules beside the notebook
    lab = files.find(given["lab"], labs_of(given["module"]))
    code = files.read(given["file"])
    _run(lab, code.cells, given["parameters"], write)
    write({"end": True})
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def labs_of(module: str | None) -> Sequence[Lab]:
    """The labs of a module, its ``LABS``; by default those of the deck."""
    if module is None:
        from tfcourse import lessons

        return lessons.labs()
    return importlib.import_module(module).LABS


def _end_with_parent(parent: int) -> None:
    """End this process, and those that it has started, when the one that started it is gone."""
    if not hasattr(os, "getppid") or os.name != "posix":
        return
    with contextlib.suppress(OSError):  # of Linux: if memory is short, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _run(
    lab: Lab, cells: Sequence[files.Cell], parameters: Mapping[str, Any], write: Write
) -> None:
    """Run the cells, and judge tasks as soon as their variables are set, and at the end again."""
    namespace = _namespace()
    judged: dict[str, list[int]] = {}  # the values that each task was last judged for
    place = next((c.number for c in cells if "parameters" in c.tags), 0)
    with contextlib.ExitStack() as stack:
        if lab.trains:
            from tfcourse.labs import seen

            stack.enter_context(seen.recorded())
        if not place:
            namespace.update(parameters)
        for cell in cells:
            write({"cell": cell.number})
            try:
                _run_cell(cell, namespace)
            except SystemExit:
                write({"exit": cell.number})
                break
            except BaseException as error:
                write({"error": _described(error, cell.number)})
            if cell.number == place:
                namespace.update(parameters)
            for task in lab.tasks:
                values = [id(namespace.get(name)) for name in task.variables]
                ready = all(name in namespace for name in task.variables)
                if ready and judged.get(task.name) != values:
                    judged[task.name] = values
                    write(_judged(task, namespace, parameters))
        else:
            write({"cell": 0})
            for task in lab.tasks:
                if all(name in namespace for name in task.variables):
                    write(_judged(task, namespace, parameters))


def _judged(
    task: Task, namespace: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """A task's verdict, as a line of the report. A check that fails gives one too."""
    try:
        verdict = task.check({**namespace, PARAMETERS: dict(parameters)})
    except Exception as error:
        found = _described(error, 0)["text"]
        names = ", ".join(f"`{name}`" for name in task.variables)
        verdict = Verdict(
            False,
            f"{names} cannot be looked at: {found}",
            f"無法檢查 {names}：{found}",
            "cannot-look",
        )
    return {"task": task.name, "verdict": vars(verdict)}


def _described(error: BaseException, number: int) -> dict[str, Any]:
    """An error of a cell: its text in one line, and the line of the cell."""
    text = _short(error)
    lines = [n for f, n in _lines(error) if f == _name(number)]
    if isinstance(error, SyntaxError) and error.filename == _name(number):
        text, lines = error.msg, [error.lineno or 0]
    return {
        "cell": number,
        "line": lines[-1] if lines else 0,
        "text": f"{type(error).__name__}: {text}" if text else type(error).__name__,
    }


def _short(error: BaseException) -> str:
    """An error's message in one line. TensorFlow's own errors name the node below what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    node = next((i for i, line in enumerate(lines) if line.startswith("[[{{node")), 0)
    if node:
        lines = [lines[node - 1]]
    return " ".join(lines)[:_MOST]


def _lines(error: BaseException) -> list[tuple[str, int]]:
    return [(f.f_code.co_filename, n) for f, n in traceback.walk_tb(error.__traceback__)]


# --- cells ------------------------------------------------------------------------------------


def _name(number: int) -> str:
    return f"<cell {number}>"


def _namespace() -> dict[str, Any]:
    """The module that the cells run in: the program's main one, as in Jupyter."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    space = vars(module)
    space["__builtins__"] = __builtins__
    space["get_ipython"] = lambda: _Shell(space)
    space["display"] = lambda *objects, **options: None
    return space


def _run_cell(cell: files.Cell, namespace: dict[str, Any]) -> None:
    """Run a cell's code, in which IPython's magics and shell lines do nothing."""
    from IPython.core.inputtransformer2 import TransformerManager

    source = TransformerManager().transform_cell(cell.source)
    _run_source(source, _name(cell.number), namespace)


def _run_source(source: str, name: str, namespace: dict[str, Any]) -> None:
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)  # for tracebacks
    exec(compile(source, name, "exec", dont_inherit=True), namespace)


class _Shell:
    """What stands for IPython: magics and shell commands that do nothing."""

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Run the cell's code where the magic is one that only measures or hides."""
        if name in ("capture", "prun", "time"):
            _run_source(body, f"<%%{name}>", self.namespace)

    def run_line_magic(self, name: str, line: str, *more: Any) -> None:
        """Run the line's code for ``%time``; otherwise nothing."""
        if name in ("prun", "time"):
            _run_source(line, f"<%{name}>", self.namespace)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **options: None  # system, getoutput, set_next_input ...


if __name__ == "__main__":
    _me = sys.modules["__main__"]  # kept when the lab's module takes its place
    main(sys.argv[1])
