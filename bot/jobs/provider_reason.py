"""Clean the words of a provider for its host: without the prompt, links and secrets. Pure."""

import html
import re

SHORTEST_QUOTE = 12  # characters in a row that count as a quote of the prompt
PROMPT, LINK, SECRET = "[prompt]", "[link]", "[secret]"
_LINKS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|\bwww\.|\bdata:)[^\s\"'<>]+", re.IGNORECASE)
_SECRETS = re.compile(
    r"\b(?:bearer\s+\S+|(?:sk|xai|key|rk|pk)-[\w-]{4,}|AIza[\w-]{8,}|r8_\w{4,}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::\S+)?|[0-9a-f]{24,}|[\w-]{36,})",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_COMMON_WORDS = """
    about all allowed and any api are aspect aspect_ratio available body but can cannot content contains does duration
    error exist exists expected failed field for format from has have image images input invalid its key length limit
    longer maximum message minimum missing model models more must name new not number one only options parameter per
    prompt ratio request required resolution seconds seed should shorter size string supported text than that the this
    too try unknown unsupported valid value values video videos was with words you your
    """
_COMMON = frozenset(_COMMON_WORDS.split())  # they say nothing of a prompt that has them too


def clean_reason(reason: str, prompt: str) -> str:
    """Return a provider's reason in one line. What it quotes of the prompt, in any case, is left out."""
    text = _SECRETS.sub(SECRET, _LINKS.sub(LINK, " ".join(_unescape(reason).split())))
    own = " ".join(prompt.lower().split())
    quoted = _quoted_places(text.lower(), own) | _places_of_words(text.lower(), own)
    parts: list[str] = []
    for place, letter in enumerate(text):
        if place not in quoted:
            parts.append(letter)
        elif place - 1 not in quoted:
            parts.append(PROMPT)
    return "".join(parts)


def _unescape(reason: str) -> str:
    """Return a reason whose quotes were escaped for JSON or HTML, as they were before."""
    decoded = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), reason)
    return html.unescape(decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def _places_of_words(text: str, prompt: str) -> set[int]:
    """Return the places of words, or beginnings of words, that the prompt has as well."""
    own = _WORD.findall(prompt)
    places: set[int] = set()
    for found in _WORD.finditer(text):
        word = found[0]
        if word not in _COMMON and len(word) >= (3 if word.isascii() else 2) and any(word in each for each in own):
            places |= set(range(found.start(), found.end()))
    return places


def _quoted_places(text: str, prompt: str) -> set[int]:
    """Return the places of a text that quote the prompt: all of it, or many characters in a row."""
    length = min(SHORTEST_QUOTE, len(prompt))
    if length == 0:
        return set()
    starts = (start for start in range(len(text) - length + 1) if text[start : start + length] in prompt)
    return {start + offset for start in starts for offset in range(length)}
