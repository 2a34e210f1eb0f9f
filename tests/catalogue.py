"""The messages that are to be translated. ``python -m tests.catalogue`` brings the catalogue up to date:
it adds the new ones to tfcourse.po without a translation, drops the old ones, and builds tfcourse.mo.
"""

from __future__ import annotations

import ast
import errno
import inspect
import os
import re
import string
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as MessageOfCatalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tfcourse.lang import LOCALE

ROOT = Path(__file__).parent.parent
PO = LOCALE / "zh_TW" / "LC_MESSAGES" / "tfcourse.po"
MO = PO.with_suffix(".mo")
WRITTEN = datetime(2026, 11, 25, tzinfo=timezone.utc)  # of the header, so that it stays the same

Message = str | tuple[str, str]  # a text, or its singular and plural

# What click says, in its versions from 8.1 on.
CLICK: tuple[Message, ...] = (
    "Usage:",
    "Options",
    "Commands",
    "Show this message and exit.",
    "Show the version and exit.",
    "%(prog)s, version %(version)s",
    "default: {default}",
    "required",
    "Error: {message}",
    "Try '{command} {option}' for help.",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "Missing argument",
    "Missing option",
    "Missing command.",
    "No such option {name!r}.",
    "No such option: {name}",
    "No such command {name!r}.",
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    "Option {name!r} does not take a value.",
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "file",
    "directory",
    "{name} {filename!r} is a file.",
    "{name} {filename!r} is a directory.",
)

# Headings of tables, and names of columns.
HEADINGS = (
    "figure",
    "value",
    "ideal",
    "reached",
    "title",
    "command",
    "file",
    "index",
    "title",
    "genres",
    "score",
    "because",
    "deck",
    "measured",
    "basic MF",
)

# Why a file cannot be read or written, in the words of the C library.
ERRORS = tuple(
    os.strerror(number)
    for number in (
        errno.ENOENT,
        errno.EACCES,
        errno.ENOSPC,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.EROFS,
        errno.EEXIST,
        errno.EPERM,
    )
)


def marked() -> dict[str, str]:
    """The messages in the code, as ``_("...")``, and the file of each."""
    found = {}
    for path in sorted([*ROOT.glob("tfcourse/**/*.py"), *ROOT.glob("graphs/**/*.py")]):
        name = path.relative_to(ROOT).as_posix()
        for _line, message, _comments, _context in extract_from_file("python", path, {"_": None}):
            found.setdefault(message, name)
    return found


def helped() -> set[str]:
    """The help texts of all commands and their options."""
    from tfcourse.cli import language, main

    found = {"Example:"}

    def walk(command: click.Command) -> None:
        found.update(language.paragraphs(command.help))
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.help:
                found.add(inspect.cleandoc(parameter.help))
            elif isinstance(parameter, click.Argument) and parameter.metavar:
                found.add(parameter.metavar)
        for sub in getattr(command, "commands", {}).values():
            walk(sub)

    walk(main)
    return {text for text in found if "\b" not in text}


def looked_up() -> set[str]:
    """The constants whose texts are looked up where they are shown."""
    from graphs.examples import comparison, ladder
    from tfcourse import callbacks, checks
    from tfcourse.cli import streams
    from tfcourse.datasets import hunter, pokemon

    return {
        *checks.NODES.values(),
        *checks._OF_2018.values(),
        *callbacks.LOSSES.values(),
        streams.NAME,
        hunter.NOTE,
        pokemon.GENERATED_NOTE,
        pokemon.UNVERIFIED_NOTE,
        comparison.ITEM_KNN,
        comparison.LEAK,
        ladder.NOTE,
    }


