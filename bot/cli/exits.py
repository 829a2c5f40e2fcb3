"""How the host's commands end: one sentence, and the exit code that says what may help."""

import contextlib
import sys
from collections.abc import Iterator
from typing import NoReturn

import typer

from bot.jobs.rejections import StoreBusy
from bot.store.backup import InvalidBackup
from bot.store.file_errors import describe_sqlite_error
from bot.store.integrity import DatabaseDamaged
from bot.store.lock import CannotOpen, DatabaseInUse
from bot.store.maintenance import UpkeepError
from bot.store.move import MoveError, OtherSchema
from bot.store.postgres_errors import PostgresTrouble
from bot.store.readonly import Damaged, TooSlow, Unreadable

EXIT_FAILED = 1
EXIT_IN_USE = 3
EXIT_DAMAGED = 4
EXIT_UNAVAILABLE = 69  # sysexits.h: PostgreSQL isn't reached, or full; a later try may help
EXIT_CONFIG = 78  # sysexits.h
_SLOW = "The database didn't answer in time. Nothing was changed; try again."


def ending_of(error: Exception) -> tuple[str, int] | None:
    """Return the sentence and the exit code for an error of the database, or None for any other."""
    match error:
        case Damaged() | DatabaseDamaged():
            return str(DatabaseDamaged()), EXIT_DAMAGED
        case CannotOpen():
            return str(error), code_of(error)
        case UpkeepError() | InvalidBackup():
            return str(type(error).__doc__), EXIT_FAILED
        case MoveError():
            return str(error), EXIT_CONFIG if isinstance(error, OtherSchema) else EXIT_FAILED
        case Unreadable():
            return describe_sqlite_error(error, error.database), EXIT_FAILED
        case TooSlow() | StoreBusy():
            return _SLOW, EXIT_FAILED
        case OSError():
            return f"{error.filename}: {error.strerror}.", EXIT_FAILED
        case _:
            return None


def code_of(error: CannotOpen) -> int:
    """Return the exit code for a database that can't be used."""
    if isinstance(error, DatabaseInUse):
        return EXIT_IN_USE
    is_away = isinstance(error, PostgresTrouble) and not error.refused
    return EXIT_UNAVAILABLE if is_away else EXIT_CONFIG


@contextlib.contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn errors of the database into a sentence and an exit code."""
    try:
        yield
    except Exception as error:
        ending = ending_of(error)
        if ending is None:  # a bug
            raise
        fail(*ending)


def fail(sentence: str, code: int = EXIT_FAILED) -> NoReturn:
    """Print a sentence and exit."""
    typer.echo(sentence, err=True)
    sys.exit(code)
