"""Match prompts against a server's word rules: words, phrases, and `*` for any letters. Pure.

`gun` matches the word alone, `gun*` also gunfire, `*gun*` every word that contains it, `red room` the two words in a
row. Rules are matched by plain string searches, never as regular expressions, so their time is bounded. Case, width,
accents and invisible characters are ignored, and letters that only look like others are read (`look_alikes.py`). In
scripts without spaces a rule matches inside a longer run.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.jobs.look_alikes import disguised, fold, readings

MAX_RULES = 60
MAX_RULE_LENGTH = 60  # characters
MAX_TEXT_LENGTH = 4000
_WORD = re.compile(r"[^\W_]+")
_RULE_WORD = re.compile(r"(?:[^\W_]|\*)+")


@dataclass(frozen=True, slots=True)
class _RuleWord:
    """One word of a rule: the parts between its stars in order; `open_*`: it has a star at that end."""

    parts: tuple[str, ...]
    open_start: bool
    open_end: bool

    def matches(self, word: str) -> bool:
        parts, at, end = self.parts, 0, len(word)
        if not self.open_start:
            if not word.startswith(parts[0]):
                return False
            at, parts = len(parts[0]), parts[1:]
            if not parts:
                return self.open_end or at == end
        if not self.open_end:
            last, parts = parts[-1], parts[:-1]
            end -= len(last)
            if end < at or not word.endswith(last):
                return False
        for part in parts:
            start = word.find(part, at, end)
            if start < 0:
                return False
            at = start + len(part)
        return True


def normalize(text: str) -> str:
    """Return the text as rules are matched against it."""
    folded = unicodedata.normalize("NFKC", text[:MAX_TEXT_LENGTH]).casefold()
    kept: list[str] = []
    for letter in unicodedata.normalize("NFC", folded):
        if unicodedata.category(letter) in ("Cf", "Mn", "Me"):  # invisible characters and combining marks
            continue
        base = unicodedata.normalize("NFD", letter)[0]
        kept.append(base if base.isascii() else letter)
    return "".join(kept)


def parse_rules(text: str) -> tuple[str, ...]:
    """Parse rules that are separated by commas or line breaks. Rules without a letter or digit are left out."""
    rules: dict[str, None] = {}
    for line in re.split(r"[\n,]", text[: MAX_RULES * (MAX_RULE_LENGTH + 2)]):
        rule = " ".join(line.split())[:MAX_RULE_LENGTH].strip()
        if compile_rule(rule):
            rules.setdefault(rule)
    return tuple(list(rules)[:MAX_RULES])


@lru_cache(maxsize=1024)
def compile_rule(rule: str) -> tuple[_RuleWord, ...]:
    """Return the words of a rule, or an empty tuple if it has no letter or digit."""
    pieces = []
    for word in _RULE_WORD.findall(normalize(rule[:MAX_RULE_LENGTH])):
        parts = tuple(part for part in word.split("*") if part)
        if not parts:
            continue
        dense = any(_has_no_spaces(letter) for letter in word)
        pieces.append(_RuleWord(parts, open_start=dense or word.startswith("*"), open_end=dense or word.endswith("*")))
    return tuple(pieces)


def matching_rule(rules: Iterable[str], prompt: str) -> str | None:
    """Return the first rule that a prompt matches, as it stands or as it may be meant; None if there is none."""
    compiled = [
        (rule, pieces, hidden) for rule in rules for form, hidden in _forms(rule) if (pieces := compile_rule(form))
    ]
    if not compiled:
        return None
    text = normalize(prompt)
    read = _Words([_WORD.findall(reading) for reading in (text, *readings(text))])
    unmasked = _Words([_WORD.findall(disguised(text))]) if any(hidden for *_, hidden in compiled) else read
    return next((rule for rule, pieces, hidden in compiled if (unmasked if hidden else read).match(pieces)), None)


def _forms(rule: str) -> list[tuple[str, bool]]:
    """Return a rule, and one in another alphabet also as it is read with Latin look-alikes among its letters.

    True for a form that would be any Latin word: it is looked for in what isn't plain Latin only.
    """
    normalized = normalize(rule)
    folded = fold(normalized)
    return [(rule, False)] if folded == normalized else [(rule, False), (folded, folded.isascii())]


class _Words:
    """The words of a prompt, in each of its readings."""

    def __init__(self, sequences: Sequence[Sequence[str]]) -> None:
        self._sequences = sequences
        self._plain = frozenset(word for words in sequences for word in words)

    def match(self, pieces: Sequence[_RuleWord]) -> bool:
        """Return whether the words of a rule stand in a row."""
        if len(pieces) == 1:
            piece = pieces[0]
            exact = len(piece.parts) == 1 and not piece.open_start and not piece.open_end
            return piece.parts[0] in self._plain if exact else any(piece.matches(word) for word in self._plain)
        return any(
            all(piece.matches(word) for piece, word in zip(pieces, words[at:], strict=False))
            for words in self._sequences
            for at in range(len(words) - len(pieces) + 1)
        )


def _has_no_spaces(letter: str) -> bool:
    """Return whether a letter belongs to a script that has no spaces between words."""
    return "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff" or "\u0e00" <= letter <= "\u0e7f"
