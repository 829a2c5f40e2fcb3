"""JobService without Discord: a real database and a clock that only moves when told."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.catalogue.model import Model, Price
from bot.catalogue.offers import Offers
from bot.jobs.job import Job, Kind, RequestOrigin, State
from bot.jobs.limits import HostBudget
from bot.jobs.server_settings import ServerSettings
from bot.ordering.quote import Request
from bot.ordering.service import JobService
from bot.ports.provider import FetchLimits
from bot.ports.publisher import Publisher
from bot.ports.repositories import Repositories
from bot.store.jobs import SqlJobStore
from bot.store.repositories import build_repositories
from bot.store.sql_database import SqlDatabase
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.poll_schedule import Timing
from tests.service_factory import create, job_service_of
from tests.stores import open_database

NOON = 1_795_262_400.0  # 2026-11-21 12:00 UTC
PRICE = 100_000


class FakeAccount:
    """Account data for the offers."""

    name = "fake"
    kind = "fake"
    flavour = ""
    price = None
    models = ()
    off = None


@dataclass
class ManualClock:
    """A clock that moves only when set or slept on."""

    current: float = NOON

    def now(self) -> float:
        return self.current

    def monotonic(self) -> float:
        return self.current

    async def sleep(self, seconds: float) -> None:
        self.current += seconds


@dataclass
class ServiceHarness:
    database: SqlDatabase
    store: SqlJobStore
    repositories: Repositories
    context: JobContext
    job_service: JobService
    clock: ManualClock
    _event_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000))

    async def create_job(self, user_id: int = 1, guild_id: int = 1, *, roles: tuple[int, ...] = ()) -> Job:
        """Create and confirm a job. Raise the error of the limit or budget that rejects it."""
        event = next(self._event_ids)
        origin = RequestOrigin(user_id=user_id, guild_id=guild_id, channel_id=5, interaction_id=event, role_ids=roles)
        job = await create(self.job_service, origin, Request(kind=Kind.GENERATE, prompt="a paper boat"))
        assert job is not None
        accepted = await self.job_service.confirm(job, event)
        assert accepted is not None
        return accepted

    async def finish_job(self, job: Job, *, money: str, cost_micros: int | None = None) -> None:
        """Move a job to an end: `capture` delivers it; `release` and `hold` end it unpaid or unresolved.

        `cost_micros`: what the provider of a delivered video reports.
        """
        now = self.clock.now()
        match money:
            case "capture":
                for state in (State.SUBMITTING, State.POLLING, State.DOWNLOADING, State.DELIVERING):
                    moved = await self.store.transition(job, state, now=now, why="test")
                    assert moved is not None
                    job = moved
                to = State.DELIVERED
            case "release":
                to = State.REJECTED
            case _:
                to = State.NEEDS_PERSON
        ended = await self.store.transition(
            job,
            to,
            now=now,
            why="test",
            money=cast(Any, money),
            due_at=None,
            lease_until=None,
            delivered_at=now,
            cost_micros=cost_micros if money == "capture" else None,
        )
        assert ended is not None
        await self.store.update(ended, due_at=None, lease_until=None)

    async def set_server_settings(self, guild_id: int = 1, /, **rules: Any) -> None:
        await self.repositories.servers.save_settings(guild_id, ServerSettings(**rules))

    async def ledger_total(self, guild_id: int | None = None) -> int:
        """Return reserved, held and spent micro-dollars, summed from the ledger."""
        rows = await self.database.run(
            "SELECT sum(CASE WHEN debit = 'free' THEN micros WHEN credit = 'free' THEN -micros ELSE 0 END)"
            " FROM ledger JOIN job ON job.id = ledger.job_id WHERE guild_id = ? OR ?",
            (guild_id or 0, guild_id is None),
        )
        return int(rows[0][0] or 0)

    async def resend(self, job: Job) -> Job | None:
        """Resend a job of unknown outcome under the server's current settings."""
        return await self.job_service.resend(job.id, await self.job_service.settings(job.guild_id))


@contextlib.asynccontextmanager
async def open_service_harness(
    data: Path, *, host: HostBudget | None = None, price: int = PRICE
) -> AsyncIterator[ServiceHarness]:
    """Open a harness for the length of a block."""
    database = await open_database(data / "retake.sqlite3")
    repositories, store, clock = build_repositories(database), SqlJobStore(database), ManualClock()
    model = Model(key="fake", kind="fake", title="Fake", wire="fake", family="fake", price=Price(video_micros=price))
    context = JobContext(
        clock=clock,
        store=store,
        publisher=cast(Publisher, None),
        providers={},
        offers=Offers([model], [FakeAccount()]),
        files=ClipFiles(data),
        timing=Timing(),
        limits=FetchLimits(max_bytes=1, timeout_s=1.0, min_bytes_per_s=1),
        servers=repositories.servers,
    )
    context.files.prepare()
    try:
        yield ServiceHarness(database, store, repositories, context, job_service_of(context, host_budget=host), clock)
    finally:
        await database.close()
