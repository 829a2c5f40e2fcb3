"""Read a PostgreSQL database that may be in use by the bot, for the host's commands and the metrics."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import errors

from bot.store.postgres_clock import is_skewed, read_clock
from bot.store.postgres_connection import PgTransaction, connect, failures
from bot.store.postgres_guard import Guard
from bot.store.postgres_owner import schema_files
from bot.store.readonly import TooSlow, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts:
    """What `doctor` and `migrate` say of a database. `schema`: 0 without tables of Retake."""

    server: str
    schema: int
    newest_schema: int
    is_skewed: bool
    rollback: str = ""  # what is wrong if it went back


@contextlib.contextmanager
def read_only(url: str, max_s: float | None = None, *, any_schema: bool = False) -> Iterator[PgTransaction]:
    """Yield a transaction that only reads. Raise CannotOpen, or TooSlow for a statement over `max_s`.

    Raise Unreadable if it writes, or if the database has another schema than this Retake's, unless `any_schema`.
    """
    with contextlib.closing(connect(url)) as connection, failures():
        try:
            connection.execute(f"SET statement_timeout = {max(1, int(max_s * 1000)) if max_s else 0}".encode())
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            tx = PgTransaction(connection)
            if not any_schema:
                _check_schema(tx)
            yield tx
        except errors.QueryCanceled as error:
            raise TooSlow from error
        except errors.ReadOnlySqlTransaction as error:
            raise Unreadable(type(error).__name__) from error


def _schema_of(tx: PgTransaction) -> int:
    """Return the version of a database's schema, 0 without tables of Retake."""
    ((known,),) = tx.run("SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_version'")
    ((schema,),) = tx.run("SELECT max(version) FROM schema_version") if known else ((0,),)
    return schema or 0


def _check_schema(tx: PgTransaction) -> None:
    """Raise Unreadable unless the database has this Retake's schema."""
    schema, newest = _schema_of(tx), schema_files()[-1][0]
    if schema == 0:
        raise Unreadable("it has no tables of Retake yet")
    if schema != newest:
        todo = "run: python -m bot migrate" if schema < newest else "use the newer Retake that wrote it"
        raise Unreadable(f"it has schema {schema}, and this Retake reads {newest} ({todo})")


def read_facts(url: str, data: Path) -> PostgresFacts:
    """Return what can be said of a server and its database. Raise CannotOpen or Unreadable."""
    with contextlib.closing(connect(url)) as connection, failures():
        reading = read_clock(connection)
    with read_only(url, any_schema=True) as tx:
        ((server,),) = tx.run("SELECT current_setting('server_version')")
        schema = _schema_of(tx)
        rollback = Guard(data).report(tx) if schema else ""
    return PostgresFacts(
        server=server.split(" ")[0],
        schema=schema,
        newest_schema=schema_files()[-1][0],
        is_skewed=is_skewed(reading),
        rollback=rollback,
    )
