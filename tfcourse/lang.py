"""The language of what learners read: English, or Traditional Chinese (zh-TW).

A message is written in English as ``_("... {name} ...").format(name=...)``. The catalogue, which is that
of gettext, has it in Chinese: ``locale/zh_TW/LC_MESSAGES/tfcourse.po``, from which ``tfcourse.mo`` is built.
Without another word the language is that of the environment: ``TFCOURSE_LANG``, else the locale.
"""

from __future__ import annotations

import contextlib
import gettext
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh-TW")
VARIABLE = "TFCOURSE_LANG"
DOMAIN = "tfcourse"
LOCALE = Path(__file__).parent / "locale"

_current: str | None = None  # None: that of the environment


def current() -> str:
    """The language in use, one of ``LANGUAGES``."""
    return _current or of_environment()


def use(language: str) -> None:
    """Use a language from now on.

    Raises:
        ValueError: it is none of ``LANGUAGES``.
    """
    global _current
    if language not in LANGUAGES:
        raise ValueError(
            _("unknown language {language!r}; known: {known}").format(
                language=language, known=", ".join(LANGUAGES)
            )
        )
    _current = language


def pick(english: str, chinese: str) -> str:
    """The one of two texts that is in the language in use."""
    return chinese if current() == "zh-TW" else english


def other(english: str, chinese: str) -> str:
    """The one of two texts that is not in the language in use."""
    return english if current() == "zh-TW" else chinese


def _(message: str) -> str:
    """A message in the language in use; one that the catalogue does not have stays as it is."""
    return message if current() == "en" or not message else in_chinese(message)


def in_chinese(message: str) -> str:
    """A message in Traditional Chinese, whatever language is in use."""
    return _catalogue().gettext(message)


def known(name: str) -> str | None:
    """The language of ``LANGUAGES`` that a name or a locale means, as "zh_TW.UTF-8", "zh-Hant" or "en_US".
    None for another one."""
    name = re.split("[.@]", name)[0].replace("_", "-").lower()
    if name in ("zh-tw", "zh-hk", "zh-mo") or name.startswith("zh-hant"):
        return "zh-TW"
    return "en" if name.split("-")[0] in ("en", "c", "posix") else None


def of_environment() -> str:
    """The language that the environment asks for: ``TFCOURSE_LANG``, or as gettext has it the first
    known one of the list ``LANGUAGE``, or the locale. English if it is none of ``LANGUAGES``."""
    if os.environ.get(VARIABLE):
        return known(os.environ[VARIABLE]) or "en"
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in variables if os.environ.get(name)), "")
    if locale in ("C", "POSIX"):  # where LANGUAGE has no effect
        return "en"
    for name in [*os.environ.get("LANGUAGE", "").split(":"), locale]:
        if name and (found := known(name)):
            return found
    return "en"


@contextlib.contextmanager
def used(language: str) -> Iterator[None]:
    """Use a language in this block, and in the processes that are started in it. What other libraries
    have of gettext, such as click, is taken from the catalogue too.

    Raises:
        ValueError: it is none of ``LANGUAGES``.
    """
    global _current
    before, domain = _current, gettext.textdomain()
    environment = {name: os.environ.get(name) for name in (VARIABLE, "LANGUAGE")}
    use(language)
    try:
        os.environ.update({VARIABLE: language, "LANGUAGE": language.replace("-", "_")})
        gettext.bindtextdomain(DOMAIN, str(LOCALE))
        gettext.textdomain(DOMAIN)
        yield
    finally:
        _current = before
        gettext.textdomain(domain)
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, ["zh_TW"])
