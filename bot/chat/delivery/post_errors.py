"""Classify Discord's answer to a post: not posted, never postable, or unknown."""

import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.jobs.job import Job
from bot.ports.publisher import (
    ChannelGone,
    ContentBlocked,
    Delivery,
    MissingAccess,
    PostedThenDeleted,
    TooLarge,
    UnknownOutcome,
)

log = logging.getLogger("retake.chat")

# Discord's codes. Source: reference/reliability.md 2.5, reference/discord.md 3
_TOO_LARGE = frozenset({40005, 50045})
_BLOCKED = frozenset({200000, 20009, 240000})
_NO_HISTORY = 160002
_NEEDED = ("view_channel", "send_messages", "send_messages_in_threads", "attach_files", "read_message_history")
_NO_CHANNEL, _NO_MESSAGE, _ARCHIVED = 10003, 10008, 50083


async def classify_post_error(client: discord.Client, job: Job, error: Exception) -> Delivery:
    """Map an error to a delivery result. Discord's code takes precedence over the HTTP status."""
    match error:
        case discord.HTTPException(code=code) if code == _NO_CHANNEL:
            return ChannelGone()
        case discord.HTTPException(code=code) if code == _NO_MESSAGE:
            return PostedThenDeleted()
        case discord.HTTPException(status=status, code=code) if status == 413 or code in _TOO_LARGE:
            return TooLarge()
        case discord.HTTPException(code=code) if code in _BLOCKED:
            return ContentBlocked()
        case discord.HTTPException(code=code) if code == _ARCHIVED:
            return await _unarchive(client, job)
        case discord.HTTPException(code=code) if code == _NO_HISTORY:
            return MissingAccess(missing=("read_message_history",))
        case discord.Forbidden():
            return MissingAccess(missing=_NEEDED)
        case discord.HTTPException(status=400):
            log.error("Discord did not understand a post", extra={"job": job.code, "code": error.code})
            return ContentBlocked()
        case discord.RateLimited(retry_after=retry_after):
            return UnknownOutcome(retry_after_s=retry_after)
    log.info("no clear answer to a post", extra={"job": job.code, "why": type(error).__name__})
    return UnknownOutcome()


async def _unarchive(client: discord.Client, job: Job) -> Delivery:
    """Unarchive the job's thread so that the post can be retried."""
    try:
        thread = await client.fetch_channel(job.channel_id)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)
            return UnknownOutcome(retry_after_s=0.5)
    except DISCORD_ERRORS as error:
        log.info("could not open the thread again", extra={"job": job.code, "why": type(error).__name__})
    return MissingAccess(missing=("manage_threads",))
