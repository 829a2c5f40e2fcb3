"""A paid answer that comes after the row was taken over, and the wait of a process that takes a row over."""

import asyncio

import pytest

from bot.jobs.job import Job, State
from bot.ports.provider import Draft, Task
from bot.worker import reconcile, submit
from tests.faults.expected_outcome import DELIVERED
from tests.faults.scenarios import Scenario, run_scenario

STALLED = (State.SUBMIT_UNKNOWN, State.NEEDS_PERSON, State.ACCEPTED)


def _hold_answers(scenario: Scenario) -> asyncio.Event:
    """Let the provider receive paid requests at once, and answer them when the event is set."""
    arrived = asyncio.Event()
    submit_now = scenario.provider.submit

    async def submit_slowly(draft: Draft) -> Task:
        task = await submit_now(draft)
        await arrived.wait()
        return task

    scenario.provider.submit = submit_slowly  # type: ignore[method-assign]
    return arrived


async def _take_over(scenario: Scenario, state: State) -> Job:
    """Move the row as another process would, whose clock or lease was ahead."""
    store, now = scenario.environment.store(), scenario.process.clock.now()
    job = await store.take_over((await scenario.require_job()).id, (State.SUBMITTING,), now, 60.0)
    assert job is not None
    job = await submit.mark_unknown(scenario.process.context, job)
    assert job is not None
    if state is State.NEEDS_PERSON:
        job = await reconcile.ask_person(scenario.process.context, job)
    elif state is State.ACCEPTED:
        job = await store.transition(job, state, now=now, why="the provider never had it", due_at=now + 3600.0)
    assert job is not None
    return job


@pytest.mark.parametrize("state", STALLED)
def test_a_paid_answer_that_comes_late_is_kept(state: State) -> None:
    async def steps(scenario: Scenario) -> None:
        arrived = _hold_answers(scenario)
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMITTING)
        await asyncio.sleep(10.0)  # the provider has it
        await _take_over(scenario, state)
        arrived.set()
        job = await scenario.wait_for_state(State.POLLING)
        assert job.task.task_id in scenario.environment.provider_ledger.tasks
        await DELIVERED.check(scenario)
        assert scenario.charges == 1

    run_scenario(steps)


def test_a_late_answer_does_not_touch_the_next_attempt() -> None:
    async def steps(scenario: Scenario) -> None:
        arrived = _hold_answers(scenario)
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMITTING)
        await asyncio.sleep(10.0)
        stale = await scenario.require_job()
        store, now = scenario.environment.store(), scenario.process.clock.now()
        job = await _take_over(scenario, State.ACCEPTED)
        again = await store.transition(
            job, State.SUBMITTING, now=now, why="intent", attempt=2, intent_at=now + 1.0, due_at=now + 3600.0
        )
        assert again is not None
        assert await store.keep_late_task(stale, now=now, task_id="t") is None
        assert await scenario.require_job() == again
        scenario.environment.accepted_resends[job.id] = 1
        await store.transition(again, State.POLLING, now=now, why="test", task_id="x", due_at=now, lease_until=None)
        arrived.set()
        await scenario.wait_until_idle()

    run_scenario(steps)


@pytest.mark.parametrize("ahead_s", [0.0, 600.0])
def test_a_process_that_takes_a_row_over_settles_from_when_it_first_saw_it(ahead_s: float) -> None:
    """It may have run for hours, with a clock that is ahead: neither says how long ago the request was sent."""

    async def steps(scenario: Scenario) -> None:
        await asyncio.sleep(3 * 3600.0)  # the process has run for hours
        arrived = _hold_answers(scenario)
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMITTING)
        scenario.process.context.first_seen.clear()  # as if another process had sent it
        scenario.environment.clock.error_s = ahead_s
        await _take_over(scenario, State.SUBMIT_UNKNOWN)
        taken_over = asyncio.get_running_loop().time()
        await scenario.wait_for_state(*(set(State) - {State.SUBMIT_UNKNOWN, State.SUBMITTING}))
        assert asyncio.get_running_loop().time() - taken_over >= scenario.environment.timing.settle_s - 1.0
        arrived.set()
        await DELIVERED.check(scenario)

    run_scenario(steps, "list")
