"""Own a PostgreSQL database by advisory locks, bring its schema up to date and compare the clocks.

One process owns it, or a worker and a gateway do together; workers that know of each other share a lock.
"""

import contextlib
import select
from importlib import resources

import psycopg

from bot.store.group_commit import Transaction
from bot.store.location import Role
from bot.store.migrations import SchemaTooNew
from bot.store.moved import refuse_moved
from bot.store.postgres_clock import Reading, is_skewed, read_clock
from bot.store.postgres_connection import PgRow, PgTransaction, connect, failures, run_transaction
from bot.store.postgres_errors import ClockSkew, UpgradeWaits, WorkerRuns
from bot.store.postgres_guard import Guard
from bot.store.postgres_shards import ShardHold

OWNER_KEY = 727_563_301  # the advisory lock of the process that carries jobs; older versions hold only this one
UPGRADE_KEY = 727_563_302
_COMPARED = 727_563_311  # shared by the workers that have compared the database with what they have paid


def schema_files() -> list[tuple[int, str]]:
    """(version, SQL) of the full schema and of every later step, in order."""
    folder = resources.files("bot.store") / "schema" / "postgres"
    return sorted((int(file.name[:4]), file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql"))


def upgrade(connection: psycopg.Connection[PgRow]) -> None:
    """Bring the schema up to date, in one transaction. Raise SchemaTooNew."""

    def steps(_: Transaction) -> None:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (UPGRADE_KEY,))
        connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        rows = connection.execute("SELECT max(version) FROM schema_version").fetchall()
        present, known = rows[0][0] or 0, schema_files()
        if present > known[-1][0]:
            raise SchemaTooNew
        for version, sql in known:
            if version > present:
                connection.execute(sql.encode())
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version (version) VALUES (%s)", (known[-1][0],))

    run_transaction(connection, steps)


def own(
    url: str, guard: Guard | None, role: Role = "all", shards: ShardHold | None = None, *, shared: bool = False
) -> tuple[psycopg.Connection[PgRow], Reading]:
    """Connect, own and upgrade the database, and read its clock. `shared`: among several workers. Raise CannotOpen."""
    connection = connect(url)
    try:
        with failures():
            if shared:
                _upgrade_alone(connection)
            take_ownership(connection, role, shards, shared=shared)
            reading = read_clock(connection)
            if is_skewed(reading):
                raise ClockSkew
            if role == "gateway":
                _upgrade_alone(connection)
            upgrade(connection)
            refuse_moved(PgTransaction(connection))
            if guard is not None:
                _compare(connection, guard, reading.at)
    except BaseException:
        connection.close()
        raise
    return connection, reading


def _upgrade_alone(connection: psycopg.Connection[PgRow]) -> None:
    """Upgrade a database that workers may use, while none of them runs. Raise UpgradeWaits."""
    if schema_version(connection) >= schema_files()[-1][0]:
        return
    if not _lock(connection, OWNER_KEY):
        raise UpgradeWaits
    upgrade(connection)
    connection.execute("SELECT pg_advisory_unlock(%s)", (OWNER_KEY,))


def _compare(connection: psycopg.Connection[PgRow], guard: Guard, now: float) -> None:
    """Compare the database with the data folder, and let the workers that start later know that it was done."""
    ((others,),) = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (_COMPARED,),
    ).fetchall()
    guard.check(connection, now, vouched=others > 0)
    if not guard.held:
        connection.execute("SELECT pg_advisory_lock_shared(%s)", (_COMPARED,))


def take_ownership(
    connection: psycopg.Connection[PgRow], role: Role = "all", shards: ShardHold | None = None, *, shared: bool = False
) -> None:
    """Take the locks of a role, for as long as the connection lasts. Raise PostgresInUse."""
    if role != "gateway" and not _lock(connection, OWNER_KEY, shared=shared):
        raise WorkerRuns
    if role != "worker":
        (shards or ShardHold()).take(connection)


def schema_version(connection: psycopg.Connection[PgRow]) -> int:
    """Return the version of a database's tables, 0 without any."""
    ((table,),) = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchall()
    rows = connection.execute("SELECT max(version) FROM schema_version").fetchall() if table else [(0,)]
    return int(rows[0][0] or 0)


def _lock(connection: psycopg.Connection[PgRow], key: int, *, shared: bool = False) -> bool:
    function = b"pg_try_advisory_lock_shared" if shared else b"pg_try_advisory_lock"
    ((owned,),) = connection.execute(b"SELECT " + function + b"(%s)", (key,)).fetchall()
    return bool(owned)


def release_ownership(connection: psycopg.Connection[PgRow]) -> None:
    """Let another process own the database at once: a session ends a little later than its connection."""
    connection.execute("SELECT pg_advisory_unlock_all()")


def own_again(
    url: str,
    guard: Guard | None,
    now: float,
    role: Role = "all",
    shards: ShardHold | None = None,
    *,
    shared: bool = False,
) -> psycopg.Connection[PgRow]:
    """Connect and own the database after the connection that did was lost. Raise Unreachable or PostgresInUse."""
    connection = connect(url)
    try:
        take_ownership(connection, role, shards, shared=shared)
        if guard is not None:
            _compare(connection, guard, now)
    except BaseException:
        connection.close()
        raise
    return connection


def is_open(connection: psycopg.Connection[PgRow]) -> bool:
    """Return whether an idle connection is still there: a server that ends it says so before it's asked."""
    if connection.closed:
        return False
    is_silent = not select.select([connection], [], [], 0)[0]
    return is_silent or is_alive(connection)


def is_alive(connection: psycopg.Connection[PgRow]) -> bool:
    """Return whether the server answers on a connection."""
    with contextlib.suppress(psycopg.Error):
        connection.execute("SELECT 1")
        return True
    return False
