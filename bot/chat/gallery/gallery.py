"""The servers' galleries: show each video with enough stars once, and take it down when it no longer belongs there."""

import asyncio
import logging
from dataclasses import replace

import discord

from bot.background import wait_for_event
from bot.chat.delivery.publisher import is_spoiler
from bot.chat.gallery.gallery_posts import GalleryPosts, SourceDeletedError, after_post
from bot.chat.gallery.gallery_rules import GalleryRules
from bot.chat.permissions.video_access import check_own
from bot.jobs.errors import MissingPermissions
from bot.jobs.job import Job
from bot.jobs.provider_errors import Unreachable
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.gallery import Shown
from bot.ports.job_store import JobStore
from bot.ports.publisher import NONCE_WINDOW_S, POST_TIMEOUT_S, UnknownOutcome
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

LOOK_EVERY_S = 30.0  # for posts that are due
COLLECT_EVERY_S = 600.0  # for videos that should be in a gallery and aren't
STARS_SINCE_S = 7 * 86_400.0
AGAIN_S = 600.0  # after a post was taken down or refused
RETRY_S = 60.0
MOST_RECHECKED = 1000  # posts of a server


class Gallery:
    """Brings each post in line with its video, one at a time. What is to be done follows from the rows alone."""

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        repositories: Repositories,
        job_service: JobService,
        rules: GalleryRules,
        posts: GalleryPosts,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._repositories = repositories
        self._rows = repositories.gallery
        self._job_service = job_service
        self._rules = rules
        self._posts = posts
        self._pending: dict[str, None] = {}  # ids of jobs
        self._servers: dict[int, None] = {}  # whose posts are all to be looked at
        self._tried: set[tuple[str, int]] = set()  # job and epoch, of this process
        self._new = asyncio.Event()
        self._lock = asyncio.Lock()

    def schedule(self, job_id: str) -> None:
        """Look at a video's post soon: its stars or the video have changed."""
        self._pending[job_id] = None
        self._new.set()

    def schedule_server(self, guild_id: int) -> None:
        """Look at all posts and starred videos of a server soon: its settings or permissions have changed."""
        self._servers[guild_id] = None
        self._new.set()

    async def on_message_deleted(self, message_id: int) -> None:
        """Remember that a person has deleted a post, so that it isn't posted again."""
        async with self._lock:  # a post that we take down has no message in its row any more
            shown = await self._rows.by_message(message_id)
            if shown is not None:
                await self._rows.save(replace(shown, message_id=None, removed_at=self._clock.now(), due_at=None))

    async def run(self) -> None:
        """Work until cancelled, once the servers are known."""
        await self._client.wait_until_ready()
        for guild in self._client.guilds:
            self._servers[guild.id] = None  # who may see a channel may have changed while we were away
        collect_at = self._clock.monotonic()
        while True:
            self._new.clear()
            try:
                if self._clock.monotonic() >= collect_at:
                    collect_at += COLLECT_EVERY_S
                    await self.collect()
                await self.work_off()
            except Exception:
                # Kept alive: the loop. The rows are read again after the interval.
                log.exception("could not look at the galleries")
            await wait_for_event(self._new, LOOK_EVERY_S)

    async def collect(self) -> None:
        """Schedule the videos that have enough stars, one of them of the last 7 days, and no post."""
        settings: dict[int, tuple[int | None, int]] = {}
        for starred in await self._repositories.stars.unshown(self._clock.now() - STARS_SINCE_S):
            if self._client.get_guild(starred.guild_id) is None:
                continue  # it may be on the shards of another gateway
            if starred.guild_id not in settings:
                rules = await self._repositories.servers.settings(starred.guild_id)
                settings[starred.guild_id] = rules.gallery_channel_id, rules.gallery_stars
            channel_id, least = settings[starred.guild_id]
            if channel_id is not None and starred.stars >= least:
                self.schedule(starred.job_id)

    async def work_off(self) -> None:
        """Look at every post that is scheduled or due."""
        if self._servers:
            await self.collect()
        while self._servers:
            guild_id = next(iter(self._servers))
            del self._servers[guild_id]
            for shown in await self._rows.of_server(guild_id, MOST_RECHECKED):
                self._pending[shown.job_id] = None
        for shown in await self._rows.due(self._clock.now()):
            if self._client.get_guild(shown.guild_id) is not None:
                self._pending[shown.job_id] = None
        while self._pending:
            job_id = next(iter(self._pending))
            del self._pending[job_id]
            await self.settle(job_id)

    async def settle(self, job_id: str) -> None:
        """Post a video, take its post down, or leave it: as its server's settings and its stars are now."""
        async with self._lock:
            job, shown = await self._store.job(job_id), await self._rows.find(job_id)
            guild = self._client.get_guild(job.guild_id) if job is not None else None
            if job is None or guild is None or guild.unavailable:
                return
            if shown is not None and shown.removed_at is not None:
                if shown.due_at is not None:
                    await self._remove(shown)
                return
            try:
                await self._settle(job, guild, shown)
            except Unreachable:
                log.info("a gallery's post has to wait", extra={"job": job.code})
                if (row := await self._rows.find(job_id)) is not None:
                    await self._rows.save(replace(row, due_at=self._clock.now() + RETRY_S))

    async def _settle(self, job: Job, guild: discord.Guild, shown: Shown | None) -> None:
        gallery = await self._rules.place(job, guild, shown)
        if gallery is not None and (shown is None or shown.message_id is None):
            try:
                await self._show(job, gallery, shown)
            except SourceDeletedError:
                await self._job_service.record_deletion(job.id)
                gallery = None
        if gallery is None and (row := await self._rows.find(job.id)) is not None:
            await self._take_down(row)
        elif shown is not None and shown.message_id is not None and shown.due_at is not None:
            await self._rows.save(replace(shown, due_at=None))

    async def _show(self, job: Job, gallery: discord.abc.GuildChannel, shown: Shown | None) -> None:
        now = self._clock.now()
        if shown is None:
            shown = Shown(job_id=job.id, guild_id=job.guild_id, channel_id=gallery.id)
            # A post whose row is missing: the database was restored from a backup.
            found = await self._posts.find(replace(shown, tried_at=job.post.delivered_at))
            if found is not None:
                await self._rows.save(replace(shown, message_id=found, tried_at=now))
                return
        elif shown.tried_at is None and shown.due_at is not None and shown.due_at > now:
            return  # it was just taken down or refused
        elif shown.tried_at is not None:
            shown = await self._after_try(shown)
        if shown.message_id is not None:
            return
        if shown.channel_id != gallery.id:
            shown = replace(shown, channel_id=gallery.id, epoch=shown.epoch + 1, tried_at=None)
        try:
            check_own(gallery.permissions_for(gallery.guild.me), gallery)
        except MissingPermissions:
            return  # the settings panel says so, and `collect` finds the video again
        async with self._posts.fetched(job) as clip:
            parent = await self._store.job(job.parent_id) if job.parent_id is not None else None
            text, spoiler = await self._rules.text(job, gallery), is_spoiler(job, parent)
            tried = replace(shown, tried_at=shown.tried_at or now, due_at=now + RETRY_S)
            await self._rows.save(tried)
            self._tried.add((job.id, tried.epoch))
            delivery = await self._posts.post(tried, job, text, clip, spoiler=spoiler)
        again_at = self._clock.now() + (RETRY_S if isinstance(delivery, UnknownOutcome) else AGAIN_S)
        first = shown.tried_at is None
        await self._rows.save(after_post(tried, delivery, first=first, now=self._clock.now(), again_at=again_at))
        await self._withdraw_late(job)

    async def _withdraw_late(self, job: Job) -> None:
        """Delete a post whose requester took their videos back meanwhile, perhaps in another process."""
        row = await self._rows.find(job.id)
        if row is None or row.message_id is None:
            return
        if row.removed_at is not None or await self._store.has_withdrawn(job):
            removed = replace(row, removed_at=row.removed_at or self._clock.now(), due_at=self._clock.now())
            await self._rows.save(removed)
            await self._remove(removed)

    async def _after_try(self, shown: Shown) -> Shown:
        """Return the row of a post that was tried before: with its message, to be tried again, or with a new nonce."""
        fresh = 0.0 <= self._clock.now() - (shown.tried_at or 0.0) <= NONCE_WINDOW_S
        if fresh and (shown.job_id, shown.epoch) in self._tried:
            return shown  # the same nonce is the same message
        message_id = await self._posts.find(shown)
        if message_id is not None:
            found = replace(shown, message_id=message_id, due_at=None)
            await self._rows.save(found)
            return found
        return shown if fresh else replace(shown, epoch=shown.epoch + 1, tried_at=None)

    async def _take_down(self, shown: Shown) -> None:
        """Delete a post, and keep its row for a while: a star that comes and goes posts nothing every time."""
        now, message_id = self._clock.now(), shown.message_id
        if message_id is None and shown.tried_at is None:
            if shown.due_at is None or shown.due_at <= now:
                await self._rows.drop(shown.job_id)
            return
        if message_id is None:
            message_id = await self._posts.find(shown)
            if message_id is None and now - (shown.tried_at or now) < POST_TIMEOUT_S:  # it may still arrive
                await self._rows.save(replace(shown, due_at=now + POST_TIMEOUT_S))
                return
        row = replace(shown, message_id=None, tried_at=None, epoch=shown.epoch + 1, due_at=now + AGAIN_S)
        if message_id is not None:
            # The message is deleted before the row forgets it; if the process dies between, it's deleted twice.
            await self._posts.delete(replace(shown, message_id=message_id))
        await self._rows.save(row)

    async def withdraw(self, job_id: str) -> None:
        """Delete a video's post for good: its requester takes their videos back."""
        async with self._lock:
            shown = await self._rows.find(job_id)
            if shown is not None:
                now = self._clock.now()
                removed = replace(shown, removed_at=shown.removed_at or now, due_at=now)
                await self._rows.save(removed)
                await self._remove(removed)

    async def _remove(self, shown: Shown) -> None:
        """Delete the message of a post that is removed for good, or schedule that again."""
        message_id = shown.message_id
        try:
            if message_id is None and shown.tried_at is not None:
                message_id = await self._posts.find(shown)
            if message_id is not None:
                await self._posts.delete(replace(shown, message_id=message_id))
        except Unreachable:
            await self._rows.save(replace(shown, due_at=self._clock.now() + RETRY_S))
        else:
            await self._rows.save(replace(shown, message_id=None, due_at=None))
