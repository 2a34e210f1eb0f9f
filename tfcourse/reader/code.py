"""Source code as HTML, a line at a time, with the colours that Pygments decides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

# Pygments' kinds of tokens, the narrower ones first, and the classes of the stylesheet. Other tokens have
# the colour of the text, which keeps the pages small.
_CLASSES = (
    ("Comment", "c"),
    ("Literal.String", "s"),
    ("Literal.Number", "n"),
    ("Keyword", "k"),
    ("Operator.Word", "k"),
    ("Name.Function", "f"),
    ("Name.Class", "f"),
    ("Name.Decorator", "f"),
    ("Name.Builtin.Pseudo", "p"),
)


@dataclass(frozen=True)
class Code:
    """A file of code.

    Attributes:
        name: its path from the folder of the project, with "/".
        lines: its lines as HTML.
    """

    name: str
    lines: tuple[Markup, ...]


def highlighted(path: Path, name: str) -> Code:
    """Read and highlight a file."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.token import string_to_tokentype
    from pygments.util import ClassNotFound

    text = path.read_text("utf-8")
    try:
        lexer = get_lexer_for_filename(path.name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return Code(name, tuple(escape(line) for line in text.splitlines()))
    classes = [(string_to_tokentype(kind), name) for kind, name in _CLASSES]
    lines = [""]
    for token, value in lexer.get_tokens(text):
        css = next((css for kind, css in classes if token in kind), "")
        first, *rest = value.split("\n")
        lines[-1] += _span(first, css)
        lines += [_span(part, css) for part in rest]
    if not lines[-1]:
        lines.pop()
    return Code(name, tuple(Markup(line) for line in lines))


def _span(text: str, css: str) -> str:
    if not css or not text.strip():
        return str(escape(text))
    return f"<i class={css}>{escape(text)}</i>"  # short: the pages hold 50,000 lines
