"""The lessons and examples by name: the one door from tfcourse to the package ``graphs``.

``graphs`` holds the list and itself imports tfcourse, so it is imported here only when it is needed.
The list imports no TensorFlow; an entry's ``load`` does.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tfcourse.model import BaseModel


class Entry(Protocol):
    """A lesson or an example, as ``tfcourse lessons`` lists it.

    Attributes:
        name: words joined by hyphens, as "mf-with-history".
        title: the slide's title. section: the deck's section.
        kind: "lesson" or "example".
        file: the file with its code, from the folder of the package. command: what shows it.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def section(self) -> str: ...

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


def find(name: str) -> Lesson:
    """The lesson of a name.

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    import graphs

    return graphs.find(name)


def find_example(name: str) -> Example:
    """The example of a name.

    Raises:
        UsageError: there is none; the message lists the known ones.
    """
    import graphs

    return graphs.find_example(name)
