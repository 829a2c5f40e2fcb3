"""Real processes: the bot, a local Discord and a local provider, with faults on one call in seven, and kill -9."""

import asyncio
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.discord import Channel, LocalDiscord, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.store.group_commit import Row
from bot.store.location import DATABASE, StoreLocation
from bot.store.open import open_reader
from bot.store.postgres_errors import Unreachable
from tests.faults.clip import CLIP
from tests.faults.invariants import GIVEN_UP_STATES, Tally
from tests.no_limits import lift_limits
from tests.stores import crash_server, location_in, on_postgres, url_of

FAULT_ONE_IN = 7
ENDED = ("delivered", "undeliverable_kept", "rejected", "provider_failed", "needs_person", "abandoned", "cancelled")
KILL_INTERVAL_S = (2.0, 8.0)  # between two kills
SERVER_CRASH_RATE = 0.3  # of these, on PostgreSQL: the database dies instead of the bot
SERVER_DOWN_S = (0.0, 4.0)
REQUEST_INTERVAL_S = 0.2
OPEN_AT_ONCE = 60
DRAIN_TIMEOUT_S = 900.0
READ_WITHIN_S = 60.0
ENV = {
    "RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "200",
    "RETAKE_ACCOUNTS__TOAPIS__REQUESTS_PER_S": "500",
    "RETAKE_LOG_LEVEL": "ERROR",
}
CREATE, STATUS, CLIPS = "POST /v1/videos/*", "GET /v1/videos/*", "GET /cdn/*"
POST, ANSWER, REST = "POST */channels/*/messages", "POST */interactions/*/callback", "GET */messages*"


@dataclass(kw_only=True)
class RandomFault(Fault):
    """A fault with a probability."""

    rate: float
    rng: random.Random = field(repr=False)
    times: int | None = None

    def matches(self, route: str) -> bool:
        return self.rng.random() < self.rate and Fault.matches(self, route)


def random_faults(rng: random.Random, route: str, *kinds: Mapping[str, object]) -> list[Fault]:
    """Return faults of a route that together hit one call in seven."""
    return [RandomFault(route=route, rate=1 / FAULT_ONE_IN / len(kinds), rng=rng, **kind) for kind in kinds]  # type: ignore[arg-type]


def all_faults(rng: random.Random) -> tuple[list[Fault], list[Fault]]:
    """Return the faults of the provider and those of Discord."""
    lost, broken = {"when": "after", "drop": True}, {"status": 502}
    unsent, busy = {"drop": True}, {"status": 429, "headers": {"Retry-After": "1"}}
    provider = [
        *random_faults(rng, CREATE, lost, broken, unsent, busy),
        *random_faults(rng, STATUS, broken, unsent, busy),
        *random_faults(rng, CLIPS, broken, unsent, {"status": 404}),
    ]
    discord = [
        *random_faults(rng, POST, lost, broken, {"when": "after", "status": 500}, unsent),
        *random_faults(rng, ANSWER, lost, broken),
        *random_faults(rng, REST, broken, unsent),
    ]
    return provider, discord


class Nemesis:
    """Kills and restarts the bot, and PostgreSQL if it's used, until cancelled. The name is Jepsen's term."""

    def __init__(self, world: LocalEnvironment, rng: random.Random) -> None:
        self._world = world
        self._rng = rng
        self.kills = 0
        self.server_crashes = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*KILL_INTERVAL_S))
            if on_postgres() and self._rng.random() < SERVER_CRASH_RATE:
                await asyncio.to_thread(crash_server, self._rng.uniform(*SERVER_DOWN_S))
                self.server_crashes += 1
                continue
            await self._world.bot.kill()
            self.kills += 1
            await self.start()

    async def start(self) -> None:
        """Start the bot and retry if a fault prevents it. Raise RuntimeError after 20 attempts."""
        for _ in range(20):
            try:
                await self._world.start_bot()
            except RuntimeError:
                await self._world.bot.kill()
                continue
            return
        raise RuntimeError(self._world.bot.words()[-4000:])


