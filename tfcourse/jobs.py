"""Several trainings at a time, in processes of their own (``--jobs`` on the command line)."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Lock
from typing import TypeVar

from tfcourse.errors import INTERRUPTING, CourseError

T = TypeVar("T")
Write = Callable[[str], object]  # takes a line of progress
Work = Callable[[Write], T]


def run(works: Sequence[Work[T]], jobs: int, write: Write) -> list[T]:
    """Do several works, some of them at the same time.

    Args:
        works: each is called with a function that takes its lines of progress. With several jobs it
            is pickled, as is its result: make it a ``functools.partial`` of a module's function.
        jobs: how many processes work at a time. With 1 this process does all the work itself.
            Others are started anew ("spawn"), since a process that has run TensorFlow cannot be
            forked; a script that calls this needs ``if __name__ == "__main__":``.
        write: takes the lines of all works, as they come.

    Returns:
        the results, in the order of ``works``.

    Raises:
        Exception: what the first work to fail raised. The other works are stopped.
        CourseError: a process ended before its work did.
    """
    jobs = min(jobs, len(works))
    if jobs <= 1:
        return [work(write) for work in works]
    context = get_context("spawn")
    lines, line_end = context.Pipe(duplex=False)
    parent, parent_end = context.Pipe(duplex=False)
    others = set(active_children())
    pool = ProcessPoolExecutor(jobs, context, _begin, (line_end, context.Lock(), parent))
    events: queue.SimpleQueue[str | Future[T]] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(lines, events), daemon=True)
    reader.start()
    try:
        with _signals_held_back():  # by the processes from their start on
            futures = [pool.submit(_do, work) for work in works]
        for future in futures:
            future.add_done_callback(events.put)
        left = len(futures)
        while left:
            event = events.get()
            if isinstance(event, str):
                write(event)
            else:
                event.result()  # raises what the work raised
                left -= 1
    except BrokenProcessPool:
        _end(others, parent_end)  # the pool's SIGTERM they ignore
        raise CourseError(
            "a process ended before its training did, perhaps for lack of memory: try fewer --jobs"
        ) from None
    except BaseException:
        _end(others, parent_end)
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        line_end.close()
        reader.join()
        for connection in (lines, parent, parent_end):
            connection.close()
    while not events.empty():  # lines that came after the last result
        write(str(events.get()))
    return [future.result() for future in futures]


def _end(others: Set[BaseProcess], parent_end: Connection) -> None:
    """End the processes in the middle of their work, all but those that were there before. The pipe
    alone would not do: a process that is just starting does not read it yet."""
    parent_end.close()
    for process in set(active_children()) - others:
        process.kill()


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """Hold back the signals that end a program, until the block ends. The processes that the block
    starts are started with the signals blocked: this process ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {}
    for signum in INTERRUPTING:
        if signal.getsignal(signum) not in (signal.SIG_IGN, None):
            handlers[signum] = signal.signal(signum, lambda number, frame: came.append(number))
    blocked: set[int | signal.Signals] = set()
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTING)
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
    for signum in came:
        signal.raise_signal(signum)


def _read(lines: Connection, events: queue.SimpleQueue[str | Future[T]]) -> None:
    """Pass on lines until no process is left that could send one."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            events.put(lines.recv())


# --- in the other processes -------------------------------------------------------------------

_write: Write


def _begin(line_end: Connection, lock: Lock, parent: Connection) -> None:
    """Prepare a process for its works."""
    global _write

    def write(line: str) -> None:
        with lock:
            line_end.send(line)

    _write = write
    for signum in INTERRUPTING:  # the parent ends this process
        signal.signal(signum, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Connection) -> None:
    """End this process when the parent closes its end of the pipe, or ends itself."""
    with contextlib.suppress(EOFError, OSError):
        parent.recv()
    os._exit(1)


def _do(work: Work[T]) -> T:
    return work(_write)
