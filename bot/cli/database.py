"""Commands for the host: back up, restore and migrate the database."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values

from bot.cli.exits import EXIT_CONFIG, EXIT_FAILED, exit_on_error, fail
from bot.store import maintenance
from bot.store.backup import newest_version, version_of
from bot.store.location import StoreLocation
from bot.store.migrations import SchemaTooNew
from bot.store.open import open_store, read_postgres

cli = typer.Typer()


@cli.command()
def backup(
    into: Annotated[Path | None, typer.Argument(help="The file to write. Default: a dated one in backups/.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Remove all but so many of the dated ones there.")] = None,
) -> None:
    """Copy the database to one file, while the bot runs or not."""
    with exit_on_error():
        _only_sqlite("Back it up with pg_dump, or with what your host offers: docs/postgres.md.")
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
    with exit_on_error():
        _only_sqlite("Restore it with pg_restore while the bot is stopped: docs/postgres.md.")
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
    with exit_on_error():
        if (location := data_location()).database_url:
            _migrate_postgres(location, dry_run=dry_run)
            return
        database = location.file
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


def data_location() -> StoreLocation:
    """Return where the data is by the bot's settings, without reading its other secrets. Exit if that can't be read."""
    written = {**dotenv_values(".env"), **{name: value for name, value in os.environ.items() if value}}
    url, file = written.get("RETAKE_DATABASE_URL"), written.get("RETAKE_DATABASE_URL_FILE")
    try:
        return StoreLocation(data_folder(), url or (Path(file).read_text().strip() if file else ""))
    except (OSError, UnicodeDecodeError):
        fail("RETAKE_DATABASE_URL_FILE names a file that can't be read. Check its path and permissions.", EXIT_CONFIG)


def setting(name: str) -> str | None:
    """Return one of the bot's settings as it is written, without checking the others."""
    return os.environ.get(name) or dotenv_values(".env").get(name) or None


def _only_sqlite(instead: str) -> None:
    """Exit with a sentence if the database is PostgreSQL."""
    if data_location().database_url:
        fail(f"The database is PostgreSQL (RETAKE_DATABASE_URL). {instead}")


def _migrate_postgres(location: StoreLocation, *, dry_run: bool) -> None:
    facts = read_postgres(location)
    typer.echo(f"The database has schema {facts.schema}, this Retake writes {facts.newest_schema}.")
    if facts.schema > facts.newest_schema:
        raise SchemaTooNew
    if dry_run:
        return

    async def upgrade() -> None:
        await (await open_store(location)).close()

    asyncio.run(upgrade())
    done = facts.schema < facts.newest_schema
    typer.echo(f"Upgraded from {facts.schema} to {facts.newest_schema}." if done else "Nothing to do.")


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
