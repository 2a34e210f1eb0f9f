"""What a lab and its tasks are.

Modules with labs are imported by the command line, so they import no TensorFlow. Their checks, which run
in the process of the learner's code, import ``tfcourse.labs.seen`` when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: The name among a check's values under which the parameters stand that the check itself has set.
PARAMETERS = "tfcourse parameters"


@dataclass(frozen=True)
class Verdict:
    """Whether a task is done, and why or why not, in English and in Traditional Chinese.

    Attributes:
        done: whether it is.
        why: one or two sentences: what was seen, and a hint if it is not done. why_zh: the same.
        hint: a short name of what is wrong, as "softmax-twice"; "" if it is done.
    """

    done: bool
    why: str
    why_zh: str
    hint: str = ""


@dataclass(frozen=True)
class Task:
    """One thing to do in a lab.

    Attributes:
        name: words joined by hyphens, unique within the lab.
        title: what is to be done, in a few words. title_zh: in Traditional Chinese.
        variables: the names that the lab's code must set; the check looks at their values.
        check: takes the values by name and gives the verdict. All of ``variables`` are set when it is
            called. The values hold whatever else the code has set, and ``PARAMETERS``: the
            parameters that were set in place of the lab's own, as {"n_epoch": 1} for a short form.
    """

    name: str
    title: str
    title_zh: str
    variables: tuple[str, ...]
    check: Callable[[Mapping[str, Any]], Verdict]


@dataclass(frozen=True)
class KnownError:
    """An error that a cell of a lab ends with after a known wrong answer.

    Attributes:
        pattern: a regular expression, searched in "ModelError: ...".
        hint, why, why_zh: as in ``Verdict``. ``why`` follows what says which cell stopped.
    """

    pattern: str
    hint: str
    why: str
    why_zh: str


@dataclass(frozen=True)
class Lab:
    """A notebook with places to change, and what its check looks for.

    Attributes:
        name: its name on the command line, as "mf-with-history".
        file: the notebook's name, that of the deck.
        title: in English. title_zh: in Traditional Chinese.
        minutes: the deck's minutes, as "15" or "5 ~ 8".
        tasks: in the order of the notebook.
        errors: errors of cells that are recognized.
        trains: whether its code trains lessons: then each ``fit`` is recorded (``seen.fits``).
    """

    name: str
    file: str
    title: str
    title_zh: str
    minutes: str
    tasks: tuple[Task, ...]
    errors: tuple[KnownError, ...] = ()
    trains: bool = True
