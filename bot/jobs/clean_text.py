"""Clean the texts of members and providers: no control, bidirectional or invisible characters. Pure."""

import re
import unicodedata

ZWJ = "\u200d"
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Unicode counts these as letters, marks or symbols, but nothing is drawn for them.
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e00ff]"
)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # they choose the look of the character before
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")  # such as Scotland's
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean(text: str) -> str:
    """Return a text in one line, with single spaces and without characters that nobody sees."""
    return " ".join(_visible(" ".join(text.split())).split())


def clean_lines(text: str) -> str:
    """Return a text without characters that nobody sees; its lines stay."""
    return "\n".join(clean(line) for line in text.splitlines()).strip("\n")


def has_visible_letter(text: str) -> bool:
    """Return whether a text shows a letter, a digit or a pictograph."""
    return any(
        unicodedata.category(letter)[0] in "LN" or unicodedata.category(letter) == "So" for letter in clean(text)
    )


def reveal(text: str) -> str:
    r"""Return a text with its invisible characters written as `\u202e`, so that it can't break a line of a log."""
    if text.isprintable() and not _BLANKS.search(text):
        return text
    return "".join(_written(each) if _is_invisible(each) else each for each in text)


def _written(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_invisible(letter: str) -> bool:
    if letter in _VISIBLE_FORMATS:
        return False
    return unicodedata.category(letter) in _INVISIBLE or _BLANKS.match(letter) is not None


def _visible(text: str) -> str:
    if text.isprintable() and not _BLANKS.search(text) and not _SELECTORS.search(text):
        return text
    kept: list[str] = []
    at = 0
    while at < len(text):
        flag = _FLAG.match(text, at)
        if flag is not None:
            kept.append(flag[0])
            at = flag.end()
            continue
        letter = text[at]
        if letter == ZWJ:
            stays = _joins(kept, text[at + 1 : at + 2])
        elif _SELECTORS.match(letter):
            stays = bool(kept) and kept[-1] != " " and not _SELECTORS.match(kept[-1][-1]) and kept[-1] != ZWJ
        else:
            stays = not _is_invisible(letter)
        if stays:
            kept.append(letter)
        at += 1
    return "".join(kept)


def _joins(before: list[str], after: str) -> bool:
    """Return whether a joiner stands between two pictographs: one may carry a skin tone or a variation selector."""
    left = before[-1][-1] if before else ""
    return bool(after) and (left == "\ufe0f" or _is_pictograph(left)) and _is_pictograph(after)


def _is_pictograph(letter: str) -> bool:
    if not letter or _BLANKS.match(letter):
        return False
    return unicodedata.category(letter) == "So" or "\U0001f3fb" <= letter <= "\U0001f3ff"
