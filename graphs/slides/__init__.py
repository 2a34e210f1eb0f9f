"""The slides of the deck, in order: what each says in a few words, its formulas, and the code that shows it.

The reader (``tfcourse read``), the notebooks and ``docs/slides.md`` are made from this table. Quotations
are short: the deck is its author's.
"""

from __future__ import annotations

from graphs.slides import dnn, factorization, framework, tips
from graphs.slides.slide import Slide

__all__ = ["SLIDES", "Slide", "find"]

SLIDES: tuple[Slide, ...] = (
    *framework.SLIDES,
    *tips.SLIDES,
    *factorization.SLIDES,
    *dnn.SLIDES,
)


def find(key: str) -> Slide:
    """The slide of a key.

    Raises:
        KeyError: there is none.
    """
    for slide in SLIDES:
        if slide.key == key:
            return slide
    raise KeyError(key)