def headings_of_examples() -> dict[str, str]:
    """The headings that ``tfcourse example`` prints, the keys of what ``run`` returns, and the file of
    each. One with numbers in it is computed from the module's constants."""
    found = {}
    for path in sorted(ROOT.glob("graphs/examples/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        constants = _constants(tree)
        for key in _keys("run", tree):
            text = _text(key, constants)
            if text:
                found.setdefault(text, path.relative_to(ROOT).as_posix())
    return found


def _keys(function: str, tree: ast.Module) -> list[ast.expr]:
    """The keys of the dict that a function of a module returns."""
    made = next(
        (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function), None
    )
    if made is None:
        return []
    returned = [n.value for n in ast.walk(made) if isinstance(n, ast.Return)]
    # Result({...}, ...) is that dict, with what draw needs beside it.
    returned = [n.args[0] if isinstance(n, ast.Call) and n.args else n for n in returned]
    names = {n.id for n in returned if isinstance(n, ast.Name)}
    dicts, found = [n for n in returned if isinstance(n, ast.Dict)], []
    for node in ast.walk(made):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if (
                isinstance(target, ast.Name)
                and target.id in names
                and isinstance(node.value, ast.Dict)
            ):
                dicts.append(node.value)
            elif isinstance(target, ast.Subscript) and getattr(target.value, "id", "") in names:
                found.append(target.slice)
    for made_dict in dicts:
        for key, value in zip(made_dict.keys, made_dict.values, strict=True):
            if key is not None:
                found.append(key)
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                found += _keys(value.func.id, tree)
    return found


def _constants(tree: ast.Module) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets[0]
            names = targets.elts if isinstance(targets, ast.Tuple) else [targets]
            try:
                value = eval(compile(ast.Expression(node.value), "", "eval"), {}, dict(found))
            except Exception:  # not a constant
                continue
            values = value if isinstance(targets, ast.Tuple) else [value]
            found.update(
                {name.id: v for name, v in zip(names, values, strict=True) if hasattr(name, "id")}
            )
    return found


def _text(key: ast.expr, constants: dict[str, object]) -> str | None:
    try:
        value = eval(compile(ast.Expression(key), "", "eval"), {}, dict(constants))
    except NameError:
        return None
    return value if isinstance(value, str) and re.search("[a-zA-Z]{3}", value) else None


def collected() -> dict[Message, str]:
    """All messages, and where each is from."""
    found: dict[Message, str] = dict.fromkeys(CLICK, "click")
    found |= dict.fromkeys(HEADINGS, "headings")
    found |= dict.fromkeys(ERRORS, "errors")
    found |= dict.fromkeys(sorted(helped()), "help")
    found |= dict.fromkeys(sorted(looked_up()), "constants")
    found |= headings_of_examples()
    found |= marked()
    return found


def fields(text: str) -> set[tuple[str, str | None, str | None]]:
    """The placeholders of a text: name, format and conversion."""
    parts = string.Formatter().parse(text)
    return {(name, spec, kind) for _before, name, spec, kind in parts if name is not None}


def read() -> Catalog:
    """The catalogue as it is kept."""
    with open(PO, "rb") as file:
        return read_po(file, locale="zh_TW", domain="tfcourse")


def update() -> list[Message]:
    """Write the catalogue anew, with the translations that it has.

    Returns:
        the messages without a translation.
    """
    known = {singular(m.id): m.string for m in read() if m.id}
    made = Catalog(
        locale="zh_TW",
        domain="tfcourse",
        header_comment="# Traditional Chinese as in Taiwan. Kept by: python -m tests.catalogue",
        project="tfcourse",
        version="1",
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        last_translator="tfcourse",
        language_team="tfcourse",
        msgid_bugs_address="tfcourse",
        fuzzy=False,
    )
    for message, where in collected().items():
        text = known.get(singular(message), "")
        if isinstance(message, tuple) and isinstance(text, str):
            text = (text,)
        made.add(message, text, locations=[(where, None)])
    with open(PO, "wb") as file:
        write_po(file, made, width=100, sort_output=True)
    with open(MO, "wb") as file:
        write_mo(file, made)
    return [m.id for m in made if m.id and not translated(m)]


def singular(message: Message | Sequence[str]) -> str:
    """The singular of a message."""
    return message if isinstance(message, str) else message[0]


def translated(message: MessageOfCatalog) -> bool:
    """Whether a message of the catalogue has a translation in all its forms."""
    return bool(message.string) and all(message.string)


if __name__ == "__main__":
    missing = update()
    print(f"{len(missing)} messages without a translation", *missing, sep="\n")
