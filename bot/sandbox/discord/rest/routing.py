"""Shared by REST handlers: routes, JSON responses, ids from paths."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.discord.errors import wrong

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, the rate limit rule it counts against, and whether it wants the bot's token."""

    method: str
    path: str
    handler: Handler
    rule: str = ""
    token: bool = True


def answer(data: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with exactly the content type that discord.py compares with."""
    body = json.dumps(data).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})


def nothing() -> web.Response:
    return web.Response(status=204)


def path_id(request: web.Request, name: str) -> int:
    """A snowflake of the path; 400/50035 for anything else."""
    return snowflake(request.match_info[name], name)


def snowflake(text: str, name: str) -> int:
    if not text.isdecimal():
        raise wrong(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)


def query_id(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    return None if text is None else snowflake(text, name)
