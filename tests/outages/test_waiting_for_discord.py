"""The worker without a login, in virtual time: what needs a message waits for days and is never given up."""

import asyncio

import pytest

from bot.jobs.job import State
from bot.store.jobs import SqlJobStore
from tests.faults.scenarios import Scenario, run_scenario

DAY_S = 24 * 3600.0


async def come_back(scenario: Scenario) -> None:
    scenario.process.publisher.reachable = True
    await scenario.process.job_service.resume_messages()


def test_a_clip_is_posted_after_days_without_discord() -> None:
    async def act(scenario: Scenario) -> None:
        scenario.process.publisher.reachable = False
        await scenario.request_video()
        await asyncio.sleep(3 * DAY_S)
        job = await scenario.require_job()
        assert (job.state, job.tries, job.post.post_first_at) == (State.DELIVERING, 0, None)
        assert (scenario.charges, scenario.clips) == (1, 0)
        await come_back(scenario)
        await scenario.wait_for_state(State.DELIVERED, within_s=20.0)
        assert (scenario.charges, scenario.clips) == (1, 1)

    run_scenario(act)


def test_a_post_of_unknown_outcome_is_looked_for_when_discord_is_back() -> None:
    async def act(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.DELIVERING)
        while scenario.process.publisher.script:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(1.0)
        scenario.process.publisher.reachable = False
        await asyncio.sleep(DAY_S)
        assert (await scenario.require_job()).state is State.DELIVERING
        await come_back(scenario)
        await scenario.wait_for_state(State.DELIVERED)
        assert (scenario.charges, scenario.clips) == (1, 1)

    run_scenario(act, posts=("lost",))


def test_a_final_status_waits_without_using_up_its_tries() -> None:
    async def act(scenario: Scenario) -> None:
        scenario.process.publisher.reachable = False
        await scenario.request_video()
        await scenario.wait_for_state(State.REJECTED, State.FAILED)
        shown = len(scenario.process.publisher.shown_statuses)
        await asyncio.sleep(3 * DAY_S)
        job = await scenario.require_job()
        assert job.tries <= 1
        assert job.due_at is not None
        await come_back(scenario)
        await asyncio.sleep(20.0)
        assert len(scenario.process.publisher.shown_statuses) > shown
        assert (await scenario.require_job()).due_at is None

    run_scenario(act, paid=("refused",))


@pytest.mark.parametrize(
    ("away_s", "ends", "charges"),
    [(600.0, State.DELIVERED, 1), (DAY_S, State.ABANDONED, 0)],
    ids=["back in time", "too late to look it up"],
)
def test_an_unconfirmed_answer_is_looked_up_when_discord_is_back(away_s: float, ends: State, charges: int) -> None:
    """Without an answer of ours the job is never paid for. It can be looked up for as long as its token works."""

    async def act(scenario: Scenario) -> None:
        await scenario.request_video()
        scenario.restart_process()
        scenario.process.publisher.reachable = False
        await asyncio.sleep(away_s)
        assert (await scenario.require_job()).state is State.RECEIVED
        assert scenario.charges == 0
        await come_back(scenario)
        await scenario.wait_for_state(ends)
        assert scenario.charges == charges

    run_scenario(act, "none", ("discord.answer", "after"))


def test_only_jobs_that_wait_for_a_message_are_made_due() -> None:
    async def act(scenario: Scenario) -> None:
        store: SqlJobStore = scenario.environment.store()
        scenario.process.publisher.reachable = False
        await scenario.request_video()
        await scenario.wait_for_state(State.DELIVERING)
        await asyncio.sleep(10.0)
        now = scenario.process.clock.now()
        assert await store.mark_messages_due(now) == 1
        assert await store.mark_messages_due(now) == 0  # it is due
        await come_back(scenario)
        await scenario.wait_for_state(State.DELIVERED)

    run_scenario(act)
