"""Forgets: prompts and files after the days that a server keeps them, members who ask for it, servers that are left.

Knows the seams to the store and to the disk. The rows of jobs stay: limits, sums and families hang on them.
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
    from bot.ports.repositories import Forgettable, RetentionRepository

EVERY_S = 3600.0
GRACE_S = 7 * 86_400.0  # of a server that the bot was removed from: it may have been a mistake
UNDECIDED_S = 90 * 86_400.0  # a decision that nobody took for so long: its price stays counted
BATCH = 200
MOST_BATCHES = 500


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
        await run_every(EVERY_S, self.run_once, sleep=sleep, log=log, failure="the retention sweep failed")

    async def run_once(self) -> int:
        """Everything that is due now; returns how many videos were forgotten."""
        now, memory, count = self._context.clock.now(), self._memory, 0
        for job_id in await memory.undecided(now - UNDECIDED_S):
            await self._give_up(job_id)
        count += await self._until_none(lambda: memory.expired(now, BATCH))
        for user_id in await memory.to_forget():
            count += await self.delete_member(user_id)
        await self._find_left_servers(now)
        for guild_id in await memory.gone(now - GRACE_S):
            count += await self._until_none(partial(memory.of_server, guild_id, BATCH))
            await memory.erase_server(guild_id)
            log.info("a server's data were deleted")
        if count:
            log.info("forgotten", extra={"count": count})
        return count

    async def delete_member(self, user_id: int) -> int:
        """Forget what a member has asked us to, as far as it is at its end."""
        count = 0
        now = self._context.clock.now()
        for job_id in await self._memory.undecided(now, user_id):
            await self._give_up(job_id)  # else their prompt would still be needed
        count += await self._until_none(lambda: self._memory.of_member(user_id, BATCH))
        await self._memory.forget_member(user_id, day_of(now))
        return count

    async def _until_none(self, find: "Callable[[], Awaitable[list[Forgettable]]]") -> int:
        count = 0
        for _ in range(MOST_BATCHES):  # whatever will not be forgotten now is for the next hour
            found = await find()
            count += await self._forget(found)
            if len(found) < BATCH:
                break
        return count

    async def _forget(self, found: "list[Forgettable]") -> int:
        await asyncio.to_thread(self._delete_files, found)
        await self._memory.forgot(found)
        return len(found)

    def _delete_files(self, found: "list[Forgettable]") -> None:
        files = self._context.files
        for each in found:
            names = {each.clip_file or f"{each.job_id}.mp4"}
            pictures = {each.job_id, f"{each.job_id}.last.jpg", (each.image_file or each.job_id).partition(";")[0]}
            for path in (*(files.clips / name for name in names), *(files.pictures / name for name in pictures)):
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
            for copy in files.clips.glob(f"{each.job_id}.*.copy"):
                copy.unlink(missing_ok=True)
            if self._drop is not None:
                self._drop(each.job_id)

    async def _find_left_servers(self, now: float) -> None:
        """Removed while we were away: nobody told us."""
        present = self._present()
        if present is None:
            return
        for guild_id in await self._memory.servers():
            if guild_id in present:
                await self._memory.joined(guild_id)
            else:
                await self._memory.left(guild_id, now)
