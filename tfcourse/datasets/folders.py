"""The folder of the data: where a data set's files are looked for, and what is said without them.

Only the default folder, ``data`` in the current directory, may be missing or be without a data set:
then tfcourse brings the data. It is the default however it is written, as ``./data`` or as an
absolute path, since nobody can tell a default from the same name given by hand. Any other folder was
named, so it is read or refused, and it is never created to be read.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tfcourse.errors import DataError
from tfcourse.lang import _

T = TypeVar("T")

DEFAULT = "data"
_PACKED = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar", ".bz2", ".xz", ".zst")
_NAMED = 4  # entries of a folder that a message names


class NotThere(DataError):
    """A folder without the files of a data set, or with files that are not quite theirs."""


def is_default(data_dir: str | Path) -> bool:
    """Whether a folder is the default one, ``data`` in the current directory."""

    def whole(path: str | Path) -> str:
        return os.path.normcase(os.path.abspath(path))

    return whole(data_dir) == whole(DEFAULT)


def existing(data_dir: str | Path) -> Path | None:
    """The folder, or None: it is the default one and does not exist.

    Raises:
        DataError: a named folder that does not exist, a link to nothing, or not a folder.
    """
    folder = Path(data_dir)
    if folder.is_dir():
        return folder
    if folder.is_symlink():
        found = _("a link to {place}, which does not exist")
        if folder.exists():
            found = _("a link to {place}, which is no folder")
        found = found.format(place=os.readlink(folder))
        raise DataError(_("expected a folder of data, found {found}").format(found=found), folder)
    if folder.exists():
        write = _("name its folder: {folder}").format(folder=folder.parent)
        raise DataError(
            _("expected a folder of data, found a file; {write}").format(write=write), folder
        )
    if is_default(folder):
        return None
    try:
        beside = [name for name in os.listdir(folder.parent) if (folder.parent / name).is_dir()]
    except OSError:
        raise DataError(
            _("no such folder: {parent} is no folder either").format(parent=folder.parent), folder
        ) from None
    close = difflib.get_close_matches(folder.name, beside, 1)
    hint = _("check its name")
    if close:
        hint = _("did you mean {folder}?").format(folder=folder.parent / close[0])
    raise DataError(_("no such folder of data; {hint}").format(hint=hint), folder)


@dataclass(frozen=True)
class Wanted(Generic[T]):
    """The files of a data set.

    Attributes:
        expected: what they are, for messages.
        names: all names that they may have, for what is said of names much like these.
        look: gives the files in a folder, or None. It raises ``NotThere`` for files that are not
            complete.
        first: a folder in the folder of the data that is looked into before all others.
        last: one that is looked into after all others.
        archive: how the names of archives of the files begin.
    """

    expected: str
    names: tuple[str, ...]
    look: Callable[[Path], T | None]
    first: str | None = None
    last: str | None = None
    archive: str = "/"


def find(data_dir: str | Path, wanted: Wanted[T]) -> T | None:
    """Find a data set's files in a folder, or in one of the folders in it.

    Returns:
        the files, or None: the folder is the default one and has none, nor any whose names look
        like them.

    Raises:
        NotThere: the folder has no such files; or several folders in it have them; or there are
            files that are not quite theirs, as ``Ratings.csv`` or an archive.
        DataError: a named folder does not exist or cannot be read, or the files are not complete.
    """
    folder = existing(data_dir)
    if folder is None:
        return None
    names = entries(folder)
    advice = _advice(folder, names, wanted)
    quite = f"expected {wanted.expected}, found {advice}"
    try:
        found = wanted.look(folder)
    except NotThere:  # not complete: perhaps since the other file is not quite there
        if advice is None:
            raise
        raise NotThere(quite, folder) from None
    if found is None and wanted.first:
        found = wanted.look(folder / wanted.first)
    if found is None:
        found = _one_of(folder, names, wanted)
    if found is None and advice is not None:
        raise NotThere(quite, folder)
    if found is None and wanted.last:
        found = wanted.look(folder / wanted.last)
    if found is None and not is_default(folder):
        raise NotThere(f"expected {wanted.expected}, found {held(folder)}", folder)
    return found


def _one_of(folder: Path, names: Sequence[str], wanted: Wanted[T]) -> T | None:
    """The files in the one folder in the folder that has them."""
    found: dict[str, T] = {}
    for name in names:
        if name.startswith(".") or name in (wanted.first, wanted.last):
            continue
        try:
            inner = wanted.look(folder / name)
        except (DataError, OSError):  # not complete, or not to be read
            continue
        if inner is not None:
            found[name] = inner
    if len(found) > 1:
        these = ", ".join(str(folder / name) for name in found)
        raise NotThere(f"several folders in it have {wanted.expected}: name one of {these}", folder)
    return next(iter(found.values()), None)


def entries(folder: Path) -> list[str]:
    """The names in a folder, sorted.

    Raises:
        DataError: the folder cannot be read.
    """
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        raise DataError(_("cannot be read: {why}").format(why=error.strerror), folder) from None


def held(folder: Path) -> str:
    """What a folder holds, in words: "ratings.txt, notes/ and 3 more", or "an empty folder"."""
    names = [name + "/" * (folder / name).is_dir() for name in entries(folder)]
    if not names:
        return "an empty folder"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(repr(name)[1:-1] for name in names[:_NAMED]) + more


def _advice(folder: Path, names: Sequence[str], wanted: Wanted[T]) -> str | None:
    """What to do with an entry whose name is much like one that is looked for."""
    stems = {_stem(name) for name in wanted.names}
    for name in names:
        path, lower = folder / name, name.lower()
        if name in wanted.names:
            if path.is_symlink() and not path.exists():
                return f"{name}, a link to {os.readlink(path)}, which does not exist"
            if not path.is_file():
                return f"{name}, which is not a file"
        elif lower in wanted.names:
            return f"{name}: rename it to {lower}"
        elif lower.endswith(_PACKED) and (
            _stem(lower) in stems or lower.startswith(wanted.archive)
        ):
            return f"{name}: unpack it"
    return None


def _stem(name: str) -> str:
    return name.lower().partition(".")[0]
