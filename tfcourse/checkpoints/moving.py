"""Moving a training that has ended to the place of the one that it replaces, and the folder's lock.

Files are moved one by one, so a process can be killed in between. The file ``new/whole`` says that it
is to be gone on with, and how far it has come; whoever comes next does that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tfcourse.checkpoints import files
from tfcourse.checkpoints.files import NEW, RESUME, WHOLE
from tfcourse.errors import CheckpointError
from tfcourse.lang import _

LOCK = ".lock"
WAIT = 10.0  # seconds that a reader waits while files are moved
_CLEARED = "cleared"  # in ``whole``: the old training is deleted, what is there is of the new one


@contextlib.contextmanager
def locked(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the folder's lock. It is the operating system's, and ends with the process.

    Raises:
        CheckpointError: another process holds it.
        OSError: the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise CheckpointError(
            _("{folder}: another process is training into this folder; name another one").format(
                folder=folder
            )
        ) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink()  # before it is free for others
        lock.release()


def begin(folder: Path) -> None:
    """Say that the training in ``new`` is to take the folder, and move it. The lock is held."""
    (folder / NEW / WHOLE).touch()
    go_on(folder)


def go_on(folder: Path) -> None:
    """Move what is still to be moved. The lock is held."""
    new, whole = folder / NEW, folder / NEW / WHOLE
    if whole.read_text(encoding="utf-8") != _CLEARED:
        files.remove_folder(folder / RESUME)
        files.clear(folder)
        files.write_at_once(whole, _CLEARED)
    for path in sorted(new.iterdir(), key=lambda path: path.suffix == ".json"):
        if path.name != WHOLE and not path.name.startswith("."):
            os.replace(path, folder / path.name)
    files.remove_folder(new)


def finish(folder: Path) -> None:
    """Go on with a move that was cut short, where there is one.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    if not (folder / NEW / WHOLE).is_file():
        return
    try:
        with locked(folder, WAIT):
            if (folder / NEW / WHOLE).is_file():
                go_on(folder)
    except OSError as error:
        raise CheckpointError(
            _("{folder}: a training's files are still to be moved here from {new}/: {why}").format(
                folder=folder, new=NEW, why=error.strerror
            )
        ) from None
