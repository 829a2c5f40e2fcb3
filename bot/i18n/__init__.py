"""Message catalogues and the reader's locale.

Messages are written in English in the code and translated where they're shown. Stored and compared values stay
English. Source: docs/localisation.md
"""

import contextlib
import gettext as catalogues
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

DOMAIN = "retake"
ENGLISH = "en"
FOLDER = Path(__file__).parent / "locale"
_locale: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Return English and every language with a compiled catalogue."""
    return (ENGLISH, *sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")))


def language_of(locale: str | None) -> str:
    """Return the language for a Discord locale such as `de` or `pt-BR`; English if there's no catalogue."""
    tag = (locale or "").replace("-", "_")
    return next((each for each in (tag, tag.partition("_")[0]) if each in languages()), ENGLISH)


def set_locale(locale: str | None) -> None:
    """Set the locale for the rest of this task."""
    _locale.set(language_of(locale))


@contextlib.contextmanager
def use_locale(locale: str | None) -> Iterator[None]:
    """Use a locale within a block."""
    before = _locale.set(language_of(locale))
    try:
        yield
    finally:
        _locale.reset(before)


def current_locale() -> str:
    """Return the current locale."""
    return _locale.get()


def _(message: str) -> str:
    """Translate a message to the current locale."""
    return _words(_locale.get()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Translate a message with the plural form for a number."""
    return _words(_locale.get()).ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """Translate a word in a context. Return it unchanged if no catalogue has it."""
    return _words(_locale.get()).pgettext(context, message)


def N_(message: str) -> str:
    """Mark a message for translation at a later point."""
    return message


def fact(word: str) -> str:
    """Mark an English word in an error's facts: it's translated with the error's message."""
    return word


@lru_cache
def _words(language: str) -> catalogues.NullTranslations:
    if language == ENGLISH:
        return catalogues.NullTranslations()
    return catalogues.translation(DOMAIN, FOLDER, [language])
