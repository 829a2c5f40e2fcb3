"""Count the stars on videos: live, and after a start those that were given or taken away in the meantime."""

import asyncio
import logging

import discord

from bot.background import TaskSet
from bot.chat.components.interactions import DISCORD_ERRORS, is_gone
from bot.chat.contests.entries import ContestEntries
from bot.chat.gallery.gallery import Gallery
from bot.chat.gallery.gallery_posts import SourceDeletedError
from bot.jobs.job import Job
from bot.jobs.provider_errors import Unreachable
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.gallery import Star
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

STAR = "\N{WHITE MEDIUM STAR}"
LOOK_BACK_S = 7 * 86_400.0
MOST_VIDEOS = 200  # per server, read after a start
NEW_AFTER_S = (1.0, 5.0, 20.0)
MOST_WAITING = 50
_KINDS = (discord.ReactionType.normal, discord.ReactionType.burst)
_READS = 3  # of one message, if its stars change meanwhile


class Stars:
    """Stores who has starred a video: each member once, not its requester, no bots.

    The requester's own star enters their video in a contest.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        job_service: JobService,
        repositories: Repositories,
        gallery: Gallery,
        entries: ContestEntries,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._job_service = job_service
        self._repositories = repositories
        self._stars = repositories.stars
        self._gallery = gallery
        self._entries = entries
        self._lock = asyncio.Lock()  # events take effect in the order in which Discord sends them
        self._one_read = asyncio.Lock()
        self._reading = (0, False)  # the message that is being read, and whether an event has changed it since
        self._tasks = TaskSet()

    async def on_add(self, event: discord.RawReactionActionEvent) -> None:
        """Count a star."""
        member, me = event.member, self._client.user
        if not is_star(event.emoji) or member is None or member.bot or me is None:
            return
        if event.message_author_id not in (None, me.id):
            return
        async with self._lock:
            self._mark_changed(event.message_id)
            job = await self._store.by_message(event.message_id)
            if job is None and event.message_author_id is not None:
                self._read_later(event.message_id)
            if job is None or not _counts(job, event.message_id) or job.guild_id != event.guild_id:
                return
            now = self._clock.now()
            if member.id != job.user_id:
                await self._stars.add(
                    Star(message_id=event.message_id, user_id=member.id, job_id=job.id, guild_id=job.guild_id, at=now)
                )
        if member.id == job.user_id:
            await self._entries.on_own_star(job, now)
        else:
            self._gallery.schedule(job.id)

    async def on_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take a member's star off."""
        if is_star(event.emoji) and event.guild_id is not None:
            async with self._lock:
                self._mark_changed(event.message_id)
                job_id = await self._stars.remove(event.message_id, event.user_id)
            self._look_at(job_id)
            if job_id is None:
                await self._entries.on_own_star_removed(event.message_id, event.user_id)

    async def on_clear(self, message_id: int) -> None:
        """Take every star off a message: a moderator has removed its reactions."""
        async with self._lock:
            self._mark_changed(message_id)
            job_id, job = await self._stars.clear(message_id), await self._store.by_message(message_id)
        self._look_at(job_id)
        if job is not None:
            await self._entries.on_own_star_removed(message_id, job.user_id)

    def _read_later(self, message_id: int) -> None:
        """Read the stars of a message of ours that may be a video which isn't stored as posted yet."""
        if self._tasks.get(message_id) is None and len(self._tasks) < MOST_WAITING:
            self._tasks.start(self._read_new(message_id), name=f"stars-{message_id}", key=message_id)

    async def _read_new(self, message_id: int) -> None:
        for wait_s in NEW_AFTER_S:
            await self._clock.sleep(wait_s)
            job = await self._store.by_message(message_id)
            if job is not None:
                await self.read(job)
                return

    def _mark_changed(self, message_id: int) -> None:
        if message_id == self._reading[0]:
            self._reading = (message_id, True)

    def _look_at(self, job_id: str | None) -> None:
        if job_id is not None:
            self._gallery.schedule(job_id)

    def catch_up(self) -> None:
        """Read the stars of the last days' videos in the background, unless they're being read."""
        if self._tasks.get("stars") is None:
            self._tasks.start(self._read_all(), name="missed-stars", key="stars")

    async def _read_all(self) -> None:
        since = self._clock.now() - LOOK_BACK_S
        for guild in list(self._client.guilds):
            videos = {job.id: job for job in await self._stars.recent(guild.id, since, MOST_VIDEOS)}
            for shown in await self._repositories.gallery.of_server(guild.id, MOST_VIDEOS):
                job = await self._store.job(shown.job_id)
                if job is not None and job.post.deleted_at is None:
                    videos.setdefault(job.id, job)
            for job in videos.values():
                try:
                    await self.read(job)
                except Exception:
                    # Kept alive: the task. The other videos are read all the same.
                    log.exception("could not read the stars of a video", extra={"job": job.code})

    async def read(self, job: Job) -> bool:
        """Make the stars of a video those that its message has now. A message that is gone counts as deleted.

        Return False if Discord doesn't answer, or doesn't show the message.
        """
        if not _counts(job, job.post.message_id or 0):
            return True
        try:
            async with self._one_read:
                own = await self._read(job)
        except Unreachable as error:
            log.info("could not look for stars", extra={"job": job.code, "why": type(error.__cause__).__name__})
            return False
        except SourceDeletedError:
            await self._job_service.record_deletion(job.id)
            self._gallery.schedule(job.id)
            return True
        self._gallery.schedule(job.id)
        if own:
            await self._entries.on_own_star(job, self._clock.now())
        else:
            await self._entries.on_own_star_removed(job.post.message_id or 0, job.user_id)
        return True

    async def _read(self, job: Job) -> bool:
        """Store a video's stars, and return whether its requester has starred it. Raise as `_starred_by` does."""
        message_id, user_ids = job.post.message_id or 0, set[int]()
        for _again in range(_READS):
            self._reading = (message_id, False)
            user_ids = await self._starred_by(job)
            async with self._lock:
                if self._reading == (message_id, False):  # else what was read may be older than what was stored
                    await self._stars.replace(job, user_ids - {job.user_id}, self._clock.now())
                    break
        self._reading = (0, False)
        return job.user_id in user_ids

    async def _starred_by(self, job: Job) -> set[int]:
        """Return the members who have starred a video, with its requester. Raise SourceDeletedError or Unreachable."""
        channel_id = job.post.result_channel_id or job.channel_id
        channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        try:
            message = await channel.fetch_message(job.post.message_id or 0)
            stars = [reaction for reaction in message.reactions if is_star(reaction.emoji)]
            users = [user for star in stars for kind in _KINDS async for user in star.users(type=kind)]
        except DISCORD_ERRORS as error:
            if is_gone(error):
                raise SourceDeletedError from error
            raise Unreachable(provider="Discord") from error
        return {user.id for user in users if not user.bot}

    async def close(self) -> None:
        """Cancel the background tasks."""
        await self._tasks.close()


def is_star(emoji: discord.PartialEmoji | discord.Emoji | str) -> bool:
    """Return whether a reaction is ⭐, with or without the selector of its look."""
    return not isinstance(emoji, discord.Emoji) and str(emoji).removesuffix("\N{VARIATION SELECTOR-16}") == STAR


def _counts(job: Job, message_id: int) -> bool:
    """Return whether stars on this message count: it's a video of ours, not a status message or a member's own file."""
    return not job.imported and job.post.message_id == message_id and job.post.deleted_at is None
