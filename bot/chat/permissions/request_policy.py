"""Whether a member may ask for a video here at all. Asked before anything is written, sent or spent."""

from collections.abc import Iterable
from typing import Protocol

import discord

from bot.chat.permissions.video_access import is_age_restricted
from bot.jobs.rejections import AgainstRules, Blocked, BlockedForGood, NotForYou, NotInChannel, Paused
from bot.jobs.server_settings import FORGOTTEN, ServerSettings
from bot.jobs.word_filter import broken_rule
from bot.ports.clock import Clock
from bot.ports.repositories import Block, ServerRepository

_NAMED = 5  # channels or roles in a sentence


class PromptModerator(Protocol):
    """Somebody else's opinion of a prompt."""

    async def flag(self, prompt: str) -> None:
        """Raises Flagged, and Unchecked where there is no opinion to be had and the host wants one."""


class RequestPolicy:
    """Reads the server's rules anew every time, so that what was set just now holds."""

    def __init__(self, servers: ServerRepository, clock: Clock, screen: PromptModerator | None = None) -> None:
        self._servers = servers
        self._clock = clock
        self._screen = screen

    async def check(self, member: discord.Member, channel: object, prompt: str) -> None:
        """Raise the sentence of the first rule that is in the way."""
        rules = await self._servers.rules(member.guild.id)
        block = await self._servers.blocked(member.guild.id, member.id, self._clock.now())
        check_member(rules, block, {role.id for role in member.roles})
        check_place(rules, places_of(channel))
        check_words(rules, prompt, restricted=is_age_restricted(channel))
        if self._screen is not None and prompt != FORGOTTEN:
            await self._screen.flag(prompt)


def check_member(rules: ServerSettings, block: Block | None, role_ids: set[int]) -> None:
    """Raises Paused, Blocked, NotForYou."""
    if block is not None:
        raise BlockedForGood if block.until is None else Blocked(until=int(block.until))
    if rules.paused:
        raise Paused
    if rules.roles and not role_ids & set(rules.roles):
        raise NotForYou(roles=_some(f"<@&{role_id}>" for role_id in rules.roles))


def check_place(rules: ServerSettings, places: list[int]) -> None:
    """`places`: the channel, what it is a thread of, and its category. Raises NotInChannel."""
    if rules.channels and not set(places) & set(rules.channels):
        raise NotInChannel(channels=_some(f"<#{channel_id}>" for channel_id in rules.channels))


def check_words(rules: ServerSettings, prompt: str, *, restricted: bool) -> None:
    """Raises AgainstRules. In an age-restricted channel fewer rules hold."""
    wanted = rules.words if restricted else (*rules.words, *rules.words_outside)
    if wanted and broken_rule(wanted, prompt) is not None:
        raise AgainstRules


def places_of(channel: object) -> list[int]:
    """The ids that a rule about channels may name for this place."""
    ids = [getattr(channel, name, None) for name in ("id", "parent_id", "category_id")]
    return [each for each in ids if isinstance(each, int)]


def _some(mentions: Iterable[str]) -> str:
    listed = list(mentions)
    return ", ".join(listed[:_NAMED]) + (" …" if len(listed) > _NAMED else "")
