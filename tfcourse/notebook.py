"""What the notebooks show slides, pictures and tables with.

The outputs need no script and no network: HTML tables with inline styles, Markdown with LaTeX, PNG. So they
look the same in Jupyter, in VS Code and where repositories render notebooks. IPython comes with the extra
"notebooks" of tfcourse.
"""

from __future__ import annotations

import difflib
import html
import io
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tfcourse import lessons, plots
from tfcourse.errors import UsageError

if TYPE_CHECKING:
    from IPython.display import Image

#: Figures of a model by their names in ``measure`` and ``hist``, as the deck's tables call them.
FIGURES = {
    "rmse": "RMSE",
    "auc": "ROC AUC",
    "ndcg_strict": "NDCG@10 strict",
    "ndcg_normal": "NDCG@10 normal",
    "precision_strict": "Precision@10 strict",
    "precision_normal": "Precision@10 normal",
    "tr_loss": "train loss",
    "vl_loss": "valid loss",
    "tr_acc": "train acc",
    "vl_acc": "valid acc",
    "loss": "loss",
    "lowest": "lowest valid loss",
    "epochs": "epochs",
}

_CELL = "text-align:left;vertical-align:top;white-space:normal;padding:8px;border:1px solid #bbb"
_PRE = (
    "margin:4px 0 10px;padding:8px;background:#f8f8f8;color:#222;overflow-x:auto;white-space:pre;"
    "font-family:monospace;font-size:12px;line-height:1.4;text-align:left"
)
_QUOTE = "margin:6px 0;padding-left:8px;border-left:3px solid #bbb"
_NOTE = "margin:10px 0 0;padding-left:8px;border-left:3px solid #c60"

Hist = Mapping[str, Sequence[float]]


def find(key: str) -> Any:
    """The slide of a key; see ``graphs.slides.Slide``.

    Raises:
        UsageError: there is none; the message names keys that are spelled like it.
    """
    slides = {slide.key: slide for slide in lessons.slides()}
    if key not in slides:
        near = difflib.get_close_matches(key, slides) or list(slides)
        raise UsageError(f"no slide {key!r}; perhaps {', '.join(near[:5])}")
    return slides[key]


def show(*keys: str, code: bool = True) -> None:
    """Show slides: for each the text beside its code, and below them the formulas.

    The code is read from the lesson's file.

    Args:
        keys: those of ``graphs.slides``.
        code: whether the code is shown, or the text alone.

    Raises:
        UsageError: a key that there is not.
    """
    from IPython.display import display

    for slide in [find(key) for key in keys]:
        plain = f"{slide.title} ({slide.file})"
        display({"text/html": as_html(slide, code), "text/plain": plain}, raw=True)
        if slide.formulas:
            lines = " \\\\[6pt] ".join(slide.formulas)
            formulas = f"$$ \\begin{{gathered}} {lines} \\end{{gathered}} $$"
            display({"text/markdown": formulas, "text/plain": formulas}, raw=True)


def code_of(slide: Any) -> list[tuple[str, str]]:
    """The code of a slide, from its file.

    Returns:
        for each part its name, as "MF.graph_loss", and its lines without their common indentation. A
        slide of a whole file has one part without a name, and no part if the file is no Python.
    """
    path = lessons.notebooks().parent / slide.file
    if not slide.code:
        return [("", path.read_text("utf-8").strip("\n"))] if path.suffix == ".py" else []
    lines = path.read_text("utf-8").splitlines()
    found = []
    for anchor, lit in zip(slide.code, slide.lit(), strict=True):
        code = "\n".join(lines[lit.start - 1 : lit.stop - 1])
        found.append((anchor.split(" | ")[0].strip(), textwrap.dedent(code).strip("\n")))
    return found


