"""What differs if several gateways share the bot's shards: work that one does for all, and shards that were lost."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.background import TaskSet
from bot.chat.gateway.command_sync import CommandSync
from bot.client import RetakeBot
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.store.identify_turns import SqlIdentifyTurns
from bot.store.sql_database import SqlDatabase
from bot.worker.retention import INTERVAL_S, RetentionSweep

log = logging.getLogger("retake.app")

LOOK_EVERY_S = 20.0
HELD_FOR_S = 50.0  # without a sign of the process that works
LOST_FOR_S = 40.0  # a session of ours that is lost keeps its locks for up to 20 s
LOOK_FOR_LOSS_S = 2.0


def build_client(gateway: str | None, database: SqlDatabase) -> RetakeBot:
    """Return a client for the shards that this process holds. `gateway`: the host's address, if it's set."""
    turns = SqlIdentifyTurns(database)
    return RetakeBot(database.clock, gateway=gateway, shard_range=database.shards, turns=turns)


def start_gateway_tasks(background: TaskSet, bot: RetakeBot, database: SqlDatabase) -> CommandSync:
    """Start what a client that is logged in does beside answering people. Return the sync of its commands.

    Each of these is right with several gateways: docs/scale.md says how each is shared.
    """
    services, is_one_of_several = bot.services, database.shards is not None
    sync = CommandSync(bot.tree, services.store, services.clock, one_at_a_time=is_one_of_several)
    background.start(sync.run(), name="command sync")
    background.start(services.presence.run(), name="presence")
    background.start(services.confirmations.run(), name="confirmations")
    background.start(services.film_director.run(), name="films")
    background.start(services.gallery.run(), name="galleries")
    background.start(services.contests.run(), name="contests")
    background.start(services.comparisons.run(), name="comparisons")
    background.start(services.reply_events.run(), name="time online")
    return sync


async def sweep_once(sweep: RetentionSweep, database: SqlDatabase, store: JobStore) -> None:
    """Run the retention sweep every hour, in one of the gateways if there are several, until cancelled."""
    if database.shards is None:
        await sweep.run()
    else:
        await SharedTask(store, database.clock, "retention").run(INTERVAL_S, sweep.run_once)


async def shards_lost(database: SqlDatabase) -> str:
    """Look until another gateway has held the shards of this one for a while; return the sentence that says so."""
    clock, since = database.clock, None
    while True:
        says = database.shards_lost
        since = (since or clock.monotonic()) if says else None
        if since is not None and clock.monotonic() - since >= LOST_FOR_S:
            return says
        await clock.sleep(LOOK_FOR_LOSS_S)


class SharedTask:
    """Two flags: when the work was last done, and the last sign of the process that does it now."""

    def __init__(self, store: JobStore, clock: Clock, name: str) -> None:
        self._store = store
        self._clock = clock
        self._done, self._working = f"done:{name}", f"working:{name}"

    async def run(self, interval_s: float, work: Callable[[], Awaitable[object]]) -> None:
        """Work whenever it was last done an interval ago, in whichever process, until cancelled."""
        while True:
            try:
                await self.run_once(interval_s, work)
            except Exception:
                # Kept alive: the loop. The database is asked again.
                log.exception("work of all processes was not done", extra={"why": self._done})
            await self._clock.sleep(LOOK_EVERY_S)

    async def run_once(self, interval_s: float, work: Callable[[], Awaitable[object]]) -> bool:
        """Work if it is due and no other process does. Return whether it was done.

        If the process dies meanwhile, another one does it as soon as there was no sign for a while.
        """
        now, done = self._clock.now(), await self._store.get_flag(self._done)
        if done is not None and 0.0 <= now - done[1] < interval_s:
            return False
        if not await self._store.set_flag_once_per(self._working, now, HELD_FOR_S):
            return False
        signs = asyncio.create_task(self._show_signs(), name=self._working)
        try:
            await work()
        finally:
            signs.cancel()
            await asyncio.gather(signs, return_exceptions=True)
        await self._store.set_flag(self._done, "", self._clock.now())
        await self._store.set_flag(self._working, "", 0.0)
        return True

    async def _show_signs(self) -> None:
        while True:
            await self._clock.sleep(HELD_FOR_S / 3)
            with contextlib.suppress(Exception):  # the next one may be stored
                await self._store.set_flag(self._working, "", self._clock.now())
