"""Checking the labs of a whole class: one result a lab, whatever a lab does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfcourse.errors import CourseError
from tfcourse.labs import files
from tfcourse.labs.contract import Lab
from tfcourse.labs.running import Limits, Result, Say, check
from tfcourse.lang import pick


@dataclass(frozen=True)
class NotRun:
    """A learner's file that could not be run, or a learner without one.

    Attributes:
        learner: the name. file: the file, or the folder without one. error: why.
    """

    learner: str
    file: Path
    error: str


def check_class(
    folder: Path,
    labs: Sequence[Lab],
    given: str | None = None,
    limits: Limits | None = None,
    jobs: int = 1,
    parameters: Mapping[str, Any] | None = None,
    module: str | None = None,
    say: Say = lambda line: None,
) -> Iterator[Result | NotRun]:
    """Check all labs of a class, in the order of the learners' names.

    Args:
        folder: see ``files.class_of``.
        labs: the known ones. given: the name of the lab that is to be checked; by default each file's.
        limits: of each lab. jobs: how many run at a time.
        parameters, module: as for ``check``.
        say: takes lines of progress.

    Raises:
        UsageError: there is no learner in the folder.
    """
    learners = files.class_of(folder, labs, given)
    works = [(one.name, path) for one in learners for path in one.files or (folder / one.name,)]
    stop = threading.Event()

    def work(learner: str, path: Path) -> Result | NotRun:
        try:
            if path.is_dir():
                next(path.iterdir(), None)  # an error says why it cannot be read
                return NotRun(learner, path, pick("no lab in this folder", "資料夾裡沒有 lab"))
            lab = files.which(files.read(path), labs, given)
            found = check(path, lab, limits, parameters, module, learner, stop=stop)
            say(f"{learner}: {found.done}/{found.total}")
            return found
        except (CourseError, OSError) as error:
            return NotRun(learner, path, str(error))

    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(work, *given_work) for given_work in works]
        try:
            for future in futures:
                yield future.result()
        finally:
            stop.set()  # ends the labs that still run, if the caller has had enough
            for future in futures:
                future.cancel()
