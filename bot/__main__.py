"""The command line: run the bot, or play the demo."""

import asyncio
import sys
from pathlib import Path

import typer

from bot.settings import Settings, SettingsError, load

EX_CONFIG = 78  # sysexits.h

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@cli.callback()
def _root() -> None:
    """Retake generates and remixes AI videos in Discord."""


@cli.command()
def run() -> None:
    """Start the bot with the settings of the environment and `.env`."""
    from bot import app  # only here: the demo and the help need no Discord client

    sys.exit(asyncio.run(app.run(_settings())))


@cli.command()
def healthy() -> None:
    """Exit 0 if the bot on this data is alive, else 1."""
    from bot import app

    sys.exit(0 if app.is_healthy(_settings()) else 1)


def _settings() -> Settings:
    """The settings, or the end of the process with every problem in a sentence."""
    try:
        return load()
    except SettingsError as error:
        typer.echo("Retake cannot start:", err=True)
        for problem in error.problems:
            typer.echo(f"  - {problem}", err=True)
        sys.exit(EX_CONFIG)


@cli.command()
def demo(out: Path = Path("demo-out"), picture: Path | None = None) -> None:
    """Play a conversation in a local Discord, with local providers: no account, no token, no key."""
    from bot.sandbox.demo import play

    sys.exit(asyncio.run(play(out, picture)))


if __name__ == "__main__":
    cli()
