"""An account's limit of requests a second, in virtual time."""

import asyncio

from bot.net.rate_limit import MAX_PRIORITY_WAIT_S, RateLimiter
from tests.faults.process_runs import virtually


def test_free_requests_are_evenly_spaced() -> None:
    async def act() -> None:
        turns, loop = RateLimiter(4.0), asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(turns.acquire() for _ in range(9)))
        assert loop.time() - began == 2.0

    virtually(act)


def test_whoever_pays_does_not_wait_for_those_who_ask() -> None:
    async def act() -> None:
        turns, loop = RateLimiter(1.0), asyncio.get_running_loop()
        asking = asyncio.gather(*(turns.acquire() for _ in range(500)))
        await asyncio.sleep(0)
        began = loop.time()
        assert await turns.acquire_priority()
        assert loop.time() == began
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    virtually(act)


def test_a_paid_request_that_would_wait_too_long_is_not_sent() -> None:
    async def act() -> None:
        turns = RateLimiter(1.0)
        took = await asyncio.gather(*(turns.acquire_priority() for _ in range(40)))
        assert took.count(True) == MAX_PRIORITY_WAIT_S + 1

    virtually(act)
