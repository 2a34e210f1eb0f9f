"""The files of a checkpoint's folder: names, digests, atomic writes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

KEPT = 5  # checkpoints in a folder
FORMAT = 2  # of the JSON
RESUME = "resume"  # folder of the last epoch of a training that has not ended
NEW = "new"  # folder of a training that is to replace the one in the folder
_GONE = ".gone"  # end of the name of a folder that is being deleted
WHOLE = "whole"  # file in NEW: that training has ended, and only the files are to be moved

# Files of data beside a checkpoint, <name>-<digest>.csv: the entries of its JSON that name them.
OF_DATA = ("vocabulary", "context")

Described = dict[str, Any]  # the JSON of a checkpoint

_OURS = re.compile(
    r"model-\d+\.(json|index|data-\d+-of-\d+|saving)|checkpoint"
    r"|(vocabulary|context)(-[0-9a-f]+)?\.csv"
)
_TEMPORARY = re.compile(
    r"\.(model-\d+|checkpoint|vocabulary|context).*|.*\.tempstate\d+.*|checkpoint\.tmp.*"
)


def json_of(prefix: Path) -> Path:
    """The JSON of a checkpoint."""
    return prefix.with_name(prefix.name + ".json")


def mark_of(prefix: Path) -> Path:
    """The file that is there while a checkpoint is being written."""
    return prefix.with_name(prefix.name + ".saving")


def epoch_of(prefix: Path) -> int:
    """The epoch in a checkpoint's name, -1 where there is none."""
    found = re.search(r"-(\d+)$", prefix.name)
    return int(found[1]) if found else -1


def parts_of(prefix: Path) -> list[Path]:
    """The files that TensorFlow wrote for a checkpoint."""
    return sorted(
        path
        for path in prefix.parent.glob(prefix.name + ".*")
        if path.name == prefix.name + ".index" or path.name.startswith(prefix.name + ".data-")
    )


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def digest_of(described: Described) -> str:
    """SHA-256 of a JSON's contents, but for its entry "digest"."""
    kept = {key: value for key, value in described.items() if key != "digest"}
    text = json.dumps(json.loads(json.dumps(kept)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_at_once(path: Path, text: str) -> None:
    """Write a file atomically: it is complete, or it does not exist."""
    handle, partial = tempfile.mkstemp(prefix="." + path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


def named_by_state(folder: Path) -> Path | None:
    """The checkpoint that TensorFlow's file ``checkpoint`` names, taken as one of this folder."""
    try:
        text = (folder / "checkpoint").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r'^model_checkpoint_path: "(.*)"', text, re.MULTILINE)
    return folder / re.split(r"[/\\]+", found[1])[-1] if found else None


def delete(prefix: Path) -> None:
    """Delete a checkpoint. The JSON goes first, so that no half of it looks complete, and the mark
    last, so that ``sweep`` finds what a process left that was killed here."""
    with contextlib.suppress(OSError):  # on a full disk
        mark_of(prefix).touch()
    json_of(prefix).unlink(missing_ok=True)
    if named_by_state(prefix.parent) == prefix:
        (prefix.parent / "checkpoint").unlink()
    for path in parts_of(prefix):
        path.unlink(missing_ok=True)
    mark_of(prefix).unlink(missing_ok=True)


def remove_folder(folder: Path) -> None:
    """Delete a folder so that it is there whole or not at all: it gets another name first.

    Raises:
        OSError: it cannot be renamed. It is whole then.
    """
    if folder.is_dir():
        gone = folder.with_name(f".{folder.name}{_GONE}")
        shutil.rmtree(gone, ignore_errors=True)
        os.replace(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)  # what is left, ``sweep`` deletes


def sweep(folder: Path) -> None:
    """Delete what a training that was killed left half-written. No other may be running."""
    for mark in folder.glob("model-*.saving"):
        prefix = mark.with_suffix("")
        if json_of(prefix).is_file():
            mark.unlink()
        else:
            delete(prefix)
    for path in folder.iterdir():
        if path.is_file() and _TEMPORARY.fullmatch(path.name):
            path.unlink()
        elif path.is_dir() and path.name in (f".{RESUME}{_GONE}", f".{NEW}{_GONE}"):
            shutil.rmtree(path)


def clear(folder: Path) -> None:
    """Delete the files of checkpoints in a folder, JSONs first, but no other files."""
    names = [path for path in folder.iterdir() if path.is_file() and _OURS.fullmatch(path.name)]
    for path in sorted(names, key=lambda path: path.suffix != ".json"):
        path.unlink(missing_ok=True)
