"""Downloads that resume, are checked by SHA-256, and appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tfcourse.errors import DataError

CHUNK = 1 << 16
TIMEOUT = (10, 60)  # seconds to connect, and between two chunks


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(url: str, path: str | Path, digest: str, progress: bool = True) -> Path:
    """Download one file.

    The part that has arrived is kept in ``<name>.part``, and the next call asks the server for the
    rest. Only a file with the right digest takes its final name. A file that is already there with
    the right digest is not downloaded again.

    Args:
        url: the address.
        path: where the file goes.
        digest: its SHA-256 in hexadecimal.
        progress: whether a bar is shown on standard error.

    Returns:
        the path.

    Raises:
        DataError: no connection, a refusal, contents that do not have the digest, or a file that
            cannot be written.
    """
    import requests
    from tqdm import tqdm

    path = Path(path)
    if path.is_file() and sha256(path) == digest:
        return path
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.is_file() else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code == 416:  # the part is the whole file already, or more than it
                answer_is_rest = True
            else:
                if answer.status_code not in (200, 206):
                    raise DataError(
                        f"the server answered {answer.status_code} {answer.reason}", url
                    )
                answer_is_rest = answer.status_code == 206
                length = answer.headers.get("Content-Length")
                total = None if length is None else int(length) + (have if answer_is_rest else 0)
                with (
                    open(part, "ab" if answer_is_rest else "wb") as file,
                    tqdm(
                        total=total,
                        initial=have if answer_is_rest else 0,
                        unit="B",
                        unit_scale=True,
                        desc=path.name,
                        disable=not progress,
                    ) as bar,
                ):
                    for piece in answer.iter_content(CHUNK):
                        file.write(piece)
                        bar.update(len(piece))
                    if total is not None and file.tell() < total:
                        raise DataError(
                            f"the connection ended after {file.tell()} of {total} bytes; "
                            "run it again to continue from there",
                            url,
                        )
    except requests.RequestException as error:
        kept = " What has arrived is kept; run it again to continue." if part.is_file() else ""
        raise DataError(f"cannot be downloaded: {type(error).__name__}.{kept}", url) from None
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", path) from None
    found = sha256(part)
    if found != digest:
        part.unlink()
        raise DataError(f"wrong contents: SHA-256 is {found}, expected {digest}; deleted", url)
    os.replace(part, path)
    return path