def as_html(slide: Any, code: bool = True) -> str:
    """A slide's text beside its code, as an HTML table; without ``code`` the text alone."""
    said = [f"<b>{_text(slide.title)}</b>"]
    if slide.quote:
        said.append(f'<div lang="zh-Hant" style="{_QUOTE}">「{_text(slide.quote)}」</div>')
    said += [f"<div>{_text(slide.english)}</div>"] if slide.english else []
    said += [f'<div lang="zh-Hant">{_text(slide.chinese)}</div>'] if slide.chinese else []
    if slide.note:
        note = f"<b>Note.</b> {_text(slide.note)}"
        if slide.note_zh:
            note += f'<br><span lang="zh-Hant">{_text(slide.note_zh)}</span>'
        said.append(f'<div style="{_NOTE}">{note}</div>')
    table = (
        '<table width="100%" style="width:100%;table-layout:fixed;border-collapse:collapse"><tr>'
    )
    cell = f'<td align="left" valign="top" style="{_CELL}"'
    if not code:
        return f"{table}{cell}>{''.join(said)}</td></tr></table>"
    shown = []
    for name, lines in code_of(slide):
        shown.append(f"<code>{_text(slide.file)}</code> {_text(name)}")
        shown.append(f'<pre style="{_PRE}">{_highlighted(lines)}</pre>')
    return (
        f'{table}{cell} width="32%">{"".join(said)}</td>{cell}>{"".join(shown)}</td></tr></table>'
    )


def _text(text: str) -> str:
    # A $ would begin a formula where HTML is searched for them.
    return html.escape(text, quote=False).replace("$", "<span>$</span>")


def _highlighted(code: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    formatter = HtmlFormatter(noclasses=True, nowrap=True)
    return highlight(code, PythonLexer(stripnl=False), formatter).rstrip("\n")


def picture(draw: Callable[[Any, Path], Path], result: Any, width: int = 800) -> Image:
    """A picture of an example of ``graphs.examples``, as a PNG of 128 colours, so that notebooks stay small.

    Args:
        draw: the example's ``draw``. result: what its ``run`` gave.
        width: at which it is shown, in pixels.
    """
    import PIL.Image
    from IPython.display import Image

    with tempfile.TemporaryDirectory() as folder:
        drawn = PIL.Image.open(draw(result, Path(folder) / "picture.png")).convert("RGB")
        few = drawn.quantize(128, dither=PIL.Image.Dither.NONE)
        few.save(made := io.BytesIO(), "png", optimize=True)
    return Image(data=made.getvalue(), format="png", width=width)


def curves(
    hists: Hist | Mapping[str, Hist], names: Sequence[str] = (), title: str = "", width: int = 0
) -> Image:
    """The curves of one training, or of several in one picture.

    Args:
        hists: ``model.hist``; or label to ``model.hist``.
        names: of the metrics to draw, as "loss", "acc"; by default all.
        title: title of the picture.
        width: at which it is shown, in pixels; by default 380 for each metric.
    """
    several = all(isinstance(hist, Mapping) for hist in hists.values())
    runs: dict[str, Hist] = dict(hists) if several else {"": hists}  # type: ignore[dict-item, arg-type]
    kept = {
        label: {n: c for n, c in hist.items() if not names or n.split("_", 1)[1] in names}
        for label, hist in runs.items()
    }
    panels = len({name.split("_", 1)[1] for hist in kept.values() for name in hist})

    def draw(_: Any, path: Path) -> Path:
        if several:
            return plots.sweep({label: [hist] for label, hist in kept.items()}, path, title)
        return plots.curves(kept[""], path, title)

    return picture(draw, None, width or 380 * panels + 180 * several)


def beside(deck: str | Mapping[str, float], **measured: Mapping[str, float]) -> pd.DataFrame:
    """Figures of the deck beside measured ones.

    Args:
        deck: the key of a slide, or figures by the names in ``FIGURES``.
        measured: column title to figures, as ``model.measure`` gives them. "_" in a title is shown as
            a space.

    Returns:
        a row for each figure of the deck. The deck prints two decimals, of curves three. Numbers of
        epochs are whole.
    """
    printed = find(deck).deck_figures if isinstance(deck, str) else deck
    rows = []
    for name, value in printed.items():
        curve = name.startswith(("tr_", "vl_")) or name == "lowest"
        printed_as, measured_as = (
            (".0f", ".0f") if name == "epochs" else (".3f" if curve else ".2f", ".4f")
        )
        row = {"figure": FIGURES.get(name, name), "deck": format(value, printed_as)}
        for title, figures in measured.items():
            row[title.replace("_", " ")] = (
                format(figures[name], measured_as) if name in figures else ""
            )
        rows.append(row)
    return pd.DataFrame(rows).set_index("figure").rename_axis(None).rename_axis(columns="figure")


def last(hist: Hist) -> dict[str, float]:
    """The last value of each curve, by name."""
    return {name: values[-1] for name, values in hist.items()}
