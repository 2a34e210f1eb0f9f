"""Finding, describing and checking checkpoints."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfcourse.checkpoints import files, moving
from tfcourse.checkpoints.files import FORMAT, Described, epoch_of, json_of, named_by_state
from tfcourse.errors import CheckpointError, first_line
from tfcourse.lang import _


def path_of(cls: type) -> str:
    """Where a class stands, as "graphs.mf:MF"."""
    return f"{cls.__module__}:{cls.__qualname__}"


def find(folder: str | Path) -> tuple[Path, Described | None]:
    """Find the newest complete checkpoint of a folder.

    Args:
        folder: the folder, or a prefix such as ``folder/model-20``.

    Returns:
        The prefix of the checkpoint, and its JSON (None for a checkpoint of 2018).

    Raises:
        CheckpointError: there is none, its JSON cannot be read, or a file of the newest is missing.
            An older one is not taken in its place: it can be named by its prefix.
    """
    folder = Path(folder)
    if not folder.is_dir():
        if folder.with_name(folder.name + ".index").is_file():
            return folder, read_json(folder)
        if json_of(folder).is_file():
            raise CheckpointError(
                _("{folder}.index: missing, but {name}.json exists").format(
                    folder=folder, name=folder.name
                )
            )
        raise CheckpointError(_("{folder}: no such folder or checkpoint").format(folder=folder))
    moving.finish(folder)
    described = [path.with_suffix("") for path in folder.glob("model-*.json")]
    prefixes = {path.with_suffix("") for path in folder.glob("*.index")}
    cut_short = {
        path.with_suffix("")
        for path in folder.glob("*.saving")
        if not json_of(path.with_suffix("")).is_file()
    }
    if described:
        newest = max(described, key=saved_order)
        left = {
            prefix: sign
            for prefix, sign in _signs(folder).items()
            if prefix not in cut_short | set(described) and epoch_of(prefix) > epoch_of(newest)
        }
        if left:
            lost = max(left, key=epoch_of)
            raise CheckpointError(
                _(
                    "{lost}.json: missing, but {left}: the newest checkpoint is incomplete; "
                    "name an older one, as {newest}"
                ).format(lost=lost, left=left[lost], newest=newest)
            )
        if newest not in prefixes:
            raise CheckpointError(
                _(
                    "{newest}.index: missing, but {name}.json exists: the newest checkpoint is "
                    "incomplete; an older one can be named by its prefix"
                ).format(newest=newest, name=newest.name)
            )
        return newest, read_json(newest)
    whole = prefixes - cut_short
    if not whole:
        what = _("only a save that was cut short") if cut_short else _("no file *.index")
        raise CheckpointError(
            _("{folder}: no checkpoint here ({what})").format(folder=folder, what=what)
        )
    # No JSON: a folder of 2018. Its file "checkpoint" may name a path of another machine.
    named = named_by_state(folder)
    return (named if named in whole else max(whole, key=epoch_of)), None


def _signs(folder: Path) -> dict[Path, str]:
    """What says that there is or was a checkpoint, other than its JSON: prefix to sign."""
    named = named_by_state(folder)
    signs = {} if named is None else {named: f"the file checkpoint names {named.name}"}
    for path in sorted([*folder.glob("model-*.data-*"), *folder.glob("model-*.index")]):
        signs[folder / path.name.partition(".")[0]] = f"{path.name} exists"
    return signs


def saved_order(prefix: Path) -> tuple[str, int]:
    """What checkpoints with a JSON are ordered by: when they were saved, then the epoch."""
    described = read_json(prefix) or {}
    return str(described.get("saved", "")), epoch_of(prefix)


def read_json(prefix: Path) -> Described | None:
    """Read and check a checkpoint's JSON; None where there is none.

    Raises:
        CheckpointError: it cannot be read, or is not what a checkpoint's JSON is.
    """
    path = json_of(prefix)
    if not os.path.lexists(path):
        return None
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        _check_fields(described, {"format": int})
        if described["format"] <= FORMAT:
            _check_fields(described, {"lesson": str, "class": str, "arguments": dict, "epoch": int})
            _check_fields(described.get("hist", {}), {})
            if not all(isinstance(curve, list) for curve in described.get("hist", {}).values()):
                raise TypeError("'hist' has the wrong type")
            _check_fields(described.get("best") or {}, {})
            if not all(map(is_number, (described.get("best") or {}).values())):
                raise TypeError("'best' has the wrong type")
            for name in ("protocol", "data_source", "split"):
                if not isinstance(described.get(name), (str, type(None))):
                    raise TypeError(f"{name!r} has the wrong type")
            for name in files.OF_DATA:
                if name in described:
                    _check_fields(described[name], {"file": str, "file_sha256": str})
                    _check_name(described[name]["file"])
            if described["format"] >= 2:
                _check_fields(described, {"files": dict, "saved": str})
                for name in described["files"]:
                    _check_name(name)
                _check_fields(described["files"], {name: str for name in described["files"]})
                if described.get("digest") != files.digest_of(described):
                    raise ValueError("its digest is not that of its contents")
                if described["epoch"] != epoch_of(prefix):
                    raise ValueError(f"its epoch {described['epoch']} is not that of its name")
    except OSError as error:
        raise CheckpointError(
            _("{path}: cannot be read: {why}").format(path=path, why=error.strerror)
        ) from None
    except (ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(
            _("{path}: damaged: {why}").format(path=path, why=first_line(error))
        ) from None
    if described["format"] > FORMAT:
        raise CheckpointError(
            _("{path}: format {format} is newer than this tfcourse").format(
                path=path, format=described["format"]
            )
        )
    return described


def _check_name(name: str) -> None:
    """A file beside the JSON, never one of another folder."""
    if not name.isprintable() or name in ("", ".", "..") or re.search(r"[/\\]", name):
        raise ValueError(f"{name[:40]!r} is no name of a file of this folder")


def is_number(value: object) -> bool:
    """Whether a value of a JSON is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_fields(value: object, fields: Mapping[str, type]) -> None:
    if not isinstance(value, dict):
        raise TypeError("expected an object")
    for name, kind in fields.items():
        found = value.get(name)
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise TypeError(f"{name!r} is missing or has the wrong type")


