"""Checkpoints: files of TensorFlow's Saver, each with a JSON file that describes it.

A folder contains

* ``checkpoint``, ``model-<epoch>.index``, ``model-<epoch>.data-*``: written by TensorFlow;
* ``model-<epoch>.json``: written last and atomically, so a checkpoint without it is incomplete;
* ``vocabulary.csv``, for recommenders: the movies that the rows of the embedding belong to.

A folder of the course's 2018 code has no JSON. To load it, pass the lesson and the data.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pkgutil
import platform
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfcourse import lessons
from tfcourse.errors import CheckpointError, UsageError, first_line

if TYPE_CHECKING:
    from tfcourse.batches import Prepared
    from tfcourse.model import BaseModel

VOCABULARY = "vocabulary.csv"  # recommenders.vocabulary_file writes it
KEPT = 5  # checkpoints in a folder
FORMAT = 1  # of the JSON

Described = dict[str, Any]  # the JSON of a checkpoint


# --- saving -----------------------------------------------------------------------------------


def save(
    model: BaseModel,
    folder: str | Path,
    epoch: int | None = None,
    best: tuple[str, float] | None = None,
    keep: int = KEPT,
) -> Path:
    """Save a model as ``folder/model-<epoch>``, and return this prefix.

    Args:
        epoch: by default ``model.epoch``.
        best: name of the curve that chose this epoch, and its value.
        keep: how many checkpoints are kept; older ones are deleted.

    Raises:
        CheckpointError: a file cannot be written.
    """
    from tfcourse.tf1 import tf

    folder = Path(folder)
    epoch = model.epoch if epoch is None else epoch
    session = model.running_session or model.session
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with model.graph.as_default():
            if "saver" not in model.beside:
                model.beside["saver"] = tf.train.Saver(tf.global_variables(), max_to_keep=None)
            path = model.beside["saver"].save(
                session, str(folder / "model"), global_step=epoch, write_meta_graph=False
            )
        prefix = Path(path)
        entries, files = model.saved_data()
        for name, text in files.items():
            _write_at_once(folder / name, text)
        described = _describe(model, epoch, best) | entries
        text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
        _write_at_once(prefix.with_name(prefix.name + ".json"), text)
        _keep_last(folder, keep)
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise CheckpointError(f"{folder}: cannot save a checkpoint: {reason}") from None
    return prefix


def clear(folder: str | Path) -> None:
    """Delete the checkpoints of a folder, but no other files."""
    for pattern in ("model-*.json", "model-*.index", "model-*.data-*", "checkpoint", VOCABULARY):
        for path in Path(folder).glob(pattern):
            path.unlink()


def _describe(model: BaseModel, epoch: int, best: tuple[str, float] | None) -> Described:
    from tfcourse import __version__
    from tfcourse.tf1 import tf

    cls = type(model)
    return {
        "format": FORMAT,
        "lesson": cls.lesson or cls.__name__,
        "class": _path(cls),
        "arguments": model.hyperparameters,
        "epoch": epoch,
        "best": None if best is None else {best[0]: best[1]},
        "protocol": model.origin.protocol,
        "data_source": model.origin.source,
        "hist": model.hist,
        "saved": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": {
            "tfcourse": __version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def _write_at_once(path: Path, text: str) -> None:
    """Write a file atomically: it is complete, or it does not exist."""
    handle, partial = tempfile.mkstemp(prefix="." + path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


def _keep_last(folder: Path, keep: int) -> None:
    """Delete all checkpoints with a JSON, except for those saved last."""
    described = sorted((p.with_suffix("") for p in folder.glob("model-*.json")), key=_saved_order)
    for path in described[:-keep]:
        path.with_name(path.name + ".json").unlink()
        for part in folder.glob(path.name + ".*"):
            part.unlink()


# --- reading ----------------------------------------------------------------------------------


def find(folder: str | Path) -> tuple[Path, Described | None]:
    """Find the newest complete checkpoint of a folder.

    Args:
        folder: the folder, or a prefix such as ``folder/model-20``.

    Returns:
        The prefix of the checkpoint, and its JSON (None for a checkpoint of 2018).

    Raises:
        CheckpointError: there is none, or its JSON cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        if folder.with_name(folder.name + ".index").is_file():
            return folder, _read_json(folder)
        raise CheckpointError(f"{folder}: no such folder or checkpoint")
    prefixes = sorted(path.with_suffix("") for path in folder.glob("*.index"))
    if not prefixes:
        raise CheckpointError(f"{folder}: no checkpoint here (no file *.index)")
    described = [p for p in prefixes if p.with_name(p.name + ".json").is_file()]
    named = _named_by_state(folder)
    if described:
        chosen = named if named in described else max(described, key=_saved_order)
        return chosen, _read_json(chosen)
    # No JSON: a folder of 2018. Its file "checkpoint" may name a path of another machine.
    return (named if named in prefixes else max(prefixes, key=_epoch)), None


