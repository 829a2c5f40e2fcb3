"""Several gateways that share the bot's shards: their client, its tasks, and shards that were lost."""

import logging

from bot.background import TaskSet
from bot.chat.gateway.command_sync import CommandSync
from bot.client import RetakeBot
from bot.store.identify_turns import SqlIdentifyTurns
from bot.store.sql_database import SqlDatabase

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


async def shards_lost(database: SqlDatabase) -> str:
    """Look until another gateway has held the shards of this one for a while; return the sentence that says so."""
    clock, since = database.clock, None
    while True:
        says = database.shards_lost
        since = (since or clock.monotonic()) if says else None
        if since is not None and clock.monotonic() - since >= LOST_FOR_S:
            return says
        await clock.sleep(LOOK_FOR_LOSS_S)
