"""Stars, gallery posts and contests in both databases."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Job, Outcome, State
from bot.ports.contests import Contest, ContestEntry
from bot.ports.gallery import Shown, Star, Starred
from bot.ports.repositories import Repositories
from bot.store.jobs import SqlJobStore
from bot.store.repositories import build_repositories
from tests.store.factories import NOW, make_job
from tests.stores import open_database

pytestmark = pytest.mark.usefixtures("each_store")


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[SqlJobStore, Repositories]]:
    database = await open_database(folder / "retake.sqlite3")
    try:
        yield SqlJobStore(database), build_repositories(database)
    finally:
        await database.close()


async def add_video(store: SqlJobStore, message_id: int, **changes: object) -> Job:
    video: dict[str, object] = {
        "state": State.DELIVERED,
        "outcome": Outcome.SUCCEEDED,
        "result_message_id": message_id,
        "result_channel_id": 5,
        "delivered_at": NOW,
    }
    job = await store.insert(make_job(**(video | changes)))
    assert job is not None
    return job


def star(job: Job, user_id: int, at: float = NOW) -> Star:
    message_id = job.post.result_message_id or 0
    return Star(message_id=message_id, user_id=user_id, job_id=job.id, guild_id=job.guild_id, at=at)


async def test_each_member_has_one_star(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, repositories):
        stars, job = repositories.stars, await add_video(store, 70)
        for user_id in (2, 3, 2):
            await stars.add(star(job, user_id))
        assert await stars.count(job) == 2
        assert await stars.remove(70, 3) == job.id
        assert await stars.remove(70, 3) is None
        await stars.replace(job, {3, 4}, NOW + 9)
        assert await stars.count(job) == 2
        assert await stars.clear(70) == job.id
        assert await stars.clear(70) is None


async def test_the_most_starred_and_the_unshown_videos(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, repositories):
        stars, few, most = repositories.stars, await add_video(store, 70), await add_video(store, 71)
        hidden = await add_video(store, 72, result_channel_id=6)
        old = await add_video(store, 73, delivered_at=NOW - 100)
        again = await add_video(store, 75)  # its star is on an earlier message
        for each in (few, hidden, old, again):
            await stars.add(star(each, 2))
        await store.database.run("UPDATE star SET message_id = 74 WHERE job_id = ?", (again.id,))
        for user_id in (2, 3):
            await stars.add(star(most, user_id))
        assert await stars.channels(1, [5, 6, 7], NOW - 1) in ([5, 6], [6, 5])
        assert [(job.id, count) for job, count in await stars.top(1, [5], NOW - 1, 9)] == [(most.id, 2), (few.id, 1)]
        assert [job.id for job, _ in await stars.top(1, [5], NOW - 1, 1)] == [most.id]
        assert {job.id for job in await stars.recent(1, NOW - 1, 9)} == {few.id, most.id, hidden.id, again.id}
        await repositories.gallery.save(Shown(job_id=few.id, guild_id=1, channel_id=8))
        assert {(each.job_id, each.stars) for each in await stars.unshown(NOW - 1)} == {
            (most.id, 2), (hidden.id, 1), (old.id, 1),
        }  # fmt: skip
        assert await stars.unshown(NOW + 1) == []
        assert Starred(job_id=most.id, guild_id=1, stars=2) in await stars.unshown(NOW)


async def test_a_gallery_post_is_replaced_and_found(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, repositories):
        gallery, job = repositories.gallery, await add_video(store, 70)
        shown = Shown(job_id=job.id, guild_id=1, channel_id=8, tried_at=NOW, due_at=NOW + 5)
        await gallery.save(shown)
        assert await gallery.find(job.id) == shown
        assert (await gallery.due(NOW), await gallery.due(NOW + 5)) == ([], [shown])
        posted = Shown(job_id=job.id, guild_id=1, channel_id=8, message_id=99, epoch=1, tried_at=NOW)
        await gallery.save(posted)
        assert await gallery.by_message(99) == posted
        assert (await gallery.of_server(1, 9), await gallery.of_server(2, 9)) == ([posted], [])
        await gallery.drop(job.id)
        assert await gallery.find(job.id) is None


async def test_a_server_has_one_contest_and_a_member_one_entry(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, repositories):
        contests, jobs = repositories.contests, [await add_video(store, 70), await add_video(store, 71)]
        contest = Contest(id=50, guild_id=1, channel_id=5, theme="autumn", started_at=NOW, ends_at=NOW + 9)
        assert await contests.start(contest)
        assert not await contests.start(contest)
        assert not await contests.start(replace(contest, id=51))
        decided = replace(contest, message_id=99, tried_at=NOW, result="[]")
        await contests.save(decided)
        await contests.end(50, NOW + 20)  # later than it ends
        assert (await contests.find(50), await contests.of_server(1), await contests.all()) == (
            decided, decided, [decided],
        )  # fmt: skip
        await contests.end(50, NOW + 1)
        assert await contests.find(50) == replace(decided, ends_at=NOW + 1)
        for job, by_star in zip(jobs, (True, False), strict=True):
            await contests.enter(ContestEntry(contest_id=50, user_id=2, guild_id=1, job_id=job.id, by_star=by_star))
        entry = ContestEntry(contest_id=50, user_id=2, guild_id=1, job_id=jobs[1].id, by_star=False)
        assert (await contests.entry(50, 2), await contests.entry(50, 3)) == (entry, None)
        await contests.withdraw(50, 2)
        assert await contests.entries(50) == []
        await contests.enter(entry)
        await contests.finish(50)
        assert (await contests.all(), await contests.entries(50)) == ([], [])
