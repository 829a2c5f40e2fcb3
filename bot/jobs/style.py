"""Styles: words and options under a name, which members add to their prompts. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.clean_text import clean, has_visible_letter
from bot.jobs.style_errors import StyleName, StyleWords

SERVERS = 0  # the user id of a server's styles
MOST_OF_SERVER, MOST_OF_MEMBER = 15, 10  # together as many as a command can suggest
NAME_MAX, WORDS_MAX = 32, 1000  # characters
PLACEHOLDER = "{prompt}"
_PLACEHOLDER = re.compile(r"\{\s*prompt\s*\}", re.IGNORECASE)
_WORD = re.compile(r"[^\s,、;；:：]+")
_GAP = " \t\r\n,、;；:："


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style of a server, or of a member there. `words` have one placeholder. Options that are None aren't set."""

    guild_id: int
    user_id: int
    name: str
    words: str
    model: str | None = None
    aspect: str | None = None
    resolution: str | None = None
    id: int = 0  # of the stored style

    @property
    def folded(self) -> str:
        return folded_name(self.name)

    @property
    def of_server(self) -> bool:
        return self.user_id == SERVERS


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedStyle:
    """The style whose words are part of a prompt, and the member's own words; None if those aren't known any more."""

    name: str
    own_words: str | None = None


def folded_name(name: str) -> str:
    """Return a name as it is compared."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", name).casefold()))


def read_name(text: str) -> str:
    """Return a style's name. Raise StyleName."""
    name = clean(text)
    if not has_visible_letter(name) or len(name) > NAME_MAX:
        raise StyleName(longest=NAME_MAX)
    return name


def read_words(text: str) -> str:
    """Return a style's words with exactly one placeholder: any other number is replaced by one at the end.

    Raise StyleWords.
    """
    marks = _PLACEHOLDER.findall(text)
    words = " ".join(_PLACEHOLDER.sub(f" {PLACEHOLDER} " if len(marks) != 1 else PLACEHOLDER, text).split())
    if len(marks) != 1:
        bare = _without_placeholder(words)
        words = f"{bare}, {PLACEHOLDER}" if bare[-1:].isalnum() else f"{bare} {PLACEHOLDER}"
    if not has_visible_letter(words.replace(PLACEHOLDER, "")) or len(words) > WORDS_MAX:
        raise StyleWords(longest=WORDS_MAX)
    return words


def compose(words: str, prompt: str) -> str:
    """Return a prompt in a style; the style's words alone if the prompt is empty."""
    return words.replace(PLACEHOLDER, prompt, 1) if prompt else _without_placeholder(words)


def own_words(words: str, prompt: str) -> str:
    """Return what a member wrote, of a prompt in a style; all of it if it isn't in this style."""
    before, after = words.split(PLACEHOLDER, 1)
    if not (prompt.startswith(before) and prompt.endswith(after) and len(prompt) > len(before) + len(after)):
        return prompt
    return prompt[len(before) : len(prompt) - len(after)]


def find_style(styles: Sequence[Style], name: str) -> Style | None:
    """Return the style of a name, the server's before the member's."""
    named = [style for style in styles if style.folded == folded_name(name)]
    return next((style for style in named if style.of_server), next(iter(named), None))


def opening_style(styles: Sequence[Style], text: str) -> tuple[Style, str] | None:
    """Return the style with the longest name that a text begins with, and the rest of the text. None if there is none.

    The server's style comes before the member's.
    """
    ends = [found.end() for found in _WORD.finditer(text[: 2 * NAME_MAX])]
    for end in reversed(ends):
        style = find_style(styles, text[:end])
        if style is not None:
            return style, text[end:].strip(_GAP)
    return None


def _without_placeholder(words: str) -> str:
    return " ".join(_PLACEHOLDER.sub(" ", words).split()).strip(_GAP)
