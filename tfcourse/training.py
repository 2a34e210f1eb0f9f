"""The training that all commands share: prepare a lesson's data, build it, train it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tfcourse.callbacks import EarlyStopping, EpochTable
from tfcourse.checkpoints import KEPT
from tfcourse.datasets import open_data
from tfcourse.errors import CheckpointError, UsageError
from tfcourse.jobs import Write
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Prepared
    from tfcourse.model import BaseModel

M = TypeVar("M", bound="BaseModel")


def prepare(
    cls: type[BaseModel],
    data_dir: str | Path = "data",
    protocol: str | None = None,
    time_aware: bool = False,
    lenient: bool = False,
    split: str | None = None,
) -> Prepared:
    """Prepare the data that a lesson learns from.

    Args:
        cls: the lesson's class.
        data_dir: the folder of the data.
        protocol: by default the lesson's ``default_protocol``.
        time_aware: a train row's query holds only what the user rated before.
        lenient: drop rows of the files that have a fault; see ``open_data``.
        split: how test rows are chosen, by default as in the deck; see ``MovieLens.split``.

    Raises:
        UsageError: an unknown protocol or split; or ``time_aware``, ``lenient`` or ``split`` for a
            lesson that is not on MovieLens.
        DataError: a file that is damaged.
    """
    protocol = protocol or cls.default_protocol
    if cls.dataset == "movielens":
        data = open_data("movielens", data_dir, lenient)
        return data.prepare(protocol, time_aware, **({"split": split} if split else {}))
    for option, given in (("--time-aware", time_aware), ("--split", split)):
        if given:
            raise UsageError(
                _("{option} is for lessons on movielens, not on {dataset}").format(
                    option=option, dataset=cls.dataset
                )
            )
    return open_data(cls.dataset, data_dir, lenient).prepare(protocol)


def make(cls: type[M], data: Prepared, **hyper: Any) -> M:
    """Build a lesson with the sizes that the data decide.

    Args:
        hyper: the lesson's other hyper-parameters, by name.

    Raises:
        UsageError: a hyper-parameter out of range.
    """
    names = cls.hyperparameter_names()
    return cls(**{**{name: n for name, n in data.sizes.items() if name in names}, **hyper})


def train(
    cls: type[M],
    data: Prepared,
    *,
    epochs: int | None = None,
    engine: str = "auto",
    model_dir: str | Path | None = None,
    keep: int = KEPT,
    resume: bool = False,
    overwrite: bool = False,
    early_stopping: int | None = None,
    callbacks: Iterable[Callable[[M], object]] = (),
    write: Write | None = None,
    **hyper: Any,
) -> M:
    """Build a lesson and train it.

    Args:
        cls: the lesson's class.
        data: prepared data.
        epochs: by default the lesson's own number.
        engine: "graph", "feed" or "auto"; see ``BaseModel.fit``.
        model_dir: folder for checkpoints.
        keep: how many of the epochs saved are kept.
        resume: go on with the training in ``model_dir``, to ``epochs`` epochs in all.
        overwrite: replace the training in ``model_dir``, once this one has ended.
        early_stopping: stop after so many epochs without a lower valid loss.
        callbacks: called after each epoch, before it is saved.
        write: takes lines of progress: the data's note, a line for each epoch, the epoch kept.
        hyper: the lesson's hyper-parameters, by name, as seed=88.

    Returns:
        the model with the weights of its last epoch; ``model.restore(model_dir)`` takes the best.

    Raises:
        UsageError: a hyper-parameter out of range.
        CheckpointError: no epoch could be saved.
    """
    model = make(cls, data, **hyper)
    watchers: list[Callable[[M], object]] = [*callbacks]
    if write is not None:
        if data.note:
            write(_(data.note))
        watchers.append(EpochTable(cls.epoch_table, write))
    if early_stopping is not None:
        watchers.append(EarlyStopping(thres=early_stopping))
    model.fit(
        model.train_batches(data),
        model.valid_batches(data),
        epochs,
        callback=watchers,
        engine=engine,
        model_dir=model_dir,
        keep=keep,
        resume=resume,
        overwrite=overwrite,
        verbose=False,
    )
    if model_dir is not None:
        if model.saved_epoch is None:
            raise CheckpointError(
                _(
                    "{model_dir}: nothing was saved, since {curve} was never a finite number: a "
                    "lower learning rate may help"
                ).format(model_dir=model_dir, curve=model.monitor or _("the loss"))
            )
        if write is not None:
            write(
                _("Kept epoch {epoch} in {model_dir} (protocol {protocol})").format(
                    epoch=model.saved_epoch, model_dir=model_dir, protocol=data.protocol
                )
            )
    return model
