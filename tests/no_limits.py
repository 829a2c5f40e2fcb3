"""Lifts the limits of new servers, for tests that make more videos than a new server may."""

from pathlib import Path

from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.store.location import DATABASE
from bot.store.repositories import build_repositories
from tests.stores import open_database


async def lift_limits(data: Path, *guild_ids: int) -> None:
    """Write settings without limits into the database of a bot that isn't running."""
    database = await open_database(data / DATABASE)
    for guild_id in guild_ids:
        await build_repositories(database).servers.save_settings(guild_id, NO_SERVER_LIMITS)
    await database.close()
