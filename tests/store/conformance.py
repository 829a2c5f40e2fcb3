"""Conformance suite of the JobStore protocol: every store must pass all of it."""

import asyncio
from dataclasses import replace

import pytest

from bot.jobs.job import ENDED, TRANSITIONS, Job, Outcome, State
from bot.jobs.pictures import JobPicture, Role
from bot.ports.job_store import JobStore
from bot.store.jobs import SqlJobStore
from bot.store.repositories import build_repositories
from tests.store.factories import NOW, make_job

LEASE_S = 60.0


async def insert_job(store: JobStore, **changes: object) -> Job:
    """Insert a job and return it as stored."""
    job = await store.insert(make_job(**changes))
    assert job is not None
    return job


async def transition_through(store: JobStore, job: Job, *path: State, **changes: object) -> Job:
    for state in path:
        after = await store.transition(job, state, now=NOW, why="test", **changes)  # type: ignore[arg-type]
        assert after is not None
        job = after
    return job


class Conformance:
    """Subclass this and define a fixture `store` that returns an empty store."""

    async def test_a_job_is_read_as_it_was_written(self, store: JobStore) -> None:
        job = await insert_job(
            store, prompt="a \u202eb \0 @everyone", seconds=8, ambiguous=True, outcome=Outcome.UNKNOWN
        )
        assert await store.job(job.id) == job
        assert await store.by_code(1, job.code) == job
        assert await store.by_code(2, job.code) is None

    async def test_one_discord_event_creates_one_job(self, store: JobStore) -> None:
        job = await insert_job(store, interaction_id=77)
        assert await store.insert(make_job(interaction_id=77)) is None
        assert await store.insert(replace(make_job(), id=job.id)) is None
        by_reply = await insert_job(store, interaction_id=None, source_message_id=78)
        assert await store.insert(make_job(interaction_id=None, source_message_id=78)) is None
        assert await store.by_source_message(78) == by_reply

    async def test_pictures_are_stored_with_their_job_and_belong_to_several(self, store: JobStore) -> None:
        linked = (
            JobPicture(role=Role.REFERENCE, position=1, url="https://cdn.example/b.png"),
            JobPicture(role=Role.REFERENCE, url="https://cdn.example/a.png"),
            JobPicture(role=Role.LAST, url="https://cdn.example/z.png"),
        )
        first = await store.insert(make_job(interaction_id=77), None, linked)
        assert first is not None
        assert await store.insert(make_job(interaction_id=77), None, linked) is None
        assert await store.pictures([first.id]) == [linked[2], linked[1], linked[0]]
        kept = [
            replace(picture, url=None, digest=str(picture.position) * 64, mime="image/png", width=640, height=360)
            for picture in linked[:2]
        ]
        for picture in kept:
            await store.save_picture(first.id, picture)
        assert await store.pictures([first.id]) == [linked[2], kept[1], kept[0]]
        second = await store.insert(make_job(interaction_id=78), None, kept[:1])
        assert second is not None
        assert await store.pictures_only_of([first.id]) == ["0" * 64]
        assert await store.pictures_only_of([second.id]) == []
        assert sorted(await store.pictures_only_of([first.id, second.id])) == ["0" * 64, "1" * 64]

    async def test_a_code_in_use_is_extended(self, store: JobStore) -> None:
        first = await insert_job(store, code="AAAA")
        second = await insert_job(store, code="AAAA")
        assert len(second.code) > len(first.code)

    async def test_only_due_jobs_are_claimed_and_only_once(self, store: JobStore) -> None:
        due = [await insert_job(store, due_at=NOW - n) for n in range(3)]
        await insert_job(store, due_at=NOW + 1)
        claimed = await store.claim(NOW, 10, LEASE_S)
        assert {job.id for job in claimed} == {job.id for job in due}
        assert all(job.fence == 1 and job.lease_until == NOW + LEASE_S for job in claimed)
        assert await store.claim(NOW, 10, LEASE_S) == []

    async def test_the_longest_due_come_first(self, store: JobStore) -> None:
        jobs = [await insert_job(store, due_at=NOW - n) for n in range(5)]
        claimed = await store.claim(NOW, 2, LEASE_S)
        assert {job.id for job in claimed} == {jobs[4].id, jobs[3].id}

    async def test_an_expired_lease_is_claimed_again_under_a_higher_fence(self, store: JobStore) -> None:
        await insert_job(store, due_at=NOW)
        (first,) = await store.claim(NOW, 1, LEASE_S)
        assert await store.claim(NOW + LEASE_S - 1, 1, LEASE_S) == []
        (second,) = await store.claim(NOW + LEASE_S, 1, LEASE_S)
        assert second.fence == first.fence + 1

    async def test_one_job_is_taken_if_it_is_due_and_never_under_a_lease(self, store: JobStore) -> None:
        job, later = await insert_job(store, due_at=NOW), await insert_job(store, due_at=NOW + 1)
        assert await store.take(later.id, NOW, LEASE_S) is None
        first = await store.take(job.id, NOW, LEASE_S)
        assert first is not None
        assert (first.fence, first.lease_until, first.due_at) == (1, NOW + LEASE_S, NOW + LEASE_S)
        assert await store.take(job.id, NOW + LEASE_S - 0.1, LEASE_S) is None
        second = await store.take(job.id, NOW + LEASE_S, LEASE_S)
        assert second is not None
        assert second.fence == 2

    async def test_a_stale_worker_changes_nothing(self, store: JobStore) -> None:
        await insert_job(store, due_at=NOW)
        (stale,) = await store.claim(NOW, 1, LEASE_S)
        (fresh,) = await store.claim(NOW + LEASE_S, 1, LEASE_S)
        assert await store.transition(stale, State.ACCEPTED, now=NOW, why="stale") is None
        assert await store.update(stale, progress=1.0) is None
        assert await store.job(stale.id) == fresh

    async def test_a_transition_from_an_old_state_is_refused(self, store: JobStore) -> None:
        job = await insert_job(store)
        await transition_through(store, job, State.ACCEPTED)
        assert await store.transition(job, State.ACCEPTED, now=NOW, why="again") is None

    async def test_take_over_fences_off_the_worker(self, store: JobStore) -> None:
        await insert_job(store, due_at=NOW)
        (worker,) = await store.claim(NOW, 1, LEASE_S)
        seized = await store.take_over(worker.id, (State.RECEIVED,), NOW, LEASE_S)
        assert seized is not None
        assert await store.transition(worker, State.ACCEPTED, now=NOW, why="late") is None
        assert await store.take_over(worker.id, (State.POLLING,), NOW, LEASE_S) is None
        assert await store.transition(seized, State.CANCELLED, now=NOW, why="cancelled") is not None

    @pytest.mark.parametrize("state", sorted(TRANSITIONS))
    async def test_an_invalid_transition_raises(self, store: JobStore, state: State) -> None:
        job = await insert_job(store)
        for to in set(State) - TRANSITIONS[state] - {state}:
            with pytest.raises(ValueError, match="never followed"):
                await store.transition(replace(job, state=state), to, now=NOW, why="test")

    async def test_a_new_state_resets_the_count_of_failures(self, store: JobStore) -> None:
        job = await store.update(await insert_job(store), tries=4)
        assert job is not None
        assert (await transition_through(store, job, State.ACCEPTED)).tries == 0

    async def test_a_released_job_without_a_time_is_due_immediately(self, store: JobStore) -> None:
        await insert_job(store, due_at=NOW)
        (job,) = await store.claim(NOW, 1, LEASE_S)
        after = await store.transition(job, State.ACCEPTED, now=NOW, why="test", lease_until=None)
        assert after is not None
        assert after.due_at == NOW

    async def test_next_due_is_the_earliest_unleased_job(self, store: JobStore) -> None:
        assert await store.next_due() is None
        await insert_job(store, due_at=NOW + 9)
        await insert_job(store, due_at=NOW + 5)
        assert await store.next_due() == NOW + 5
        await store.claim(NOW + 5, 1, LEASE_S)
        assert await store.next_due() == NOW + 9

    async def test_a_new_epoch_ends_every_lease_and_makes_rendering_jobs_due(self, store: JobStore) -> None:
        await insert_job(store, due_at=NOW)
        (worker,) = await store.claim(NOW, 1, LEASE_S)
        path = (State.ACCEPTED, State.SUBMITTING, State.POLLING)
        polling = await transition_through(store, await insert_job(store), *path, due_at=NOW + 900.0, lease_until=None)
        later = await insert_job(store, state=State.ACCEPTED, due_at=NOW + 600.0)
        clock_was_wrong = await insert_job(store, state=State.ACCEPTED, due_at=NOW + 86_400.0)
        assert await store.new_epoch(NOW) == 0
        claimed = {job.id for job in await store.claim(NOW, 10, LEASE_S)}
        assert claimed == {worker.id, polling.id, clock_was_wrong.id}
        assert later.id not in claimed

    async def test_open_jobs_are_those_that_have_not_ended(self, store: JobStore) -> None:
        made = {state: await insert_job(store, state=state) for state in State}
        found = {job.id for job in await store.open_jobs()}
        assert found == {job.id for state, job in made.items() if state not in ENDED}

    async def test_waiting_remixes_are_made_due(self, store: JobStore) -> None:
        parent = await insert_job(store)
        child = await insert_job(store, state=State.ACCEPTED, parent_id=parent.id, due_at=NOW + 99.0)
        assert await store.mark_children_due(parent.id, NOW) == 1
        assert [job.id for job in await store.children(parent.id)] == [child.id]
        assert {job.id for job in await store.claim(NOW, 9, LEASE_S)} == {child.id}

    async def test_a_members_video_has_one_row_per_message_and_costs_nothing(self, store: JobStore) -> None:
        video = make_job(state=State.IMPORTED, result_message_id=5, interaction_id=None, due_at=None, code="AAAA")
        first = await store.insert_import(video)
        assert first == video
        other = replace(video, id="b" * 22, code="BBBB", user_id=9)
        assert await store.insert_import(other) == first
        elsewhere = replace(other, post=replace(other.post, result_message_id=6), code="AAAA")
        second = await store.insert_import(elsewhere)
        assert (second.id, len(second.code)) == (other.id, 5)
        file = replace(other, id="c" * 22, post=replace(other.post, result_message_id=None), code="CCCC")
        assert await store.insert_import(file) == file
        assert await store.by_message(6) == second
        assert await store.open_jobs() == []
        assert await store.claim(NOW + 1e6, 9, LEASE_S) == []

    async def test_a_job_is_found_by_its_task(self, store: JobStore) -> None:
        job = await insert_job(store, task_id="t-1")
        assert await store.by_task("fake", "t-1") == job
        assert await store.by_task("other", "t-1") is None

    async def test_a_job_is_found_by_its_messages(self, store: JobStore) -> None:
        job = await insert_job(store, status_message_id=5, result_message_id=6)
        assert await store.by_message(5) == await store.by_message(6) == job
        assert await store.by_message(7) is None

    async def test_render_times_are_those_of_the_latest_successes(self, store: JobStore) -> None:
        for took in (30.0, 40.0, 50.0):
            await insert_job(store, submitted_at=NOW, finished_at=NOW + took)
        await insert_job(store, submitted_at=NOW, finished_at=NOW + 9.0, model="other")
        assert await store.render_times("fake", "fake", 2) == [50.0, 40.0]

    @pytest.mark.parametrize("cost_micros", [0, 40_000, 100_000, 250_000])
    async def test_a_reported_cost_replaces_the_estimate_once(self, store: JobStore, cost_micros: int) -> None:
        assert isinstance(store, SqlJobStore)
        job = await transition_through(store, await insert_job(store), State.ACCEPTED, State.SUBMITTING, State.POLLING)
        real = {"money": "capture", "cost_micros": cost_micros}
        job = await transition_through(store, job, State.DOWNLOADING, **real)
        job = await transition_through(store, job, State.POLLING)
        job = await transition_through(store, job, State.DOWNLOADING, **real)
        assert job.money.cost_micros == cost_micros
        rows = await store.database.run("SELECT kind, debit, credit, micros FROM ledger ORDER BY rowid")
        assert [row["kind"] for row in rows] == ["reserve", "capture", "adjust"]
        spent = sum(
            (row["credit"] == "spent") * row["micros"] - (row["debit"] == "spent") * row["micros"] for row in rows
        )
        assert spent == cost_micros
        usage = build_repositories(store.database).usage
        totals = await usage.totals(job.guild_id, job.user_id, job.created_at)
        assert (totals.server_day_micros, totals.member_videos) == (cost_micros, 1)
        (row,) = await usage.by_day(job.guild_id, job.created_at)
        assert (row.micros, row.real_micros, row.videos) == (cost_micros, cost_micros, 1)

    async def test_a_cost_that_is_reported_later_is_booked_then(self, store: JobStore) -> None:
        assert isinstance(store, SqlJobStore)
        job = await transition_through(store, await insert_job(store), State.ACCEPTED, State.SUBMITTING, State.POLLING)
        job = await transition_through(store, job, State.DOWNLOADING, money="capture")
        job = await transition_through(store, job, State.POLLING)
        await transition_through(store, job, State.DOWNLOADING, money="capture", cost_micros=70_000)
        (row,) = await build_repositories(store.database).usage.by_day(job.guild_id, job.created_at)
        assert (row.micros, row.real_micros) == (70_000, 70_000)

    async def test_released_money_stays_released(self, store: JobStore) -> None:
        assert isinstance(store, SqlJobStore)
        job = await transition_through(store, await insert_job(store), State.ACCEPTED, State.SUBMITTING, State.POLLING)
        job = await transition_through(store, job, State.NEEDS_PERSON, money="release")
        await transition_through(store, job, State.CANCELLED, money="capture", cost_micros=70_000)
        rows = await store.database.run("SELECT kind FROM ledger ORDER BY rowid")
        assert [row["kind"] for row in rows] == ["reserve", "release"]

    async def test_fifty_concurrent_claims_share_the_jobs(self, store: JobStore) -> None:
        for _ in range(50):
            await insert_job(store, due_at=NOW)
        rounds = await asyncio.gather(*(store.claim(NOW, 3, LEASE_S) for _ in range(50)))
        ids = [job.id for jobs in rounds for job in jobs]
        assert len(ids) == len(set(ids)) == 50
