"""What the commands do, as functions that can be called from Python too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import graphs
from tfcourse import callbacks, checkpoints
from tfcourse.datasets import open_data
from tfcourse.errors import CheckpointError, UsageError

Write = Callable[[str], Any]


def prepare(cls: Any, data_dir: str, protocol: str | None, time_aware: bool = False) -> Any:
    """The data of a lesson's class under a protocol (by default the deck's)."""
    data = open_data(cls.dataset, data_dir)
    if time_aware:
        if cls.dataset != "movielens":
            raise UsageError(f"--time-aware is about histories of movies, not about {cls.dataset}")
        return data.prepare(protocol or "deck", time_aware=True)
    return data.prepare(protocol or "deck")


def make(cls: Any, data: Any, **hyper: Any) -> Any:
    """A lesson with the sizes that the data decide."""
    names = cls.hyperparameter_names()
    return cls(**{**{k: v for k, v in data.sizes.items() if k in names}, **hyper})


def fit(
    lesson: graphs.Lesson,
    hyper: Callable[[Any], dict[str, Any]],
    *,
    protocol: str | None,
    epochs: int | None,
    seed: int,
    engine: str,
    data_dir: str,
    model_dir: str | None,
    overwrite: bool = False,
    early_stopping: int | None = None,
    time_limit: float | None = None,
    csv_log: str | None = None,
    tensorboard: str | None = None,
    plot: str | None = None,
    time_aware: bool = False,
    keep: int = checkpoints.KEPT,
    write: Write = print,
    progress: bool = False,
) -> dict[str, Any]:
    """Train a lesson, keep its best epoch, and give what happened."""
    cls = lesson.load()
    given = hyper(cls)
    data = prepare(cls, data_dir, protocol, time_aware)
    folder = Path(model_dir or f"checkpoints/{lesson.name}-{data.protocol}")
    _check_free(folder, cls, data, overwrite)
    model = make(cls, data, seed=seed, **given)
    if data.note:
        write(data.note)
    times = callbacks.EpochTimes()
    # Saved first, so that the table can say so.
    watchers: list[Any] = [
        times,
        callbacks.SaveBest(folder, keep=keep, replace=True),
        callbacks.EpochTable(model.epoch_table, write),
    ]
    if progress:
        watchers.append(callbacks.Progress())
    if csv_log:
        watchers.append(callbacks.CSVLog(csv_log))
    if tensorboard:
        watchers.append(callbacks.TensorBoard(tensorboard))
    if time_limit is not None:
        watchers.append(callbacks.TimeLimit(time_limit))
    if early_stopping is not None:
        watchers.append(callbacks.EarlyStopping(thres=early_stopping))
    model.fit(
        data.train_batches(model.n_batch, model.shuffle),
        data.valid_batches(),
        epochs or model.n_epoch,
        callback=watchers,
        engine=engine,
        verbose=False,
    )
    if model.saved_epoch is None:
        raise CheckpointError(
            f"{folder}: nothing was saved, since {model.monitor} never was a finite number: "
            "a lower learning rate may help"
        )
    write(f"Kept epoch {model.saved_epoch} in {folder} (protocol {data.protocol})")
    if plot:
        from tfcourse import plots

        title = f"{lesson.title} (protocol {data.protocol}, data: {data.source})"
        write(f"Drew {plots.curves(model.hist, plot, title)}")
    return {
        "lesson": lesson.name,
        "protocol": data.protocol,
        "engine": model.engine_name,
        "seed": seed,
        "epochs": model.epoch,
        "model_dir": str(folder),
        "hist": model.hist,
        "seconds_per_epoch": sorted(times.seconds)[len(times.seconds) // 2],
        **_note(data),
    }


def _note(data: Any) -> dict[str, str]:
    """What must be said of the numbers, where there is something: that the data are generated."""
    return {"note": data.note} if data.note else {}


def _check_free(folder: Path, cls: Any, data: Any, overwrite: bool) -> None:
    """Training again into its own folder is fine; into another lesson's it is a mistake."""
    try:
        _, described = checkpoints.find(folder)
    except CheckpointError:
        return
    if not overwrite:
        kind = described and (described["lesson"], described.get("protocol"))
        if kind != (cls.lesson, data.protocol):
            what = f"of {kind[0]}, protocol {kind[1]}" if kind else "of the 2018 kind"
            raise CheckpointError(
                f"{folder}: holds a checkpoint {what}; name another --model-dir, or --overwrite"
            )


def load(
    folder: str,
    lesson: str | None,
    data_dir: str,
    protocol: str | None = None,
    ratings: bool = False,
) -> Any:
    """A trained lesson for a command: from its folder alone where that is enough."""
    _, described = checkpoints.find(folder)
    if described is None:
        if lesson is None:
            raise CheckpointError(
                f"{folder}: no JSON beside the checkpoint (the 2018 kind): say which lesson it is "
                "with --lesson, and where its data are with --data-dir"
            )
        cls = graphs.find(lesson).load()
        return checkpoints.load(folder, cls, prepare(cls, data_dir, protocol))
    if lesson is not None and graphs.find(lesson).name != described["lesson"]:
        raise CheckpointError(f"{folder}: a checkpoint of {described['lesson']}, not of {lesson}")
    if not ratings:
        return checkpoints.load(folder)
    model = checkpoints.load(folder)
    data = prepare(type(model), data_dir, protocol or described.get("protocol"))
    return checkpoints.load(folder, data=data)


def evaluate(
    folder: str, lesson: str | None, protocol: str | None, data_dir: str, write: Write
) -> dict[str, Any]:
    """A checkpoint's figures on the test rows."""
    model = load(folder, lesson, data_dir, protocol, ratings=True)
    data = model.data
    if data.note:
        write(data.note)
    _, described = checkpoints.find(folder)
    trained = (described or {}).get("protocol")
    if trained and trained != data.protocol:
        write(f"Note: trained under protocol {trained}, measured here under {data.protocol}.")
    source = (described or {}).get("data_source")
    if source and source != data.source:
        write(f"Note: trained on {source}, measured here on {data.source}.")
    return {
        "lesson": model.lesson or type(model).__name__,
        "protocol": data.protocol,
        **model.measure(data),
        **_note(data),
    }


def user_index(data: Any, user: str) -> int:
    """``47`` is an index, ``id:48`` MovieLens's own id."""
    text = user.strip().lower()
    by_id = text.startswith("id:")
    digits = text[3:] if by_id else text
    if not re.fullmatch(r"-?\d+", digits):
        raise UsageError(f"a user is an index or id:NUMBER, not {user!r}")
    number = int(digits)
    raw = data.data.user_id
    if by_id:
        at = [i for i, value in enumerate(raw) if value == number]
        if not at:
            raise UsageError(f"no user has the id {number} among {len(raw)} users")
        return at[0]
    if not 0 <= number < len(raw):
        raise UsageError(f"user index {number} is outside 0..{len(raw) - 1}")
    return number


def add_movies(model: Any, texts: Sequence[str]) -> None:
    """``TITLE; GENRES; YEAR[; AVERAGE]`` each."""
    for text in texts:
        parts = [part.strip() for part in text.split(";")]
        if len(parts) not in (3, 4) or not all(parts):
            raise UsageError(f"a new movie is 'TITLE; GENRES; YEAR[; AVERAGE]', not {text!r}")
        try:
            numbers = [float(part) for part in parts[2:]]
        except ValueError:
            raise UsageError(f"year and average of a new movie are numbers: {text!r}") from None
        model.add_movie(parts[0], parts[1], *numbers)
