"""The word filter: words and phrases that prompts can't contain, with `*` for any letters. Pure.

`gun` matches the word only, `gun*` also gunfire, `*gun*` anything that contains it, `red room` both words in a row.
Rules are matched by plain string search, in bounded time. Case, width, accents and invisible characters are ignored.
Scripts without spaces are searched inside words.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MAX_RULES = 60
MAX_RULE_LENGTH = 60  # characters
MAX_TEXT_LENGTH = 4000
_WORD = re.compile(r"[^\W_]+")
_RULE_WORD = re.compile(r"(?:[^\W_]|\*)+")


@dataclass(frozen=True, slots=True)
class _RuleWord:
    """A word of a rule: its parts between stars, in order. `open_*`: there's a star at that end."""

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
            found = word.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True


def normalize(text: str) -> str:
    """Return the text in the form that rules are matched against."""
    wide = unicodedata.normalize("NFKC", text[:MAX_TEXT_LENGTH]).casefold()
    kept: list[str] = []
    for letter in unicodedata.normalize("NFC", wide):
        if unicodedata.category(letter) in ("Cf", "Mn", "Me"):  # invisible characters and combining marks
            continue
        base = unicodedata.normalize("NFD", letter)[0]
        kept.append(base if base.isascii() else letter)
    return "".join(kept)


def parse_rules(text: str) -> tuple[str, ...]:
    """Return the rules of a text, one per line or comma, without empty ones."""
    rules: dict[str, None] = {}
    for line in re.split(r"[\n,]", text[: MAX_RULES * (MAX_RULE_LENGTH + 2)]):
        rule = " ".join(line.split())[:MAX_RULE_LENGTH].strip()
        if compile_rule(rule):
            rules.setdefault(rule)
    return tuple(list(rules)[:MAX_RULES])


@lru_cache(maxsize=1024)
def compile_rule(rule: str) -> tuple[_RuleWord, ...]:
    """Return the words of a rule; empty if it has no letter or digit."""
    pieces = []
    for word in _RULE_WORD.findall(normalize(rule[:MAX_RULE_LENGTH])):
        parts = tuple(part for part in word.split("*") if part)
        if not parts:
            continue
        dense = any(_has_no_spaces(letter) for letter in word)
        pieces.append(_RuleWord(parts, open_start=dense or word.startswith("*"), open_end=dense or word.endswith("*")))
    return tuple(pieces)


def matching_rule(rules: Iterable[str], prompt: str) -> str | None:
    """Return the first rule that a prompt breaks, or None."""
    words = _WORD.findall(normalize(prompt))
    plain = frozenset(words)
    for rule in rules:
        pieces = compile_rule(rule)
        if not pieces:
            continue
        if len(pieces) == 1:
            piece = pieces[0]
            exact = len(piece.parts) == 1 and not piece.open_start and not piece.open_end
            if piece.parts[0] in plain if exact else any(piece.matches(word) for word in plain):
                return rule
        elif any(
            all(piece.matches(word) for piece, word in zip(pieces, words[at:], strict=False))
            for at in range(len(words) - len(pieces) + 1)
        ):
            return rule
    return None


def _has_no_spaces(letter: str) -> bool:
    """Return whether a letter belongs to a script without spaces between words."""
    return "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff" or "\u0e00" <= letter <= "\u0e7f"
