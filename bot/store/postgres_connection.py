"""Connections to PostgreSQL: rows as the store reads them, SQLite's idea of text and numbers, and transactions."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.rows import RowMaker
from psycopg.types.string import StrDumper

from bot.store.dialect import translate
from bot.store.group_commit import Row, Transaction, Value
from bot.store.postgres_errors import BadDatabaseUrl, NotUtf8, ServerTooOld, Unreachable, is_bad_address, trouble_of

T = TypeVar("T")
CONNECTIONS = 16  # their commits share a wait for the disk
MIN_VERSION = 130_000  # as libpq counts: 13.0
# PostgreSQL can't store NUL in a text. U+FDD0 is no character, so no text of a person has it.
_NUL, _IN_ITS_PLACE = "\0", "\ufdd0"
OPTIONS = (
    "-c statement_timeout=20s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2"  # a dead bot's lock ends
)


class PgRow(tuple[Any, ...]):
    """A row by number and by name, like sqlite3.Row."""

    names: Sequence[str] = ()

    def keys(self) -> Sequence[str]:
        return self.names

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.names.index(key) if isinstance(key, str) else key)


@cache
def _row_class(names: tuple[bytes | None, ...]) -> type[PgRow]:
    return type("PgRow", (PgRow,), {"names": [(name or b"").decode() for name in names]})


def _rows(cursor: psycopg.Cursor[Any]) -> RowMaker[PgRow]:
    """Return the class of a result's rows. `cursor.description` would take as long as the rest of a short statement."""
    result = cursor.pgresult
    return _row_class(tuple(map(result.fname, range(result.nfields))) if result is not None else ())


class _TextDumper(StrDumper):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace(_NUL, _IN_ITS_PLACE))


class _TextLoader(Loader):
    def load(self, data: Buffer) -> str:
        return bytes(data).decode().replace(_IN_ITS_PLACE, _NUL)


class _NumberLoader(Loader):
    """The sum of integers, which PostgreSQL gives as a numeric."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


def connect(url: str, *, hands_out: bool = False) -> psycopg.Connection[PgRow]:
    """Open a connection in autocommit mode. Raise CannotOpen, whose texts hold no secret.

    `hands_out`: a job that becomes due is handed to procrastinate in the same transaction.
    """
    options = f"{OPTIONS} -c retake.hand_out=on" if hands_out else OPTIONS
    try:
        connection = psycopg.connect(
            url, autocommit=True, row_factory=_rows, connect_timeout=5, keepalives=1, keepalives_idle=10,
            keepalives_interval=5, keepalives_count=2, tcp_user_timeout=10_000, options=options,
            application_name="retake",
        )  # fmt: skip
    except psycopg.OperationalError as error:
        text = str(error)  # libpq's may show parts of the address
        raise (BadDatabaseUrl() if is_bad_address(text) else Unreachable(text)) from None
    except psycopg.ProgrammingError:
        raise BadDatabaseUrl from None
    try:
        _check_server(connection.info)
    except BaseException:
        connection.close()
        raise
    connection.adapters.register_dumper(str, _TextDumper)
    for name in ("text", "json"):
        connection.adapters.register_loader(name, _TextLoader)
    connection.adapters.register_loader("numeric", _NumberLoader)
    return connection


def _check_server(server: psycopg.ConnectionInfo) -> None:
    """Raise ServerTooOld or NotUtf8 if a database can't hold what Retake stores."""
    if server.server_version < MIN_VERSION:
        raise ServerTooOld
    if server.parameter_status("server_encoding") != "UTF8":
        raise NotUtf8


@contextlib.contextmanager
def failures() -> Iterator[None]:
    """Turn PostgreSQL's errors into CannotOpen: its own texts may hold rows, and the address."""
    try:
        yield
    except psycopg.Error as error:
        raise trouble_of(error.sqlstate, str(error)) from None
    except CommitUnknown as error:
        raise trouble_of(None, str(error.__cause__)) from None


class CommitUnknown(Exception):
    """The connection was lost during a commit, which may have happened or not."""


class PgTransaction(Transaction):
    """Runs statements between BEGIN and COMMIT, or a single one."""

    def __init__(self, connection: psycopg.Connection[PgRow]) -> None:
        self._postgres = connection

    def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        cursor = self._postgres.execute(translate(sql).encode(), values)
        has_rows = cursor.pgresult is not None and cursor.pgresult.nfields > 0
        rows: list[Any] = cursor.fetchall() if has_rows else []
        return rows

    def lock(self, name: str) -> None:
        self._postgres.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))

    def try_lock(self, name: str) -> bool:
        ((locked,),) = self._postgres.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (name,)
        ).fetchall()
        return bool(locked)


def run_transaction(
    connection: psycopg.Connection[PgRow], work: Callable[[Transaction], T], begin: bytes = b"BEGIN"
) -> T:
    """One work in a transaction of its own. Rolled back where it raises. Raise CommitUnknown."""
    connection.execute(begin)
    try:
        result = work(PgTransaction(connection))
    except BaseException:
        if not connection.closed:
            connection.execute("ROLLBACK")
        raise
    try:
        connection.execute("COMMIT")
    except psycopg.OperationalError as error:
        raise CommitUnknown from error
    return result
