"""Write docs/slides.md, the table of slides as a page: ``python -m graphs.slides``."""

from __future__ import annotations

from graphs.slides import SLIDES
from graphs.slides.slide import ROOT

PAGE = ROOT / "docs" / "slides.md"


def page() -> str:
    """The text of docs/slides.md."""
    lines = [
        "# Slide by slide",
        "",
        'The slides of the deck, each with the command that runs it and the file with its code. "deck line" is',
        "the line of the slide in the deck's text. A slide that the deck repeats with another picture has one row",
        "with several lines. Slides with the same title but different content have separate rows.",
        "",
        "This page is made by `python -m graphs.slides` from the table of slides in `graphs/slides/`, which also",
        "has each slide's formulas, the lines of its code, and notes on what the deck gets wrong.",
        "",
        "`tfcourse example NAME --plot FILE.png` also draws the example's picture, if it has one.",
    ]
    for section in dict.fromkeys(slide.section for slide in SLIDES):
        lines += [
            "",
            f"## {section}",
            "",
            "| slide title | deck line | command | file |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| {slide.title} | {', '.join(map(str, slide.lines))} | `{slide.command}` | `{slide.file}` |"
            for slide in SLIDES
            if slide.section == section
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
