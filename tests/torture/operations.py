"""File operations of a save, counted and broken off.

Python tells its audit hooks of every file that is opened, renamed or deleted before that happens, and
a hook that raises prevents it. So all operations are met, whichever function begins them. Those of
TensorFlow's ``Saver``, which are no Python, are met before, in the middle and after its call; so is
``os.fsync``.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate")
Act = Callable[[str], None]


@dataclass
class Watch:
    """The operations below a folder that change something.

    Attributes:
        folder: the folder, absolute.
        begin, end: numbers of the operations, from 1 on, at which ``act`` is called.
        act: takes the operation's description; it raises, or kills the process.
        counting: whether an operation counts at the moment.
        seen: descriptions of those that counted.
    """

    folder: Path
    begin: int = 0
    end: int = 0
    act: Act | None = None
    counting: Callable[[], bool] = lambda: True
    seen: list[str] = field(default_factory=list)
    inside: bool = False

    def see(self, what: str) -> None:
        if self.inside:
            return
        self.inside = True
        try:
            counts = self.counting()
        finally:
            self.inside = False
        if not counts:
            return
        self.seen.append(what)
        if self.act is not None and self.begin <= len(self.seen) <= self.end:
            self.act(what)

    def audit(self, event: str, args: tuple[object, ...]) -> None:
        """Take a call of Python's audit hook."""
        if event == "open":
            flags = args[2]
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
            if isinstance(args[0], int) or not isinstance(flags, int) or not flags & writes:
                return
        at = args[1] if event == "os.remove" or event == "os.rmdir" else -1
        path = self._below(args[0], at)
        if path is not None:
            self.see(f"{event.removeprefix('os.')} {path}")

    def _below(self, given: object, folder_number: object) -> str | None:
        if isinstance(given, int) or given is None:
            return None
        path = Path(os.fsdecode(given))  # type: ignore[arg-type]
        if isinstance(folder_number, int) and folder_number >= 0:
            try:
                path = Path(os.readlink(f"/proc/self/fd/{folder_number}")) / path
            except OSError:
                return None
        try:
            return str(path.relative_to(self.folder))
        except ValueError:
            return None


_watches: list[Watch] = []
_hooked: list[bool] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _watches and event in EVENTS:
        _watches[-1].audit(event, args)


@contextlib.contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """Watch the operations of this process."""
    from tfcourse.tf1 import tf

    if not _hooked:
        sys.addaudithook(_hook)  # it cannot be removed
        _hooked.append(True)
    save, fsync = tf.train.Saver.save, os.fsync

    def saving(saver: object, session: object, path: str, *args: object, **kwargs: object):
        watch.see("Saver.save, before")
        result = save(saver, session, path, *args, **kwargs)
        if watch.act is not None and watch.counting() and watch.begin == len(watch.seen) + 1:
            for index in Path(path).parent.glob(Path(result).name + ".index"):
                index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])
        watch.see("Saver.save, in the middle")
        watch.see("Saver.save, after")
        return result

    def synced(file: int) -> None:
        watch.see("fsync")
        fsync(file)

    with mock.patch.object(tf.train.Saver, "save", saving), mock.patch("os.fsync", synced):
        _watches.append(watch)
        try:
            yield watch
        finally:
            _watches.pop()


def moving(folder: Path) -> Callable[[], bool]:
    """Whether a run that has ended is being moved to the place of another."""
    return (folder / "new" / "whole").exists
