"""Command for the host: use a database that went back, or one that was moved away and is needed again."""

import asyncio
import sys
from typing import Annotated

import typer

from bot.cli.database import data_location
from bot.cli.exits import EXIT_FAILED, exit_on_error
from bot.store import maintenance
from bot.store.location import StoreLocation
from bot.store.open import open_postgres, postgres_failures

_QUESTION = "Have you compared with the providers' websites, and shall the bot go on with this database?"


def adopt(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Go on with a database that went back, once you have looked at it. Its open jobs wait for people."""
    with exit_on_error():
        location = data_location()
        if location.database_url:
            with postgres_failures(location):
                asyncio.run(_adopt(location, yes=yes))
        elif not maintenance.take_back(location.data):
            typer.echo("Nothing to adopt: this database was not moved away. If it's older than its mark, just start.")
        else:
            typer.echo("Taken back. When the bot starts, people decide about its open jobs: nothing is paid again.")


async def _adopt(location: StoreLocation, *, yes: bool) -> None:
    """Ask and adopt. Opening the database has held its open jobs, if it went back."""
    database = await open_postgres(location)
    try:
        if not database.held:
            typer.echo("Nothing to adopt: the database has everything that was paid and posted.")
            return
        typer.echo(database.held)
        ((held,),) = await database.run("SELECT count(*) FROM job WHERE state = 'needs_person'")
        if not yes and not typer.confirm(_QUESTION):
            sys.exit(EXIT_FAILED)
        await database.adopt()
        typer.echo(f"Adopted: the bot takes requests again. Jobs that wait for a person: {held}.")
    finally:
        await database.close()
