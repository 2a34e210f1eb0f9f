"""The folder of one training: what is there, going on with it, replacing it, and its lock."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from tfcourse.checkpoints import files, loading, moving, reading, saving
from tfcourse.checkpoints.files import KEPT, NEW, RESUME, WHOLE, Described
from tfcourse.errors import CheckpointError
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

MAY_DIFFER = ("n_epoch",)  # hyper-parameters, when a training goes on


class Run:
    """A training that saves into a folder.

    Its lock is the operating system's, so that it ends with the process. A training that replaces
    another saves into the subfolder ``new``; its files are moved up when it has ended.

    Args:
        folder: where the checkpoints go.
        keep: how many of the best epochs are kept.
    """

    def __init__(self, folder: str | Path, keep: int = KEPT):
        self.folder, self.keep = Path(folder), keep
        self.home = self.folder  # where this training saves
        self._held = contextlib.ExitStack()  # the lock

    def begin(self, model: BaseModel, resume: bool, overwrite: bool) -> Described | None:
        """Take the folder, and restore into the model what it is to go on from.

        Args:
            resume: go on with the training that is there, if there is one.
            overwrite: replace it, once the new one has ended.

        Returns:
            the JSON of what was restored, if anything.

        Raises:
            CheckpointError: another process is training into the folder; or a training is there, and
                neither ``resume`` nor ``overwrite`` is set; or it is another than the model's.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(moving.locked(self.folder))
            try:
                self._tidy()
                return self._begin(model, resume, overwrite)
            except BaseException:
                self._held.close()
                raise
        except OSError as error:
            raise CheckpointError(
                _("{folder}: cannot save a checkpoint: {reason}").format(
                    folder=self.folder, reason=error.strerror or error
                )
            ) from None

    def _begin(self, model: BaseModel, resume: bool, overwrite: bool) -> Described | None:
        replacing = self.folder / NEW
        self.home = replacing if _newest(replacing) else self.folder
        if resume:
            newest = _newest(self.home)
            if newest is None or model.epoch > 0:  # the model itself is gone on with
                return None
            described = reading.read_json(newest)
            if described is None:
                raise CheckpointError(
                    _("{newest}: a checkpoint of 2018 cannot be gone on with").format(newest=newest)
                )
            self._check_same(model, newest, described)
            loading.restore(model, newest)
            model.hist, model.epoch = described["hist"], described["epoch"]
            return described
        there = [path for path in (self.folder, replacing) if _newest(path)]
        if there and not overwrite:
            raise CheckpointError(
                _(
                    "{folder}: holds {there}; --resume goes on with it, --overwrite replaces it when "
                    "the new training has ended (in Python resume=True, overwrite=True), or name "
                    "another folder"
                ).format(folder=self.folder, there=_in_words(there[-1]))
            )
        files.remove_folder(replacing)
        self.home = replacing if _newest(self.folder) else self.folder
        return None

    def save(
        self,
        model: BaseModel,
        best: tuple[str, float] | None,
        is_best: bool,
    ) -> None:
        """Save the epoch that has just ended.

        Args:
            best: the curve that chooses the epoch to keep, and its lowest value so far.
            is_best: whether this epoch is to be kept, or only to be gone on from.

        Raises:
            CheckpointError: a file cannot be written.
        """
        if is_best:
            saving.save(model, self.home, None, best, self.keep)
            with contextlib.suppress(OSError):  # it is of an older epoch, and deleted at the end
                files.remove_folder(self.home / RESUME)
        else:
            saving.save(model, self.home / RESUME, None, best, 1)

    def end(self, complete: bool) -> None:
        """Give the folder back.

        Args:
            complete: whether the training has ended as it should. Then it takes the place of the one
                that it replaces, and what going on would need is deleted.
        """
        try:
            if complete:
                files.remove_folder(self.home / RESUME)
                newest = _newest(self.home)
                if newest is not None and files.json_of(newest).is_file():
                    saving.keep_last(self.home, newest, self.keep)  # a killed save may not have
                if self.home != self.folder:
                    if _newest(self.home):
                        moving.begin(self.folder)
                    else:
                        files.remove_folder(self.home)
        except OSError as error:
            raise CheckpointError(f"{self.folder}: {error.strerror or error}") from None
        finally:
            self._held.close()
            with contextlib.suppress(OSError):
                self.folder.rmdir()  # where nothing was saved

    def _tidy(self) -> None:
        """Finish or delete what a process left that was killed."""
        if (self.folder / NEW / WHOLE).is_file():
            moving.go_on(self.folder)
        for folder in (self.folder, *(self.folder / name for name in (RESUME, NEW))):
            if folder.is_dir():
                files.sweep(folder)
        if (self.folder / NEW / RESUME).is_dir():
            files.sweep(self.folder / NEW / RESUME)

    def _check_same(self, model: BaseModel, newest: Path, described: Described) -> None:
        said, path = described["arguments"], files.json_of(newest)
        if described["class"] != reading.path_of(type(model)):
            raise CheckpointError(
                _("{path}: a training of {lesson}, not of this lesson").format(
                    path=path, lesson=described["lesson"]
                )
            )
        given = {k: v for k, v in model.hyperparameters.items() if k not in MAY_DIFFER}
        for name, value in given.items():
            before = said.get(name)
            before = tuple(before) if isinstance(before, list) else before
            if before != value:
                raise CheckpointError(
                    _(
                        "{path}: trained with {name} {before!r}, not {value!r}: a training goes on as it "
                        "began"
                    ).format(path=path, name=name, before=before, value=value)
                )
        if described.get("protocol") != model.origin.protocol:
            raise CheckpointError(
                _("{path}: trained under protocol {protocol}, not {wanted}").format(
                    path=path, protocol=described.get("protocol"), wanted=model.origin.protocol
                )
            )
        if "split" in described and described["split"] != model.origin.split:
            raise CheckpointError(
                _("{path}: trained on split {split}, not {wanted}").format(
                    path=path, split=described["split"], wanted=model.origin.split
                )
            )
        entries, _texts = model.saved_data()
        for name, entry in entries.items():
            if entry["file_sha256"] != described.get(name, {}).get("file_sha256"):
                raise CheckpointError(
                    _("{path}: trained on other data (another {name})").format(path=path, name=name)
                )


def _newest(home: Path) -> Path | None:
    """The checkpoint of the latest epoch of a training, ended or not; None where there is none."""
    if not home.is_dir():
        return None
    found = []
    for folder in (home, home / RESUME):
        if any(folder.glob("model-*.index")) or any(folder.glob("*.json")):
            found.append(reading.find(folder)[0])
    return max(found, key=files.epoch_of) if found else None


def _in_words(home: Path) -> str:
    """What a folder holds, for the error that refuses to replace it."""
    newest = _newest(home)
    described = reading.read_json(newest) if newest is not None else None
    if described is None:
        return _("a checkpoint of the 2018 kind")
    best = described.get("best") or {}
    best_of = _(", best {name} {value:.4f}")
    figures = "".join(best_of.format(name=name, value=value) for name, value in best.items())
    words = _("a training of {lesson}, protocol {protocol}, epoch {epoch}{figures}")
    if (home / RESUME).is_dir() or home.name == NEW:
        words = _(
            "a training that has not ended of {lesson}, protocol {protocol}, epoch {epoch}{figures}"
        )
    return words.format(
        lesson=described["lesson"],
        protocol=described.get("protocol"),
        epoch=described["epoch"],
        figures=figures,
    )
