"""Post a job's status message once, and find out after a restart whether its request was answered."""

import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import discord
from discord.http import Route

from bot.chat.components.buttons import is_ours, is_result
from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.delivery.post_errors import is_blocked
from bot.chat.delivery.status_messages import StatusMessages, view_for
from bot.chat.discord_errors import pause_s
from bot.chat.text import job_text
from bot.i18n import _, use_locale
from bot.jobs.job import ANSWERED, Job
from bot.jobs.status import JobStatus, Queued, Undoable
from bot.ports.publisher import UnknownOutcome

log = logging.getLogger("retake.chat")

EPHEMERAL = 1 << 6
INVALID_TOKEN = 50027  # Discord's code for an interaction that is older than 15 minutes
RETRY_S = 3.0
CLOCK_ERROR_S = 900.0  # Discord's messages have Discord's time, which may differ from ours


class TokenExpired(Exception):
    """An interaction's token works for 15 minutes. Its answer can't be looked up any more."""


def is_final(error: Exception) -> bool:
    """Return whether Discord refuses a message so that posting it again is useless."""
    return is_refusal(error) or (isinstance(error, discord.HTTPException) and is_blocked(error))


class FirstStatus:
    """Posts status messages: regular messages, so that replies to them reach the bot.

    A command is answered with a message that only its author sees. Discord's copy of that answer is what proves, after
    a crash, that this process won the interaction; its id is stored before the status message is posted.
    """

    def __init__(self, client: discord.Client, lines: StatusMessages) -> None:
        self._client = client
        self._lines = lines

    async def post(self, job: Job, notice: JobStatus | None = None) -> int:
        """Post the status message; a repeated call posts it once. Return its id. Raise Discord's errors."""
        if notice is None:
            notice = Queued(place=1, length=1) if job.send_after is None else Undoable(until=job.send_after)
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)

        def send(text: str) -> Coroutine[Any, Any, discord.Message]:
            return channel.send(
                text,
                nonce=f"{job.id}s0",
                view=view_for(job, notice),  # type: ignore[arg-type]  # a queued job always has a button
                allowed_mentions=discord.AllowedMentions.none(),
                reference=order_of(job),  # type: ignore[arg-type]  # None is what the library's own default is
            )

        return (await self._lines.send(job, notice, send)).id

    async def find(self, job: Job) -> int | UnknownOutcome | None:
        """Return the id of a job's status message, which is posted now if it wasn't. None if nobody was answered."""
        try:
            if job.interaction_id is None:
                return await self._post_or_find(job)
            answer_id = job.post.status_message_id if job.interaction_token == ANSWERED else None
            if answer_id is None:
                try:
                    answer = await self._original(job)
                except TokenExpired:
                    return await self._find_or_apologize(job)
                if answer is None or not answer[1]:
                    return answer[0] if answer is not None else None
                answer_id = answer[0]
        except DISCORD_ERRORS as error:
            return None if is_final(error) else UnknownOutcome(retry_after_s=pause_s(error, RETRY_S))
        try:
            return await self._post_or_find(job)
        except DISCORD_ERRORS as error:
            log.info("no status message", extra={"job": job.code, "why": type(error).__name__})
            return answer_id if is_final(error) else UnknownOutcome(retry_after_s=pause_s(error, RETRY_S))

    async def _post_or_find(self, job: Job) -> int:
        """Post the status message unless it's there: its nonce works for minutes only, and our clock may be wrong."""
        message = await self._find(job)
        return message.id if message is not None else await self.post(job)

    async def _find(self, job: Job) -> discord.Message | None:
        return await find_message(self._client, job, job.created_at - CLOCK_ERROR_S, with_file=False)

    async def _original(self, job: Job) -> tuple[int, bool] | None:
        """Return the id of the interaction's answer and whether it's private, or None if it isn't this job's.

        Raise TokenExpired if Discord no longer says. Discord decides that: our clock may be wrong.
        """
        token = job.interaction_token
        if not token:
            raise TokenExpired
        route = Route("GET", f"/webhooks/{self._client.application_id}/{token}/messages/@original")
        try:
            found = await self._client.http.request(route)
        except discord.HTTPException as error:
            if error.code == INVALID_TOKEN:
                raise TokenExpired from error
            raise
        rows = found["components"]  # a KeyError: an answer that can't be read, so the outcome stays unknown
        ids = [child.get("custom_id", "") for row in rows for child in row["components"]]
        if not any(each.startswith(f"v1:{job.id}:") for each in ids):
            return None
        return int(found["id"]), bool(int(found.get("flags") or 0) & EPHEMERAL)

    async def _find_or_apologize(self, job: Job) -> int | None:
        """Return the id of a message of this job, or None and say that the job was never started.

        The token has expired, so it can't be known whether the member has seen an answer.
        """
        message = await self._find(job)
        if message is not None or not job.user_id:  # the member has deleted their data
            return message.id if message is not None else None
        with use_locale(job.locale):
            text = _(
                "{member} I was offline right after you asked for {code}, so I never started it. Nothing was charged. "
                "Ask for it again."
            ).format(member=f"<@{job.user_id}>", code=job.code)
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        await channel.send(text, nonce=f"{job.id}a0", allowed_mentions=job_text.requester_only(job))
        return None


async def find_message(client: discord.Client, job: Job, since: float, *, with_file: bool) -> discord.Message | None:
    """Find our message of a job in its channel, newer than `since` (UTC seconds). Raise Discord's errors."""
    channel = client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
    after = discord.Object(id=discord.utils.time_snowflake(datetime.fromtimestamp(since, tz=UTC)))
    # Reads to the end: in a busy channel, a clip further down would otherwise be posted twice. No time limit
    # either, because our clock may be wrong.
    async for message in channel.history(limit=None, after=after, oldest_first=True):
        own = client.user is not None and message.author.id == client.user.id
        if own and is_ours(message, job.id) and is_result(message) == with_file:
            return message
    return None


def order_of(job: Job) -> discord.MessageReference | None:
    """Return the reply that requested a job, or None."""
    if job.source_message_id is None:
        return None
    return discord.MessageReference(
        message_id=job.source_message_id, channel_id=job.channel_id, guild_id=job.guild_id, fail_if_not_exists=False
    )
