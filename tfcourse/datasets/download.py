"""Downloads that resume, are checked by SHA-256, and appear whole or not at all.

By requests alone. pooch was tried for this (1.9, ``HTTPDownloader``), but it can neither go on with a
part, nor bound a body by a known size, nor see the server's status, and a bad Content-Length ends it
with a ValueError. The code around it would have been all of the code below.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tfcourse.errors import DataError

if TYPE_CHECKING:
    import requests
    from tqdm import tqdm

CHUNK = 1 << 16
TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two pieces
STALL = 60.0  # seconds in which at least one CHUNK arrives, or the body ends


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(
    url: str, path: str | Path, digest: str, progress: bool = True, size: int | None = None
) -> Path:
    """Download one file.

    The part that has arrived is kept in ``<name>.part``, and the next call asks the server for the
    rest. Only a file with the right digest takes its final name. A file that is already there with
    the right digest is not downloaded again.

    Args:
        url: the address.
        path: where the file goes.
        digest: its SHA-256 in hexadecimal.
        progress: whether a bar is shown on standard error.
        size: its bytes, where they are known. No more are read, and a server that announces another
            size is refused.

    Returns:
        the path.

    Raises:
        DataError: no connection, a stall, a refusal, another size or other contents than expected,
            or a file that cannot be written.
    """
    import requests
    import urllib3

    path = Path(path)
    if path.is_file() and sha256(path) == digest:
        return path
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            return _fetch(url, path, part, digest, progress, size)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        kept = " What has arrived is kept; run it again to continue." if part.is_file() else ""
        raise DataError(f"cannot be downloaded: {type(error).__name__}.{kept}", url) from None
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", path) from None


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file's download. It ends with the process.

    Raises:
        DataError: another process holds it.
    """
    from filelock import FileLock, Timeout

    place = path.with_name(f".{path.name}.lock")
    lock = FileLock(place)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise DataError(
            "another process is downloading this file; wait until it ends", path
        ) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            place.unlink()
        lock.release()


def _fetch(url: str, path: Path, part: Path, digest: str, progress: bool, size: int | None) -> Path:
    """Receive what is missing of the part, and give it its final name. The lock is held."""
    import requests

    have = part.stat().st_size if part.is_file() else 0
    if size is not None and have > size:
        part.unlink()
        have = 0
    if size is None or have < size:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            _receive(answer, url, part, have, progress, size)
    found = sha256(part)
    if found != digest:
        part.unlink()
        raise DataError(f"wrong contents: SHA-256 is {found}, expected {digest}; deleted", url)
    os.replace(part, path)
    return path


def _receive(
    answer: requests.Response, url: str, part: Path, have: int, progress: bool, size: int | None
) -> None:
    """Write the body of an answer to the part, after what is there or instead of it.

    Args:
        have: bytes of the part, from which on the rest was asked for.

    Raises:
        DataError: as for ``fetch``.
    """
    from tqdm import tqdm

    if answer.status_code == 416 and have:  # the part is the whole file already, or more than it
        return
    if answer.status_code not in (200, 206):
        raise DataError(f"the server answered {answer.status_code} {answer.reason}", url)
    if answer.status_code == 206:
        begins = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
        if begins is None or int(begins[1]) != have:
            said = answer.headers.get("Content-Range")
            raise DataError(f"expected the bytes from {have} on, the server sends {said!r}", url)
    else:
        have = 0
    length = answer.headers.get("Content-Length", "")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        length = ""  # of the packed body
    total = have + int(length) if re.fullmatch(r"\d{1,100}", length) else None
    if size is not None and total not in (None, size):
        raise DataError(
            f"wrong contents: the server announces {total} bytes, expected {size}, those of the "
            "file with the known SHA-256",
            url,
        )
    total = total if size is None else size
    with (
        open(part, "ab" if have else "wb") as file,
        tqdm(
            total=total,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=part.stem,
            disable=not progress,
        ) as bar,
    ):
        have = _copy(answer, url, file, have, bar, size)
    if size is not None and have > size:
        part.unlink()
        raise DataError(f"wrong contents: more than the {size} bytes expected; deleted", url)
    if total is not None and have < total:
        raise DataError(
            f"the connection ended after {have} of {total} bytes; "
            "run it again to continue from there",
            url,
        )


def _copy(
    answer: requests.Response, url: str, file: BinaryIO, have: int, bar: tqdm, size: int | None
) -> int:
    """Copy the pieces of a body as they arrive, up to the first byte too many.

    Returns:
        the bytes of the file, of which ``have`` were there before.
    """
    mark, since = have, time.monotonic()
    # Not iter_content: it waits until a whole piece is there, so that a server that sends a byte now
    # and then is never found out.
    while piece := answer.raw.read1(CHUNK, decode_content=True):
        file.write(piece)
        have += len(piece)
        bar.update(len(piece))
        if size is not None and have > size:
            break
        now = time.monotonic()
        if have - mark >= CHUNK:
            mark, since = have, now
        elif now - since > STALL:
            raise DataError(
                f"stalled: {have - mark} bytes in {now - since:.0f} seconds. What has arrived is "
                "kept; run it again to continue.",
                url,
            )
    return have
