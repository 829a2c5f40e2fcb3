"""Keep the gateway running when an event can't be read: log its shape, drop it, and restart only what failed.

discord.py lets an exception of one event end its shard, and one of a shard end the client.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any

import discord

log = logging.getLogger("retake.client")

MAX_DEPTH, MAX_KEYS = 3, 40
# A session without its READY is of no use. The shard starts another one.
NEEDED = frozenset({"READY"})
Parser = Callable[[Any], None]


def drop_unreadable_events(client: discord.AutoShardedClient) -> None:
    """Wrap discord.py's parsers, which change the cache and dispatch events, so that none of them raises."""
    parsers: dict[str, Parser] = client._connection.parsers
    for event, parse in parsers.items():
        if event not in NEEDED:
            parsers[event] = _guarded(event, parse)


def restart_after_any_error(client: discord.AutoShardedClient, shard_id: int) -> None:
    """Let a running shard reconnect, after its usual pause, on errors that would otherwise end the client."""
    info = client.get_shard(shard_id)
    if info is not None:
        info._parent._handled_exceptions = (Exception,)


async def close_socket(client: discord.AutoShardedClient, shard_id: int) -> None:
    """Close the socket of a shard that stopped reading. discord.py leaves it open, and its heartbeat running."""
    info = client.get_shard(shard_id)
    if info is not None:
        await info._parent.ws.close(code=1000)


def _guarded(event: str, parse: Parser) -> Parser:
    @functools.wraps(parse)
    def guarded(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001
            # Kept alive: the shard.
            log_unreadable(event, data, error)

    return guarded


def log_unreadable(event: str, data: object, error: Exception) -> None:
    """Log the shape of an event. The text of the error may quote its content, so it isn't logged."""
    why = f"{type(error).__name__} in {_place(error)}: {shape(data)}"
    log.error("dropped an event that can't be read", extra={"event_id": event, "why": why})


def _place(error: Exception) -> str:
    """Return the function and line that raised."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return "?" if step is None else f"{step.tb_frame.f_code.co_qualname}:{step.tb_lineno}"


def shape(value: object, depth: int = MAX_DEPTH) -> str:
    """Describe a JSON value by its keys and types, without its content."""
    match value:
        case Mapping() if depth > 0:
            inner = [f"{_key(key)}: {shape(each, depth - 1)}" for key, each in list(value.items())[:MAX_KEYS]]
            return "{" + ", ".join(inner) + (", …" if len(value) > MAX_KEYS else "") + "}"
        case list() if depth > 0:
            return f"[{len(value)} × {shape(value[0], depth - 1)}]" if value else "[]"
        case None:
            return "null"
    return type(value).__name__


def _key(key: object) -> str:
    """Return a key if it is a field's name. Ids and other content can be keys as well, as in `resolved`."""
    text = str(key)
    return text if text.isidentifier() and len(text) <= 40 else "…"
