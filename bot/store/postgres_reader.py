"""Read a PostgreSQL database that may be in use by the bot, for the host's commands and the metrics."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors

from bot.store.postgres_clock import is_skewed, read_clock
from bot.store.postgres_connection import PgTransaction, connect
from bot.store.postgres_errors import Unreachable
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
def read_only(url: str, max_s: float | None = None) -> Iterator[PgTransaction]:
    """Yield a transaction that only reads. Raise CannotOpen, Unreadable, or TooSlow for a statement over `max_s`."""
    with contextlib.closing(connect(url)) as connection:
        try:
            if max_s is not None:
                connection.execute(f"SET statement_timeout = {max(1, int(max_s * 1000))}".encode())
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield PgTransaction(connection)
        except errors.QueryCanceled as error:
            raise TooSlow from error
        except psycopg.OperationalError as error:
            raise Unreachable(str(error)) from None
        except errors.UndefinedTable as error:
            raise Unreadable("it has no tables of Retake yet") from error
        except psycopg.Error as error:
            raise Unreadable(type(error).__name__) from error


def read_facts(url: str, data: Path) -> PostgresFacts:
    """Return what can be said of a server and its database. Raise CannotOpen or Unreadable."""
    with contextlib.closing(connect(url)) as connection:
        reading = read_clock(connection)
    with read_only(url) as tx:
        ((server,),) = tx.run("SELECT current_setting('server_version')")
        ((known,),) = tx.run("SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_version'")
        ((schema,),) = tx.run("SELECT max(version) FROM schema_version") if known else ((0,),)
        rollback = Guard(data).report(tx) if schema else ""
    return PostgresFacts(
        server=server.split(" ")[0],
        schema=schema or 0,
        newest_schema=schema_files()[-1][0],
        is_skewed=is_skewed(reading),
        rollback=rollback,
    )
