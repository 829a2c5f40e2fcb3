"""What one worker finds out about an account stops the polls of all workers, and the host is told once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from bot.catalogue.offers import Offers
from bot.jobs.job import State
from bot.jobs.provider_errors import KeyRefused, RateLimited
from bot.ports.host_alarm import HostAlert
from bot.ports.provider import FetchLimits, Pending
from bot.ports.publisher import Publisher
from bot.store.account_pauses import SqlAccountPauses
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.worker.account_pauses import FIRST_PAUSE_S, MAX_PAUSE_S, READ_EVERY_S, read_pauses
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.poll_queue import PollEntry
from bot.worker.poll_result import apply_error, apply_status
from bot.worker.poll_schedule import Timing
from tests.faults.process_runs import MODEL
from tests.limits.service_harness import NOON, FakeAccount, ManualClock
from tests.store.factories import make_job
from tests.stores import new_url
from tests.turns.worker_process import NoDiscord

REFUSED = KeyRefused(provider="Fake", status=401)


@dataclass
class Alarm:
    """Collects what the host is told."""

    told: list[HostAlert] = field(default_factory=list)

    async def tell(self, alert: HostAlert) -> bool:
        self.told.append(alert)
        return True


@pytest.fixture
async def database() -> AsyncIterator[PgDatabase]:
    database = await PgDatabase.open(new_url())
    yield database
    await database.close()


def worker(database: PgDatabase, folder: Path, clock: ManualClock, alarm: Alarm) -> JobContext:
    return JobContext(
        clock=clock,
        store=SqlJobStore(database),
        publisher=cast(Publisher, NoDiscord()),
        providers={},
        offers=Offers([MODEL], [FakeAccount()]),
        files=ClipFiles(folder),
        timing=Timing(),
        limits=FetchLimits(max_bytes=1, timeout_s=1.0, min_bytes_per_s=1),
        host_alarm=alarm,
        account_pauses=SqlAccountPauses(database),
    )


def entry_of(context: JobContext) -> PollEntry:
    """Return a job of the account that this worker polls."""
    now = context.clock.monotonic()
    return PollEntry(job=make_job(state=State.POLLING, task_id="t"), due=now, added_at=now, save_at=now + 1e6)


async def look(context: JobContext) -> None:
    """Let a worker look once at what the others have found."""
    assert context.account_pauses is not None
    await read_pauses(context, context.account_pauses)


async def test_a_refused_key_stops_the_polls_of_all_workers_and_is_told_once(
    database: PgDatabase, tmp_path: Path
) -> None:
    clock, alarm = ManualClock(), Alarm()
    one, two = [worker(database, tmp_path, clock, alarm) for _ in range(2)]
    await apply_error(one, entry_of(one), REFUSED)
    assert not two.poll_queue.is_paused("fake", clock.monotonic())
    await apply_error(two, entry_of(two), REFUSED)  # its poll was on its way
    assert len(alarm.told) == 1
    third = worker(database, tmp_path, clock, alarm)
    await look(third)
    for context in (one, two, third):
        assert context.poll_queue.is_paused("fake", NOON + FIRST_PAUSE_S - 1.0)
        assert not context.poll_queue.is_paused("fake", NOON + FIRST_PAUSE_S)


async def test_the_next_pause_is_longer_whichever_worker_finds_out(database: PgDatabase, tmp_path: Path) -> None:
    clock, alarm = ManualClock(), Alarm()
    one, two = [worker(database, tmp_path, clock, alarm) for _ in range(2)]
    for number, context in enumerate([one, two] * 5):
        await apply_error(context, entry_of(context), REFUSED)
        pause_s = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0**number)
        assert await SqlAccountPauses(database).ends(clock.now()) == {"fake": clock.now() + pause_s}
        assert context.poll_queue.is_paused("fake", clock.monotonic() + pause_s - 1.0)
        clock.current += pause_s
    assert len(alarm.told) == 10


async def test_a_good_answer_to_one_worker_ends_the_pause_of_all(database: PgDatabase, tmp_path: Path) -> None:
    clock, alarm = ManualClock(), Alarm()
    one, two = [worker(database, tmp_path, clock, alarm) for _ in range(2)]
    await apply_error(one, entry_of(one), REFUSED)
    await look(two)
    await apply_status(one, entry_of(one), Pending(), resume=True)
    assert await SqlAccountPauses(database).ends(clock.now()) == {}
    assert two.poll_queue.is_paused("fake", clock.monotonic())
    await look(two)
    assert not two.poll_queue.is_paused("fake", clock.monotonic())


async def test_all_workers_wait_as_long_as_one_was_asked_to(database: PgDatabase, tmp_path: Path) -> None:
    clock, alarm = ManualClock(), Alarm()
    one, two = [worker(database, tmp_path, clock, alarm) for _ in range(2)]
    await apply_error(one, entry_of(one), RateLimited(provider="Fake", retry_after_s=90.0))
    await apply_error(two, entry_of(two), RateLimited(provider="Fake", retry_after_s=20.0))
    await look(two)
    assert two.poll_queue.is_paused("fake", NOON + 89.0)
    assert not two.poll_queue.is_paused("fake", NOON + 90.0)
    assert alarm.told == []


async def test_a_worker_without_the_database_pauses_by_itself(database: PgDatabase, tmp_path: Path) -> None:
    clock, alarm = ManualClock(), Alarm()
    one = worker(database, tmp_path, clock, alarm)
    await database.run("ALTER TABLE fact RENAME TO elsewhere")
    await apply_error(one, entry_of(one), REFUSED)
    assert one.poll_queue.is_paused("fake", NOON + FIRST_PAUSE_S - 1.0)
    assert len(alarm.told) == 1
    await look(one)  # it can't be read, and the loop goes on
    assert one.poll_queue.is_paused("fake", NOON + READ_EVERY_S)
    await database.run("ALTER TABLE elsewhere RENAME TO fact")
