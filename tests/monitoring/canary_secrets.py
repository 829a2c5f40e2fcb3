"""Secrets that are planted, and every place where one could come out again."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.sandbox.discord import LocalDiscord
from bot.sandbox.environment import World
from bot.sandbox.providers import LocalToAPIs

TOKEN = "MTAxcanary.Token.q9Zr7LkVw2x5"
KEY = "sk-canary-4f1d0c9b8a7e"
CANARY = "zephyrcanary"  # a word of every prompt
ECHOED_ERROR = f"not for Bearer {KEY}: your prompt was {CANARY} in an echo"


def make_world(data: Path, port: int) -> tuple[World, LocalToAPIs]:
    """A world whose bot says as much as it can."""
    provider = LocalToAPIs(api_key=KEY, render_s=0.1)
    env = {"RETAKE_LOG_FORMAT": "json", "RETAKE_LOG_LEVEL": "DEBUG", "RETAKE_HEALTH_PORT": str(port)}
    return World(provider, discord=LocalDiscord(token=TOKEN), data=data, env=env), provider


def api_keys(_: World) -> set[str]:
    return {TOKEN, KEY}


def link_signatures(world: World) -> set[str]:
    """Of every link to a clip that the provider was asked for."""
    seen = [request.path for provider in world.providers for request in provider.wire.seen]
    return set(re.findall(r"sig=([0-9a-f]{16,})", " ".join(seen)))


def discord_link_signatures(world: World) -> set[str]:
    """Of every file that Discord has handed out to the bot."""
    return set(re.findall(r"hm=([0-9a-f]{16,})", " ".join(request.path for request in world.discord.wire.seen)))


def interaction_tokens(world: World) -> set[str]:
    return {interaction.token for interaction in world.discord.world.interactions.values()}


def find_secrets(secrets: set[str], text: str | bytes) -> list[str]:
    """Which of these stand in there."""
    if isinstance(text, bytes):
        return sorted(word for word in secrets if word.encode() in text)
    return sorted(word for word in secrets if word in text)


def stored_files(data: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that the bot has left on its disk, without its log."""
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.name != "bot.log":
            yield path.relative_to(data).as_posix(), path.read_bytes()


def text_columns(database: Path) -> Iterator[tuple[str, str]]:
    """Every text of a database with its place: `table.column`."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            found = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            names = [column[0] for column in found.description]
            for row in found:
                yield from ((f"{table}.{name}", str(value)) for name, value in zip(names, row, strict=True))


def bodies_sent_to_discord(world: World) -> str:
    """The bodies of everything that the bot has sent there; its headers carry the token, as they must."""
    return "\n".join(request.body.decode(errors="replace") for request in world.discord.wire.seen)
