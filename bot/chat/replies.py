"""Reads a reply to one of our videos: is it an order, an exact word, or just talk? Pure."""

import re
from dataclasses import dataclass
from typing import Literal

_LINK = re.compile(r"https?://\S+")
_CUSTOM_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>")
_MENTION = re.compile(r"<(?:@[!&]?|#)\d{15,20}>")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

Word = Literal["again", "cancel", "info", "delete"]
_WORDS: dict[str, Word] = {"again": "again", "cancel": "cancel", "info": "info", "delete": "delete"}


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
    word = _WORDS.get(text.strip(" .").lower())
    if word is not None:
        return Exact(word=word)
    if _MENTION.match(text):
        return Talk()
    extend = bool(re.match(r"extend\s*:", text, re.IGNORECASE))
    if extend:
        text = text.partition(":")[2].strip()
    words = _words(text)
    if words < 2 and not extend:
        return Talk()
    return Prompt(text=text, short=words < 3, extend=extend)


def _words(text: str) -> int:
    """Words that say something; links, emoji and mentions do not. A script without spaces counts by characters."""
    bare = _MENTION.sub(" ", _CUSTOM_EMOJI.sub(" ", _LINK.sub(" ", text)))
    found = _WORD.findall(bare)
    dense = sum(1 for letter in bare if "぀" <= letter <= "ヿ" or "㐀" <= letter <= "鿿")
    return max(len(found), dense // 2)
