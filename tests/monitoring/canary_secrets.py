"""Canary secrets, and readers of every place where one could leak."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.sandbox.discord import LocalDiscord
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs

TOKEN = "MTAxcanary.Token.q9Zr7LkVw2x5"
KEY = "sk-canary-4f1d0c9b8a7e"
CANARY = "zephyrcanary"  # a word of every prompt
ECHOED_ERROR = f"not for Bearer {KEY}: your prompt was {CANARY} in an echo"


def make_world(data: Path, port: int) -> tuple[LocalEnvironment, LocalToAPIs]:
    """Return a world whose bot logs at DEBUG."""
    provider = LocalToAPIs(api_key=KEY, render_s=0.1)
    env = {"RETAKE_LOG_FORMAT": "json", "RETAKE_LOG_LEVEL": "DEBUG", "RETAKE_HEALTH_PORT": str(port)}
    return LocalEnvironment(provider, discord=LocalDiscord(token=TOKEN), data=data, env=env), provider


def api_keys(_: LocalEnvironment) -> set[str]:
    return {TOKEN, KEY}


def link_signatures(world: LocalEnvironment) -> set[str]:
    """Return the signatures of all clip links that the bot requested from a provider."""
    seen = [request.path for provider in world.providers for request in provider.wire.seen]
    return set(re.findall(r"sig=([0-9a-f]{16,})", " ".join(seen)))


def discord_link_signatures(world: LocalEnvironment) -> set[str]:
    """Return the signatures of all file links that the bot requested from Discord."""
    return set(re.findall(r"hm=([0-9a-f]{16,})", " ".join(request.path for request in world.discord.wire.seen)))


def interaction_tokens(world: LocalEnvironment) -> set[str]:
    return {interaction.token for interaction in world.discord.world.interactions.values()}


def find_secrets(secrets: set[str], text: str | bytes) -> list[str]:
    """Return the secrets that occur in a text."""
    if isinstance(text, bytes):
        return sorted(word for word in secrets if word.encode() in text)
    return sorted(word for word in secrets if word in text)


def stored_files(data: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file that the bot wrote, except its log."""
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.name != "bot.log":
            yield path.relative_to(data).as_posix(), path.read_bytes()


def text_columns(database: Path) -> Iterator[tuple[str, str]]:
    """Yield every value of a database as text, with its place: `table.column`."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            found = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            names = [column[0] for column in found.description]
            for row in found:
                yield from ((f"{table}.{name}", str(value)) for name, value in zip(names, row, strict=True))


def bodies_sent_to_discord(world: LocalEnvironment) -> str:
    """Return the bodies of all requests to Discord. The headers contain the token and are left out."""
    return "\n".join(request.body.decode(errors="replace") for request in world.discord.wire.seen)
