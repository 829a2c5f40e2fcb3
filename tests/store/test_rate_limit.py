"""The rate limiter of an account, in virtual time."""

import asyncio

from bot.net.rate_limit import RateLimiter
from bot.ports.provider import MAX_PRIORITY_WAIT_S
from tests.faults.process_runs import run_in_virtual_time


def test_free_requests_are_evenly_spaced() -> None:
    async def run() -> None:
        limiter, loop = RateLimiter(4.0), asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(limiter.acquire() for _ in range(9)))
        assert loop.time() - began == 2.0

    run_in_virtual_time(run)


def test_paid_requests_do_not_wait_behind_polls() -> None:
    async def run() -> None:
        limiter, loop = RateLimiter(1.0), asyncio.get_running_loop()
        asking = asyncio.gather(*(limiter.acquire() for _ in range(500)))
        await asyncio.sleep(0)
        began = loop.time()
        assert await limiter.acquire_priority()
        assert loop.time() == began
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    run_in_virtual_time(run)


def test_a_paid_request_that_would_wait_too_long_is_not_sent() -> None:
    async def run() -> None:
        limiter = RateLimiter(1.0)
        took = await asyncio.gather(*(limiter.acquire_priority() for _ in range(40)))
        assert took.count(True) == MAX_PRIORITY_WAIT_S + 1

    run_in_virtual_time(run)
