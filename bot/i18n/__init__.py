"""The reader's language. Sentences stand in English in the code and are looked up where they are said.

Every room may know this one; it knows the standard library's gettext and nothing of ours. What is stored and compared
stays English. Source: docs/localisation.md
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
    """English, and every language that has a compiled catalogue."""
    return (ENGLISH, *sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")))


def language_of(locale: str | None) -> str:
    """The language for one of Discord's locales: `de`, `pt-BR`; English where there is none."""
    tag = (locale or "").replace("-", "_")
    return next((each for each in (tag, tag.partition("_")[0]) if each in languages()), ENGLISH)


def set_locale(locale: str | None) -> None:
    """Go on in the language of a locale, to the end of this task."""
    _locale.set(language_of(locale))


@contextlib.contextmanager
def use_locale(locale: str | None) -> Iterator[None]:
    """Say what is said in this block in the language of a locale."""
    before = _locale.set(language_of(locale))
    try:
        yield
    finally:
        _locale.reset(before)


def current_locale() -> str:
    """The language that is being spoken."""
    return _locale.get()


def _(message: str) -> str:
    """A sentence in the language that is being spoken."""
    return _words(_locale.get()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a sentence that goes with a number."""
    return _words(_locale.get()).ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """A word that means something only in its context; itself where no catalogue knows it."""
    return _words(_locale.get()).pgettext(context, message)


def N_(message: str) -> str:
    """Marks a sentence that is looked up later."""
    return message


def fact(word: str) -> str:
    """Marks an English word that an error carries: it is looked up, as a fact, when the error's sentence is said."""
    return word


@lru_cache
def _words(language: str) -> catalogues.NullTranslations:
    if language == ENGLISH:
        return catalogues.NullTranslations()
    return catalogues.translation(DOMAIN, FOLDER, [language])