async def run_with_kills(jobs: int, seed: int) -> Tally:
    """Request this many videos under faults and kills, and return the tally."""
    rng = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="retake-nemesis-") as folder:
        data = Path(folder)
        clip = data / "film.mp4"
        clip.write_bytes(CLIP)
        provider = LocalToAPIs(render_s=lambda _: rng.uniform(0.2, 3.0), film=clip, balance_usd=1e9)
        discord = LocalDiscord(rate_limits=False)
        discord.limits.whole_bot = None
        url = url_of(data / DATABASE)
        env = {**ENV, "RETAKE_DATABASE_URL": url} if url else ENV
        async with LocalEnvironment(provider, discord=discord, data=data, env=env) as world:
            return await _run_jobs(world, provider, jobs, rng)


async def _run_jobs(world: LocalEnvironment, provider: LocalToAPIs, jobs: int, rng: random.Random) -> Tally:
    guild = world.discord.add_guild("Studio")
    channels = [guild.add_channel(f"videos-{n}") for n in range(5)]
    members = [guild.add_member(f"member{n}") for n in range(40)]
    await lift_limits(world.data, guild.id)
    nemesis = Nemesis(world, rng)
    await nemesis.start()
    provider.wire.faults, world.discord.wire.faults = all_faults(rng)
    killing = asyncio.create_task(nemesis.run())
    database = location_in(world.data)
    try:
        for number in itertools.count():
            if count_jobs(database) >= jobs:
                break
            await request_video(rng.choice(members), rng.choice(channels), f"boat number {number:05d} sails")
            while count_jobs(database, open_only=True) >= OPEN_AT_ONCE:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        await asyncio.sleep(10.0)
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)
    provider.wire.clear()
    world.discord.wire.clear()
    await world.bot.kill()
    await nemesis.start()
    until = time.monotonic() + DRAIN_TIMEOUT_S
    while count_jobs(database, open_only=True) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    code = await world.bot.terminate()
    tally = check_books(world, provider, database)
    tally.kills, tally.server_crashes = nemesis.kills, nemesis.server_crashes
    if code:
        tally.errors.append(f"the bot exited with {code}")
    return tally


async def request_video(member: Member, channel: Channel, prompt: str) -> None:
    """Request a video once. A request without a response is not repeated."""
    with contextlib.suppress(Exception):
        await member.slash(channel, "generate", prompt=prompt)
    await asyncio.sleep(REQUEST_INTERVAL_S)


def _rows(database: StoreLocation, sql: str) -> list[Row]:
    """Read the database, again if PostgreSQL has crashed."""
    until = time.monotonic() + READ_WITHIN_S
    while True:
        try:
            with open_reader(database) as tx:
                return tx.run(sql)
        except Unreachable:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def count_jobs(database: StoreLocation, *, open_only: bool = False) -> int:
    """Return how many jobs are stored, or how many of them aren't finished."""
    where = f"WHERE state NOT IN {ENDED} OR due_at IS NOT NULL" if open_only else ""
    (row,) = _rows(database, f"SELECT count(*) FROM job {where}")  # noqa: S608
    return int(str(row[0]))


def check_books(world: LocalEnvironment, provider: LocalToAPIs, database: StoreLocation) -> Tally:
    """Compare the database, the provider's charges and the channel's messages by prompt."""
    tally = Tally()
    charges: dict[str, int] = {}
    for charge in provider.charges:
        prompt = provider.tasks[charge.task_id].prompt
        charges[prompt] = charges.get(prompt, 0) + 1
    clips: dict[str, int] = {}
    for message in world.discord.all_messages:
        if message.is_bot and message.attachments and not message.deleted:
            name = next((prompt for prompt in charges if prompt in message.content), message.content)
            clips[name] = clips.get(name, 0) + 1
    released = {str(row[0]) for row in _rows(database, "SELECT job_id FROM ledger WHERE kind = 'release'")}
    rows = _rows(database, "SELECT id, prompt, state FROM job")
    for job_id, prompt, state in ((str(a), str(b), str(c)) for a, b, c in rows):
        tally.jobs += 1
        tally.states[state] = tally.states.get(state, 0) + 1
        paid = charges.pop(prompt, 0)
        tally.charged_twice += max(0, paid - 1)
        tally.doubled += clips.get(prompt, 0) > 1
        tally.false_delivered += state == "delivered" and not clips.get(prompt)
        tally.charged_but_refunded += paid > 0 and job_id in released
        tally.lost += state not in ENDED or (paid > 0 and state in GIVEN_UP_STATES)
    tally.lost += len(charges)  # charged, but not in the database
    return tally
