"""Examples: the numbers or the picture of a slide, computed again.

Each module has one or both of

    run(seed=88) -> dict           the values to show, by name; one that reads files
                                   also takes data_dir, their folder
    draw(result, path) -> Path     the picture, where the slide has one

``run`` returns text, numbers, arrays, DataFrames, or lists of dicts (the rows of a table). ``seed``
sets the initial weights and the random draws; an example without any ignores it. ``draw`` takes the
result of ``run``, writes the picture to a file of the kind that the name's ending says, and returns
its path. It raises ``UsageError`` for an ending that matplotlib does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Result(dict[str, Any]):
    """The result of a ``run`` that also has data for its picture.

    Args:
        shown: the values to show, by name, in this order.
        picture: what only ``draw`` needs (grids, paths, trained lessons). It is neither printed nor
            written as JSON.
    """

    def __init__(self, shown: Mapping[str, Any], picture: Any = None):
        super().__init__(shown)
        self.picture = picture
