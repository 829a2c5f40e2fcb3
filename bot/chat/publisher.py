"""The engine's publisher, on Discord: posts clips, looks for them, and reads what Discord's errors mean."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import discord
from discord.http import Route

from bot.chat import wording
from bot.chat.buttons import is_ours, result_buttons
from bot.chat.pictures import Pictures
from bot.chat.status import TROUBLE, StatusLines, view_for
from bot.jobs.clock import Clock
from bot.jobs.model import Job
from bot.jobs.notices import Notice, Queued
from bot.jobs.provider import Picture
from bot.jobs.publisher import (
    Blocked,
    ChannelGone,
    Delivery,
    MayNot,
    Posted,
    PostedThenDeleted,
    TooLarge,
    Unclear,
)
from bot.jobs.timing import NONCE_WINDOW_S, POST_TIMEOUT_S

log = logging.getLogger("retake.chat")

TOKEN_LIFE_S = 15 * 60.0
_LOOK_BACK = 200  # messages
# Discord's codes. Source: reference/reliability.md 2.5
_TOO_LARGE = frozenset({40005, 50045})
_BLOCKED = frozenset({200000, 20009, 240000})
_NO_CHANNEL, _NO_MESSAGE, _ARCHIVED = 10003, 10008, 50083


class DiscordPublisher:
    """Messages of jobs, by way of a logged-in client."""

    def __init__(
        self, client: discord.Client, clock: Clock, pictures: Pictures, title_of: Callable[[Job], str]
    ) -> None:
        self._client = client
        self._clock = clock
        self._pictures = pictures
        self._title_of = title_of
        self.lines = StatusLines(client, title_of, clock.monotonic)

    async def show(self, job: Job, notice: Notice) -> None:
        self.lines.show(job, notice)

    async def conclude(self, job: Job, notice: Notice) -> bool:
        return await self.lines.conclude(job, notice)

    async def clear(self, job: Job) -> bool:
        return await self.lines.clear(job)

    async def picture(self, job: Job, into: Path) -> Picture:
        return await self._pictures.bring(job.image_url or "", into)

    async def bring_back(self, job: Job, into: Path) -> bool:
        """Our own message still has the clip, under a link that Discord signs anew at every look."""
        if job.result_message_id is None:
            return False
        channel = self._client.get_partial_messageable(job.result_channel_id or job.channel_id, guild_id=job.guild_id)
        try:
            message = await channel.fetch_message(job.result_message_id)
        except TROUBLE:
            return False
        url = next((file.url for file in message.attachments), None)
        return url is not None and await self._pictures.clip(url, into)

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        file = discord.File(clip, filename=f"video-{job.code}.mp4", description=wording.alt_text(job))
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                message = await channel.send(
                    wording.result_text(job, self._title_of(job), parent),
                    file=file,
                    nonce=nonce,
                    view=result_buttons(job),
                    allowed_mentions=wording.requester_only(job),
                    reference=_order_of(job),  # type: ignore[arg-type]  # None is what the library's own default is
                    suppress_embeds=True,
                )
        except TROUBLE as error:
            return await self._meaning(job, error)
        finally:
            file.close()
        return Posted(message_id=message.id, channel_id=message.channel.id)

    async def _meaning(self, job: Job, error: Exception) -> Delivery:
        """What an error says about the message: is it not there, never to be there, or is it unclear."""
        match error:
            case discord.NotFound(code=code) if code == _NO_CHANNEL:
                return ChannelGone()
            case discord.NotFound(code=code) if code == _NO_MESSAGE:
                return PostedThenDeleted()
            case discord.Forbidden():
                return MayNot(missing=wording.permission_words(list(wording.PERMISSION_WORDS)))
            case discord.HTTPException(status=status, code=code) if status == 413 or code in _TOO_LARGE:
                return TooLarge()
            case discord.HTTPException(code=code) if code in _BLOCKED:
                return Blocked()
            case discord.HTTPException(code=code) if code == _ARCHIVED:
                return await self._unarchive(job)
            case discord.HTTPException(status=400):
                log.error("Discord did not understand a post", extra={"job": job.code, "code": error.code})
                return Blocked()
            case discord.RateLimited(retry_after=retry_after):
                return Unclear(retry_after_s=retry_after)
        log.info("no clear answer to a post", extra={"job": job.code, "why": type(error).__name__})
        return Unclear()

    async def _unarchive(self, job: Job) -> Delivery:
        try:
            thread = await self._client.fetch_channel(job.channel_id)
            if isinstance(thread, discord.Thread):
                await thread.edit(archived=False)
                return Unclear(retry_after_s=0.5)
        except TROUBLE as error:
            log.info("could not open the thread again", extra={"job": job.code, "why": type(error).__name__})
        return MayNot(missing="Manage Threads")

    async def find_post(self, job: Job, since: float) -> Posted | Unclear | None:
        try:
            message = await self._find(job, since - 60.0, with_file=True)
        except discord.NotFound:
            return None
        except TROUBLE:
            return Unclear(retry_after_s=10.0)
        return Posted(message_id=message.id, channel_id=job.channel_id) if message is not None else None

    async def _find(self, job: Job, since: float, *, with_file: bool) -> discord.Message | None:
        """Our own message of this job in its channel, younger than `since` (UTC seconds)."""
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        after = discord.Object(id=discord.utils.time_snowflake(datetime.fromtimestamp(since, tz=UTC)))
        async for message in channel.history(limit=_LOOK_BACK, after=after, oldest_first=True):
            own = self._client.user is not None and message.author.id == self._client.user.id
            if own and is_ours(message, job.id) and bool(message.attachments) == with_file:
                return message
        return None

    async def answered(self, job: Job) -> int | Unclear | None:
        try:
            if job.interaction_id is None:
                return await self._answered_reply(job)
            if job.interaction_token and self._age(job.interaction_id) < TOKEN_LIFE_S:
                return await self._original(job, job.interaction_token)
            message = await self._find(job, job.created_at - 60.0, with_file=False)
        except (discord.NotFound, discord.Forbidden):
            return None
        except TROUBLE:
            return Unclear(retry_after_s=3.0)
        return message.id if message is not None else None

    async def _original(self, job: Job, token: str) -> int | None:
        route = Route("GET", f"/webhooks/{self._client.application_id}/{token}/messages/@original")
        found = await self._client.http.request(route)
        rows = found.get("components", [])
        ids = [child.get("custom_id", "") for row in rows for child in row.get("components", [])]
        return int(found["id"]) if any(each.startswith(f"v1:{job.id}:") for each in ids) else None

    async def _answered_reply(self, job: Job) -> int | None:
        """A reply has no interaction: the first line, sent under a nonce of its own, is the proof."""
        if self._clock.now() - job.created_at > NONCE_WINDOW_S:
            message = await self._find(job, job.created_at - 60.0, with_file=False)
            if message is not None:
                return message.id
        return await self.first_line(job)

    async def first_line(self, job: Job) -> int:
        """Answer a reply with its status message; said once, however often it is tried. Raises Discord's errors."""
        notice = Queued(place=1, length=1)
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        message = await channel.send(
            self.lines.text(job, notice),
            nonce=f"{job.id}s0",
            view=view_for(job, notice),  # type: ignore[arg-type]  # a queued job always has a button
            allowed_mentions=discord.AllowedMentions.none(),
            reference=_order_of(job),  # type: ignore[arg-type]
        )
        return message.id

    def _age(self, snowflake: int) -> float:
        return self._clock.now() - discord.utils.snowflake_time(snowflake).timestamp()


def _order_of(job: Job) -> discord.MessageReference | None:
    """A job that was asked for by a reply answers that reply."""
    if job.source_message_id is None:
        return None
    return discord.MessageReference(
        message_id=job.source_message_id, channel_id=job.channel_id, guild_id=job.guild_id, fail_if_not_exists=False
    )
