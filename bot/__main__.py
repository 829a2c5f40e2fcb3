"""The command line: run the bot, check it, maintain its data, or run the demo."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli import adopt, database, jobs, move, usage
from bot.settings import Settings, SettingsError, load

EX_CONFIG = 78  # sysexits.h


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    GATEWAY = "gateway"
    WORKER = "worker"


_MARKS = {"ok": "[green]ok[/]", "look": "[yellow]look[/]", "bad": "[red]bad[/]"}

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

cli.add_typer(jobs.jobs_cli, name="jobs")
cli.add_typer(usage.cli)
cli.command()(database.backup)
cli.command()(database.restore)
cli.command()(database.migrate)
cli.command()(move.move)
cli.command()(adopt.adopt)


@cli.callback()
def _root() -> None:
    """Retake generates and remixes AI videos in Discord."""


RoleOption = Annotated[
    Role | None,
    typer.Option(help="On PostgreSQL: gateway answers people, worker carries jobs. Default: RETAKE_ROLE, or all."),
]


@cli.command()
def run(role: RoleOption = None) -> None:
    """Start the bot with the settings of the environment and `.env`."""
    # As process 1 of a container, an unhandled signal is ignored, and importing takes a moment.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from bot.cli import run

    sys.exit(asyncio.run(run.run(_settings(role))))


@cli.command()
def healthy(role: RoleOption = None) -> None:
    """Say which part of the bot on this data isn't ready. Exit 0 if it's alive, else 1."""
    from bot.cli import run

    alive, says = run.health(_settings(role))
    typer.echo(says)
    sys.exit(0 if alive else 1)


@cli.command()
def doctor(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Check accounts, catalogue, disk and Discord, and spend nothing. Exit 1 where something does not work."""
    from bot.cli import run

    findings = asyncio.run(run.examine(_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        table = Table(box=None)
        for title in ("", "what", "says"):
            table.add_column(title, overflow="fold")
        for finding in findings:
            table.add_row(_MARKS[finding.state], finding.what, escape(finding.says))
        Console().print(table)
    sys.exit(1 if any(finding.state == "bad" for finding in findings) else 0)


def _settings(role: Role | None = None) -> Settings:
    """Return the settings, or exit after printing every problem. `role` overrides RETAKE_ROLE."""
    if role is not None:
        os.environ["RETAKE_ROLE"] = role.value
    try:
        return load()
    except SettingsError as error:
        typer.echo("Retake cannot start:", err=True)
        for problem in error.problems:
            typer.echo(f"  - {problem}", err=True)
        sys.exit(EX_CONFIG)


@cli.command()
def demo(
    out: Path = Path("demo-out"),
    picture: Path | None = None,
    provider: str = "toapis",
    store: Annotated[str, typer.Option(envvar="STORE", help="sqlite, or postgres for a local PostgreSQL.")] = "sqlite",
) -> None:
    """Play a conversation in a local Discord, with local providers: no account, no token, no key."""
    _require_sandbox()
    from bot.sandbox.demo import play
    from bot.sandbox.demo_profiles import DEMO_PROFILES
    from bot.sandbox.postgres import PostgresMissing

    if provider not in DEMO_PROFILES:
        typer.echo(f"There is no local provider {provider}. There are {', '.join(DEMO_PROFILES)}.", err=True)
        sys.exit(EX_CONFIG)
    if store not in ("sqlite", "postgres"):
        typer.echo(f"There is no store {store}. There are sqlite and postgres.", err=True)
        sys.exit(EX_CONFIG)
    try:
        sys.exit(asyncio.run(play(out, DEMO_PROFILES[provider], picture, on_postgres=store == "postgres")))
    except PostgresMissing as error:
        typer.echo(type(error).__doc__, err=True)
        sys.exit(EX_CONFIG)


@cli.command("play")
def play_in_browser(port: int = 8642) -> None:
    """Open the local server in a browser: be a member and use the real bot. No account, no token, no key."""
    _require_sandbox()
    from bot.sandbox.web.play import serve

    sys.exit(asyncio.run(serve(port)))


def _require_sandbox() -> None:
    """Exit with a sentence if the local Discord isn't installed: the Docker image leaves it out."""
    if find_spec("bot.sandbox") is None:
        typer.echo(
            "The local Discord isn't part of this image. Clone the repository and run `make demo` or `make play`.",
            err=True,
        )
        sys.exit(EX_CONFIG)


if __name__ == "__main__":
    cli()
