"""Votes for the takes of a comparison, and the moment its models are named: by its author, or after a day."""

import logging
from collections.abc import Callable
from dataclasses import replace

import discord

from bot.background import run_every
from bot.chat.components.interactions import (
    DISCORD_ERRORS,
    Interaction,
    announce,
    is_refusal,
    place_of,
    reply_privately,
)
from bot.chat.delivery.take_posts import content_of, view_of
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.i18n import _, use_locale
from bot.jobs.bundle import COMPARED_FOR_S
from bot.jobs.errors import NotYours
from bot.jobs.job import Job, State
from bot.ports.clock import Clock
from bot.ports.comparisons import Comparisons
from bot.ports.job_store import JobStore
from bot.ports.shards import all_servers

log = logging.getLogger("retake.chat")

LOOK_EVERY_S = 60.0


class ComparisonHandler:
    """Counts votes and reveals models, also of comparisons that an earlier process posted.

    `is_ours` returns whether a server is on the shards of this process.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        comparisons: Comparisons,
        video_access: VideoAccess,
        title_of: Callable[[Job], str],
        is_ours: Callable[[int], bool] = all_servers,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._comparisons = comparisons
        self._video_access = video_access
        self._title_of = title_of
        self._unshown: set[str] | None = None  # revealed bundles whose message may not say so; None: not read yet
        self._is_ours = is_ours

    async def vote(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        """Count a vote, move it, or take it back.

        Raise SourceNotFound if the member may not see the video, or AnswerExpired if nobody could be told: the next
        press would take the vote back.
        """
        job = await self._video_access.allowed(job, member, place_of(interaction), AccessLevel.SEE)
        if not job.bundle.hidden:  # the message is old: an edit of it had failed
            await self._show(interaction, await self._jobs(job))
            return
        await announce(interaction)
        counted = await self._comparisons.vote(job, member.id, self._clock.now())
        said = _("Your vote counts for {place}. Press it again to take it back.") if counted else _("Vote taken back.")
        await reply_privately(interaction, said.format(place=job.bundle.bundle_place))

    async def reveal(self, interaction: Interaction, member: discord.Member, job: Job) -> None:
        """Name the models, for the author of the comparison. Raise NotYours."""
        if member.id != job.user_id:
            raise NotYours
        bundle_id = job.bundle.bundle_id or ""
        await self._store.bundles.reveal(bundle_id, self._clock.now())
        if self._unshown is not None:
            self._unshown.add(bundle_id)
        await self._show(interaction, await self._jobs(job))
        if self._unshown is not None:
            self._unshown.discard(bundle_id)

    async def _jobs(self, job: Job) -> list[Job]:
        """Return the takes of a comparison that its message has."""
        jobs = await self._store.bundles.jobs(job.bundle.bundle_id or "")
        return [each for each in jobs if each.state is State.DELIVERED and each.post.deleted_at is None]

    async def _show(self, interaction: Interaction, jobs: list[Job]) -> None:
        text = await self._text(jobs)
        await interaction.response.edit_message(content=text, view=view_of(jobs))

    async def _text(self, jobs: list[Job]) -> str:
        votes = await self._comparisons.votes(jobs[0].bundle.bundle_id or "")
        return content_of(jobs, (), votes, self._title_of)

    async def run(self) -> None:
        """Reveal what is due, also of earlier processes, until cancelled."""
        sleep = self._clock.sleep
        await run_every(LOOK_EVERY_S, self.run_once, sleep=sleep, log=log, failure="could not reveal comparisons")

    async def run_once(self) -> None:
        """Reveal the comparisons of a day ago. One whose message can't be edited now is tried again."""
        now = self._clock.now()
        await self._repair(now)
        for bundle_id in await self._comparisons.due(now - COMPARED_FOR_S):
            jobs = await self._store.bundles.jobs(bundle_id)
            if not all(job.ended for job in jobs) or not self._is_ours(jobs[0].guild_id):
                continue
            posted = await self._jobs(jobs[0])
            if not posted or await self._edit(posted, now):
                await self._store.bundles.reveal(bundle_id, now)  # last, so that a crash in between is repaired

    async def _repair(self, now: float) -> None:
        """Name the models in the messages of comparisons that were revealed while an edit failed or a process died."""
        if self._unshown is None:
            self._unshown = set(await self._comparisons.revealed(now - COMPARED_FOR_S))
        for bundle_id in sorted(self._unshown):
            jobs = await self._store.bundles.jobs(bundle_id)
            if jobs and not self._is_ours(jobs[0].guild_id):
                self._unshown.discard(bundle_id)
                continue
            posted = await self._jobs(jobs[0]) if jobs else []
            if len(posted) < len(jobs) or await self._edit(posted, now):  # what is left of a deletion was edited by it
                self._unshown.discard(bundle_id)

    async def _edit(self, jobs: list[Job], now: float) -> bool:
        """Name the models in the message. Return False if it should be tried again."""
        shown = [replace(job, bundle=replace(job.bundle, revealed_at=now)) for job in jobs]
        first = shown[0]
        channel = self._client.get_partial_messageable(
            first.post.result_channel_id or first.channel_id, guild_id=first.guild_id
        )
        try:
            with use_locale(first.locale):
                text, view = await self._text(shown), view_of(shown)
            message = channel.get_partial_message(first.post.message_id or 0)
            await message.edit(content=text, view=view, allowed_mentions=discord.AllowedMentions.none())
        except DISCORD_ERRORS as error:
            log.info("a comparison was not revealed in its message", extra={"why": type(error).__name__})
            return is_refusal(error)
        return True
