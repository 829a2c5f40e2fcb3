r"""Escape the texts of members and providers for Discord's markdown. Pure.

In a message: `escape`, then `cut`. Where Discord shows plain text (alt texts, choices, labels, titles, the value of a
field): `clean` or `clean_lines` of `bot/jobs/clean_text.py`. In an error's sentence: `error_text`.
"""

import re

from bot.i18n import _
from bot.jobs.clean_text import clean
from bot.jobs.errors import RetakeError
from bot.jobs.job import Job
from bot.jobs.server_settings import DELETED_PROMPT

FACT_LIMIT = 800  # characters: no sentence with two of them exceeds the limit of a message
# Colons as in `https://` and `:emoji:`; those of `<t:0>`, `<id:guide>`, `<a:b:0>` and `</command:0>` need the bracket.
_ANYWHERE = re.compile(r"[\\`*_~|<>\[\]()]|:(?=/|\S*:)")
_INVITE = re.compile(r"(?<=discord)(\w*)\.(?=\w)", re.IGNORECASE)  # Discord finds invites without a scheme
_LINE_START = re.compile(r"([-+#])|(\d+)\.")
# A backslash before @ wouldn't keep Discord from pinging. Typed zero-width spaces are cut, so this one is ours.
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)


class Markup(str):
    """A fact that is our own markdown, such as the mention of a channel. It isn't escaped."""

    __slots__ = ()


def escape(text: str) -> str:
    """Return a text in one line in which Discord finds no markdown, link or mention."""
    escaped = _ANYWHERE.sub(r"\\\g<0>", clean(text))
    escaped = _INVITE.sub(r"\1\\.", escaped)
    start = _LINE_START.match(escaped)
    if start is not None:
        mark = start.end() - 1
        escaped = f"{escaped[:mark]}\\{escaped[mark:]}"
    return _MENTION.sub("@\u200b", escaped)


def shown_prompt(job: Job) -> str:
    """Return a video's prompt, not escaped. If it was deleted, that is said in the reader's language."""
    return _(job.prompt) if job.prompt == DELETED_PROMPT else job.prompt


def mention(user_id: int) -> str:
    """Return the mention of a member, or `(deleted)` for 0: their data was deleted."""
    return f"<@{user_id}>" if user_id else f"({_('deleted')})"


def cut(text: str, length: int) -> str:
    """Cut a text to at most `length` characters, never inside an escape."""
    if len(text) <= length:
        return text
    if length < 1:
        return ""
    kept = text[: length - 1]
    half = (len(kept) - len(kept.rstrip("\\"))) % 2  # a backslash without the character that it escapes
    return kept[: len(kept) - half] + "…"


def inside_code(text: str) -> str:
    """Return a text for inline code. Nothing can be escaped there, so backticks become apostrophes."""
    return clean(text).replace("`", "'") or "-"


def error_text(error: RetakeError) -> str:
    """Return an error's sentence for a message. Its facts may be words of members or providers: they're escaped."""
    return error.sentence(lambda fact: fact if isinstance(fact, Markup) else cut(escape(fact), FACT_LIMIT))
