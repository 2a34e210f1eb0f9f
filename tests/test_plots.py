"""Pictures as files: their names, their formats, and disks that are full."""

from __future__ import annotations

import errno
import os

import pytest

from tfcourse import plots
from tfcourse.errors import CourseError, UsageError

HIST = {"tr_loss": [3.0, 2.0], "vl_loss": [3.5, 3.0]}


@pytest.mark.parametrize(
    ("name", "written", "begins"),
    [
        ("c.png", "c.png", b"\x89PNG"),
        ("c.PNG", "c.PNG", b"\x89PNG"),
        ("c", "c.png", b"\x89PNG"),
        ("c.svg", "c.svg", b"<?xml"),
    ],
)
def test_the_ending_is_the_format(name, written, begins, tmp_path):
    assert plots.curves(HIST, tmp_path / "new" / name) == tmp_path / "new" / written
    assert (tmp_path / "new" / written).read_bytes().startswith(begins)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [written]


def test_an_unknown_format_writes_nothing(tmp_path):
    for draw in (lambda path: plots.curves(HIST, path), plots.check):
        with pytest.raises(UsageError, match="'.xyz' is no known format; known: .*png"):
            draw(tmp_path / "new" / "c.xyz")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_picture(tmp_path, monkeypatch):
    def no_space(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "c.png").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(CourseError, match="c.png: cannot be written: No space left on device"):
        plots.curves(HIST, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["c.png"]
