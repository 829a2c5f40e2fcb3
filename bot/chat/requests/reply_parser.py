"""Reads a reply to one of our videos: is it an order, an exact word, or just talk? Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.i18n import languages, pgettext, use_locale

_LINK = re.compile(r"https?://\S+")
_CUSTOM_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>")
_MENTION = re.compile(r"<(?:@[!&]?|#)\d{15,20}>")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

Word = Literal["again", "cancel", "info", "delete"]
# Scripts that put no spaces between words, and how many of their letters are about a word.
_DENSE = (
    (re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"), 2),  # Japanese, Chinese
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 3),  # Thai, Lao, Burmese, Khmer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """One of the four words, alone."""

    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Words that describe a video. `short`: fewer than three, so that a person is asked first."""

    text: str
    short: bool
    extend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Not meant for us."""


Reading = Exact | Prompt | Talk


def read_reply(content: str, own_id: int) -> Reading:
    """What a reply to a video of ours says. `own_id`: a mention of the bot itself is no talk to somebody else."""
    text = re.sub(rf"<@!?{own_id}>", " ", content).strip()
    word = _exact().get(_folded(text.strip(" .。")))
    if word is not None:
        return Exact(word=word)
    if _MENTION.match(text):
        return Talk()
    order, colon, rest = text.replace("：", ":", 1).partition(":")
    extend = bool(colon) and _folded(order.strip()) in _extends()
    if extend:
        text = rest.strip()
    words = _words(text)
    if words < 2 and not extend:
        return Talk()
    return Prompt(text=text, short=words < 3, extend=extend)


@lru_cache(maxsize=1)
def _exact() -> dict[str, Word]:
    """The four words, in every language at once: whoever reads German may reply in English, and the other way round."""
    known: dict[str, Word] = {}
    for language in languages():
        with use_locale(language):
            known[_folded(pgettext("reply", "again"))] = "again"
            known[_folded(pgettext("reply", "cancel"))] = "cancel"
            known[_folded(pgettext("reply", "info"))] = "info"
            known[_folded(pgettext("reply", "delete"))] = "delete"
    return known


@lru_cache(maxsize=1)
def _extends() -> frozenset[str]:
    found = set()
    for language in languages():
        with use_locale(language):
            found.add(_folded(pgettext("reply", "extend")))
    return frozenset(found)


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()


def _words(text: str) -> int:
    """Words that say something; links, emoji and mentions do not. A script without spaces counts by letters."""
    bare = _MENTION.sub(" ", _CUSTOM_EMOJI.sub(" ", _LINK.sub(" ", text)))
    # A vowel sign or an accent of its own is no letter to Python and would end the word.
    bare = "".join(
        each for each in unicodedata.normalize("NFC", bare) if not unicodedata.category(each).startswith("M")
    )
    count = 0
    for letters, a_word in _DENSE:
        count += len(letters.findall(bare)) // a_word
        bare = letters.sub(" ", bare)
    return count + len(_WORD.findall(bare))
