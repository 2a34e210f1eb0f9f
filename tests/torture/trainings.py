"""The trainings that are interrupted: lessons on small data, and what they end with."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import graphs
import tfcourse
from tests.small import small_frames, write_movielens
from tfcourse import training
from tfcourse.datasets import movielens, pokemon
from tfcourse.errors import CheckpointError

if TYPE_CHECKING:
    from tfcourse.datasets.contract import Prepared
    from tfcourse.model import BaseModel

EPOCHS = 6


@dataclass(frozen=True)
class Plan:
    """A lesson and how it is trained. The rates are such that not every epoch is the best so far,
    so that the folder ``resume`` is used."""

    lesson: str
    hyper: dict[str, Any] = field(default_factory=dict)
    engine: str = "feed"


PLANS = (
    Plan("mf", {"n_batch": 32, "optimizer": "adam", "learning_rate": 0.1}),
    Plan("mf-with-history", {"n_batch": 64}, "graph"),
    Plan("mf-with-history-sum", {"n_batch": 32, "optimizer": "momentum", "learning_rate": 0.02}),
    Plan("mf-with-dnn", {"n_batch": 32, "optimizer": "adam", "learning_rate": 0.03}, "graph"),
    Plan(
        "mf-with-dnn-lab",
        {"n_batch": 32, "dp_scale": 0.3, "optimizer": "adam", "learning_rate": 0.03},
    ),
    Plan("pokemon-adam", {"n_batch": 64, "learning_rate": 0.01}),
    Plan("pokemon-dropout", {"n_batch": 64, "hidden1": 16, "hidden2": 16, "learning_rate": 0.05}),
)
#: What an --overwrite run differs in from the run that it replaces.
OTHER = {"seed": 5}


def write_data(folder: Path) -> Path:
    """Write the small MovieLens."""
    return write_movielens(folder, *small_frames())


def prepared(plan: Plan, data_dir: Path) -> Prepared:
    """The data of a lesson; those of Pokémon are the generated ones."""
    if graphs.find(plan.lesson).load().dataset == "movielens":
        return movielens.read(data_dir).prepare("clean")
    return pokemon.load(None).prepare()


def train(
    plan: Plan,
    data: Prepared,
    folder: Path,
    *,
    callbacks: Iterable[Callable[[BaseModel], object]] = (),
    hyper: dict[str, Any] | None = None,
    epochs: int = EPOCHS,
    **options: Any,
) -> BaseModel:
    """Train as ``tfcourse fit`` does."""
    return training.train(
        graphs.find(plan.lesson).load(),
        data,
        epochs=epochs,
        engine=plan.engine,
        model_dir=folder,
        callbacks=callbacks,
        **options,
        **{**plan.hyper, **(hyper or {})},
    )


def digest(weights: dict[str, np.ndarray]) -> str:
    """SHA-256 of all variables, slots of the optimizer included."""
    found = hashlib.sha256()
    for name, value in sorted(weights.items()):
        found.update(f"{name} {value.dtype} {value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()


def names_in(folder: Path) -> set[str]:
    """All files below a folder."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*")} if folder.is_dir() else set()


@dataclass
class Ended:
    """What a training ended with.

    Attributes:
        weights: digest of the last epoch's. best: digest of those that ``load`` gives.
        by_epoch: the digest after each epoch, for a training that was not interrupted.
        names: the files in its folder.
    """

    weights: str
    best: str
    hist: dict[str, list[float]]
    saved_epoch: int | None
    names: set[str]
    by_epoch: dict[int, str] = field(default_factory=dict)

    def differs(self, other: Ended) -> list[str]:
        """The names of what differs from another training."""
        parts: Sequence[str] = ("weights", "best", "hist", "saved_epoch", "names")
        return [p for p in parts if getattr(self, p) != getattr(other, p)]


def loaded(folder: Path) -> tuple[str, int]:
    """Digest and epoch of the model that ``load`` gives.

    Raises:
        CheckpointError: there is none.
    """
    model = tfcourse.load(folder)
    try:
        return digest(model.get_weights()), model.epoch
    finally:
        model.close()


def faults_after(
    folder: Path, work: Path, plan: Plan, last: int, epochs: int, old: Ended | None, whole: Ended
) -> Iterator[str]:
    """What a copy of the folder does not hold that it must, after a training was broken off.

    Args:
        work: where the copy is made.
        last: the last epoch that was announced as saved, 0 for none. epochs: of the whole training.
        old: the training that is to be replaced; None for a first one.
        whole: the same training without interruption.
    """
    with tempfile.TemporaryDirectory(dir=work) as place:
        copy = Path(place) / "copy"
        if not folder.is_dir():
            if last or old is not None:
                yield "the folder is gone"
            return
        shutil.copytree(folder, copy)
        try:
            found, epoch = loaded(copy)
        except CheckpointError as error:
            if last or old is not None:
                yield f"does not load: {error}"
            return
    if old is not None:
        if found != old.best and found != whole.best:
            yield "neither the old model nor the new one"
        elif found != old.best and last < epochs:
            yield "the old model was replaced before the new training had ended"
        return
    curve = whole.hist[graphs.find(plan.lesson).load().monitor][:last]
    best = 1 + curve.index(min(curve)) if curve else 0
    if found != whole.by_epoch.get(epoch):
        yield f"epoch {epoch} has other weights"
    elif epoch < best:
        yield f"epoch {best} was announced, and epoch {epoch} is loaded"


def ended(model: BaseModel, folder: Path, by_epoch: dict[int, str] | None = None) -> Ended:
    """What a training has ended with; the model is closed."""
    weights = digest(model.get_weights())
    model.close()
    return Ended(
        weights,
        loaded(folder)[0],
        dict(model.hist),
        model.saved_epoch,
        names_in(folder),
        by_epoch or {},
    )


def uninterrupted(plan: Plan, data: Prepared, folder: Path, **options: Any) -> Ended:
    """Train without interruption, and note each epoch's weights."""
    by_epoch: dict[int, str] = {}

    def note(model: BaseModel) -> None:
        by_epoch[model.epoch] = digest(model.get_weights(model.running_session))

    model = train(plan, data, folder, callbacks=[note], **options)
    return ended(model, folder, by_epoch)