def _epoch(prefix: Path) -> int:
    found = re.search(r"-(\d+)$", prefix.name)
    return int(found[1]) if found else -1


def _saved_order(prefix: Path) -> tuple[int, int]:
    return prefix.with_name(prefix.name + ".json").stat().st_mtime_ns, _epoch(prefix)


def _named_by_state(folder: Path) -> Path | None:
    try:
        text = (folder / "checkpoint").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r'^model_checkpoint_path: "(.*)"', text, re.MULTILINE)
    return folder / re.split(r"[/\\]+", found[1])[-1] if found else None


def _read_json(prefix: Path) -> Described | None:
    path = prefix.with_name(prefix.name + ".json")
    if not path.is_file():
        return None
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        _check_fields(described, {"format": int})
        if described["format"] <= FORMAT:
            _check_fields(described, {"lesson": str, "class": str, "arguments": dict, "epoch": int})
            if "vocabulary" in described:
                _check_fields(described["vocabulary"], {"file": str, "file_sha256": str})
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{path}: damaged: {error}") from None
    if described["format"] > FORMAT:
        raise CheckpointError(f"{path}: format {described['format']} is newer than this tfcourse")
    return described


def _check_fields(value: object, fields: Mapping[str, type]) -> None:
    if not isinstance(value, dict):
        raise TypeError("expected an object")
    for name, kind in fields.items():
        if not isinstance(value.get(name), kind):
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
        raise CheckpointError(f"{prefix}.data-*: missing, but {prefix.name}.index exists")
    try:
        yield tf.train.load_checkpoint(str(prefix))
    except (tf.errors.OpError, RuntimeError, ValueError, IndexError) as error:
        text = first_line(error)
        of_index = ".index" in text or "sstable" in text or "header" in text
        file = f"{prefix}.index" if of_index else parts[0]
        raise CheckpointError(f"{file}: damaged or truncated: {text}") from None


def verify(folder: str | Path) -> Described:
    """Read and check all of a folder's newest checkpoint, and return what ``describe`` returns.

    Raises:
        CheckpointError: a file is missing, damaged or truncated.
    """
    prefix, described = find(folder)
    _read_all(prefix)
    if described and "vocabulary" in described:
        _check_digest(prefix.parent, described["vocabulary"])
    return describe(folder)


def _check_digest(folder: Path, said: Described) -> None:
    """Compare the SHA-256 of a file with the one in the JSON."""
    path = folder / Path(said["file"]).name
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise CheckpointError(f"{path}: missing: it names the movies of the embedding") from None
    if found != said["file_sha256"]:
        raise CheckpointError(f"{path}: not the vocabulary that this checkpoint was saved with")


def _read_all(prefix: Path) -> dict[str, np.ndarray]:
    with _reader(prefix) as reader:
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


# --- restoring --------------------------------------------------------------------------------


