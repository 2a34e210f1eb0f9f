"""Opening checkpoints for the commands: the model, its data, and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tfcourse.errors import CheckpointError, UsageError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Prepared
    from tfcourse.model import BaseModel
    from tfcourse.recommenders.base import Recommender


def open_checkpoint(
    folder: str, lesson: str | None, data_dir: str, lenient: bool = False
) -> BaseModel:
    """Build and restore the trained lesson of a folder.

    Args:
        lesson: its name; needed for a folder of the 2018 kind, else checked.
        data_dir: folder of the data. The default one is read for the 2018 kind only, which holds no
            vocabulary. A named one is always read, so that a wrong name does not go unnoticed.
        lenient: drop rows of the data that have a fault.

    Raises:
        CheckpointError: no checkpoint, a damaged one, or one of another lesson.
    """
    from tfcourse import checkpoints
    from tfcourse.datasets import folders

    _prefix, described = checkpoints.find(folder)
    if described is None or not folders.is_default(data_dir):
        return open_with_data(folder, lesson, data_dir, lenient=lenient)[0]
    return checkpoints.load(folder, _checked(folder, lesson, described))


def open_with_data(
    folder: str,
    lesson: str | None,
    data_dir: str,
    protocol: str | None = None,
    lenient: bool = False,
    split: str | None = None,
) -> tuple[BaseModel, Prepared, dict[str, Any]]:
    """Build and restore the trained lesson of a folder, and prepare its data.

    Args:
        lesson, data_dir, lenient: as for ``open_checkpoint``.
        protocol, split: by default those that it was trained under.

    Returns:
        the model; its data; the checkpoint's JSON, empty for the 2018 kind.

    Raises:
        CheckpointError: as for ``open_checkpoint``; also data with other movies than it was
            trained with.
    """
    from tfcourse import checkpoints, lessons, training

    _prefix, described = checkpoints.find(folder)
    if described is None:
        if lesson is None:
            raise CheckpointError(
                _(
                    "{folder}: no JSON beside the checkpoint (the 2018 kind): say which lesson it is "
                    "with --lesson, and where its data are with --data-dir"
                ).format(folder=folder)
            )
        cls = lessons.find(lesson).load()
        data = training.prepare(cls, data_dir, protocol, lenient=lenient, split=split)
        return checkpoints.load(folder, cls, data), data, {}
    model = checkpoints.load(folder, _checked(folder, lesson, described))
    protocol, split = protocol or described.get("protocol"), split or described.get("split")
    data = training.prepare(type(model), data_dir, protocol, lenient=lenient, split=split)
    try:
        model.attach_data(data)
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from None
    return model, data, described


def _checked(folder: str, lesson: str | None, described: dict[str, Any]) -> type[BaseModel] | None:
    """The class of a lesson of one's own; None for a lesson that the checkpoint names itself."""
    from tfcourse import lessons

    if lesson is None:
        return None
    found = lessons.find(lesson)
    if isinstance(found, lessons.FileLesson):
        return found.load()
    if found.name != described["lesson"]:
        raise CheckpointError(
            _("{folder}: a checkpoint of {lesson}, not of {wanted}").format(
                folder=folder, lesson=described["lesson"], wanted=lesson
            )
        )
    return None


def recommender(folder: str, model: BaseModel) -> Recommender:
    from tfcourse.recommenders.base import Recommender

    if not isinstance(model, Recommender):
        raise UsageError(
            _("{folder}: the lesson {lesson} is not a recommender").format(
                folder=folder, lesson=model.lesson
            )
        )
    return model


def add_movies(model: Recommender, texts: Sequence[str]) -> None:
    """Add movies to a model.

    Args:
        texts: "TITLE; GENRES; YEAR[; AVERAGE]" each.

    Raises:
        UsageError: a text of another form, or a lesson that cannot take new movies.
    """
    for text in texts:
        parts = [part.strip() for part in text.split(";")]
        if len(parts) not in (3, 4) or not all(parts):
            raise UsageError(
                _("a new movie is 'TITLE; GENRES; YEAR[; AVERAGE]', not {text!r}").format(text=text)
            )
        try:
            year, *average = [float(part) for part in parts[2:]]
        except ValueError:
            raise UsageError(
                _("year and average of a new movie are numbers: {text!r}").format(text=text)
            ) from None
        model.add_movie(parts[0], parts[1], year, *average)


def check_k(model: Recommender, k: int) -> None:
    """Check that a model has as many movies as are asked for.

    Raises:
        UsageError: it has fewer.
    """
    if k > model.n_items:
        raise UsageError(
            _("-k is at most {n_items}, the number of movies, not {k}").format(
                n_items=model.n_items, k=k
            )
        )
