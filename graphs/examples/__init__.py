"""Examples: a slide's numbers or picture, worked out anew. Each module has ``run`` and may have ``draw``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Result(dict[str, Any]):
    """What ``run`` gives: the values to show by name and, apart from them, ``picture``: what only
    ``draw`` needs (grids, paths, trained lessons), which is neither printed nor put into JSON."""

    def __init__(self, shown: Mapping[str, Any], picture: Any = None):
        super().__init__(shown)
        self.picture = picture
