"""Chinese characters in pictures: a font that has them, and what is drawn without one.

matplotlib's default font has none and would draw boxes.
"""

from __future__ import annotations

import functools
import re

# Names of fonts that may have Chinese characters; those for traditional Chinese are tried first.
_TRADITIONAL = re.compile(r" (TC|TW|HK)$|JhengHei")
_CJK = re.compile(r"CJK|Han (Sans|Serif)|Hei|Ming|Song|Sung|Gothic|Kai|Unicode MS")
CJK_SAMPLE = "強化系變化放出具現操作特質獵人電影寶可夢"


@functools.cache
def cjk_font() -> str | None:
    """Name of an installed font with the deck's Chinese characters, or None."""
    from matplotlib import font_manager

    names = {entry.name for entry in font_manager.fontManager.ttflist}
    likely = [name for name in names if _TRADITIONAL.search(name) or _CJK.search(name)]
    for name in sorted(likely, key=lambda n: (not _TRADITIONAL.search(n), "Sans" not in n, n)):
        try:
            path = font_manager.findfont(
                font_manager.FontProperties(family=[name]), fallback_to_default=False
            )
            letters = font_manager.get_font(path).get_charmap()
        except (OSError, RuntimeError, ValueError):  # a file that cannot be read as a font
            continue
        if all(ord(letter) in letters for letter in CJK_SAMPLE):
            return name
    return None


def bilingual(chinese: str, english: str) -> str:
    """A label in both languages, one above the other; the English one without a Chinese font."""
    return english if cjk_font() is None else f"{chinese}\n{english}"


def drawable(text: str) -> str:
    """Remove the Chinese characters of a text, which matplotlib's default font lacks."""
    if not any(ord(c) >= 0x2E80 for c in text):
        return text
    lines = ("".join(c for c in line if ord(c) < 0x2E80).split() for line in text.split("\n"))
    return "\n".join(" ".join(words) for words in lines)
