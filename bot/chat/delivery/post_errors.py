"""Classify Discord's answer to a post: not posted and why, never postable, or unknown."""

import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.delivery.post_obstacles import ParentOf, no_parent, obstacles
from bot.chat.discord_errors import pause_s
from bot.jobs.job import Job
from bot.jobs.kept import THREAD_LOCKED, BlockedBy
from bot.ports.publisher import (
    ChannelGone,
    ContentBlocked,
    Delivery,
    MessageInvalid,
    MissingAccess,
    PostedThenDeleted,
    TooLarge,
    UnknownOutcome,
)

log = logging.getLogger("retake.chat")

# Discord's codes. Source: reference/reliability.md 2.5, reference/discord.md 3
_TOO_LARGE = frozenset({40005, 50045})
_BLOCKED: dict[int, BlockedBy] = {200000: "automod", 200001: "automod", 20009: "explicit", 240000: "links"}
_NO_CHANNEL, _NO_GUILD, _NO_MESSAGE = 10003, 10004, 10008
_NO_ACCESS, _NO_PERMISSION, _NO_HISTORY = 50001, 50013, 160002
_THREAD_LOCKED, _ARCHIVED = 160005, 50083
_INTERNAL_ERROR = 40333
_TRY_AGAIN_S, _LOOK_AGAIN_S = 5.0, 2.0


def is_blocked(error: discord.HTTPException) -> bool:
    """Return whether Discord has rejected a message for its words or links."""
    return error.code in _BLOCKED


async def classify_post_error(
    client: discord.Client, job: Job, error: Exception, parent_of: ParentOf = no_parent
) -> Delivery:
    """Map an error to a delivery result. Discord's code takes precedence over the HTTP status.

    An answer without a code isn't Discord's: the page of a proxy or a firewall, which says nothing about the post.
    `parent_of` is as for `obstacles`.
    """
    if isinstance(error, discord.RateLimited):
        return UnknownOutcome(retry_after_s=error.retry_after)
    if (
        isinstance(error, discord.HTTPException)
        and (delivery := await _by_code(client, job, error, parent_of)) is not None
    ):
        return delivery
    log.info("no clear answer to a post", extra={"job": job.code, "why": type(error).__name__})
    return UnknownOutcome(retry_after_s=pause_s(error, _LOOK_AGAIN_S))


async def _by_code(
    client: discord.Client, job: Job, error: discord.HTTPException, parent_of: ParentOf
) -> Delivery | None:
    code = error.code
    if error.status == 413 or code in _TOO_LARGE:
        return TooLarge(by_discord=code in _TOO_LARGE)
    if code in (0, _INTERNAL_ERROR):
        return UnknownOutcome(retry_after_s=pause_s(error, _TRY_AGAIN_S)) if error.status < 500 else None
    if code == _NO_CHANNEL:
        return ChannelGone()
    if code == _NO_GUILD:  # the bot isn't on the server, and may be invited again
        return MissingAccess(missing=("view_channel",))
    if code == _NO_MESSAGE:
        return PostedThenDeleted()
    if code in _BLOCKED:
        return ContentBlocked(by=_BLOCKED[code])
    if code == _ARCHIVED:
        return await _unarchive(client, job, parent_of)
    if (missing := await _missing(client, job, error, parent_of)) is not None:
        return MissingAccess(missing=missing)
    if error.status == 400:
        log.error("Discord did not understand a post", extra={"job": job.code, "code": code})
        return MessageInvalid(code=code)
    return None


async def _missing(
    client: discord.Client, job: Job, error: discord.HTTPException, parent_of: ParentOf
) -> tuple[str, ...] | None:
    """Return what keeps the bot from posting, as the code says, and for a permission as the server's roles say."""
    match error.code:
        case code if code == _NO_HISTORY:
            return ("read_message_history",)
        case code if code == _THREAD_LOCKED:
            return (THREAD_LOCKED,)
        case code if code in (_NO_ACCESS, _NO_PERMISSION) or isinstance(error, discord.Forbidden):
            return await obstacles(client, job, parent_of, sees=error.code != _NO_ACCESS)
    return None


async def _unarchive(client: discord.Client, job: Job, parent_of: ParentOf) -> Delivery:
    """Unarchive the job's thread so that the post can be retried."""
    is_locked = False
    try:
        thread = await client.fetch_channel(job.channel_id)
        if not isinstance(thread, discord.Thread):
            return UnknownOutcome()
        is_locked = thread.locked
        if is_locked and not _may_unlock(thread):
            return MissingAccess(missing=(THREAD_LOCKED,))
        await thread.edit(archived=False)
        return UnknownOutcome(retry_after_s=0.5)
    except DISCORD_ERRORS as error:
        log.info("could not open the thread again", extra={"job": job.code, "why": type(error).__name__})
        if isinstance(error, discord.HTTPException) and error.code not in (0, _INTERNAL_ERROR):
            if is_locked:
                return MissingAccess(missing=(THREAD_LOCKED,))
            if isinstance(error, discord.Forbidden):
                return MissingAccess(missing=await obstacles(client, job, parent_of, sees=error.code != _NO_ACCESS))
        return UnknownOutcome(retry_after_s=pause_s(error, _TRY_AGAIN_S))


def _may_unlock(thread: discord.Thread) -> bool:
    """Return whether the bot may open a locked thread. Without the gateway that isn't known, so Discord decides."""
    if thread.parent is None or thread.guild.unavailable:
        return True
    return thread.permissions_for(thread.guild.me).manage_threads
