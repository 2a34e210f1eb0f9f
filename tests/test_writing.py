"""Files that are written whole, or not at all."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from tfcourse import writing
from tfcourse.errors import CourseError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_when_the_block_has_ended(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with writing.whole(path) as partial:
        partial.write_text("text")
        assert not path.exists() and partial.parent == path.parent
    assert path.read_text() == "text" and names(path.parent) == ["file.txt"]


def test_the_mode_is_that_of_a_new_file(tmp_path):
    (tmp_path / "plain").touch()
    with writing.whole(tmp_path / "file") as partial:
        partial.touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "file")}
    assert len(modes) == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_the_old_file(error, tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(error), writing.whole(tmp_path / "file") as partial:
        partial.write_text("half")
        raise error
    assert (tmp_path / "file").read_text() == "old" and names(tmp_path) == ["file"]


def no_space(*args):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("when", ["writing", "renaming"])
def test_a_full_disk_leaves_the_old_file(when, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("old")
    if when == "renaming":
        monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(CourseError) as raised:
        with writing.whole(tmp_path / "file") as partial:
            partial.write_text("half")
            if when == "writing":
                no_space()
    assert str(raised.value) == f"{tmp_path / 'file'}: cannot be written: No space left on device"
    assert (tmp_path / "file").read_text() == "old" and names(tmp_path) == ["file"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "file")
    with writing.whole(tmp_path / "link") as partial:
        partial.write_text("new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "far" / "file").read_text() == "new"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_device_is_written_and_not_replaced():
    writing.check("/dev/full")
    with pytest.raises(CourseError, match="/dev/full: cannot be written: No space left"):
        with writing.whole("/dev/full") as partial:
            partial.write_text("text")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_check_creates_nothing(tmp_path, monkeypatch):
    writing.check(tmp_path / "new" / "folder" / "file")
    monkeypatch.chdir(tmp_path)
    writing.check("file")
    assert names(tmp_path) == []


def test_check_of_what_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "inside", tmp_path / "file" / "deep" / "inside"):
        with pytest.raises(CourseError, match="inside: cannot be written: Not a directory"):
            writing.check(path)

    def denied(**options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), options["dir"])

    monkeypatch.setattr("tempfile.TemporaryFile", denied)
    with pytest.raises(CourseError, match="other: cannot be written: Permission denied"):
        writing.check(tmp_path / "other")
