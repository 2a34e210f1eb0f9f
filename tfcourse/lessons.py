"""The lessons and examples by name: the one door from tfcourse to the package ``graphs``.

``graphs`` holds the list and itself imports tfcourse, so it is imported here only when it is needed.
The list imports no TensorFlow; an entry's ``load`` does.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from tfcourse.errors import UsageError, first_line
from tfcourse.lang import _

if TYPE_CHECKING:
    from tfcourse.labs.contract import Lab
    from tfcourse.model import BaseModel


class Entry(Protocol):
    """A lesson or an example, as ``tfcourse lessons`` lists it.

    Attributes:
        name: words joined by hyphens, as "mf-with-history".
        title: the slide's title. section: the deck's section.
        other_title, other_section: the same in the other language of English and Traditional Chinese.
        kind: "lesson" or "example".
        file: the file with its code, from the folder of the package. command: what shows it.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def other_title(self) -> str: ...

    @property
    def section(self) -> str: ...

    @property
    def other_section(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def file(self) -> str: ...

    @property
    def command(self) -> str: ...


class Lesson(Entry, Protocol):
    """A model that can be trained. It can be pickled, so that another process may train it."""

    def load(self) -> type[BaseModel]:
        """Import the lesson's class."""
        ...


class Example(Entry, Protocol):
    """The numbers or the picture of a slide; see ``graphs.examples``."""

    def load(self) -> ModuleType:
        """Import the example's module."""
        ...


def entries() -> tuple[Entry, ...]:
    """All lessons and examples, in the deck's order."""
    import graphs

    return graphs.ENTRIES


@dataclass(frozen=True)
class FileLesson:
    """A lesson of one's own: a class in a file, named "path/to/file.py:Class"."""

    name: str
    title: str = "a lesson of one's own"
    other_title: str = "自己寫的 lesson"
    section: str = ""
    other_section: str = ""
    kind: str = "lesson"

    @property
    def file(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def command(self) -> str:
        return f"tfcourse fit {self.name}"

    def load(self) -> type[BaseModel]:
        """Run the file as a module, and give the class.

        Raises:
            UsageError: the file cannot be read or run, or has no such lesson.
        """
        path, _colon, name = self.name.rpartition(":")
        module = f"tfcourse_lesson_{Path(path).stem}"
        spec = importlib.util.spec_from_file_location(module, path)
        if spec is None or spec.loader is None or not Path(path).is_file():
            raise UsageError(_("{path}: no such file of a lesson").format(path=path))
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[module] = loaded
        try:
            spec.loader.exec_module(loaded)
        except Exception as error:
            raise UsageError(
                _("{path}: cannot be run: {why}").format(path=path, why=first_line(error))
            ) from None
        found = getattr(loaded, name, None)
        if not (isinstance(found, type) and hasattr(found, "graph_computation")):
            raise UsageError(
                _("{path}: has no lesson {name!r} (a subclass of BaseModel)").format(
                    path=path, name=name
                )
            )
        return found


def find(name: str) -> Lesson:
    """The lesson of a name, or of a file: "mf", "path/to/file.py:MyLesson".

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    import graphs

    if re.search(r"\.py:\w+$", name):
        return FileLesson(name)
    return graphs.find(name)


def find_example(name: str) -> Example:
    """The example of a name.

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    import graphs

    return graphs.find_example(name)


def slides() -> Sequence[Any]:
    """The table of slides, in the deck's order; see ``graphs.slides.Slide``."""
    import graphs.slides

    return graphs.slides.SLIDES


def labs() -> Sequence[Lab]:
    """The labs, in the deck's order."""
    import graphs.labs

    return graphs.labs.LABS


def notebooks() -> Path:
    """The folder of the notebooks and labs, which is installed beside ``graphs``."""
    import graphs

    return Path(graphs.__file__).parent.parent / "notebooks"
