"""Checkpoints: TensorFlow's own Saver files, and beside each a small JSON that says what it is.

A folder holds ``checkpoint``, ``model-<epoch>.index``, ``model-<epoch>.data-*`` (TensorFlow's),
``model-<epoch>.json`` (ours, written last and at once: without it a checkpoint is not complete)
and, for recommenders, ``vocabulary.csv``, the movies that the embedding's rows mean.

A folder of the course's 2018 code has no JSON; it loads when the lesson and the data are given.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from tfcourse.errors import CheckpointError, CourseError, UsageError

VOCABULARY = "vocabulary.csv"  # recommenders.vocabulary_file writes it
KEPT = 5
FORMAT = 1


# --- saving -----------------------------------------------------------------------------------


def save(
    model: Any,
    folder: str | Path,
    epoch: int | None = None,
    best: tuple[str, float] | None = None,
    keep: int = KEPT,
) -> Path:
    """Save a model as ``folder/model-<epoch>``; the last five epochs saved are kept.

    Args:
        best: the curve that chose this epoch, and its value.
        keep: how many are kept.

    Returns:
        the checkpoint's prefix.
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
        described = _describe(model, epoch, best)
        entries, files = model.saved_data()
        for name, text in files.items():
            _write_at_once(folder / name, text)
        described |= entries
        text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
        _write_at_once(prefix.with_name(prefix.name + ".json"), text)
        _keep_last(folder, keep)
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot save a checkpoint: {error.strerror}") from None
    except tf.errors.OpError as error:
        raise CheckpointError(f"{folder}: cannot save a checkpoint: {_first_line(error)}") from None
    return prefix


def clear(folder: str | Path) -> None:
    """Delete a folder's checkpoints, and nothing else in it."""
    for pattern in ("model-*.json", "model-*.index", "model-*.data-*", "checkpoint", VOCABULARY):
        for path in Path(folder).glob(pattern):
            path.unlink()


