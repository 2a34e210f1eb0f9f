"""Run all notebooks, labs and solutions, and build their .ipynb files: ``python -m notebooks.build``.

The text of a notebook is NAME.py, in jupytext's percent format. NAME.ipynb is built from it:

    notebooks            with the outputs of a run
    labs, lab_*          without outputs, since they are to be worked on; they are run all the same
    solutions/           with the outputs of a run

They run in folders of their own with the default data. An error, a path of this machine in an output or a
file above the limit of size fails the build, and nothing is written for that notebook.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tfcourse import lessons, writing
from tfcourse.datasets import movielens

HERE = Path(__file__).resolve().parent
LIMIT = 400  # seconds for one notebook
LARGEST = 400_000  # bytes of a built file
# The epoch table shows how long an epoch took. Two builds that differ in nothing else are the same.
_TIMES = re.compile(r"\d+\.\d+ secs")


class Fault(Exception):
    """What is wrong with a notebook, in one line or with a traceback."""


@dataclass(frozen=True)
class Text:
    """A notebook's text. ``kind`` is "notebook", "lab" or "solution"."""

    path: Path
    kind: str

    @property
    def name(self) -> str:
        return self.path.relative_to(HERE).with_suffix("").as_posix()

    @property
    def built(self) -> Path:
        return self.path.with_suffix(".ipynb")

    @property
    def keeps_outputs(self) -> bool:
        return self.kind != "lab"


def texts() -> list[Text]:
    """All of them: notebooks, then labs, then solutions."""
    own = [path for path in sorted(HERE.glob("*.py")) if path.stem not in ("build", "__init__")]
    return [
        *(Text(path, "notebook") for path in own if not path.stem.startswith("lab_")),
        *(Text(path, "lab") for path in own if path.stem.startswith("lab_")),
        *(Text(path, "solution") for path in sorted((HERE / "solutions").glob("*.py"))),
    ]


def read(text: Text) -> NotebookNode:
    """The notebook of a text, without outputs. The same text gives the same notebook."""
    notebook = jupytext.reads(text.path.read_text("utf-8"), fmt="py:percent")
    labs = {lab.file: lab.name for lab in lessons.labs()}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "file_extension": ".py"},
    }
    if (
        text.kind != "notebook" and text.built.name in labs
    ):  # lab check knows it, however it is renamed
        notebook.metadata["tfcourse"] = {"lab": labs[text.built.name]}
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i:02d}"
        cell.metadata = {key: cell.metadata[key] for key in ("tags",) if key in cell.metadata}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def short_values(notebook: NotebookNode) -> tuple[int, str] | None:
    """Where and with which code the short form sets its values: the place after the cell with the tag
    "parameters", and a line that gives each whole number whose name begins with "n_", as n_epoch, the
    value 1. None for a notebook without such a cell."""
    for i, cell in enumerate(notebook.cells):
        if "parameters" in cell.metadata.get("tags", []):
            names = [
                target.id
                for node in ast.parse(cell.source).body
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                for target in node.targets
                if isinstance(target, ast.Name) and target.id.startswith("n_")
            ]
            return i + 1, "\n".join(f"{name} = 1" for name in names)
    return None


def shortened(notebook: NotebookNode) -> NotebookNode:
    """A copy that trains each model for one epoch."""
    notebook = copy.deepcopy(notebook)
    if (found := short_values(notebook)) is not None:
        place, source = found
        notebook.cells.insert(place, nbformat.v4.new_code_cell(source, id="short"))
    return notebook


