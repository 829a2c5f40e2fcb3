"""One of several processes that use a PostgreSQL database at once. `python -m tests.store.postgres_racer URL TASK …`

It says `ready`, starts when the test lets go of START_KEY, and prints what it got as JSON. A last argument `unlocked`
takes the lock of the task away.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, cycle

from bot.jobs.limits import Caps
from bot.jobs.rejections import LimitReached
from bot.jobs.style import Style
from bot.jobs.style_errors import TooManyStyles
from bot.net.rate_limit import RateLimiter
from bot.net.shared_rate_limit import SharedRateLimiter
from bot.ports.pace import RateLimit
from bot.store import jobs
from bot.store.group_commit import Row, Value
from bot.store.jobs import SqlJobStore
from bot.store.pace import SqlPace
from bot.store.postgres import PgDatabase
from bot.store.postgres_clock import read_clock
from bot.store.postgres_connection import PgTransaction, connect
from bot.store.repositories import build_repositories
from tests.store.factories import NOW, make_job

START_KEY = 1
MOST_STYLES = 10
CAP = 50
RATE, PAID_ONE_IN = 50.0, 4  # requests per second of an account
STANDS_STILL_S, STANDS_STILL_EVERY_S = (0.05, 0.13), 0.2


async def claim(store: SqlJobStore, _number: int, claimers: int) -> list[str]:
    """Claim single jobs until there are none. Return their ids."""

    async def drain() -> list[str]:
        found: list[str] = []
        while claimed := await store.claim(NOW, 1, 300.0):
            found += [job.id for job in claimed]
        return found

    return [*chain.from_iterable(await asyncio.gather(*(drain() for _ in range(claimers))))]


async def order(store: SqlJobStore, number: int, orders: int) -> list[str]:
    """Order videos on one server that has a limit. Return the ids of those that were accepted."""

    async def one(job_id: str) -> list[str]:
        job = replace(make_job(user_id=int(job_id), interaction_id=int(job_id)), id=job_id, code=f"R{job_id}")
        try:
            return [job_id] if await store.insert(job, Caps(server_videos=CAP)) is not None else []
        except LimitReached:
            return []

    found = await asyncio.gather(*(one(str(number * orders + each + 1)) for each in range(orders)))
    return [*chain.from_iterable(found)]


async def edit(store: SqlJobStore, number: int, edits: int) -> list[str]:
    """Forbid words, each in an edit of its own. Return them."""
    servers, words = build_repositories(store.database).servers, [f"word{number}x{each}" for each in range(edits)]

    async def one(word: str) -> None:
        await servers.edit_settings(1, 1, NOW, lambda rules: replace(rules, words=(*rules.words, word)))

    await asyncio.gather(*map(one, words))
    return words


async def save_styles(store: SqlJobStore, number: int, styles: int) -> list[str]:
    """Save styles of one member, who may have a few. Return the names of those that were saved."""
    repository = build_repositories(store.database).styles

    async def one(name: str) -> list[str]:
        style = Style(guild_id=1, user_id=1, name=name, words="ink")
        try:
            await repository.save(style, by_id=1, now=NOW, most=MOST_STYLES)
        except TooManyStyles:
            return []
        return [name]

    found = await asyncio.gather(*(one(f"s{number}x{each}") for each in range(styles)))
    return [*chain.from_iterable(found)]


async def pace(store: SqlJobStore, _number: int, requests: int) -> list[str]:
    """Start polls and paid requests of an account as early as its rate allows. Return when each of them started.

    The process stands still again and again, so that it reaches slots late and misses some.
    """
    shared = SharedRateLimiter("one", RATE, SqlPace(store.database), workers=5)
    limiter: RateLimit = RateLimiter(RATE) if sys.argv[-1] == "unlocked" else shared
    starts: list[str] = []

    async def one(number: int) -> None:
        await asyncio.sleep(number % 10 / 10)
        if number % PAID_ONE_IN == 0:
            assert await limiter.acquire_priority()
        else:
            await limiter.acquire()
        starts.append(str(time.monotonic()))  # one clock for all processes of a machine

    loop, still_s = asyncio.get_running_loop(), cycle(STANDS_STILL_S)

    def stand_still() -> None:
        time.sleep(next(still_s))
        loop.call_later(STANDS_STILL_EVERY_S, stand_still)

    loop.call_later(STANDS_STILL_EVERY_S, stand_still)
    await asyncio.gather(*(one(each) for each in range(requests)))
    return starts


def take_lock_away() -> None:
    """Let every statement run without the locks that only PostgreSQL needs."""
    run = PgTransaction.run

    def without(tx: PgTransaction, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return run(tx, sql.replace("/* pg: FOR UPDATE */", ""), values)

    jobs.CLAIM = jobs.CLAIM.replace("/* pg: FOR UPDATE SKIP LOCKED */", "")
    PgTransaction.run = without  # type: ignore[method-assign, assignment]
    PgTransaction.lock = lambda tx, name: None  # type: ignore[method-assign, assignment]


async def race(url: str, task: str, number: int, size: int) -> list[str]:
    """Wait for the start, then do the task."""
    owner = connect(url)  # this process doesn't own the database: only one could
    database = PgDatabase(url, owner, read_clock(owner), None, inline=False)
    store = SqlJobStore(database)
    owner.execute("SET lock_timeout = 0")
    owner.execute("SET statement_timeout = 0")
    await asyncio.gather(*(database.run("SELECT pg_sleep(0.05)") for _ in range(12)))  # connect
    print("ready", flush=True)  # noqa: T201
    await asyncio.to_thread(owner.execute, f"SELECT pg_advisory_lock_shared({START_KEY})".encode())
    tasks = {"claim": claim, "order": order, "edit": edit, "styles": save_styles, "pace": pace}
    try:
        return await tasks[task](store, number, size)
    finally:
        await database.close()


if __name__ == "__main__":
    if sys.argv[-1] == "unlocked":
        take_lock_away()
    print(json.dumps(asyncio.run(race(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))))  # noqa: T201
