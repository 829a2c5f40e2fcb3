"""Mentions of slash commands: `</generate:123>` is a link in Discord that opens the command.

The ids are known once Discord has listed the commands, and in memory only. Until then, and for names that aren't
commands, a text stays as it is.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.i18n import pgettext

CHAT_INPUT, SUBCOMMAND, SUBCOMMAND_GROUP = 1, 1, 2  # types of a command and of its options
# A name in the text: `/generate`, `/style save` or a plain /generate, but not a part of a link or of a mention.
_NAMED = re.compile(r"`/(?P<code>[^\s`/]+(?: [^\s`/]+)?)`|(?<![\w/<`:.])/(?P<plain>[^\W\d_]+)(?![\w/`:])")

_mentions: dict[str, str] = {}  # by the English name: `style save`


def learn(commands: Iterable[Mapping[str, Any]]) -> None:
    """Take the commands as Discord has them, in place of those that were known.

    A group can't be opened: its name stands for its command `panel`, and otherwise for nothing.
    """
    _mentions.clear()
    for command in commands:
        if command.get("type", CHAT_INPUT) != CHAT_INPUT:
            continue
        name, command_id = str(command["name"]), command["id"]
        inner = [each for each in command.get("options") or [] if each["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP)]
        for path in (name, *(f"{name} {each['name']}" for each in inner)):
            _mentions[path] = f"</{path}:{command_id}>"
        if inner:
            panel = _mentions.get(f"{name} panel")
            _mentions.pop(name)
            if panel is not None:
                _mentions[name] = panel


def with_mentions(text: str) -> str:
    """Return a text with the commands that it names as mentions. The names may be those of the current locale."""
    if not _mentions:
        return text
    known = {_translated(name): mention for name, mention in _mentions.items()} | _mentions

    def mention(found: re.Match[str]) -> str:
        return known.get(found["code"] or found["plain"], found[0])

    return _NAMED.sub(mention, text)


def _translated(path: str) -> str:
    return " ".join(pgettext("command", word) for word in path.split(" "))
