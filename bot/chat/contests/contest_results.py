"""Keep the posted results of contests in line with their entries: what was deleted leaves the message."""

import asyncio
import logging
from dataclasses import replace

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_gone
from bot.chat.text.contest_text import MOST_LISTED, result_text, winners_of
from bot.i18n import use_locale
from bot.jobs.job import Job
from bot.jobs.server_settings import DELETED_PROMPT
from bot.ports.clock import Clock
from bot.ports.contest_results import ContestResult, ContestResults, ResultLine, Shows
from bot.ports.contests import Contest
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

RETRY_S = 300.0


class PostedResults:
    """Edits results. What to do follows from the rows alone: which lines show more than they may."""

    def __init__(self, client: discord.Client, *, store: JobStore, clock: Clock, results: ContestResults) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._rows = results
        self._lock = asyncio.Lock()

    async def on_message_deleted(self, message_id: int) -> None:
        """Forget a result whose message a person has deleted."""
        await self._rows.drop(message_id)

    async def work_off(self) -> None:
        """Edit every result that shows what was deleted since."""
        async with self._lock:
            for result in await self._rows.outdated(self._clock.now()):
                guild = self._client.get_guild(result.guild_id)
                if guild is not None and not guild.unavailable:
                    with use_locale(guild.preferred_locale.value):
                        await self._edit(result)

    async def _edit(self, result: ContestResult) -> None:
        entries = [(job, line.stars) for line in result.lines if (job := await self._job(line)) is not None]
        text = result_text(result.theme, entries, winners=result.winners)
        channel = self._client.get_partial_messageable(result.channel_id, guild_id=result.guild_id)
        try:
            await channel.get_partial_message(result.message_id).edit(
                content=text, allowed_mentions=discord.AllowedMentions.none()
            )
        except DISCORD_ERRORS as error:
            if is_gone(error):
                await self._rows.drop(result.message_id)
                return
            log.info("a contest's result was not edited", extra={"why": type(error).__name__})
            await self._rows.save(replace(result, due_at=self._clock.now() + RETRY_S, lines=()))
            return
        if any(line.shows is not Shows.NOTHING for line in result.lines):
            await self._rows.save(replace(result, due_at=None))
        else:
            await self._rows.drop(result.message_id)

    async def _job(self, line: ResultLine) -> Job | None:
        """Return a line's video with what may be shown of it."""
        job = await self._store.job(line.job_id)
        if job is None or line.shows is not Shows.NOTHING:
            return job
        return replace(job, user_id=0, prompt=DELETED_PROMPT)


def posted_result(
    contest: Contest, message_id: int, entries: list[tuple[Job, int]], *, due_at: float | None
) -> ContestResult:
    """Return the row of a result that was just posted with these entries."""
    return ContestResult(
        message_id=message_id,
        guild_id=contest.guild_id,
        channel_id=contest.channel_id,
        theme=contest.theme,
        winners=len(winners_of(entries)),
        lines=tuple(ResultLine(job_id=job.id, stars=stars) for job, stars in entries[:MOST_LISTED]),
        due_at=due_at,
    )
