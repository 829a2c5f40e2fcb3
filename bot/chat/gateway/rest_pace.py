"""Keep a process to its share of the 50 requests a second of a bot. Source: reference/discord.md 5."""

import asyncio
from typing import Any, TypeVar

import discord
from discord.http import Route

ClientT = TypeVar("ClientT", bound=discord.Client)


def paced(client: ClientT, requests_per_s: float | None) -> ClientT:
    """Return the client, whose requests start evenly spaced from now on. None: as they come.

    Answers to interactions go another way in discord.py, as they don't count for Discord.
    """
    if requests_per_s is None:
        return client
    send, interval_s, starts_at = client.http.request, 1.0 / requests_per_s, 0.0

    async def request(route: Route, **options: Any) -> Any:
        nonlocal starts_at
        now = asyncio.get_running_loop().time()
        starts_at = max(now, starts_at + interval_s)
        await asyncio.sleep(starts_at - now)
        return await send(route, **options)

    client.http.request = request  # type: ignore[method-assign]
    return client
