"""Open the dispatcher of a worker. procrastinate is imported only here, because it's in an extra."""

import importlib
from typing import cast

from bot.ports.dispatcher import Dispatcher
from bot.store.location import StoreLocation
from bot.store.sql_database import SqlDatabase


class EngineNotInstalled(Exception):
    """A worker needs the package procrastinate, which isn't installed. Install requirements-postgres.txt."""


def open_dispatcher(location: StoreLocation, database: SqlDatabase) -> Dispatcher:
    """Return what hands out the jobs of a PostgreSQL database. Raise EngineNotInstalled."""
    try:
        engine = importlib.import_module("bot.scale.engine")
    except ModuleNotFoundError as error:
        if error.name not in ("procrastinate", "psycopg_pool"):
            raise
        raise EngineNotInstalled from error
    hand_out = importlib.import_module("bot.store.hand_out").HandOut(database, location.database_url)
    return cast("Dispatcher", engine.EngineDispatcher(hand_out))
