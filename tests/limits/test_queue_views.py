"""A shared look at the queue gives no more turns than a look of one's own."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from bot.jobs.job import Job
from bot.jobs.status import JobStatus
from bot.ports.provider import Provider
from bot.ports.publisher import Publisher
from bot.worker.dispatch import try_acquire_slot
from tests.limits.service_harness import Shop, open_shop


class Room:
    """An account, as the queue sees it."""

    jobs_at_once = 5


class Silent:
    """Nobody reads along."""

    async def show_status(self, job: Job, notice: JobStatus) -> None: ...


async def waiting(shop: Shop, user_id: int, account: str) -> Job:
    job = await shop.order(user_id)
    await shop.database.run("UPDATE job SET account = ? WHERE id = ?", (account, job.id))
    return replace(job, account=account)


async def test_a_members_limit_holds_over_all_accounts(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, jobs_per_member=1)
        shop.context.publisher = cast(Publisher, Silent())
        other, first, second = [await waiting(shop, *each) for each in ((9, "a"), (7, "a"), (7, "b"))]
        room = cast(Provider, Room())
        turns = [await try_acquire_slot(shop.context, job, room) for job in (other, second, first)]
        assert turns == [True, True, False]  # the look at account a, which gave `first` a turn too, is no longer true


async def test_those_who_come_at_once_share_a_look_and_keep_the_accounts_limit(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shop.context.publisher = cast(Publisher, Silent())
        jobs = [await waiting(shop, user_id, "a") for user_id in range(1, 21)]
        turns = [await try_acquire_slot(shop.context, job, cast(Provider, Room())) for job in jobs]
        assert turns.count(True) == Room.jobs_at_once
