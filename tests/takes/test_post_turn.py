"""Who posts the clips of takes, and when: decided in the database, so that every worker and every start agrees."""

from pathlib import Path

import pytest

from bot.jobs.bundle import WAIT_S
from bot.jobs.job import Job, Kind, RequestOrigin, State
from bot.ordering.quote import Request
from bot.ordering.takes import choose_take
from bot.ports.bundles import FollowPost, PostTakes, WaitForTakes
from tests.limits.service_harness import ServiceHarness, open_service_harness
from tests.service_factory import create

pytestmark = pytest.mark.usefixtures("each_store")


async def order(harness: ServiceHarness, takes: int = 3) -> list[Job]:
    """Order takes and accept them."""
    origin = RequestOrigin(user_id=1, guild_id=1, channel_id=5, interaction_id=77)
    first = await create(harness.job_service, origin, Request(kind=Kind.GENERATE, prompt="a paper boat", takes=takes))
    assert first is not None
    assert await harness.job_service.confirm(first, 900) is not None
    jobs = await harness.store.bundles.jobs(first.bundle.bundle_id or "")
    assert [job.state for job in jobs] == [State.ACCEPTED] * takes
    assert [job.interaction_id for job in jobs] == [77, None, None][:takes]
    return jobs


async def make(harness: ServiceHarness, job: Job) -> Job:
    """Bring a take to the point where its clip is on disk, and claim it."""
    now = harness.clock.now()
    for state in (State.SUBMITTING, State.POLLING, State.DOWNLOADING, State.DELIVERING):
        moved = await harness.store.transition(job, state, now=now, why="test", finished_at=now)
        assert moved is not None
        job = moved
    return await claim(harness, job)


async def claim(harness: ServiceHarness, job: Job) -> Job:
    taken = await harness.store.take_over(job.id, (State.DELIVERING,), harness.clock.now(), 60.0)
    assert taken is not None
    return taken


async def end(harness: ServiceHarness, job: Job, to: State) -> None:
    moved = await harness.store.transition(job, to, now=harness.clock.now(), why="test", money="release")
    assert moved is not None


async def turn(harness: ServiceHarness, job: Job) -> WaitForTakes | PostTakes | FollowPost | None:
    return await harness.store.bundles.post_turn(job, harness.clock.now())


async def deliver(harness: ServiceHarness, job: Job, message_id: int) -> None:
    posted = await harness.store.transition(
        job, State.DELIVERED, now=harness.clock.now(), why="posted", result_message_id=message_id,
        delivered_at=harness.clock.now(),
    )  # fmt: skip
    assert posted is not None


async def test_the_last_take_to_be_ready_gives_all_of_them_to_the_first(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        jobs = await order(harness)
        first = await make(harness, jobs[0])
        assert isinstance(await turn(harness, first), WaitForTakes)
        assert isinstance(await turn(harness, await make(harness, jobs[1])), WaitForTakes)
        third = await make(harness, jobs[2])
        assert isinstance(await turn(harness, third), WaitForTakes)  # the first one posts them
        first = await claim(harness, first)
        post = await turn(harness, first)
        assert isinstance(post, PostTakes)
        assert [job.code for job in post.jobs] == [job.code for job in jobs]
        assert (post.told, post.status_message_id) == ((), 900)
        assert post == await turn(harness, first)  # a second try, after a crash, posts the same clips
        await deliver(harness, first, 500)
        follow = await turn(harness, await claim(harness, third))
        assert isinstance(follow, FollowPost)
        assert follow.by.post.result_message_id == 500


async def test_after_five_minutes_the_ready_takes_are_posted_and_the_rest_later(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        jobs = await order(harness)
        first = await make(harness, jobs[0])
        assert isinstance(await turn(harness, first), WaitForTakes)
        harness.clock.current += WAIT_S
        first = await claim(harness, first)
        post = await turn(harness, first)
        assert isinstance(post, PostTakes)
        assert [job.id for job in post.jobs] == [jobs[0].id]
        await deliver(harness, first, 500)
        second = await make(harness, jobs[1])
        assert isinstance(await turn(harness, second), WaitForTakes)
        harness.clock.current += WAIT_S
        assert isinstance(await turn(harness, await claim(harness, second)), WaitForTakes)  # for the third
        third = await make(harness, jobs[2])
        await turn(harness, third)
        rest = await turn(harness, await claim(harness, second))
        assert isinstance(rest, PostTakes)
        assert [job.id for job in rest.jobs] == [jobs[1].id, jobs[2].id]


async def test_a_refused_take_is_told_with_the_others_and_one_held_for_a_person_is_not(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        jobs = await order(harness)
        await end(harness, jobs[0], State.REJECTED)
        held = await harness.store.transition(jobs[1], State.NEEDS_PERSON, now=harness.clock.now(), why="test")
        assert held is not None
        post = await turn(harness, await make(harness, jobs[2]))
        assert isinstance(post, PostTakes)
        assert [job.id for job in post.jobs] == [jobs[2].id]
        assert [job.id for job in post.told] == [jobs[0].id]


async def test_a_take_that_was_held_when_the_others_were_posted_needs_its_own_post(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        first, second = [await make(harness, job) for job in await order(harness, 2)]
        await turn(harness, first)
        held = await harness.store.transition(second, State.NEEDS_PERSON, now=harness.clock.now(), why="restored")
        assert held is not None
        first = await claim(harness, first)
        post = await turn(harness, first)
        assert isinstance(post, PostTakes)
        assert [job.id for job in post.jobs] == [first.id]
        await deliver(harness, first, 500)
        again = await harness.store.transition(held, State.DELIVERING, now=harness.clock.now(), why="the host")
        assert again is not None
        own = await turn(harness, await claim(harness, again))
        assert isinstance(own, PostTakes)
        assert [job.id for job in own.jobs] == [second.id]


async def test_a_stale_step_decides_nothing(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        stale = await make(harness, (await order(harness))[0])
        await claim(harness, stale)
        assert await turn(harness, stale) is None


async def test_an_event_has_one_order_of_takes(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await order(harness)
        origin = RequestOrigin(user_id=1, guild_id=1, channel_id=5, interaction_id=77)
        request = Request(kind=Kind.GENERATE, prompt="a paper boat", takes=3)
        assert await create(harness.job_service, origin, request) is None
        rows = await harness.database.run("SELECT count(*) FROM job")
        assert rows[0][0] == 3


async def test_the_chosen_take_stands_for_their_message(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        first, second = [await make(harness, job) for job in await order(harness, 2)]
        await turn(harness, first)
        await deliver(harness, await claim(harness, first), 500)
        followed = await harness.store.transition(
            await claim(harness, second), State.DELIVERED, now=harness.clock.now(), why="posted",
            shared_message_id=500, delivered_at=harness.clock.now(),
        )  # fmt: skip
        assert followed is not None
        for chosen in (second.id, first.id):
            harness.clock.current += 1.0
            job = await harness.store.job(chosen)
            assert job is not None
            assert await choose_take(harness.store, job, harness.clock.now())
            found = await harness.store.by_message(500)
            assert found is not None
            assert found.id == chosen
        await harness.job_service.record_deletion(first.id)
        found = await harness.store.by_message(500)
        assert found is not None
        assert found.id == second.id
        assert [job.id for job in await harness.store.bundles.of_message(500)] == [second.id]
