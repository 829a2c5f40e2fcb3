"""Command for the host: move everything between SQLite and PostgreSQL."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import data_folder, data_location
from bot.cli.exits import EXIT_CONFIG, exit_on_error, fail
from bot.store import move as moves
from bot.store.location import DATABASE
from bot.store.move import End
from bot.store.move_sqlite import SqliteEnd
from bot.store.open import open_postgres_end
from bot.store.postgres_errors import BadDatabaseUrl

_EVERY_S = 2.0
_SETTING = "RETAKE_DATABASE_URL"
_WHERE = "Write sqlite, postgresql, a path, @FILE or an address such as postgresql://user@host/database."

Place = Annotated[
    str | None,
    typer.Option(
        help=f"sqlite: the file in RETAKE_DATA. postgresql: {_SETTING}, or {_SETTING}_FILE. @FILE: an address in a"
        " file. Or a path, or an address itself: others on this machine see it in the list of processes."
    ),
]


class BadPlace(Exception):
    """What was given is no database; the text says what to write."""


def move(
    to: Place = None,
    from_: Annotated[str | None, typer.Option("--from", help="As --to. Default: the other one of both.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Give an unfinished move up, and stay.")] = False,
) -> None:
    """Copy the database to PostgreSQL or back to SQLite, and switch over. Stop the bot first. Resumable."""
    with _exit_on_error(), contextlib.ExitStack() as stack:
        if cancel:
            moves.cancel(_close_later(stack, _source(_place(from_ or _other(to)))))
            typer.echo("Given up. The bot starts on this database as before.")
            return
        if to is None:
            raise BadPlace(f"Where to? {_WHERE}")
        target_place, source_place = _place(to), _place(from_ or _other(to))
        if isinstance(target_place, Path) == isinstance(source_place, Path):
            raise BadPlace("Both are of one kind. Copy SQLite with backup and restore, PostgreSQL with pg_dump.")
        source = _close_later(stack, _source(source_place))
        target, aside = _target(target_place)
        _close_later(stack, target)
        if aside is not None:
            typer.echo(f"The database that was there, and had been moved, is now {aside}.")
        done = moves.move(source, target, _Progress().report)
    typer.echo(
        f"Moved {done.rows} rows: {done.jobs} jobs, {done.open_jobs} of them open, and {done.ledger_rows} entries of"
        " the ledger. Every row was compared."
    )
    typer.echo(_next_step(target_place))


def _next_step(target: Path | str) -> str:
    if not isinstance(target, Path):
        return f"Set {_SETTING} to the address, and start the bot. Keep RETAKE_DATA: clips and images stay there."
    if target.resolve() == (data_folder() / DATABASE).resolve():
        return f"Remove {_SETTING}, and start the bot."
    return f"Remove {_SETTING}, set RETAKE_DATA to a folder that has this file as {DATABASE}, and start the bot."


class _Progress:
    """Prints a line every two seconds and at the end of a table."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def report(self, done: str, table: str, rows: int) -> None:
        if time.monotonic() - self._last >= _EVERY_S:
            self._last = time.monotonic()
            typer.echo(f"{done} {rows} rows of {table}.")


def _place(word: str) -> Path | str:
    """Return a path, or the address of a PostgreSQL database. Raise BadPlace, whose text doesn't show the word."""
    if word.startswith("@"):
        return _place(_read(Path(word[1:])))
    if word == "sqlite":
        return data_folder() / DATABASE
    if word in ("postgresql", "postgres"):
        return _address_of_settings()
    if word.startswith(("postgresql://", "postgres://")):
        return word
    word = word.removeprefix("sqlite:///")
    if "://" in word or not word:
        raise BadPlace(f"That is no address of SQLite or PostgreSQL. {_WHERE}")
    path = Path(word)
    return path / DATABASE if path.is_dir() else path


def _address_of_settings() -> str:
    url = data_location().database_url
    if not url:
        raise BadPlace(f"{_SETTING} is not set. Set it, or {_SETTING}_FILE, or write the address.")
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadDatabaseUrl
    return url


def _read(file: Path) -> str:
    try:
        text = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text or text.startswith("@"):
        raise BadPlace("The file after @ can't be read, or holds no address. Check its path and its permissions.")
    return text


def _other(to: str | None) -> str:
    return "sqlite" if to is None or not isinstance(_place(to), Path) else "postgresql"


def _source(place: Path | str) -> End:
    if isinstance(place, Path):
        return SqliteEnd.source(place)
    return open_postgres_end(place, data_folder())


def _target(place: Path | str) -> tuple[End, Path | None]:
    if isinstance(place, Path):
        return SqliteEnd.target(place)
    return open_postgres_end(place, data_folder()), None


def _close_later(stack: contextlib.ExitStack, end: End) -> End:
    stack.callback(end.close)
    return end


@contextlib.contextmanager
def _exit_on_error() -> Iterator[None]:
    """Turn errors into a message and an exit code."""
    try:
        with exit_on_error():
            yield
    except BadPlace as error:
        fail(str(error), EXIT_CONFIG)
    except KeyboardInterrupt:
        fail("Stopped. Run the same command again: it goes on where it stopped.")
