"""The PostgreSQL database at one end of a move."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import psycopg

from bot.store.group_commit import Transaction
from bot.store.move import MoveError, TargetNotEmpty
from bot.store.move_tables import Table
from bot.store.moved import Kind
from bot.store.postgres_connection import PgRow, PgTransaction, connect, run_transaction
from bot.store.postgres_errors import PostgresInUse, Unreachable, trouble_of
from bot.store.postgres_guard import Guard
from bot.store.postgres_owner import schema_files, take_ownership, upgrade

T = TypeVar("T")
_OWN_WITHIN_S = 2.0
_TABLES = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema()"


class ConnectionLost(MoveError):
    """The connection to PostgreSQL was lost. Run the same command again: it goes on where it stopped."""


class WentBack(MoveError):
    """The database went back to an earlier state, or this data folder doesn't know it. Compare with the providers'
    websites, run `python -m bot adopt`, and move then.
    """


class PostgresEnd:
    """Owns the database until it's closed, on one connection: if that is lost, so is the ownership."""

    kind: Kind = "postgresql"

    def __init__(self, url: str, data: Path) -> None:
        """Raise CannotOpen or MoveError. `data`: the folder of the files that know how far the database had come."""
        self._guard = Guard(data)
        self._connection: psycopg.Connection[PgRow] = connect(url)
        try:
            with _failures():
                self._connection.execute("SET statement_timeout = 0")
                self._connection.execute("SET lock_timeout = 0")
                _own_soon(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def version(self) -> int:
        with _failures():
            tx = PgTransaction(self._connection)
            if not tx.run(f"{_TABLES} AND tablename = 'schema_version'"):
                return 0
            return int(tx.run("SELECT coalesce(max(version), 0) FROM schema_version")[0][0])

    def newest_version(self) -> int:
        return schema_files()[-1][0]

    def refuse_older(self) -> None:
        if self.read(self._guard.examine):
            raise WentBack

    def create_schema(self) -> None:
        with _failures():
            if PgTransaction(self._connection).run(_TABLES):
                raise TargetNotEmpty
            upgrade(self._connection)

    def read(self, work: Callable[[Transaction], T]) -> T:
        with _failures():
            return work(PgTransaction(self._connection))

    def write(self, work: Callable[[Transaction], T]) -> T:
        with _failures():
            return run_transaction(self._connection, work)

    def suspend_rules(self, tx: Transaction, tables: Sequence[Table]) -> list[str]:
        references = tx.run(
            "SELECT CAST(CAST(conrelid AS regclass) AS text), conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2"
        )
        for table, name, _ in references:
            tx.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for each in tables:
            tx.run(f"ALTER TABLE {each.name} DISABLE TRIGGER USER")
        return [
            *(f"ALTER TABLE {table} ADD CONSTRAINT {name} {sql}" for table, name, sql in references),
            *(f"ALTER TABLE {each.name} ENABLE TRIGGER USER" for each in tables),
        ]

    def restore_rules(self, tx: Transaction, rules: Sequence[str]) -> None:
        """Also let the sequences go on after the rows that were copied."""
        for sql in rules:
            tx.run(sql)
        for table, column in tx.run(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND is_identity = 'YES'"
        ):
            sequence = f"pg_get_serial_sequence('{table}', '{column}')"
            tx.run(f"SELECT setval({sequence}, coalesce(max({column}), 0) + 1, false) FROM {table}")  # noqa: S608

    def before_use(self) -> None:
        """Write the files that the next start compares, and let the planner know that the tables aren't empty."""
        with _failures():
            self._connection.execute("ANALYZE")
            self._guard.adopt(self._connection)


def _own_soon(connection: psycopg.Connection[PgRow]) -> None:
    """Own the database. A process that was just killed keeps it for a moment. Raise PostgresInUse."""
    until = time.monotonic() + _OWN_WITHIN_S
    while True:
        try:
            return take_ownership(connection)
        except PostgresInUse:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Turn errors into sentences; psycopg's own texts may hold rows."""
    try:
        yield
    except psycopg.Error as error:
        trouble = trouble_of(error.sqlstate, str(error))
        raise (ConnectionLost() if isinstance(trouble, Unreachable) else trouble) from None
