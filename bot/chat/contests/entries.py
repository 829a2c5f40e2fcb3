"""Entries of a contest: by button or by a member's own star, one per member."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.permissions.gallery_readers import all_readers_may_see, channel_of
from bot.jobs.job import Job, State
from bot.ports.contests import Contest, ContestEntry, ContestRepository
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

CUP = "\N{TROPHY}"
MOST_CHOICES = 25
_READ = 100  # a member's newest videos


class ContestEntries:
    """Decides which videos can enter, and stores entries."""

    def __init__(self, client: discord.Client, *, store: JobStore, repositories: Repositories) -> None:
        self._client = client
        self._store = store
        self._queries = repositories.job_queries
        self._contests: ContestRepository = repositories.contests
        self._lock = asyncio.Lock()  # stars take effect in the order in which Discord sends them

    def can_enter(self, contest: Contest, job: Job, user_id: int) -> bool:
        """Return whether a video is this member's, made since the contest began, and visible to all its readers."""
        guild = self._client.get_guild(contest.guild_id)
        if guild is None or not _is_eligible(contest, job, user_id):
            return False
        source = guild.get_channel_or_thread(_place_of(job))
        return _all_may_see(contest, job, guild.get_channel_or_thread(contest.channel_id), source)

    async def still_can_enter(self, contest: Contest, job: Job, user_id: int, *, fetch: bool = True) -> bool:
        """Return whether an entry can enter now. With `fetch`, read threads that aren't cached. Raise Unreachable."""
        guild = self._client.get_guild(contest.guild_id)
        if not fetch:
            return self.can_enter(contest, job, user_id)
        if guild is None or not _is_eligible(contest, job, user_id) or await self._store.has_withdrawn(job):
            return False
        place = await channel_of(self._client, guild, contest.channel_id)
        return _all_may_see(contest, job, place, await channel_of(self._client, guild, _place_of(job)))

    async def choices(self, contest: Contest, user_id: int) -> list[Job]:
        """List a member's videos that can enter, newest first."""
        jobs = await self._queries.of_member(contest.guild_id, user_id, limit=_READ)
        return [job for job in jobs if self.can_enter(contest, job, user_id)][:MOST_CHOICES]

    async def enter(self, contest: Contest, job: Job, *, by_star: bool) -> None:
        """Make a video its requester's entry, in place of an earlier one."""
        entry = ContestEntry(
            contest_id=contest.id, user_id=job.user_id, guild_id=contest.guild_id, job_id=job.id, by_star=by_star
        )
        await self._contests.enter(entry)

    async def on_own_star(self, job: Job, now: float) -> None:
        """Enter a video that its requester has starred, unless they have chosen an entry by button."""
        contest = await self._contests.of_server(job.guild_id)
        if contest is None or contest.result is not None or now >= contest.ends_at:
            return
        async with self._lock:
            known = await self._contests.entry(contest.id, job.user_id)
            free = known is None or (known.by_star and known.job_id != job.id)
            if not free or not self.can_enter(contest, job, job.user_id):
                return
            await self.enter(contest, job, by_star=True)
        await self._show(job, entered=True)

    async def on_own_star_removed(self, message_id: int, user_id: int) -> None:
        """Take back an entry that was entered by a star."""
        job = await self._store.by_message(message_id)
        contest = await self._contests.of_server(job.guild_id) if job is not None and job.user_id == user_id else None
        if job is None or contest is None or contest.result is not None:
            return
        async with self._lock:
            known = await self._contests.entry(contest.id, user_id)
            if known is None or not known.by_star or known.job_id != job.id:
                return
            await self._contests.withdraw(contest.id, user_id)
        await self._show(job, entered=False)

    async def _show(self, job: Job, *, entered: bool) -> None:
        """Add a trophy to a video that was entered by a star, or remove it."""
        me = self._client.user
        channel = self._client.get_partial_messageable(
            job.post.result_channel_id or job.channel_id, guild_id=job.guild_id
        )
        message = channel.get_partial_message(job.post.message_id or 0)
        try:
            if entered:
                await message.add_reaction(CUP)
            elif me is not None:
                await message.remove_reaction(CUP, me)
        except DISCORD_ERRORS as error:
            log.info("could not add a reaction", extra={"why": type(error).__name__})

    async def counted(
        self, contest: Contest, count: Callable[[Job], Awaitable[int]], *, fetch: bool = True
    ) -> list[tuple[Job, int]]:
        """List the entries that still can enter with their stars, the most starred first, then the earliest.

        `fetch` is as for `still_can_enter`. Raise Unreachable.
        """
        found: list[tuple[Job, int]] = []
        for entry in await self._contests.entries(contest.id):
            job = await self._store.job(entry.job_id)
            if job is not None and await self.still_can_enter(contest, job, entry.user_id, fetch=fetch):
                found.append((job, await count(job)))
        return sorted(found, key=lambda each: (-each[1], each[0].post.delivered_at or 0.0))


def _is_eligible(contest: Contest, job: Job, user_id: int) -> bool:
    """Return whether a video is this member's, posted since the contest began, and open to others."""
    at = job.post.delivered_at
    if job.guild_id != contest.guild_id or job.user_id != user_id or job.imported or job.no_remix:
        return False
    there = job.state is State.DELIVERED and job.post.deleted_at is None
    return there and at is not None and at >= contest.started_at


def _place_of(job: Job) -> int:
    return job.post.result_channel_id or job.channel_id


def _all_may_see(contest: Contest, job: Job, place: object, source: object) -> bool:
    """Return whether everyone who can read the contest's channel may see a video. `place`, `source`: their channels."""
    channel = place.parent if isinstance(place, discord.Thread) else place
    if not isinstance(channel, discord.abc.GuildChannel):
        return False
    return _place_of(job) == contest.channel_id or all_readers_may_see(channel, source)
