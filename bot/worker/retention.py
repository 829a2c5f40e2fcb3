"""Delete prompts and files when their retention ends, on a member's request, and of servers that the bot has left.

The rows of jobs stay, because limits, sums and family trees need them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from bot.background import run_every
from bot.jobs.limits import day_of
from bot.jobs.undo import UNDELETE_S
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.worker.context import JobContext, log

if TYPE_CHECKING:
    from bot.ports.presence import PresenceRepository
    from bot.ports.repositories import ErasableVideo, RetentionRepository

INTERVAL_S = 3600.0
LOOK_EVERY_S = 20.0  # whether another gateway has swept
DONE = "done:retention"  # the flag of the last sweep, if there are several gateways
GRACE_S = 7 * 86_400.0  # after the bot was removed from a server, which may have been a mistake
CONNECTED_S = 120.0  # a shard that was connected this lately knows its servers
UNDECIDED_S = 90 * 86_400.0  # after this an open decision counts as giving up, and the price stays counted
BATCH_SIZE = 200
MAX_BATCHES = 500


class RetentionSweep:
    """Deletes hourly what retention or a request has made due.

    `presence` tells which servers the bot is in, as the gateways of all processes see them.
    """

    def __init__(
        self,
        context: JobContext,
        memory: "RetentionRepository",
        give_up: Callable[[str], Awaitable[object]],
        *,
        presence: "PresenceRepository",
    ) -> None:
        self._context = context
        self._memory = memory
        self._give_up = give_up
        self._presence = presence

    async def run(self, *, beside_others: bool = False) -> None:
        """Sweep now and every hour, until cancelled. `beside_others`: of several gateways, one sweeps an hour.

        If it ends meanwhile, another one sweeps as soon as it looks.
        """
        every_s, work = (LOOK_EVERY_S, self._run_if_due) if beside_others else (INTERVAL_S, self.run_once)
        sleep = self._context.clock.sleep
        await run_every(every_s, work, sleep=sleep, log=log, failure="the retention sweep failed")

    async def run_once(self) -> int:
        """Delete everything that is due. Return the number of videos whose prompt and files were deleted.

        Of several processes, one sweeps at a time. What a bucket doesn't delete now stays due, with its row.
        """
        async with self._context.sweep_lock("retention") as held:
            return await self._sweep_reachable() if held else 0

    async def _run_if_due(self) -> None:
        """Sweep unless a gateway has done so within the hour, or does it now."""
        if not await self._is_due():
            return
        async with self._context.sweep_lock("retention") as held:
            if held and await self._is_due():  # it may have ended while we asked for the lock
                await self._sweep_reachable()
                await self._context.store.set_flag(DONE, "", self._context.clock.now())

    async def _is_due(self) -> bool:
        done = await self._context.store.get_flag(DONE)
        return done is None or not 0.0 <= self._context.clock.now() - done[1] < INTERVAL_S

    async def _sweep_reachable(self) -> int:
        try:
            return await self._sweep()
        except ObjectStorageUnavailable as error:
            log.warning("files could not be deleted from the bucket", extra={"why": str(error)})
            return 0

    async def _sweep(self) -> int:
        now, memory, count = self._context.clock.now(), self._memory, 0
        for job_id in await memory.undecided(now - UNDECIDED_S):
            await self._give_up(job_id)
        count += await self._delete_batches(lambda: memory.expired(now, BATCH_SIZE))
        for user_id in await memory.requested_deletions():
            count += await self.delete_member(user_id)
        await memory.clear_provider_ids(now - UNDELETE_S)
        await memory.expire_flags(now)
        await self._find_left_servers(now)
        left = await memory.left_before(now - GRACE_S)
        for guild_id in await self._presence.absent(left, now - CONNECTED_S):
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
        await self._delete_files(jobs, pictures)
        await self._memory.erase(jobs)
        return len(jobs)

    async def _delete_files(self, jobs: "list[ErasableVideo]", pictures: Collection[str]) -> None:
        """Delete files before their rows: a failure leaves both to the next sweep."""
        files, store, originals = self._context.files, self._context.file_store, self._context.object_storage
        paths = [path for job in jobs for path in files.of_video(job.job_id, job.clip_file)]
        await store.delete([*paths, *(files.pictures / digest for digest in pictures)])
        for job in jobs:
            await asyncio.to_thread(files.delete_renditions, job.job_id)
        if originals is not None and jobs:
            try:
                await originals.delete_originals([job.job_id for job in jobs])
            except ObjectStorageUnavailable as error:
                log.warning("could not delete originals from the object storage", extra={"why": str(error)})

    async def _find_left_servers(self, now: float) -> None:
        """Record servers that the bot was removed from, or joined again, while it was offline."""
        await self._presence.record_left(await self._memory.servers(), now - CONNECTED_S, now)
