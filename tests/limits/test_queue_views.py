"""Jobs that share a view of the queue get no more slots than jobs with separate views."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from bot.jobs.job import Job
from bot.jobs.status import JobStatus
from bot.ports.provider import Provider
from bot.ports.publisher import Publisher
from bot.worker.dispatch import try_acquire_slot
from tests.limits.service_harness import ServiceHarness, open_service_harness


class FakeProvider:
    """The queue's view of an account."""

    jobs_at_once = 5


class NullPublisher:
    """Discards status updates."""

    async def show_status(self, job: Job, notice: JobStatus) -> None: ...


async def create_waiting_job(harness: ServiceHarness, user_id: int, account: str) -> Job:
    job = await harness.create_job(user_id)
    await harness.database.run("UPDATE job SET account = ? WHERE id = ?", (account, job.id))
    return replace(job, account=account)


async def test_a_member_limit_applies_across_accounts(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, jobs_per_member=1)
        harness.context.publisher = cast(Publisher, NullPublisher())
        other, first, second = [
            await create_waiting_job(harness, *arguments) for arguments in ((9, "a"), (7, "a"), (7, "b"))
        ]
        provider = cast(Provider, FakeProvider())
        acquired = [await try_acquire_slot(harness.context, job, provider) for job in (other, second, first)]
        assert acquired == [True, True, False]  # the cached view of account a would have admitted `first` too


async def test_concurrent_jobs_share_a_queue_view_and_keep_the_account_limit(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        harness.context.publisher = cast(Publisher, NullPublisher())
        jobs = [await create_waiting_job(harness, user_id, "a") for user_id in range(1, 21)]
        acquired = [await try_acquire_slot(harness.context, job, cast(Provider, FakeProvider())) for job in jobs]
        assert acquired.count(True) == FakeProvider.jobs_at_once
