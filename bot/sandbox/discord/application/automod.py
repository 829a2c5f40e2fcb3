"""AutoMod: blocks messages and titles after they were sent and before anyone sees them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import Json, no
from bot.sandbox.discord.state.permissions import can

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.users import User

MESSAGE_BLOCKED, TITLE_BLOCKED = 200_000, 200_001
TEXT_DISPLAY = 10


def check_message(
    channel: "Channel", author: "User", content: str | None, embeds: list[Json] | None, components: list[Json] | None
) -> None:
    """Raise ApiError 400/200000 if a part of a message contains a forbidden word."""
    texts = [content or "", *_embed_texts(embeds or []), *_display_texts(components or [])]
    _check(channel, author, "\n".join(texts), MESSAGE_BLOCKED)


def check_title(channel: "Channel", author: "User", title: str) -> None:
    """Raise ApiError 400/200001 if a thread's or post's title contains a forbidden word."""
    _check(channel, author, title, TITLE_BLOCKED)


def _check(channel: "Channel", author: "User", text: str, code: int) -> None:
    if channel.guild is None or can(channel, author, "manage_guild"):
        return
    if channel.guild.automod.blocks(text):
        raise no(code)


def _embed_texts(embeds: list[Json]) -> Iterator[str]:
    for embed in embeds:
        yield from (str(embed[key]) for key in ("title", "description") if embed.get(key))


def _display_texts(components: list[Json]) -> Iterator[str]:
    for component in components:
        if component.get("type") == TEXT_DISPLAY:
            yield str(component.get("content") or "")
        yield from _display_texts(component.get("components") or [])