def load(
    folder: str | Path,
    lesson: str | type[BaseModel] | None = None,
    data: Prepared | None = None,
    **hyperparameters: Any,
) -> BaseModel:
    """Build the lesson of a checkpoint and restore its weights.

    Args:
        folder: a folder with a checkpoint, or a prefix such as ``folder/model-20``.
        lesson: its class or name. Needed for a folder of 2018, else compared with the JSON.
        data: prepared data with the vocabulary that the checkpoint was trained with. Needed for a
            recommender of 2018, whose folder has no vocabulary.
        hyperparameters: those that differ from the JSON, or for 2018 from the lesson's defaults.

    Raises:
        CheckpointError: a file is missing or damaged, or does not match the lesson or the data.
        UsageError: an unknown lesson, or a hyper-parameter out of range.
    """
    prefix, described = find(folder)
    cls = _class(lesson) if lesson is not None else None
    if described is None:
        if cls is None:
            raise CheckpointError(
                f"{prefix}: there is no {prefix.name}.json, so pass the lesson and the data: "
                "load(folder, lesson=..., data=...)"
            )
        if data is None and cls.needs_data:
            raise CheckpointError(f"{prefix}: the folder has no vocabulary: pass data=...")
        sizes = getattr(data, "sizes", {}) if data is not None else {}
        names = cls.hyperparameter_names()
        arguments = {**{k: v for k, v in sizes.items() if k in names}, **hyperparameters}
    else:
        if cls is not None and _path(cls) != described["class"]:
            raise CheckpointError(
                f"{prefix}.json: this is a checkpoint of {described['lesson']!r} "
                f"({described['class']}), not of {cls.lesson or cls.__name__!r} ({_path(cls)})"
            )
        cls = cls or _class_at(described["class"], prefix)
        arguments = {**described["arguments"], **hyperparameters}
    try:
        model = cls(**arguments)
    except TypeError as error:
        raise CheckpointError(f"{prefix}: {error}") from None
    except UsageError as error:
        if described is None or hyperparameters:
            raise
        raise CheckpointError(f"{prefix}.json: {error}") from None
    if described:
        model.restore_data(prefix.parent, described)
        model.hist, model.epoch = described.get("hist", {}), described["epoch"]
    else:
        model.epoch = max(_epoch(prefix), 0)
    if data is not None:
        try:
            model.attach_data(data)
        except CheckpointError as error:
            raise CheckpointError(f"{prefix}: {error}") from None
    restore(model, prefix)
    return model


def restore(model: BaseModel, folder: str | Path) -> None:
    """Assign the variables of a folder's newest checkpoint to a model.

    The checkpoint must have all trainable variables. Slots of the optimizer may be missing.

    Raises:
        CheckpointError: a variable is missing or has another shape. The model keeps its weights.
    """
    from tfcourse.tf1 import tf

    prefix, _ = find(folder)
    there = variables(prefix)
    wanted = {v.op.name: v for v in model.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)}
    trainable = {v.op.name for v in model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    for name in sorted(trainable):
        if name not in there:
            raise CheckpointError(
                f"{prefix}: variable {name!r} of {type(model).__name__} is missing; "
                f"the variables are {', '.join(there)}"
            )
    for name, variable in wanted.items():
        if name in there and there[name] != tuple(variable.shape.as_list()):
            raise CheckpointError(
                f"{prefix}: variable {name!r} has shape {list(there[name])} in the file, "
                f"{variable.shape.as_list()} in {type(model).__name__}"
            )
    values = _read_all(prefix)
    model.set_weights({name: values[name] for name in wanted if name in values})


def _path(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _class(lesson: str | type[BaseModel]) -> type[BaseModel]:
    if isinstance(lesson, str):
        return lessons.find(lesson).load()
    if isinstance(lesson, type):
        return lesson
    raise UsageError(f"a lesson must be a class or a name, not {lesson!r}")


def _class_at(path: str, prefix: Path) -> type[BaseModel]:
    try:
        found = pkgutil.resolve_name(path)
    except (ImportError, AttributeError, ValueError):
        raise CheckpointError(f"{prefix}.json: the lesson {path} cannot be imported") from None
    if not (isinstance(found, type) and hasattr(found, "graph_inputs")):
        raise CheckpointError(f"{prefix}.json: {path} is not a lesson")
    return found
