"""Post the announcement and the result of a contest, each once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import discord

from bot.chat.components.buttons import custom_ids
from bot.chat.components.interactions import DISCORD_ERRORS, is_gone, is_refusal
from bot.chat.settings_panel.items import button
from bot.i18n import _
from bot.jobs.provider_errors import Unreachable
from bot.ports.clock import Clock
from bot.ports.contests import Contest, ContestRepository
from bot.ports.publisher import NONCE_WINDOW_S

CLOCK_ERROR_S = 900.0  # Discord's messages have Discord's time, which may differ from ours
PAGE = "contest"
Kind = Literal["announcement", "result"]


class PostRefusedError(Exception):
    """Discord refuses a post: a permission, the channel or its filters."""


class ContestPosts:
    """The row of a post is written first. Its nonce follows from the row, so every process derives the same one."""

    def __init__(self, client: discord.Client, contests: ContestRepository, clock: Clock) -> None:
        self._client = client
        self._contests = contests
        self._clock = clock
        self._tried: set[str] = set()  # nonces of this process

    async def post(self, contest: Contest, kind: Kind, text: str, winners: Sequence[int] = ()) -> int:
        """Return the id of a post, which is made unless it's there. Raise PostRefusedError or Unreachable."""
        tried_at, now = contest.tried_at if kind == "announcement" else contest.result_tried_at, self._clock.now()
        if tried_at is not None:
            fresh = 0.0 <= now - tried_at <= NONCE_WINDOW_S
            if not fresh or nonce_of(contest, kind, tried_at) not in self._tried:
                message_id = await self._find(contest, kind, tried_at)
                if message_id is not None:
                    return message_id
            tried_at = tried_at if fresh else None
        if tried_at is None:
            tried_at = now
            first = kind == "announcement"
            await self._contests.save(
                replace(contest, tried_at=now) if first else replace(contest, result_tried_at=now)
            )
        nonce = nonce_of(contest, kind, tried_at)
        self._tried.add(nonce)
        return await self._send(contest, kind, text, nonce, winners)

    async def _send(self, contest: Contest, kind: Kind, text: str, nonce: str, winners: Sequence[int]) -> int:
        channel = self._client.get_partial_messageable(contest.channel_id, guild_id=contest.guild_id)
        mentions = discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(id=each) for each in winners]
        )
        try:
            message = await channel.send(
                text, nonce=nonce, view=_view(contest, kind), allowed_mentions=mentions, suppress_embeds=True
            )
        except DISCORD_ERRORS as error:
            if is_refusal(error) or (isinstance(error, discord.HTTPException) and error.status == 400 and error.code):
                raise PostRefusedError from error
            raise Unreachable(provider="Discord") from error
        return message.id

    async def _find(self, contest: Contest, kind: Kind, tried_at: float) -> int | None:
        """Return the id of the message of an earlier try, or None. Raise Unreachable."""
        channel = self._client.get_partial_messageable(contest.channel_id, guild_id=contest.guild_id)
        since = datetime.fromtimestamp(tried_at - CLOCK_ERROR_S, tz=UTC)
        after, mark = discord.Object(id=discord.utils.time_snowflake(since)), _mark(contest, kind)
        try:
            async for message in channel.history(limit=None, after=after, oldest_first=True):
                own = self._client.user is not None and message.author.id == self._client.user.id
                if own and mark in custom_ids(message):
                    return message.id
        except DISCORD_ERRORS as error:
            if is_gone(error):
                raise PostRefusedError from error
            raise Unreachable(provider="Discord") from error
        return None


def nonce_of(contest: Contest, kind: Kind, tried_at: float) -> str:
    """Return at most 25 characters: of the contest, the kind of post, and its first try."""
    return f"{contest.id}{kind[0]}{int(tried_at) % 100_000}"


def _mark(contest: Contest, kind: Kind) -> str:
    """Return the custom id that only this post has."""
    return f"v1s:{PAGE}:{'enter' if kind == 'announcement' else 'done'}{contest.id}"


def _view(contest: Contest, kind: Kind) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if kind == "announcement":
        view.add_item(button(PAGE, f"enter{contest.id}", _("Enter"), discord.ButtonStyle.primary))
        view.add_item(button(PAGE, f"entries{contest.id}", _("Entries")))
    else:
        ended = button(PAGE, f"done{contest.id}", _("Ended"))
        ended.item.disabled = True  # type: ignore[attr-defined]
        view.add_item(ended)
    return view