def run(notebook: NotebookNode, folder: Path, limit: float = LIMIT) -> NotebookNode:
    """Run a notebook in a kernel of its own.

    Args:
        folder: the kernel's working folder.
        limit: seconds for all cells together.

    Returns:
        the notebook with outputs, made fit to be kept.

    Raises:
        Fault: a cell raised an error, the kernel died or the time was over.
    """
    end = time.monotonic() + limit
    client = NotebookClient(
        notebook,
        timeout_func=lambda cell: max(1, int(end - time.monotonic())),
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        extra_arguments=["--log-level=40"],  # errors; else each kernel warns of its local sockets
    )
    try:
        client.execute()
    except CellTimeoutError:
        raise Fault(f"not done after {limit:.0f} seconds") from None
    except DeadKernelError:
        raise Fault("the kernel died") from None
    except Exception as error:  # a cell's own; the traceback is in its text
        raise Fault(str(error)) from None
    notebook.metadata.language_info = {"name": "python", "file_extension": ".py"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = list(_joined(cell.outputs))
    return notebook


def _joined(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """Outputs with neighbouring pieces of a stream joined: how it was cut depends on timing."""
    before: NotebookNode | None = None
    for output in outputs:
        stream = output.output_type == "stream"
        if stream and before is not None and before.get("name") == output.name:
            before.text += output.text
            continue
        if before is not None:
            yield before
        before = output
    if before is not None:
        yield before


def faults(notebook: NotebookNode, folders: tuple[Path, ...] = ()) -> list[str]:
    """What may not be in a kept notebook: errors, and paths of this machine.

    Args:
        folders: whose paths are looked for, beside those of the checkout, of Python and of the home.
    """
    found = []
    private = {str(p) for p in (HERE.parent, Path.home(), Path(sys.prefix), *folders)}
    private -= {"/", "/usr", "/usr/local"}
    pattern = re.compile("|".join(map(re.escape, sorted(private))) + r"|/home/\w|/Users/\w|/tmp/\w")
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.append(f"cell {i}: {output.ename}: {output.evalue}")
            for said in _texts_of(output):
                found += [f"cell {i}: a path: {m.group()}" for m in pattern.finditer(said)]
    return found


def _texts_of(output: NotebookNode) -> Iterator[str]:
    """All texts of an output, without pictures."""
    yield output.get("text", "")
    yield "\n".join(output.get("traceback", []))
    for kind, value in output.get("data", {}).items():
        if not kind.startswith("image/png"):
            yield value if isinstance(value, str) else json.dumps(value)


def disagreements(text: Text) -> list[str]:
    """Where the built file does not have the cells of its text, or holds what it may not."""
    if not text.built.is_file():
        return [f"{text.name}.ipynb is not built"]
    built, wanted = nbformat.read(text.built, as_version=4), read(text)
    cells = [[(c.cell_type, c.source, c.metadata) for c in n.cells] for n in (built, wanted)]
    found = [] if cells[0] == cells[1] else ["its cells are not those of its text: build it again"]
    outputs = [cell.outputs for cell in built.cells if cell.cell_type == "code"]
    if text.keeps_outputs and not any(outputs):
        found.append("it has no outputs")
    if not text.keeps_outputs and any(outputs):
        found.append("a lab is kept without outputs")
    if text.built.stat().st_size > LARGEST:
        found.append(f"{text.built.stat().st_size:,} bytes, at most {LARGEST:,} are wanted")
    return found + faults(built)


def write(text: Text, notebook: NotebookNode) -> bool:
    """Write the built file, unless only times changed. Returns whether it was written."""
    new = nbformat.writes(notebook) + "\n"
    if len(new.encode()) > LARGEST:
        raise Fault(f"{len(new.encode()):,} bytes, at most {LARGEST:,} are wanted")
    old = text.built.read_text("utf-8") if text.built.is_file() else ""
    if _TIMES.sub("", old) == _TIMES.sub("", new):
        return False
    with writing.whole(text.built) as partial:
        partial.write_text(new, "utf-8", newline="\n")
    return True


def build(text: Text, place: Path, short: bool, limit: float) -> str:
    """Run a notebook and write its file; in the short form nothing is written.

    Args:
        place: folder with the folder ``data``. limit: seconds for one notebook.

    Returns:
        a line of what was done.

    Raises:
        Fault: it cannot be kept.
    """
    begin = time.monotonic()
    folder = place / text.name.replace("/", "-")
    shutil.copytree(place / "data", folder / "data")
    clean = read(text)
    ran = run(shortened(clean) if short else copy.deepcopy(clean), folder, limit)
    if text.keeps_outputs and (found := faults(ran, (place,))):
        raise Fault("; ".join(found))
    done = f"{time.monotonic() - begin:.0f} s"
    if short:
        return f"{done}, short form"
    new = write(text, ran if text.keeps_outputs else clean)
    return f"{done}, {text.built.stat().st_size / 1000:.0f} kB{'' if new else ', as before'}"


def check_lab(text: Text, place: Path) -> str:
    """Check a lab or a solution with ``tfcourse lab check``: as shipped no task is done, with the
    solution all are.

    Args:
        place: folder with the folder ``data``.

    Returns:
        a line of what was found.

    Raises:
        Fault: it was something else.
    """
    folder = place / f"check-{text.name.replace('/', '-')}"  # a lab runs where it lies
    shutil.copytree(place / "data", folder / "data")
    copied = shutil.copy(text.built, folder)
    asked = subprocess.run(
        [sys.executable, "-m", "tfcourse.cli", "lab", "check", str(copied), "--json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        answer = json.loads(asked.stdout)
    except ValueError:
        raise Fault(f"lab check: {asked.stderr.strip()[-500:]}") from None
    done, total, error = answer["done"], answer["total"], answer["error"]
    if error or total == 0 or done != (total if text.kind == "solution" else 0):
        raise Fault(f"lab check: {done} of {total} tasks done; {error or 'no error'}")
    return f"lab check: {done} of {total} tasks done, {answer['seconds']:.0f} s"


def _done(works: dict[Future[str], Text]) -> list[str]:
    """Print a line for each work as it ends. Returns the names of those that failed."""
    wrong = []
    for work in as_completed(works):
        name = works[work].name
        try:
            print(f"{name}: {work.result()}", flush=True)
        except Fault as fault:
            wrong.append(name)
            print(f"{name}: FAILED\n{fault}", flush=True)
    return wrong


def main(argv: list[str] | None = None) -> int:
    """The program. Returns the exit code: 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m notebooks.build", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time (2)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="as reco_model_mf or solutions/lab_reco_model_mf; may be repeated",
    )
    parser.add_argument("--short", action="store_true", help="one epoch each; nothing is written")
    parser.add_argument(
        "--check",
        action="store_true",
        help="run nothing: compare the .ipynb files with their texts",
    )
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"seconds for one ({LIMIT})")
    options = parser.parse_args(argv)
    chosen = [t for t in texts() if not options.only or t.name in options.only]
    if unknown := set(options.only) - {t.name for t in chosen}:
        parser.error(
            f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(t.name for t in texts())}"
        )
    if options.check:
        wrong = [f"{text.name}: {fault}" for text in chosen for fault in disagreements(text)]
        print("\n".join(wrong) or f"{len(chosen)} notebooks agree with their texts")
        return bool(wrong)
    begin, wrong = time.monotonic(), []
    with tempfile.TemporaryDirectory() as made, ThreadPoolExecutor(options.jobs) as pool:
        place = Path(made).resolve()
        movielens.materialise(place / "data")
        works = {pool.submit(build, t, place, options.short, options.limit): t for t in chosen}
        wrong += _done(works)
        if not options.short:
            labs = [text for text in chosen if text.kind != "notebook" and text.name not in wrong]
            wrong += _done({pool.submit(check_lab, text, place): text for text in labs})
    print(
        f"{len(chosen)} notebooks in {time.monotonic() - begin:.0f} s; wrong: {', '.join(wrong) or 'none'}"
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
