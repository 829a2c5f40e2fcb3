"""Score whether a reply asks for a change of the video, or talks: a question, a reaction, a wish to the bot. Pure.

Rules instead of a model: a wrong answer is either a question too many, or an order that can be undone.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

from bot.chat.requests.reply_phrases import (
    ALWAYS_QUESTION,
    CLAUSE_ENDS,
    CONTRAST,
    DESIRE,
    EMOJI,
    FILLERS,
    GOES_ON,
    LAUGHS,
    ORDER,
    POLITE,
    PRAISE,
    QUESTION,
    REACTION,
    SCENE,
    TALK,
    TALK_IN_QUESTION_WORDS,
    WISH,
    Clause,
)

_READ_CHARACTERS = 400  # talk is short; what is longer is a prompt
_PROMPT_WORDS = 8  # talk of this length has words that are known
_BRACKETS = re.compile(r"\[[^\]]*\]")  # a note beside the sentence
_MARKS = re.compile(r"[\s,.!?;、。！？…:：~〜\-–—\"'()]+$")


class Intent(StrEnum):
    """What a reply reads as."""

    CHANGE = "change"
    QUESTION = "question"
    REACTION = "reaction"
    WISH = "wish"  # to the bot: delete this, send me the file, thank you
    UNCLEAR = "unclear"  # nothing that is known


def intent_of(text: str) -> Intent:
    """Return what a reply reads as. A longer text that is known as nothing else is a change: the reply is a prompt."""
    if len(text) > _READ_CHARACTERS:
        return Intent.CHANGE
    found = {each for clause in _clauses(text) for each in _read(clause)}
    for intent in (Intent.CHANGE, Intent.WISH, Intent.QUESTION, Intent.REACTION):
        if intent in found:
            return intent
    if EMOJI.search(text) and not _bare(text):
        return Intent.REACTION
    return Intent.CHANGE if len(text.split()) >= _PROMPT_WORDS else Intent.UNCLEAR


def _bare(text: str) -> str:
    return _MARKS.sub("", EMOJI.sub(" ", text)).strip()


def _clauses(text: str) -> Iterator[Clause]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace(", wenn", " wenn")
    for part in CLAUSE_ENDS.split(_BRACKETS.sub(" ", EMOJI.sub(" ", folded))):
        clause = _clause(part)
        if clause.text or clause.reacts:
            yield clause


def _clause(part: str) -> Clause:
    asks = part.rstrip().endswith("?")
    text, contrast, reacts, polite = _MARKS.sub("", part).strip(), False, False, False
    goes_on = False
    while True:
        for pattern in (CONTRAST, LAUGHS, FILLERS, POLITE, PRAISE):
            lead = pattern.match(text)
            if lead is not None and lead.end():
                break
        else:
            return Clause(text=text, asks=asks, polite=polite, reacts=reacts, contrast=contrast, goes_on=goes_on)
        contrast |= pattern is CONTRAST
        goes_on |= pattern is FILLERS and GOES_ON.search(text) is not None
        polite |= pattern is POLITE
        reacts |= pattern in (LAUGHS, PRAISE)
        text = text[lead.end() :].strip()


def _talks(clause: Clause) -> bool:
    """Return whether a clause is talk in spite of what else its words could mean. After *but*, an order is one."""
    if clause.asks or TALK.search(clause.text) is None:
        return False
    return not (clause.contrast and (ORDER.search(clause.text) or DESIRE.search(clause.text)))


def _read(clause: Clause) -> Iterator[Intent]:
    """Yield what a clause says. Nothing, if its words are known as nothing: a description."""
    if clause.reacts:
        yield Intent.REACTION
    text = clause.text
    if not text:
        return
    if WISH.search(text):
        yield Intent.WISH
    elif TALK_IN_QUESTION_WORDS.search(text) or _talks(clause):
        yield Intent.REACTION
    elif ALWAYS_QUESTION.search(text) or (QUESTION.search(text) and not ORDER.search(text)):
        yield Intent.QUESTION
    elif ORDER.search(text) or DESIRE.search(text) or clause.contrast:
        yield Intent.CHANGE
    elif clause.asks:
        yield Intent.QUESTION
    elif REACTION.search(text):
        yield Intent.REACTION
    elif SCENE.search(text) or (clause.goes_on and " " in text):
        yield Intent.CHANGE
