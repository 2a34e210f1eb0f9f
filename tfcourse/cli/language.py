"""The language of the command line: the option --lang, and help texts in Chinese."""

from __future__ import annotations

import copy
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
from wcwidth import wcswidth

from tfcourse import lang
from tfcourse.errors import UsageError
from tfcourse.lang import _

C = TypeVar("C", bound=click.Command)
OPTION = "--lang"

# A word or a Chinese character, with the punctuation that no line begins or ends with.
_PIECE = re.compile(
    r"[（「『《(\[]*(?:[^\s\u2e80-\uffef]+|[\u2e80-\uffef])[，。、；：！？）」』》]*\s*"
)


def lang_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option --lang to a command's help. ``taken`` reads it, before the command is run, since the
    help depends on it."""
    return click.option(
        OPTION,
        metavar="[" + "|".join(lang.LANGUAGES) + "]",
        expose_value=False,
        help="Language of help and messages. By default that of TFCOURSE_LANG or of the locale, if it is "
        "one of these, and else en.",
    )(command)


def taken(args: Sequence[str] | None) -> tuple[str, list[str], UsageError | None]:
    """Take --lang out of the arguments, wherever it stands before "--".

    Returns:
        the language, one of ``lang.LANGUAGES``; the other arguments, by default those of the program;
        and the error if the language that was asked for is none of these.
    """
    given = sys.argv[1:] if args is None else list(args)
    end = given.index("--") if "--" in given else len(given)
    asked: list[tuple[str, str | None]] = []
    if os.environ.get(lang.VARIABLE):
        asked.append((lang.VARIABLE, os.environ[lang.VARIABLE]))
    rest = []
    words = iter(given[:end])
    for word in words:
        if word == OPTION:
            asked.append((OPTION, next(words, None)))
        elif word.startswith(OPTION + "="):
            asked.append((OPTION, word.partition("=")[2]))
        else:
            rest.append(word)
    rest += given[end:]
    if not asked:
        return lang.of_environment(), rest, None
    name, value = asked[-1]
    found = lang.known(value or "")
    if found is not None:
        return found, rest, None
    known = ", ".join(lang.LANGUAGES)
    words_of = _("{option} needs a value; known: {known}")
    if value is not None:
        words_of = _("{option}: unknown language {value!r}; known: {known}")
    wrong = UsageError(words_of.format(option=name, value=value, known=known))
    return lang.of_environment(), rest, wrong


def translated(command: C) -> C:
    """A command whose help is in the language in use: itself, or a copy of it, with its subcommands."""
    if lang.current() == "en":
        return command
    made = copy.copy(command)
    made.context_class = _Context
    if hasattr(made, "_help_option"):  # click keeps the one that was made first
        made._help_option = None
    made.help = _paragraphs(command.help)
    made.short_help = _(_first_paragraph(command.help))
    if command.epilog:
        made.epilog = command.epilog.replace("Example:", _("Example:"))
    made.params = [_of_parameter(parameter) for parameter in command.params]
    if isinstance(made, click.Group) and isinstance(command, click.Group):
        made.commands = {name: translated(sub) for name, sub in command.commands.items()}
    return made


def _of_parameter(parameter: click.Parameter) -> click.Parameter:
    made = copy.copy(parameter)
    if isinstance(made, click.Option) and made.help:
        made.help = _(inspect.cleandoc(made.help))
    if isinstance(made, click.Argument) and made.metavar:  # an option's stands in a column
        made.metavar = _(made.metavar)
    return made


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a help text, each in one line, as the catalogue has them."""
    blocks = inspect.cleandoc(text or "").split("\n\n")
    return [" ".join(block.split()) for block in blocks if block]


def _paragraphs(text: str | None) -> str | None:
    return "\n\n".join(map(_, paragraphs(text))) or None


def _first_paragraph(text: str | None) -> str:
    return paragraphs(text)[0] if text else ""


def wrapped(text: str, width: int) -> str:
    """A text in lines of at most ``width`` columns, of which a Chinese character takes two.

    Its paragraphs are marked as click wants it of text that is not to be wrapped again.
    """
    found = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("\b"):
            found.append(paragraph)
            continue
        lines = [""]
        for piece in _PIECE.findall(" ".join(paragraph.split())):
            if lines[-1] and wcswidth((lines[-1] + piece).rstrip()) > width:
                lines.append("")
            lines[-1] += piece
        found.append("\b\n" + "\n".join(line.rstrip() for line in lines))
    return "\n\n".join(found)


class _Formatter(click.HelpFormatter):
    """Wraps Chinese text: click breaks lines at blanks alone, and counts a character as one column."""

    def write_text(self, text: str) -> None:
        super().write_text(wrapped(text, self.width - self.current_indent))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        first = min(max(len(name) for name, _text in rows), col_max) + col_spacing
        width = max(self.width - first - 2, 10)
        super().write_dl([(n, wrapped(text, width)) for n, text in rows], col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter
