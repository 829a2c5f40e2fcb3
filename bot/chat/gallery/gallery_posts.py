"""Post videos in galleries, find posts of earlier tries, and delete them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

import discord

from bot.chat.components.buttons import JobAction, buttons, is_ours
from bot.chat.components.interactions import DISCORD_ERRORS, is_gone
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.delete_message import delete_message
from bot.chat.delivery.post_errors import classify_post_error
from bot.chat.delivery.take_posts import attachment_of
from bot.chat.text.job_text import alt_text
from bot.jobs.job import Job
from bot.jobs.provider_errors import Unreachable
from bot.ports.gallery import Shown
from bot.ports.publisher import (
    POST_TIMEOUT_S,
    ChannelGone,
    ContentBlocked,
    Delivery,
    MessageInvalid,
    MissingAccess,
    Posted,
    PostedThenDeleted,
    TooLarge,
    UnknownOutcome,
)

CLOCK_ERROR_S = 900.0  # Discord's messages have Discord's time, which may differ from ours
_EPOCHS = "0123456789abcdefghijklmnopqrstuvwxyz"


class SourceDeletedError(Exception):
    """The message with the video is gone."""


class GalleryPosts:
    """The messages in galleries. `clips` is the folder in which a clip is kept while it's posted.

    Every method raises Unreachable if Discord doesn't answer, or refuses to show a message.
    """

    def __init__(self, client: discord.Client, attachments: Attachments, clips: Path) -> None:
        self._client = client
        self._attachments = attachments
        self._clips = clips

    @contextlib.asynccontextmanager
    async def fetched(self, job: Job) -> AsyncIterator[Path | None]:
        """Yield a copy of the posted clip, or None if it was posted as a link. Raise SourceDeletedError."""
        part = self._clips / f"{job.id}.gallery.part"
        url = await self._link(job)
        try:
            yield part if url is not None and await self._attachments.clip(url, part) else None
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _link(self, job: Job) -> str | None:
        channel_id = job.post.result_channel_id or job.channel_id
        channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        try:
            message = await channel.fetch_message(job.post.message_id or 0)
        except DISCORD_ERRORS as error:
            if is_gone(error):
                raise SourceDeletedError from error
            raise Unreachable(provider="Discord") from error
        file = attachment_of(message, job)
        return file.url if file is not None else None

    async def post(self, shown: Shown, job: Job, text: str, clip: Path | None, *, spoiler: bool) -> Delivery:
        """Post a video once per epoch, without its file if the server's upload limit has sunk since."""
        delivery = await self._send(shown, job, text, clip, spoiler=spoiler)
        if clip is not None and isinstance(delivery, TooLarge):
            return await self._send(shown, job, text, None, spoiler=spoiler)
        return delivery

    async def _send(self, shown: Shown, job: Job, text: str, clip: Path | None, *, spoiler: bool) -> Delivery:
        channel = self._client.get_partial_messageable(shown.channel_id, guild_id=shown.guild_id)
        name = f"{'SPOILER_' if spoiler else ''}video-{job.code}.mp4"
        files = [discord.File(clip, filename=name, description=alt_text(job) or None)] if clip is not None else []
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                message = await channel.send(
                    text,
                    nonce=nonce_of(shown),
                    view=buttons(job, JobAction.REMIX, JobAction.DETAILS),
                    allowed_mentions=discord.AllowedMentions.none(),
                    suppress_embeds=True,
                    files=files,
                )
        except DISCORD_ERRORS as error:
            return await classify_post_error(self._client, replace(job, channel_id=shown.channel_id), error)
        finally:
            for file in files:
                file.close()
        return Posted(message_id=message.id, channel_id=shown.channel_id)

    async def find(self, shown: Shown) -> int | None:
        """Return the id of the message of an earlier try, or None if there is none."""
        channel = self._client.get_partial_messageable(shown.channel_id, guild_id=shown.guild_id)
        since = datetime.fromtimestamp((shown.tried_at or CLOCK_ERROR_S) - CLOCK_ERROR_S, tz=UTC)
        after = discord.Object(id=max(0, discord.utils.time_snowflake(since)))
        try:
            async for message in channel.history(limit=None, after=after, oldest_first=True):
                own = self._client.user is not None and message.author.id == self._client.user.id
                if own and is_ours(message, shown.job_id):
                    return message.id
        except DISCORD_ERRORS as error:
            if not is_gone(error):  # without its channel there is no message
                raise Unreachable(provider="Discord") from error
        return None

    async def delete(self, shown: Shown) -> None:
        """Delete a post. One that is gone already is no error."""
        try:
            await delete_message(
                self._client, guild_id=shown.guild_id, channel_id=shown.channel_id, message_id=shown.message_id or 0
            )
        except DISCORD_ERRORS as error:
            raise Unreachable(provider="Discord") from error


def after_post(shown: Shown, delivery: Delivery, *, first: bool, now: float, again_at: float) -> Shown:
    """Return the row of a post after a try. `first`: no earlier try of its epoch can have posted it."""
    match delivery:
        case Posted(message_id=message_id):
            return replace(shown, message_id=message_id, due_at=None)
        case PostedThenDeleted() | ContentBlocked() | MessageInvalid() | TooLarge():
            return replace(shown, removed_at=now, due_at=None)
        case MissingAccess() | ChannelGone():
            return replace(shown, tried_at=None if first else shown.tried_at, due_at=again_at)
        case UnknownOutcome(retry_after_s=wait_s):
            return replace(shown, due_at=again_at if wait_s is None else now + wait_s)
        case _:
            assert_never(delivery)


def nonce_of(shown: Shown) -> str:
    """Return 24 characters, the same in every process for the same video and epoch."""
    return f"{shown.job_id}g{_EPOCHS[shown.epoch % len(_EPOCHS)]}"
