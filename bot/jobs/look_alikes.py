"""Read letters that only look like others: Cyrillic for Latin, small capitals, digits, dots between letters. Pure.

Source of the letters: Unicode TR39, as the package confusable_homoglyphs has it.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache, partial
from importlib.resources import files

_SIGNS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "€": "e"}
_READINGS = ({**_SIGNS, "1": "i", "!": "i"}, {**_SIGNS, "1": "l", "!": "l"})  # `1` stands for i and for l
_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"\S+")
# Single letters, all apart by the same: `g u n`, `g.u.n`.
_SPACED = re.compile(r"(?<![^\W_])[^\W_]([\W_]{1,3})[^\W_](?:\1[^\W_](?![^\W_]))+(?![^\W_])")


# Latin letters in a style that Unicode doesn't count as one: ɢᴜɴ, 🅶🆄🅽, 🅖🅤🅝, 🇬🇺🇳.
_STYLED = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|(?:NEGATIVE CIRCLED|(?:CROSSED )?NEGATIVE SQUARED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])"
)
_STYLED_RANGES = ((0x0250, 0x02B0), (0x1D00, 0x1D80), (0xA700, 0xA800), (0x1F100, 0x1F200))


@lru_cache(maxsize=1)
def styled_letters() -> Mapping[int, str]:
    """Return the ASCII letter of each styled one, by code point."""
    codes = (code for first, end in _STYLED_RANGES for code in range(first, end))
    names = ((code, _STYLED.fullmatch(unicodedata.name(chr(code), ""))) for code in codes)
    return {code: found[1].lower() for code, found in names if found is not None}


@lru_cache(maxsize=1)
def letters() -> Mapping[str, str]:
    """Return the ASCII letter that each look-alike stands for, some 1,200."""
    table = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for letter, likes in table.items():
        if len(letter) > 1 or letter.isascii():
            continue
        names = (like["c"].casefold() for like in likes)
        ascii_letter = next((name for name in names if len(name) == 1 and name.isascii() and name.isalpha()), None)
        if ascii_letter is not None:
            found[letter] = ascii_letter
    return found


def fold(text: str) -> str:
    """Return a text with an ASCII letter in place of each look-alike."""
    return "".join(letters().get(character, character) for character in text)


def readings(text: str) -> list[str]:
    """Return a normalized text as it may be meant, once for each meaning of `1`.

    Spaced and dotted letters are joined. A word in one script of its own is read as it stands where the text has other
    words of that script that can't be taken for Latin: the Russian word for mouth isn't a pot in a Russian sentence.
    """
    joined = _SPACED.sub(_join, text.translate(styled_letters()))
    real = _has_foreign_words(joined)
    return [_TOKEN.sub(partial(_read, signs=signs, real=real), joined) for signs in _READINGS]


def disguised(text: str) -> str:
    """Return what a normalized text may say in another alphabet whose letters all look like Latin ones, in Latin.

    Words in Latin letters alone are left out, unless the text has words that are certainly in another alphabet.
    """
    joined = _SPACED.sub(_join, text)
    real = _has_foreign_words(joined)
    return _TOKEN.sub(lambda found: fold(found[0]) if real or not found[0].isascii() else "", joined)


def _has_foreign_words(text: str) -> bool:
    return any(_is_foreign(word) for word in _WORD.findall(text))


def _join(found: re.Match[str]) -> str:
    """Return spaced letters as a word; after an `a` or `I`, which may be a word of its own, also without it."""
    word = "".join(_WORD.findall(found[0]))
    return f"{word} {word[1:]}" if word[0] in "ai" and found[1].isspace() else word


def _is_foreign(word: str) -> bool:
    """Return whether a word is certainly written in another alphabet."""
    return all(not letter.isascii() for letter in word) and any(letter not in letters() for letter in word)


def _read(found: re.Match[str], *, signs: Mapping[str, str], real: bool) -> str:
    token = found[0]
    if real and not any(character.isascii() and character.isalpha() for character in token):
        return token
    latin = fold(token)
    if not any(character.isalpha() for character in latin):
        return token
    spelled = "".join(signs.get(character, character) for character in latin)
    return "".join(_WORD.findall(spelled))
