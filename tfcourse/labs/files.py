"""Lab files: notebooks and their text forms, whose lab each is, and the labs of a class."""

from __future__ import annotations

import ast
import contextlib
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfcourse.errors import UsageError, first_line, reason
from tfcourse.labs.contract import Lab
from tfcourse.lang import pick

ENDINGS = (".ipynb", ".py")
_MOST = 50_000_000  # bytes of a notebook; one with outputs has a few hundred thousand


@dataclass(frozen=True)
class Cell:
    """A code cell.

    Attributes:
        number: counted from 1 over the code cells. source: its text. tags: its tags.
    """

    number: int
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabFile:
    """A lab as a learner has it.

    Attributes:
        path: the file. lab: the name of the lab that its metadata hold, or None. cells: its code.
    """

    path: Path
    lab: str | None
    cells: tuple[Cell, ...]


def read(path: str | Path) -> LabFile:
    """Read a notebook (.ipynb), or its text form (.py with cells that begin with "# %%").

    Raises:
        UsageError: there is no such file, or it is no notebook, or what reads it is not installed.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise UsageError(
            pick(
                f"{path}: a lab is a notebook, .ipynb, or its text form, .py",
                f"{path}：lab 是 .ipynb，或它的文字檔 .py",
            )
        )
    try:
        if not stat.S_ISREG((status := path.stat()).st_mode):  # to read a pipe might never end
            raise UsageError(pick(f"{path}: not a file", f"{path}：不是檔案"))
        if status.st_size > _MOST:
            raise UsageError(
                pick(
                    f"{path}: over {_MOST // 1_000_000} MB is too large for a lab",
                    f"{path}：超過 {_MOST // 1_000_000} MB，對 lab 來說太大了",
                )
            )
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            pick(
                f"{path}: not a notebook: its text is not UTF-8",
                f"{path}：不是 notebook，內容不是 UTF-8",
            )
        ) from None
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from None
    notebook = _parsed(path, text)
    described = notebook.metadata.get("tfcourse")
    name = described.get("lab") if isinstance(described, dict) else None
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = tuple(
        Cell(number, cell.source, tuple(cell.metadata.get("tags", ())))
        for number, cell in enumerate(code, 1)
    )
    return LabFile(path, name if isinstance(name, str) else None, cells)


def _parsed(path: Path, text: str) -> Any:
    """The notebook of a text."""
    try:
        import jupytext
        import nbformat
    except ImportError as error:
        install = 'python -m pip install "tfcourse[notebooks]"'
        raise UsageError(
            pick(
                f"labs need the package {error.name}: {install}",
                f"lab 需要套件 {error.name}：{install}",
            )
        ) from None
    try:
        if path.suffix == ".py":
            return jupytext.reads(text, fmt="py:percent")
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        return notebook
    except Exception as error:  # of several kinds, for what is no JSON and what is no notebook
        said = first_line(error)[:120]
        raise UsageError(
            pick(
                f"{path}: not a notebook, or damaged: {said}",
                f"{path}：不是 notebook，或檔案已損壞：{said}",
            )
        ) from None


def sets(cell: Cell, name: str) -> bool:
    """Whether a cell's code gives a value to a variable."""
    try:
        tree = ast.parse(cell.source)
    except (SyntaxError, ValueError):  # magics, or a mistake: look at the lines
        lines = (line.split("=")[0].strip() for line in cell.source.splitlines() if "=" in line)
        return name in lines
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )


# --- whose lab it is --------------------------------------------------------------------------


def find(name: str, labs: Sequence[Lab]) -> Lab:
    """The lab of a name, or of a notebook's name.

    Raises:
        UsageError: there is none.
    """
    for lab in labs:
        if name in (lab.name, lab.file, Path(lab.file).stem):
            return lab
    known = ", ".join(lab.name for lab in labs)
    raise UsageError(
        pick(f"unknown lab {name!r}; known: {known}", f"沒有 {name!r} 這個 lab；有：{known}")
    )