def describe(folder: str | Path) -> Described:
    """Describe a folder's newest checkpoint: its JSON, and the shapes of its variables."""
    prefix, described = find(folder)
    return {
        "checkpoint": str(prefix),
        "kind": "tfcourse" if described else "2018",
        **(described or {}),
        "variables": {name: list(shape) for name, shape in variables(prefix).items()},
    }


def variables(prefix: Path) -> dict[str, tuple[int, ...]]:
    """Read the names and shapes of a checkpoint's variables."""
    with _reader(prefix) as reader:
        return {n: tuple(s) for n, s in sorted(reader.get_variable_to_shape_map().items())}


@contextlib.contextmanager
def _reader(prefix: Path) -> Iterator[Any]:
    """Open a checkpoint, and turn errors about a damaged file into one that names the file."""
    from tfcourse.tf1 import tf

    parts = list(prefix.parent.glob(prefix.name + ".data-*"))
    if not parts:
        raise CheckpointError(
            _("{prefix}.data-*: missing, but {name}.index exists").format(
                prefix=prefix, name=prefix.name
            )
        )
    try:
        yield tf.train.load_checkpoint(str(prefix))
    except (tf.errors.OpError, RuntimeError, ValueError, IndexError) as error:
        text = first_line(error)
        of_index = ".index" in text or "sstable" in text or "header" in text
        file = f"{prefix}.index" if of_index else parts[0]
        raise CheckpointError(
            _("{file}: damaged or truncated: {text}").format(file=file, text=text)
        ) from None


def verify(folder: str | Path) -> Described:
    """Read and check all of a folder's newest checkpoint, and return what ``describe`` returns.

    Raises:
        CheckpointError: a file is missing, damaged or truncated.
    """
    prefix, described = find(folder)
    check_digests(prefix, described)
    read_all(prefix)
    return describe(folder)


def check_digests(prefix: Path, described: Described | None) -> None:
    """Compare a checkpoint's files with the SHA-256 in its JSON; a JSON of format 1 has only that
    of the vocabulary.

    Raises:
        CheckpointError: a file is missing or has other contents.
    """
    said = dict((described or {}).get("files", {}))
    vocabulary = (described or {}).get("vocabulary")
    if vocabulary:
        said.setdefault(vocabulary["file"], vocabulary["file_sha256"])
    if described and described["format"] >= 2:
        for part in files.parts_of(prefix):
            if part.name not in said:
                raise CheckpointError(
                    _("{part}: {prefix}.json does not name it").format(
                        part=part, prefix=prefix.name
                    )
                )
    for name, digest in said.items():
        path = prefix.parent / Path(name).name
        of_vocabulary = vocabulary is not None and name == vocabulary["file"]
        why = ": it names the movies of the embedding" if of_vocabulary else ""
        try:
            found = files.sha256(path)
        except FileNotFoundError:
            raise CheckpointError(_("{path}: missing{why}").format(path=path, why=why)) from None
        except OSError as error:
            raise CheckpointError(
                _("{path}: cannot be read: {why}").format(path=path, why=error.strerror)
            ) from None
        if found != digest:
            what = "the vocabulary" if of_vocabulary else "the file"
            raise CheckpointError(
                _(
                    "{path}: damaged, or not {what} that this checkpoint was saved with (SHA-256 "
                    "{digest}…, {name} says {wanted}…)"
                ).format(
                    path=path,
                    what=what,
                    digest=found[:12],
                    name=json_of(prefix).name,
                    wanted=digest[:12],
                )
            )


def read_all(prefix: Path) -> dict[str, np.ndarray]:
    """Read all variables of a checkpoint, by name."""
    with _reader(prefix) as reader:
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
