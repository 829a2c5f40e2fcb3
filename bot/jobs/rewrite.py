"""Judge what a writer offers in place of a prompt. Pure."""

import re
import unicodedata
from collections import Counter
from enum import StrEnum

from bot.jobs.clean_text import clean, has_visible_letter

LONGEST = 2000  # characters of a prompt
SHORTEST = 3
# Languages that a model of the catalogue may prefer: the English name, and the script that it's written in.
LANGUAGES = {
    "en": ("English", "LATIN"),
    "de": ("German", "LATIN"),
    "es": ("Spanish", "LATIN"),
    "fr": ("French", "LATIN"),
    "zh": ("Chinese", "CJK"),
    "ja": ("Japanese", "CJK"),
    "ko": ("Korean", "HANGUL"),
    "ru": ("Russian", "CYRILLIC"),
}
_SAME_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "IDEOGRAPHIC": "CJK"}
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```\w*\s*(.*?)\s*```", re.DOTALL)
_LABEL = re.compile(
    r"(?:(?:sure|certainly|of course|okay|here(?:'s| is| are))\b[^\n:]{0,80}:|(?:\w+ )?prompt\s*:)\s*", re.IGNORECASE
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "「": "」", "*": "*"}
_REFUSAL = re.compile(
    r"(?:i['’]?m (?:really |very )?sorry|sorry,|i apologi[sz]e|i (?:can ?not|can['’]t|won['’]t|am unable|am not able)"
    r"|i['’]m (?:unable|not able)|as an ai\b|unfortunately, i|es tut mir leid|entschuldigung|ich kann (?:das|dir|diese)"
    r"|申し訳|すみません|抱歉|对不起|je suis désolée?|lo siento)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|www\.|discord\.gg|<[@#]|@everyone|@here", re.IGNORECASE)
_MARKUP = ("{", "[", "<", "|", "#")
_MANY_WORDS, _LEAST_VARIETY = 20, 0.25


class RewriteProblem(StrEnum):
    """Why there are no new words."""

    SLOW = "slow"
    DOWN = "down"
    REFUSED = "refused"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    LANGUAGE = "language"
    NONSENSE = "nonsense"
    SAME = "same"


def read_rewrite(answer: str, typed: str, language: str | None) -> str | RewriteProblem:
    """Return the prompt in a writer's answer, in one line, or why it can't be used.

    `language`: the one that was asked for, or None for that of the member's own words. Only scripts are told apart.
    """
    words = _unwrap(answer)
    if not words:
        return RewriteProblem.EMPTY
    if len(words) > LONGEST:
        return RewriteProblem.TOO_LONG
    if _REFUSAL.match(words) and not _REFUSAL.match(typed):
        return RewriteProblem.REFUSED
    if _is_nonsense(words, typed):
        return RewriteProblem.NONSENSE
    expected = LANGUAGES[language][1] if language in LANGUAGES else main_script(typed)
    script = main_script(words)
    if script is None or (expected is not None and script != expected):
        return RewriteProblem.LANGUAGE if script is not None else RewriteProblem.NONSENSE
    return RewriteProblem.SAME if words.casefold() == clean(typed).casefold() else words


def main_script(text: str) -> str | None:
    """Return the script of most letters of a text, such as LATIN, or None if it has none."""
    scripts: Counter[str] = Counter()
    for letter in text:
        if letter.isalpha():
            name = unicodedata.name(letter, "UNKNOWN").split()[0]
            scripts[_SAME_SCRIPT.get(name, name)] += 1
    return scripts.most_common(1)[0][0] if scripts else None


def _unwrap(answer: str) -> str:
    """Return an answer without its thoughts, its introduction, a code fence and quotation marks."""
    text = _THOUGHT.sub("", answer).strip()
    if (fenced := _FENCE.search(text)) is not None:
        text = fenced[1]
    if (label := _LABEL.match(text)) is not None:
        text = text[label.end() :].strip()
    text = text.strip("*").strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return clean(text)


def _is_nonsense(words: str, typed: str) -> bool:
    """Return whether a text surely isn't a prompt: markup, too short, a link that nobody asked for, one word again."""
    if len(words) < SHORTEST or not has_visible_letter(words) or words.startswith(_MARKUP):
        return True
    if _LINK.search(words) and not _LINK.search(typed):
        return True
    listed = words.casefold().split()
    return len(listed) >= _MANY_WORDS and len(set(listed)) / len(listed) < _LEAST_VARIETY
