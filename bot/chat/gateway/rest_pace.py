"""Keep a process to its share of the 50 requests a second of a bot. Source: reference/discord.md 5."""

import asyncio
import heapq
from itertools import count
from typing import Any, TypeVar

import discord
from discord.http import Route

ClientT = TypeVar("ClientT", bound=discord.Client)
_EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")


def paced(client: ClientT, requests_per_s: float | None) -> ClientT:
    """Return the client, whose requests start evenly spaced from now on. None: as they come.

    Edits of messages go last, so that no result waits behind them: its timeout counts the wait, since after it a post
    must no longer arrive. Answers to interactions go another way in discord.py, as they don't count for Discord.
    """
    if requests_per_s is None:
        return client
    send, slots = client.http.request, _Slots(1.0 / requests_per_s)

    async def request(route: Route, **options: Any) -> Any:
        await slots.take(is_last=(route.method, route.path) == _EDIT)
        return await send(route, **options)

    client.http.request = request  # type: ignore[method-assign]
    return client


class _Slots:
    """Gives slots, at least `interval_s` apart, to those that wait. One that was cancelled meanwhile takes none."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_at = 0.0
        self._numbers = count()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, *, is_last: bool) -> None:
        """Wait for a slot. `is_last`: behind all others that wait, also those that come later."""
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (is_last, next(self._numbers), turn))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._next_at, self._give)
        await turn

    def _give(self) -> None:
        loop, self._timer = asyncio.get_running_loop(), None
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                self._next_at = loop.time() + self._interval_s
                break
        if self._waiting:
            self._timer = loop.call_at(self._next_at, self._give)
