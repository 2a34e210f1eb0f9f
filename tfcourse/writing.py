"""Result files: written whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tfcourse.errors import CourseError, reason
from tfcourse.lang import _


@contextlib.contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Write a file under a temporary name and rename it when the block ends.

    Missing folders are created. If the block raises, the file that was there stays as it was, and
    the temporary file is deleted. What is not a regular file, such as /dev/stdout, has no other name
    and is written as it is.

    Args:
        path: the file.

    Yields:
        The name to write to, in the file's folder. Its ending is not that of ``path``.

    Raises:
        CourseError: the file cannot be written; the message says why.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            yield path
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(path))  # a link stays a link
        partial = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            yield partial
            os.replace(partial, target)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink()
    except OSError as error:
        raise CourseError(
            _("{path}: cannot be written: {why}").format(path=path, why=reason(error))
        ) from None


def check(path: str | Path) -> None:
    """Check that a file can be written, before the work whose result it is to hold.

    Nothing is created. That the result will fit on the disk cannot be known.

    Raises:
        CourseError: the folder, or the nearest one that exists, cannot be written to.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            return
        folder = next(p for p in (path.parent, *path.absolute().parents) if p.exists())
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CourseError(
            _("{path}: cannot be written: {why}").format(path=path, why=reason(error))
        ) from None
