"""The reader: a static site with the deck's slides beside the code, the graphs and the curves."""

from __future__ import annotations

from tfcourse.reader.site import Built, build

__all__ = ["Built", "build"]
