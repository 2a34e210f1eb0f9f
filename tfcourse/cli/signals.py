"""Ctrl-C, SIGTERM and SIGHUP: they end a training between two batches, and any other work at once.

The exit code is 128 + the signal's number: 130 after Ctrl-C, 143 after SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from tfcourse.errors import INTERRUPTING, Interrupted
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.model import BaseModel

REPEATED = 1.0  # seconds; ``timeout`` and others send a signal twice, to a process and to its group


class Ended(BaseException):
    """A signal that ends the program. No ``except Exception`` keeps it back.

    Attributes:
        signum: the signal's number.
    """

    def __init__(self, signum: int):
        super().__init__(signum)
        self.signum = signum


def word(signum: int) -> str:
    """What a signal did to the program, for the message."""
    return _("Interrupted") if signum == signal.SIGINT else signal.strsignal(signum) or str(signum)


@contextlib.contextmanager
def end_at_once() -> Iterator[None]:
    """Raise ``Ended`` in this block when a signal comes.

    Processes that have to be ended and temporary files are the business of those who made them.
    """

    def end(signum: int) -> NoReturn:
        raise Ended(signum)

    with _handled(end):
        yield


class Watch:
    """A callback of ``fit`` that stops the training after a signal, where it can go on later.

    It raises ``Interrupted`` after the running batches, or before the next epoch. At the end of an
    epoch it raises nothing, so that all other callbacks see the epoch.

    Args:
        folder: where each epoch is saved, for the message.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signum: int | None = None

    def note(self, signum: int) -> None:
        """Take note of a signal."""
        self.signum = signum

    def __call__(self, model: BaseModel) -> None:
        pass

    def on_epoch_begin(self, model: BaseModel) -> None:
        self._stop(model, _("stopped before epoch {epoch}").format(epoch=model.epoch + 1))

    def on_batch(self, model: BaseModel, done: int, total: int) -> None:
        if done != total:  # else the epoch is finished
            where = _("stopped in epoch {epoch} after batch {done}")
            if total:
                where = _("stopped in epoch {epoch} after batch {done} of {total}")
            self._stop(model, where.format(epoch=model.epoch + 1, done=done, total=total))

    def _stop(self, model: BaseModel, where: str) -> None:
        saved = _("nothing is saved yet")
        if model.epoch:
            saved = _("epoch {epoch} is saved in {folder}, and --resume goes on from there").format(
                epoch=model.epoch, folder=self.folder
            )
        self.check(f"{where}; {saved}")

    def check(self, message: str) -> None:
        """Raise ``Interrupted`` if a signal has come.

        Args:
            message: where the training stops.
        """
        if self.signum is not None:
            raise Interrupted(self.signum, message)


@contextlib.contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    """Let a signal in this block stop the training through the callback that it gives.

    Args:
        folder: where each epoch is saved.
    """
    watch = Watch(folder)
    with _handled(watch.note):
        yield watch


@contextlib.contextmanager
def _handled(first: Callable[[int], object]) -> Iterator[None]:
    """Call ``first`` with the number of the first signal in this block. A second one ends the process
    at once. A signal that is ignored, as SIGHUP by nohup, stays so."""
    since: float | None = None

    def handle(signum: int, frame: FrameType | None) -> None:
        nonlocal since
        now = time.monotonic()
        if since is None:
            since = now
            first(signum)
        elif now - since > REPEATED:
            os._exit(128 + signum)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for signum in INTERRUPTING:
            if signal.getsignal(signum) not in (signal.SIG_IGN, None):
                before[signum] = signal.signal(signum, handle)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
