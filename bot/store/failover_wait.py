"""The minute after a failover in which no worker pays, so that all compare the new server with what they have paid.

Its end is in the database, by the database's clock: a worker that starts meanwhile waits for it, too.
"""

from bot.store.group_commit import Transaction

WAIT_S = 60.0
PAYS_FROM = "pays-from"  # the flag whose time is the end of the minute
_BEGIN = (
    "INSERT INTO fact (name, value, at) VALUES (?, '', extract(epoch FROM clock_timestamp()) + ?)"
    " ON CONFLICT (name) DO UPDATE SET at = excluded.at"
)
_WAITS = "SELECT 1 FROM fact WHERE name = ? AND at > extract(epoch FROM clock_timestamp())"


def begin_wait(tx: Transaction) -> None:
    """Let no worker pay for a minute from now on. Raise psycopg.Error."""
    tx.run(_BEGIN, (PAYS_FROM, WAIT_S))


def is_waiting(tx: Transaction) -> bool:
    """Return whether the minute lasts."""
    return bool(tx.run(_WAITS, (PAYS_FROM,)))
