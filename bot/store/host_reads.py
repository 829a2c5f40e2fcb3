"""What the host's commands and the metrics read of a database that may be in use."""

from bot.ports.repositories import UsageRow
from bot.store.budgets import SPENT, usage_row
from bot.store.location import StoreLocation
from bot.store.lock import CannotOpen
from bot.store.open import open_reader
from bot.store.readonly import Unreadable


def read_flag(location: StoreLocation, name: str) -> str | None:
    """Return a flag's value, or None if it isn't set or the database can't be read."""
    if not location.database_url and not location.file.exists():
        return None
    try:
        with open_reader(location) as tx:
            rows = tx.run("SELECT value FROM fact WHERE name = ?", (name,))
    except (CannotOpen, Unreadable):
        return None
    return str(rows[0][0]) if rows else None


def usage_by_server(location: StoreLocation, since: float) -> list[tuple[int, UsageRow]]:
    """Return (server, usage) since then. Raise CannotOpen or Unreadable."""
    with open_reader(location) as tx:
        return [(row[6], usage_row(row)) for row in tx.run(SPENT, (since, since))]
