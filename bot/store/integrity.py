"""Find damage in a database file: a bounded check at the start, and one row of every table while the bot runs."""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from bot.store.lock import CannotOpen
from bot.store.readonly import Damaged, open_readonly

log = logging.getLogger("retake.store")

CHECK_WITHIN_S = 20.0


class DatabaseDamaged(CannotOpen):
    """The database is damaged: restore the newest backup. Stop the bot, then run: make restore ARGS=FILE."""


def check_database(database: Path, within_s: float = CHECK_WITHIN_S) -> bool:
    """Return True if a database is whole, False if the check was stopped after `within_s`. Raise DatabaseDamaged.

    A file that doesn't exist or is empty is whole. Raise Unreadable if it can't be read for another reason.
    """
    if not database.exists() or database.stat().st_size == 0:
        return True
    try:
        with open_readonly(database) as connection, _interrupted_after(connection, within_s):
            (says,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if says != "ok":
                raise DatabaseDamaged
            read_every_table(connection)
    except Damaged as error:
        raise DatabaseDamaged from error
    except TimeoutError:
        log.warning("the check of the database was stopped after %.0f s; the start goes on without it", within_s)
        return False
    return True


def read_every_table(connection: sqlite3.Connection) -> None:
    """Read a row of every table from the disk. Raise sqlite3.DatabaseError if one can't be read."""
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        connection.execute(f'SELECT * FROM "{name}" NOT INDEXED LIMIT 1').fetchone()  # noqa: S608


@contextlib.contextmanager
def _interrupted_after(connection: sqlite3.Connection, within_s: float) -> Iterator[None]:
    """Raise TimeoutError if a block takes longer: a check of one table is one step, which only an interrupt stops."""
    timer = threading.Timer(within_s, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        timer.join()  # an interrupt of a closed connection would crash the process
