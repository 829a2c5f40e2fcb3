"""Commands for the host: back up, restore and migrate the database."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values

from bot.store import maintenance
from bot.store.backup import InvalidBackup, newest_version, version_of
from bot.store.integrity import DatabaseDamaged
from bot.store.lock import CannotOpen, DatabaseInUse
from bot.store.maintenance import UpkeepError
from bot.store.migrations import SchemaTooNew
from bot.store.readonly import Damaged, Unreadable

EXIT_FAILED = 1
EXIT_IN_USE = 3
EXIT_DAMAGED = 4
EXIT_CONFIG = 78  # sysexits.h

cli = typer.Typer()


@cli.command()
def backup(
    into: Annotated[Path | None, typer.Argument(help="The file to write. Default: a dated one in backups/.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Remove all but so many of the dated ones there.")] = None,
) -> None:
    """Copy the database to one file, while the bot runs or not."""
    with _exit_on_error():
        made = maintenance.back_up(data_folder(), into, keep=keep)
        typer.echo(
            f"{made.path}: {made.size_bytes} bytes, schema {made.facts.version}, "
            f"{_jobs(made.facts.jobs)}, {made.facts.open_jobs} open. Checked."
        )
        for path in made.removed:
            typer.echo(f"Removed {path}.")


@cli.command()
def restore(
    copy: Annotated[Path, typer.Argument(help="A file that `backup` has written.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in place of the database. Stop the bot first. Nothing is paid again automatically afterwards."""
    with _exit_on_error():
        facts = maintenance.inspect(copy)
        typer.echo(f"{copy}: schema {facts.version}, {_jobs(facts.jobs)}, {facts.open_jobs} open.")
        if not yes and not typer.confirm("Put it in place of what is there now?"):
            sys.exit(EXIT_FAILED)
        done = maintenance.restore(data_folder(), copy)
        if done.aside is not None:
            typer.echo(f"The database that was there is now {done.aside}.")
        typer.echo(f"In place. When the bot starts, people decide about the {facts.open_jobs} open: nothing is resent.")


@cli.command()
def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
) -> None:
    """Upgrade the database to this Retake's schema, with a backup before. The bot's start does the same."""
    with _exit_on_error():
        database = data_folder() / maintenance.DATABASE
        present = version_of(database) if database.exists() else 0
        typer.echo(f"The database has schema {present}, this Retake writes {newest_version()}.")
        if dry_run:
            return
        done = maintenance.migrate(data_folder())
        if done.backup is None:
            typer.echo("Nothing to do.")
        else:
            typer.echo(f"Upgraded from {done.before} to {done.after}. The backup before it is {done.backup}.")


def data_folder() -> Path:
    """Return the data folder of the bot's settings, without reading its secrets."""
    return Path(os.environ.get("RETAKE_DATA") or dotenv_values(".env").get("RETAKE_DATA") or "data")


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


@contextlib.contextmanager
def _exit_on_error() -> Iterator[None]:
    """Turn errors into a message and an exit code."""
    try:
        yield
    except (UpkeepError, CannotOpen, InvalidBackup) as error:
        typer.echo(type(error).__doc__, err=True)
        if isinstance(error, DatabaseInUse):
            sys.exit(EXIT_IN_USE)
        sys.exit(EXIT_CONFIG if isinstance(error, SchemaTooNew) else EXIT_FAILED)
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
        sys.exit(EXIT_FAILED)
    except Damaged:
        typer.echo(DatabaseDamaged.__doc__, err=True)
        sys.exit(EXIT_DAMAGED)
    except Unreadable as error:
        typer.echo(f"The database cannot be read: {error}.", err=True)
        sys.exit(EXIT_FAILED)
