"""Parse a reply to a video: a prompt, a keyword, or unrelated talk. Pure."""

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
# Scripts without spaces between words, and about how many letters make a word.
_DENSE = (
    (re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"), 2),  # Japanese, Chinese
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 3),  # Thai, Lao, Burmese, Khmer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A keyword on its own."""

    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt. `short`: fewer than three words, so confirmation is needed."""

    text: str
    short: bool
    extend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Not a request."""


Reading = Exact | Prompt | Talk


def read_reply(content: str, own_id: int) -> Reading:
    """Parse a reply's text. Mentions of `own_id`, the bot, are ignored; mentions of others make it talk."""
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
    """Return the keywords of all languages: a reply may be in another language than the reader's."""
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
    """Count the words of a text without links, emoji and mentions. Scripts without spaces count by letters."""
    bare = _MENTION.sub(" ", _CUSTOM_EMOJI.sub(" ", _LINK.sub(" ", text)))
    # Python doesn't count combining marks as letters; they would end the word.
    bare = "".join(
        each for each in unicodedata.normalize("NFC", bare) if not unicodedata.category(each).startswith("M")
    )
    count = 0
    for letters, a_word in _DENSE:
        count += len(letters.findall(bare)) // a_word
        bare = letters.sub(" ", bare)
    return count + len(_WORD.findall(bare))
