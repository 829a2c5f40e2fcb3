"""Decide whether a member may request a video in a channel, before anything is written, sent or spent."""

from collections.abc import Iterable
from typing import Protocol

import discord

from bot.chat.permissions.video_access import is_age_restricted
from bot.chat.text.escape import Markup
from bot.jobs.rejections import (
    AgainstRules,
    Blocked,
    BlockedForGood,
    NotForYou,
    NotInChannel,
    Paused,
)
from bot.jobs.server_settings import DELETED_PROMPT, ServerSettings
from bot.jobs.style import AppliedStyle
from bot.jobs.style_errors import StyleAgainstRules, WordsAgainstRules
from bot.jobs.word_filter import matching_rule
from bot.ports.clock import Clock
from bot.ports.repositories import Block, ServerRepository

_NAMED = 5  # channels or roles named in a sentence


class PromptModerator(Protocol):
    """A moderation service for prompts."""

    async def check(self, prompt: str) -> None:
        """Raise Flagged, or Unchecked if the service is unreachable and the host requires its answer."""


class RequestPolicy:
    """Checks the server's settings, blocked members and the prompt."""

    def __init__(self, servers: ServerRepository, clock: Clock, moderator: PromptModerator | None = None) -> None:
        self._servers = servers
        self._clock = clock
        self._moderator = moderator

    async def check(
        self,
        settings: ServerSettings,
        member: discord.Member,
        channel: object,
        prompt: str,
        style: AppliedStyle | None = None,
    ) -> None:
        """Raise the error of the first rule that forbids this request."""
        block = await self._servers.blocked(member.guild.id, member.id, self._clock.now())
        check_member(settings, block, {role.id for role in member.roles})
        check_place(settings, places_of(channel))
        check_words(settings, prompt, style, restricted=is_age_restricted(channel))
        if self._moderator is not None and prompt != DELETED_PROMPT:
            await self._moderator.check(prompt)


def check_member(rules: ServerSettings, block: Block | None, role_ids: set[int]) -> None:
    """Raise Paused, Blocked, BlockedForGood or NotForYou."""
    if block is not None:
        raise BlockedForGood if block.until is None else Blocked(until=int(block.until))
    if rules.paused:
        raise Paused
    if rules.roles and not role_ids & set(rules.roles):
        raise NotForYou(roles=_some(f"<@&{role_id}>" for role_id in rules.roles))


def check_place(rules: ServerSettings, places: list[int]) -> None:
    """Raise NotInChannel unless one of the places is allowed: the channel, its parent, its category."""
    if rules.channels and not set(places) & set(rules.channels):
        raise NotInChannel(channels=_some(f"<#{channel_id}>" for channel_id in rules.channels))


def check_words(rules: ServerSettings, prompt: str, style: AppliedStyle | None = None, *, restricted: bool) -> None:
    """Raise AgainstRules, or which part of a prompt in a style isn't allowed.

    Fewer rules apply in an age-restricted channel.
    """
    wanted = rules.words if restricted else (*rules.words, *rules.words_outside)
    if not wanted or matching_rule(wanted, prompt) is None:
        return
    if style is None or style.own_words is None:
        raise AgainstRules
    if matching_rule(wanted, style.own_words) is not None:
        raise WordsAgainstRules(style=style.name)
    raise StyleAgainstRules(style=style.name)


def places_of(channel: object) -> list[int]:
    """Return the ids that a channel setting may name for this place: the channel, its parent, its category."""
    ids = [getattr(channel, name, None) for name in ("id", "parent_id", "category_id")]
    return [place_id for place_id in ids if isinstance(place_id, int)]


def _some(mentions: Iterable[str]) -> Markup:
    listed = list(mentions)
    return Markup(", ".join(listed[:_NAMED]) + (" …" if len(listed) > _NAMED else ""))
