"""One of several workers on a PostgreSQL database. `python -m tests.turns.worker_process URL FOLDER PROVIDER_URL KEY`

Its jobs end where their clips would be posted: there is no Discord. It runs until it's killed.
"""

import asyncio
import sys
from pathlib import Path
from typing import cast

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.jobs.job import Job
from bot.jobs.status import JobStatus
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import FetchLimits
from bot.ports.publisher import Publisher
from bot.providers import Account, build_provider
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.store.postgres_clock import read_clock
from bot.store.postgres_connection import connect
from bot.store.repositories import build_repositories
from bot.store.turns import SqlTurns
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.engine import Worker
from bot.worker.poll_schedule import Timing
from bot.worker.shared_queue import SharedQueue

JOBS_AT_ONCE = 7


class NoDiscord:
    """A publisher that isn't logged in."""

    def available(self) -> bool:
        return False

    async def upload_limit_bytes(self, job: Job) -> int:
        return 10 << 20

    async def show_status(self, job: Job, notice: JobStatus) -> None: ...


class OneOfMany(SqlJobStore):
    """Leaves the jobs of other workers alone at the start."""

    async def new_epoch(self, now: float) -> int:
        return 0


async def main(url: str, folder: Path, provider_url: str, key: str) -> None:
    owner = connect(url)  # this process doesn't own the database: only one could
    database = PgDatabase(url, owner, read_clock(owner), None, inline=False)
    store, guard = OneOfMany(database), SsrfGuard(("127.0.0.1",))
    account = Account(
        name="toapis", kind="toapis", key=key, base_url=provider_url, jobs_at_once=JOBS_AT_ONCE, requests_per_s=1000.0
    )
    context = JobContext(
        clock=database.clock,
        store=store,
        publisher=cast(Publisher, NoDiscord()),
        providers={account.name: build_provider(account, guard)},
        offers=Offers(load_catalogue(None), [account]),
        files=ClipFiles(folder),
        timing=Timing(first_check_s=0.1, check_every_s=0.3),
        limits=FetchLimits(max_bytes=1 << 20, timeout_s=60.0, min_bytes_per_s=1),
        booted_at=database.clock.now(),
        servers=build_repositories(database).servers,
        shared_queue=SharedQueue(SqlTurns(database), database.clock, limited=True),
    )
    context.files.prepare(min_age_s=3600.0)
    await Worker(context).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:5]))
