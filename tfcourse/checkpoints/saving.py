"""Saving a model as a checkpoint."""

from __future__ import annotations

import json
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfcourse.checkpoints import files, reading
from tfcourse.checkpoints.files import FORMAT, KEPT, Described
from tfcourse.errors import CheckpointError, first_line
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel


def save(
    model: BaseModel,
    folder: str | Path,
    epoch: int | None = None,
    best: tuple[str, float] | None = None,
    keep: int = KEPT,
) -> Path:
    """Save a model as ``folder/model-<epoch>``, and return this prefix.

    The weights are written first, then the JSON. A file ``model-<epoch>.saving`` is there meanwhile,
    so that a save that was cut short is known as such.

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
    prefix = folder / f"model-{epoch}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.mark_of(prefix).touch()
        files.json_of(prefix).unlink(missing_ok=True)
        with model.graph.as_default():
            if "saver" not in model.beside:
                model.beside["saver"] = tf.train.Saver(tf.global_variables(), max_to_keep=None)
            model.beside["saver"].save(
                session, str(folder / "model"), global_step=epoch, write_meta_graph=False
            )
        entries, texts = model.saved_data()
        for name, text in texts.items():
            if not (folder / name).is_file():  # its name is that of its contents
                files.write_at_once(folder / name, text)
        described = _describe(model, epoch, best) | entries
        described["files"] = {
            path.name: files.sha256(path)
            for path in [*files.parts_of(prefix), *(folder / name for name in texts)]
        }
        described["digest"] = files.digest_of(described)
        text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
        files.write_at_once(files.json_of(prefix), text)
        files.mark_of(prefix).unlink()
        keep_last(folder, prefix, keep)
    except (OSError, tf.errors.OpError) as error:
        # TensorFlow has the system's words in the middle of its own.
        full = "No space left on device" if "No space left" in str(error) else None
        reason = full or getattr(error, "strerror", None) or first_line(error)
        raise CheckpointError(
            _("{folder}: cannot save a checkpoint: {reason}").format(folder=folder, reason=reason)
        ) from None
    return prefix


def _describe(model: BaseModel, epoch: int, best: tuple[str, float] | None) -> Described:
    from tfcourse import __version__
    from tfcourse.tf1 import tf

    cls = type(model)
    return {
        "format": FORMAT,
        "lesson": cls.__dict__.get("lesson") or cls.__name__,
        "class": reading.path_of(cls),
        "arguments": model.hyperparameters,
        "epoch": epoch,
        "best": None if best is None else {best[0]: best[1]},
        "protocol": model.origin.protocol,
        "data_source": model.origin.source,
        **({"split": model.origin.split} if model.origin.split else {}),
        "hist": model.hist,
        "saved": datetime.now(timezone.utc).isoformat(timespec="microseconds"),
        "versions": {
            "tfcourse": __version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def keep_last(folder: Path, saved: Path, keep: int) -> None:
    """Delete all checkpoints with a JSON, except for those saved last, and unused files of data."""
    named: set[str] = set()
    others = [p.with_suffix("") for p in folder.glob("model-*.json") if p.with_suffix("") != saved]
    for i, prefix in enumerate([saved, *sorted(others, key=reading.saved_order, reverse=True)]):
        if i >= keep:
            files.delete(prefix)
        else:
            described = reading.read_json(prefix) or {}
            named |= {described.get(name, {}).get("file", "") for name in files.OF_DATA}
    for name in files.OF_DATA:
        for path in folder.glob(f"{name}*.csv"):
            if path.name not in named:
                path.unlink(missing_ok=True)
