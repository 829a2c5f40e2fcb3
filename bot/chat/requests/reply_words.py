"""Words of a reply that stand for a command, in every language: a reply needn't be in its author's."""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from bot.i18n import languages, pgettext, use_locale
from bot.jobs.job import Kind

Word = Literal["again", "cancel", "info", "delete", "help", "longer", "gif"]

_POLITE = re.compile(
    r"^(?:please|pls|plz|can you|could you|would you|bitte|kannst du|könntest du)\s+"
    r"|[\s,]+(?:please|pls|plz|now|thanks|bot|bitte)$|(?:を)?(?:お願いします|してください|して下さい|して)$"
)
_OPENER = re.compile(r"\s*([^\W\d_]+(?:[ '’-][^\W\d_]+){0,3})\s*:(?!/)")


def folded(word: str) -> str:
    """Return a word as it is compared: without case, and without the marks of a sentence around it."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().strip(" .。!:…~\n\t").split())


def keyword(text: str) -> Word | None:
    """Return what a text asks for if it is nothing but a command's words, with or without *please*."""
    word = folded(text)
    while True:
        if word in _keywords():
            return _keywords()[word]
        bare = _POLITE.sub("", word, count=1).strip()
        if bare == word:
            return None
        word = bare


def opener(text: str) -> tuple[str, str] | None:
    """Return the folded words before a text's first colon, and what follows. None without such an opening."""
    found = _OPENER.match(text.replace("：", ":"))
    return (folded(found[1]), text[found.end() :].strip()) if found is not None else None


@lru_cache(maxsize=1)
def commands() -> dict[str, Kind]:
    """Return the names and synonyms of the commands that make a video, for the opening of a reply: `extend: …`."""
    known: dict[str, Kind] = {}
    for language in languages():
        with use_locale(language):
            names = {
                Kind.GENERATE: (pgettext("command", "generate"), "generate"),
                Kind.REMIX: (pgettext("command", "remix"), "remix"),
                Kind.EXTEND: (pgettext("command", "extend"), pgettext("reply", "extend"), *_extend_words()),
            }
        known |= {folded(name): kind for kind, each in names.items() for name in each}
    return known


@lru_cache(maxsize=1)
def style_words() -> frozenset[str]:
    """Return the words that open a reply which names a style: `style: noir`."""
    words: set[str] = set()
    for language in languages():
        with use_locale(language):
            words |= {folded(pgettext("command", "style")), folded(pgettext("reply", "style"))}
    return frozenset(words)


@lru_cache(maxsize=1)
def _keywords() -> dict[str, Word]:
    known: dict[str, Word] = {}
    for language in languages():
        with use_locale(language):
            words: dict[Word, tuple[str, ...]] = {
                "longer": _extend_words(),
                "help": (pgettext("command", "help"), *_list(_help_words())),
                "again": (pgettext("reply", "again"), *_list(_again_words())),
                "cancel": (pgettext("reply", "cancel"), *_list(_cancel_words())),
                "info": (pgettext("reply", "info"), *_list(_info_words())),
                "delete": (pgettext("reply", "delete"), *_list(_delete_words())),
                "gif": (pgettext("reply", "gif"), *_list(_gif_words())),
            }
        known |= {folded(each): word for word, all_of_it in words.items() for each in all_of_it}
    return known


def _list(words: str) -> tuple[str, ...]:
    return tuple(each for each in words.replace("、", ",").split(",") if each.strip())


# Lists of synonyms, separated by commas. Each language has its own; they needn't correspond to each other.
def _extend_words() -> tuple[str, ...]:
    return _list(
        pgettext(
            "reply words",
            "longer, make it longer, extend, extend it, extend this, continue, continue it, continue this, keep going, "
            "go on",
        )
    )


def _again_words() -> str:
    return pgettext(
        "reply words",
        "again, try again, once again, once more, one more time, one more, redo, redo it, redo this, retry, "
        "do it again, do this again, make it again, another one, reroll",
    )


def _cancel_words() -> str:
    return pgettext(
        "reply words",
        "cancel, cancel it, cancel this, cancel that, stop, stop it, stop this, abort, undo, never mind, nevermind",
    )


def _info_words() -> str:
    return pgettext("reply words", "info, details, show info, show details, information")


def _delete_words() -> str:
    return pgettext(
        "reply words",
        "delete, delete it, delete this, delete that, delete this video, remove, remove it, remove this, remove that, "
        "remove this video, take it down, take this down",
    )


def _gif_words() -> str:
    return pgettext("reply words", "gif, as gif, as a gif, make a gif, make it a gif, make this a gif, gif this")


def _help_words() -> str:
    return pgettext("reply words", "help, help me, commands, how does this work, how do i use this")
