"""Delete prompts and files when their retention ends, on a member's request, and of servers that the bot has left.

The rows of jobs stay, because limits, sums and family trees need them.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from bot.background import run_every
from bot.jobs.limits import day_of
from bot.worker.context import JobContext, log

if TYPE_CHECKING:
    from bot.ports.repositories import ErasableVideo, RetentionRepository

INTERVAL_S = 3600.0
GRACE_S = 7 * 86_400.0  # after the bot was removed from a server, which may have been a mistake
UNDECIDED_S = 90 * 86_400.0  # after this an open decision counts as giving up, and the price stays counted
BATCH_SIZE = 200
MAX_BATCHES = 500


class RetentionSweep:
    """Deletes hourly what retention or a request has made due.

    `drop` deletes what else exists of a job id, such as its thumbnail. `present` returns the ids of the servers that
    the bot is in, or None if that isn't known.
    """

    def __init__(
        self,
        context: JobContext,
        memory: "RetentionRepository",
        give_up: Callable[[str], Awaitable[object]],
        *,
        drop: Callable[[str], None] | None = None,
        present: Callable[[], Collection[int] | None] = lambda: None,
    ) -> None:
        self._context = context
        self._memory = memory
        self._give_up = give_up
        self._drop = drop
        self._present = present

    async def run(self) -> None:
        """Sweep now and every hour, until cancelled."""
        sleep = self._context.clock.sleep
        await run_every(INTERVAL_S, self.run_once, sleep=sleep, log=log, failure="the retention sweep failed")

    async def run_once(self) -> int:
        """Delete everything that is due. Return the number of videos whose prompt and files were deleted."""
        now, memory, count = self._context.clock.now(), self._memory, 0
        for job_id in await memory.undecided(now - UNDECIDED_S):
            await self._give_up(job_id)
        count += await self._delete_batches(lambda: memory.expired(now, BATCH_SIZE))
        for user_id in await memory.requested_deletions():
            count += await self.delete_member(user_id)
        await memory.expire_flags(now)
        await self._find_left_servers(now)
        for guild_id in await memory.left_before(now - GRACE_S):
            count += await self._delete_batches(partial(memory.of_server, guild_id, BATCH_SIZE))
            await memory.erase_server(guild_id)
            log.info("deleted the data of a server")
        if count:
            log.info("deleted prompts and files", extra={"count": count})
        return count

    async def delete_member(self, user_id: int) -> int:
        """Delete a member's data, except of jobs that still run. Return the number of videos."""
        count = 0
        now = self._context.clock.now()
        for job_id in await self._memory.undecided(now, user_id):
            await self._give_up(job_id)  # an open decision would still need the prompt
        count += await self._delete_batches(lambda: self._memory.of_member(user_id, BATCH_SIZE))
        await self._memory.erase_member(user_id, day_of(now))
        return count

    async def _delete_batches(self, find: "Callable[[], Awaitable[list[ErasableVideo]]]") -> int:
        count = 0
        for _ in range(MAX_BATCHES):  # the next sweep continues
            jobs = await find()
            count += await self._delete(jobs)
            if len(jobs) < BATCH_SIZE:
                break
        return count

    async def _delete(self, jobs: "list[ErasableVideo]") -> int:
        pictures = await self._context.store.pictures_only_of([job.job_id for job in jobs])
        await asyncio.to_thread(self._delete_files, jobs, pictures)
        await self._memory.erase(jobs)
        return len(jobs)

    def _delete_files(self, jobs: "list[ErasableVideo]", pictures: Collection[str]) -> None:
        files = self._context.files
        for digest in pictures:
            (files.pictures / digest).unlink(missing_ok=True)
        for job in jobs:
            names = {job.clip_file or f"{job.job_id}.mp4", f"{job.job_id}.received"}
            made = {job.job_id, f"{job.job_id}.last.jpg"}
            for path in (*(files.clips / name for name in names), *(files.pictures / name for name in made)):
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
            for rendition in files.clips.glob(f"{job.job_id}.*.copy"):
                rendition.unlink(missing_ok=True)
            if self._drop is not None:
                self._drop(job.job_id)

    async def _find_left_servers(self, now: float) -> None:
        """Record servers that the bot was removed from, or joined again, while it was offline."""
        present = self._present()
        if present is None:
            return
        for guild_id in await self._memory.servers():
            if guild_id in present:
                await self._memory.record_joining(guild_id)
            else:
                await self._memory.record_leaving(guild_id, now)
