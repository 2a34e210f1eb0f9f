"""Building the lesson of a checkpoint, and restoring its weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcourse import lessons
from tfcourse.checkpoints import reading
from tfcourse.checkpoints.files import Described, epoch_of
from tfcourse.errors import CheckpointError, UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.batches import Prepared
    from tfcourse.model import BaseModel


def load(
    folder: str | Path,
    lesson: str | type[BaseModel] | None = None,
    data: Prepared | None = None,
    **hyperparameters: Any,
) -> BaseModel:
    """Build the lesson of a checkpoint and restore its weights.

    Args:
        folder: a folder with a checkpoint, or a prefix such as ``folder/model-20``.
        lesson: its class or name. Needed for a folder of 2018 and for a lesson of one's own, which
            is not in the list of lessons; else compared with the JSON.
        data: prepared data with the vocabulary that the checkpoint was trained with. Needed for a
            recommender of 2018, whose folder has no vocabulary.
        hyperparameters: those that differ from the JSON, or for 2018 from the lesson's defaults.

    Raises:
        CheckpointError: a file is missing or damaged, or does not match the lesson or the data.
        UsageError: an unknown lesson, or a hyper-parameter out of range.
    """
    prefix, described = reading.find(folder)
    cls = _class(lesson) if lesson is not None else None
    if described is None:
        if cls is None:
            raise CheckpointError(
                _(
                    "{prefix}: there is no {name}.json, so pass the lesson and the data: "
                    "load(folder, lesson=..., data=...)"
                ).format(prefix=prefix, name=prefix.name)
            )
        if data is None and cls.needs_data:
            raise CheckpointError(
                _("{prefix}: the folder has no vocabulary: pass data=...").format(prefix=prefix)
            )
        sizes = getattr(data, "sizes", {}) if data is not None else {}
        names = cls.hyperparameter_names()
        arguments = {**{k: v for k, v in sizes.items() if k in names}, **hyperparameters}
    else:
        if cls is not None and not _is_same(cls, described):
            raise CheckpointError(
                _(
                    "{prefix}.json: this is a checkpoint of {lesson!r} ({kind}), not of {wanted!r} "
                    "({wanted_kind})"
                ).format(
                    prefix=prefix,
                    lesson=described["lesson"],
                    kind=described["class"],
                    wanted=cls.lesson or cls.__name__,
                    wanted_kind=reading.path_of(cls),
                )
            )
        cls = cls or _listed(described, prefix)
        arguments = {**described["arguments"], **hyperparameters}
    reading.check_digests(prefix, described)
    if described:
        _check_lists(prefix, described)
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
        model.epoch = max(epoch_of(prefix), 0)
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
        CheckpointError: a file is damaged, or a variable is missing or has another shape. The model
            keeps its weights.
    """
    from tfcourse.tf1 import tf

    prefix, described = reading.find(folder)
    reading.check_digests(prefix, described)
    there = reading.variables(prefix)
    wanted = {v.op.name: v for v in model.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)}
    trainable = {v.op.name for v in model.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    for name in sorted(trainable):
        if name not in there:
            raise CheckpointError(
                _(
                    "{prefix}: variable {name!r} of {lesson} is missing; the variables are {there}"
                ).format(
                    prefix=prefix, name=name, lesson=type(model).__name__, there=", ".join(there)
                )
            )
    for name, variable in wanted.items():
        if name in there and there[name] != tuple(variable.shape.as_list()):
            raise CheckpointError(
                _(
                    "{prefix}: variable {name!r} has shape {shape} in the file, {wanted} in {lesson}"
                ).format(
                    prefix=prefix,
                    name=name,
                    shape=list(there[name]),
                    wanted=variable.shape.as_list(),
                    lesson=type(model).__name__,
                )
            )
    values = reading.read_all(prefix)
    weights = {name: values[name] for name in wanted if name in values}
    model.set_weights(weights, model.running_session)


def _check_lists(prefix: Path, described: Described) -> None:
    """Refuse a JSON that asks for more layers than its checkpoint has variables, before a graph of
    them is built."""
    n = len(reading.variables(prefix))
    for name, value in described["arguments"].items():
        if isinstance(value, list) and len(value) > n:
            raise CheckpointError(
                _(
                    "{prefix}.json: damaged: {name!r} has {number} entries, and the checkpoint only "
                    "{n} variables"
                ).format(prefix=prefix, name=name, number=len(value), n=n)
            )


def _is_same(cls: type[BaseModel], described: Described) -> bool:
    """Whether a class is that of a JSON. A class of one's own may have moved to another file."""
    if cls.__module__.startswith("graphs."):
        return reading.path_of(cls) == described["class"]
    return cls.__qualname__ == described["class"].rpartition(":")[2]


def _class(lesson: str | type[BaseModel]) -> type[BaseModel]:
    if isinstance(lesson, str):
        return lessons.find(lesson).load()
    if isinstance(lesson, type):
        return lesson
    raise UsageError(_("a lesson must be a class or a name, not {lesson!r}").format(lesson=lesson))


def _listed(described: Described, prefix: Path) -> type[BaseModel]:
    """The class of a JSON's lesson, from the list of lessons."""
    try:
        cls = lessons.find(described["lesson"]).load()
    except UsageError:
        cls = None
    if cls is None or reading.path_of(cls) != described["class"]:
        raise CheckpointError(
            _(
                "{prefix}.json: {kind} is not in the list of lessons: give its class, "
                "load(folder, lesson=MyLesson), or on the command line --lesson "
                "path/to/file.py:MyLesson"
            ).format(prefix=prefix, kind=described["class"])
        )
    return cls