def by_name(path: Path, labs: Sequence[Lab]) -> Lab | None:
    """The lab whose notebook's name is in a file's name, as in "lab_reco_model_mf (2).ipynb"."""
    found = [lab for lab in labs if Path(lab.file).stem in path.stem]
    return max(found, key=lambda lab: len(lab.file), default=None)


def which(file: LabFile, labs: Sequence[Lab], given: str | None = None) -> Lab:
    """The lab that a file is: the one that is given, else that of its metadata, else of its name.

    Raises:
        UsageError: none of them.
    """
    if given is not None:
        return find(given, labs)
    if file.lab is not None:
        try:
            return find(file.lab, labs)
        except UsageError as error:
            raise UsageError(f"{file.path}: {error}") from None
    lab = by_name(file.path, labs)
    if lab is None:
        raise UsageError(
            pick(
                f"{file.path}: neither its metadata nor its name says which lab it is: use --lab",
                f"{file.path}：從 metadata 和檔名都看不出是哪個 lab，請用 --lab",
            )
        )
    return lab


# --- a class ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Learner:
    """A learner in the folder of a class.

    Attributes:
        name: the name of the learner's folder, or of the file without its ending.
        files: the labs. In a folder without one it is empty.
    """

    name: str
    files: tuple[Path, ...]


def class_of(folder: Path, labs: Sequence[Lab], given: str | None = None) -> list[Learner]:
    """The learners of a class, in the order of their names.

    Each folder in it is a learner, with all labs in that folder; so is each notebook beside them. Of
    a notebook and a text of one name the notebook counts. With ``given`` only the files of that lab
    count; a learner's only notebook counts whatever its name is.

    Raises:
        UsageError: the folder cannot be read, or there is no learner in it.
    """
    try:
        entries = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_")))
        found = []
        for path in entries:
            if path.is_dir() and path.name != "data":
                try:
                    found.append(Learner(path.name, _labs_in(path, labs, given)))
                except OSError:  # the others count all the same
                    found.append(Learner(path.name, ()))
            elif path.suffix in ENDINGS and not _has_twin(path):
                found.append(Learner(path.stem, (path,)))
    except OSError as error:
        raise UsageError(f"{folder}: {reason(error)}") from None
    if not found:
        raise UsageError(
            pick(
                f"{folder}: no notebook and no folder of a learner in it",
                f"{folder}：裡面沒有 notebook，也沒有學員的資料夾",
            )
        )
    return found


def _labs_in(folder: Path, labs: Sequence[Lab], given: str | None) -> tuple[Path, ...]:
    files = sorted(p for p in folder.iterdir() if p.suffix in ENDINGS and p.name[0] not in "._")
    files = [p for p in files if not _has_twin(p)]
    wanted = None if given is None else find(given, labs)
    found = []
    for path in files:
        lab = by_name(path, labs)
        with contextlib.suppress(UsageError):
            lab = which(read(path), labs)
        if lab is not None and (wanted is None or lab.name == wanted.name):
            found.append(path)
    return tuple(found or (files if len(files) == 1 else ()))


def _has_twin(path: Path) -> bool:
    return path.suffix == ".py" and path.with_suffix(".ipynb").exists()


# --- starting a lab ---------------------------------------------------------------------------


def start(lab: Lab, notebooks: Path, folder: Path, overwrite: bool = False) -> Path:
    """Copy a lab's notebook into a learner's folder.

    Args:
        notebooks: the folder that it is in. folder: the learner's, made if it is missing.
        overwrite: whether a file that is there is replaced.

    Returns:
        the copy.

    Raises:
        UsageError: a file is there, or the folder cannot be written.
    """
    from tfcourse import writing

    source, target = notebooks / lab.file, folder / lab.file
    if not source.is_file():
        raise UsageError(
            pick(
                f"{source}: this installation lacks the lab's notebook",
                f"{source}：安裝的 tfcourse 沒有這個 lab 的 notebook",
            )
        )
    if target.exists() and not overwrite:
        raise UsageError(
            pick(
                f"{target} is there already, perhaps with your work: --overwrite replaces it",
                f"{target} 已經存在，裡面可能有你寫的程式；要覆蓋請用 --overwrite",
            )
        )
    with writing.whole(target) as partial:
        shutil.copyfile(source, partial)
    return target
