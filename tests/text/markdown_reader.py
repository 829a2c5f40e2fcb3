"""A small reader of Discord's markdown. Where its rules are unclear, it renders more than Discord does.

Source: the rules of Discord's client, as documented in its help pages and in the API reference (message formatting).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OUR_SPACE = "@\u200b"  # what keeps `@everyone` from being a mention; nobody reads the space


@dataclass(frozen=True, slots=True)
class Node:
    """Something that Discord renders. `target` is where a link leads, or whom a mention names."""

    kind: str
    inside: tuple["Node | str", ...] = ()
    target: str = ""


Make = Callable[[re.Match[str]], "Node | str"]


def _nested(kind: str) -> Make:
    return lambda found: Node(kind, read_inline(found[1]))


def _leaf(kind: str) -> Make:
    return lambda found: Node(kind, (found[0],), found[0])


_INLINE: list[tuple[re.Pattern[str], Make]] = [
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), make)
    for pattern, make in (
        (r"\\([^0-9A-Za-z\s])", lambda found: found[1]),
        (r"```.+?```", _leaf("code block")),
        (r"(`+)(.*?[^`])\1(?!`)", _leaf("code")),
        (r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)", _nested("bold")),
        (r"__((?:\\.|[^\\])+?)__(?!_)", _nested("underline")),
        (r"~~((?:\\.|[^\\])+?)~~", _nested("strikethrough")),
        (r"\|\|((?:\\.|[^\\])+?)\|\|", _nested("spoiler")),
        (r"\*((?:\\.|[^\\*])+?)\*(?!\*)", _nested("italic")),
        (r"_((?:\\.|[^\\_])+?)_(?!_)", _nested("italic")),
        (
            r"\[((?:\\.|[^\\\]])+?)\]\(\s*<?([a-z]+:(?:\\.|[^\s\\)>])+)>?[^)]*\)",
            lambda found: Node("link", read_inline(found[1]), found[2]),
        ),
        (r"<(?:https?|steam|mailto|tel|sms):[^\s>]+>", _leaf("link")),
        (r"(?:https?|steam|discord)://[^\s<]+", _leaf("link")),
        (r"discord(?:app)?\.(?:gg|com|gift|new|me)[/\w]*", _leaf("invite")),
        (r"<@[!&]?\d+>", _leaf("mention")),
        (r"<#\d+>", _leaf("channel")),
        (r"<t:-?\d+(?::[a-z])?>", _leaf("time")),
        (r"</[^<>\n]+:\d+>", _leaf("command")),
        (r"<id:[^<>\s]+>", _leaf("navigation")),
        (r"<a?:\w+:\d+>", _leaf("emoji")),
        (r"@(?:everyone|here)", _leaf("mention")),
        (r":[^\s:]+?:", _leaf("emoji")),
    )
]
_LINE = [
    (re.compile(r" *-# +(.*)"), "subtext"),
    (re.compile(r" *#{1,3} +(.*)"), "heading"),
    (re.compile(r" *(?:>>>|>) +(.*)"), "quote"),
    (re.compile(r" *(?:[-*+]|\d+\.) +(.*)"), "list"),
]


def read(text: str) -> tuple[Node | str, ...]:
    """Return what Discord makes of a message: nodes, and the text between them without escapes."""
    found: list[Node | str] = []
    for number, line in enumerate(text.split("\n")):
        found += ["\n"] if number else []
        found += _read_line(line)
    return tuple(found)


def _read_line(line: str) -> tuple[Node | str, ...]:
    for start, kind in _LINE:
        if mark := start.fullmatch(line):
            return (Node(kind, _read_line(mark[1])),)
    return read_inline(line)


def read_inline(text: str) -> tuple[Node | str, ...]:
    found: list[Node | str] = []
    plain, at = "", 0
    while at < len(text):
        if text.startswith(OUR_SPACE, at):
            plain, at = plain + "@", at + len(OUR_SPACE)
            continue
        for rule, make in _INLINE:
            if match := rule.match(text, at):
                made = make(match)
                if isinstance(made, str):
                    plain += made
                else:
                    found += [plain, made] if plain else [made]
                    plain = ""
                at = match.end()
                break
        else:
            plain, at = plain + text[at], at + 1
    return (*found, plain) if plain else tuple(found)


def nodes(found: tuple[Node | str, ...]) -> Iterator[Node]:
    """Yield every node, outer ones first."""
    for each in found:
        if isinstance(each, Node):
            yield each
            yield from nodes(each.inside)


def visible(found: tuple[Node | str, ...]) -> str:
    """Return the text that people read."""
    return "".join(each if isinstance(each, str) else visible(each.inside) for each in found)


def rendered(text: str) -> list[str]:
    """Return the kinds of everything that Discord renders in a message, outer ones first."""
    return [node.kind for node in nodes(read(text))]