def _describe(model: Any, epoch: int, best: tuple[str, float] | None) -> dict[str, Any]:
    from tfcourse import __version__
    from tfcourse.tf1 import tf

    cls = type(model)
    return {
        "format": FORMAT,
        "lesson": cls.lesson or cls.__name__,
        "class": f"{cls.__module__}:{cls.__qualname__}",
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
    """Write a file so that it is there whole or not at all."""
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
    """Delete all but the last of our own checkpoints, by the time they were saved."""
    described = sorted((p.with_suffix("") for p in folder.glob("model-*.json")), key=_saved_order)
    for path in described[:-keep]:
        path.with_name(path.name + ".json").unlink()
        for part in folder.glob(path.name + ".*"):
            part.unlink()


# --- reading ----------------------------------------------------------------------------------


def find(folder: str | Path) -> tuple[Path, dict[str, Any] | None]:
    """The newest complete checkpoint of a folder: its prefix, and its JSON (None for 2018's).

    Args:
        folder: the folder, or a prefix such as ``folder/model-20``.

    Raises:
        CheckpointError: there is none, or its JSON cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        if folder.with_name(folder.name + ".index").is_file():
            return folder, _read_json(folder)
        raise CheckpointError(f"{folder}: no such folder or checkpoint")
    prefixes = sorted(
        (path.with_suffix("") for path in folder.glob("*.index")),
        key=lambda p: (p.with_name(p.name + ".index").stat().st_mtime_ns, _epoch(p)),
    )
    if not prefixes:
        raise CheckpointError(f"{folder}: no checkpoint here (no file *.index)")
    described = [p for p in prefixes if p.with_name(p.name + ".json").is_file()]
    named = _named_by_state(folder)
    if described:
        chosen = named if named in described else max(described, key=_saved_order)
        return chosen, _read_json(chosen)
    # None has a JSON: the 2018 kind. Its state file may name a path of another machine.
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


def _read_json(prefix: Path) -> dict[str, Any] | None:
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


def _check_fields(value: Any, fields: dict[str, Any]) -> None:
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    for name, kind in fields.items():
        if not isinstance(value.get(name), kind):
            raise TypeError(f"{name!r} is missing or of the wrong kind")


def describe(folder: str | Path) -> dict[str, Any]:
    """What a checkpoint says of itself, with the shapes of its variables."""
    prefix, described = find(folder)
    return {
        "checkpoint": str(prefix),
        "kind": "tfcourse" if described else "2018",
        **(described or {}),
        "variables": {name: list(shape) for name, shape in variables(prefix).items()},
    }


def variables(prefix: Path) -> dict[str, tuple[int, ...]]:
    """Name to shape of what a checkpoint holds."""
    from tfcourse.tf1 import tf

    with _reading(prefix):
        reader = tf.train.load_checkpoint(str(prefix))
        return {n: tuple(s) for n, s in sorted(reader.get_variable_to_shape_map().items())}


@contextlib.contextmanager
def _reading(prefix: Path) -> Iterator[None]:
    """TensorFlow's errors on a damaged file, as one line that names it."""
    from tfcourse.tf1 import tf

    parts = list(prefix.parent.glob(prefix.name + ".data-*"))
    if not parts:
        raise CheckpointError(f"{prefix}.data-*: missing beside {prefix.name}.index")
    try:
        yield
    except CourseError:
        raise
    except (tf.errors.OpError, RuntimeError, ValueError, IndexError) as error:
        text = _first_line(error)
        of_index = ".index" in text or "sstable" in text or "header" in text
        file = f"{prefix}.index" if of_index else parts[0]
        raise CheckpointError(f"{file}: damaged or cut short: {text}") from None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def verify(folder: str | Path) -> dict[str, Any]:
    """Read every byte of a folder's newest checkpoint; give what ``describe`` gives.

    Raises:
        CheckpointError: a file that is missing, damaged or cut short.
    """
    prefix, described = find(folder)
    _read_all(prefix)
    if described and "vocabulary" in described:
        _check_digest(prefix.parent, described["vocabulary"])
    return describe(folder)


def _check_digest(folder: Path, said: dict[str, Any]) -> None:
    """Compare a file beside the weights with what the JSON says of it."""
    path = folder / Path(said["file"]).name
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise CheckpointError(
            f"{path}: missing: the embedding's rows mean nothing without it"
        ) from None
    if found != said["file_sha256"]:
        raise CheckpointError(f"{path}: not the vocabulary that this checkpoint was saved with")


def _read_all(prefix: Path) -> dict[str, np.ndarray]:
    from tfcourse.tf1 import tf

    with _reading(prefix):
        reader = tf.train.load_checkpoint(str(prefix))
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


# --- restoring --------------------------------------------------------------------------------


def load(folder: str | Path, lesson: Any = None, data: Any = None, **hyperparameters: Any) -> Any:
    """The trained lesson of a folder, ready for ``predict`` and ``most_like``.

    Args:
        folder: a folder with a checkpoint, or a prefix such as ``folder/model-20``.
        lesson: class or name; needed for a folder of the 2018 kind, else checked against the JSON.
        data: prepared MovieLens (``load(...).prepare(...)``); needed for the 2018 kind, whose
            folder holds no vocabulary. Given for another kind, its vocabulary must be the one
            that the checkpoint was trained with.
        hyperparameters: for the 2018 kind, what differs from the lesson's defaults.

    Raises:
        CheckpointError: naming the file, and the variable and both shapes where they differ.
    """
    prefix, described = find(folder)
    cls = _class(lesson) if lesson is not None else None
    if described is None:
        if cls is None:
            raise CheckpointError(
                f"{prefix}: no {prefix.name}.json beside it, so the lesson and the data must be "
                "given: load(folder, lesson=..., data=...)"
            )
        if data is None and cls.needs_data:
            raise CheckpointError(f"{prefix}: the vocabulary is not in the folder: give data=...")
        sizes = getattr(data, "sizes", {}) if data is not None else {}
        names = cls.hyperparameter_names()
        arguments = {**{k: v for k, v in sizes.items() if k in names}, **hyperparameters}
    else:
        if cls is not None and _path(cls) != described["class"]:
            raise CheckpointError(
                f"{prefix}.json: a checkpoint of the lesson {described['lesson']!r} "
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
    if data is not None:
        try:
            model.attach_data(data)
        except CheckpointError as error:
            raise CheckpointError(f"{prefix}: {error}") from None
    restore(model, prefix)
    if described:
        model.hist, model.epoch = described.get("hist", {}), described["epoch"]
    else:
        model.epoch = max(_epoch(prefix), 0)
    return model


def restore(model: Any, folder: str | Path) -> None:
    """Assign a checkpoint's variables to a model. The trainable ones must all be there; optimizer
    slots are taken where they are. On an error the model keeps its weights."""
    from tfcourse.tf1 import tf

    prefix, _ = find(folder)
    there = variables(prefix)
    wanted = {v.op.name: v for v in model.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)}
    trainable = {v.op.name for v in model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    for name in sorted(trainable):
        if name not in there:
            raise CheckpointError(
                f"{prefix}: variable {name!r} of {type(model).__name__} is missing; "
                f"it holds {', '.join(there)}"
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


def _class(lesson: Any) -> Any:
    if isinstance(lesson, str):
        from tfcourse import lessons

        return lessons.find(lesson).load()
    if isinstance(lesson, type):
        return lesson
    raise UsageError(f"a lesson is given by its class or its name, not by {lesson!r}")


def _class_at(path: str, prefix: Path) -> Any:
    module, _, name = path.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError):
        raise CheckpointError(f"{prefix}.json: its lesson {path} cannot be imported") from None
    if not (isinstance(found, type) and hasattr(found, "graph_inputs")):
        raise CheckpointError(f"{prefix}.json: {path} is not a lesson")
    return found
