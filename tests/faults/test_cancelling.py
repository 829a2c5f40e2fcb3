"""A cancelled job ends in every case, and money is released only where the provider says that nothing was charged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.cost import Charge, cost_of
from bot.jobs.job import Job, Outcome, State
from bot.worker import cancellation
from bot.worker.poll_schedule import MISSING_GRACE_S
from tests.faults.fake_provider import CancellingProvider, Capability
from tests.faults.scenarios import Scenario, run_scenario
from tests.limits.service_harness import open_service_harness

HOUR_S = 3600.0


def provider_of(scenario: Scenario) -> CancellingProvider:
    assert isinstance(scenario.provider, CancellingProvider)
    return scenario.provider


async def start_rendering(scenario: Scenario, render_s: float = 300.0) -> Job:
    scenario.provider.render_s = render_s
    await scenario.request_video()
    return await scenario.wait_for_state(State.POLLING)


async def press(scenario: Scenario) -> None:
    job = await scenario.require_job()
    pressed = await scenario.process.run_task(scenario.process.job_service.cancel(job.id))
    assert pressed is not None
    assert pressed.state is State.POLLING


async def expect_end(scenario: Scenario, outcome: Outcome | None, *, released: bool, cancellations: int) -> None:
    job = await scenario.wait_until_idle()
    assert (job.state, job.outcome) == (State.CANCELLED, outcome)
    assert await scenario.ledger_moves() == ["1 reserve", "1 release" if released else "1 capture"]
    assert cost_of(job).charge is (Charge.NONE if released else Charge.POSSIBLE)
    assert len(scenario.environment.provider_ledger.cancellations) == cancellations
    assert scenario.clips == 0


def cancel_scenario(capability: Capability, steps: Callable[[Scenario], Awaitable[None]]) -> None:
    run_scenario(steps, capability)


def test_a_queued_task_is_free_where_the_provider_says_so() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        await press(scenario)
        await expect_end(scenario, Outcome.FAILED, released=True, cancellations=1)
        assert scenario.charges == 0

    cancel_scenario("list", steps)


@pytest.mark.parametrize("capability", ["list", "key"])
def test_a_running_task_counts(capability: Capability) -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        await asyncio.sleep(60.0)
        await press(scenario)
        await expect_end(scenario, None, released=False, cancellations=1)

    cancel_scenario(capability, steps)


def test_a_free_task_counts_if_an_earlier_request_may_have_arrived() -> None:
    async def steps(scenario: Scenario) -> None:
        job = await start_rendering(scenario)
        await scenario.environment.database.run("UPDATE job SET ambiguous = 1 WHERE id = ?", (job.id,))
        await press(scenario)
        await expect_end(scenario, None, released=False, cancellations=1)

    cancel_scenario("list", steps)


def test_a_task_that_had_ended_is_left_alone() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario, render_s=60.0)
        scenario.provider.key_refused = True
        await press(scenario)
        await asyncio.sleep(70.0)
        scenario.provider.key_refused = False
        await expect_end(scenario, Outcome.SUCCEEDED, released=False, cancellations=0)

    cancel_scenario("list", steps)


def test_a_cancellation_that_is_declined_is_tried_three_times() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        provider_of(scenario).declines = True
        await press(scenario)
        await asyncio.sleep(60.0)
        await expect_end(scenario, None, released=False, cancellations=0)
        assert provider_of(scenario).asked == cancellation.MAX_DECLINED

    cancel_scenario("list", steps)


def test_a_task_that_goes_on_after_its_cancellation_is_waited_for_two_minutes() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        provider_of(scenario).ignores = True
        await press(scenario)
        await asyncio.sleep(cancellation.MAX_STOPPING_S - 10.0)
        assert (await scenario.require_job()).state is State.POLLING
        await asyncio.sleep(20.0)
        assert (await scenario.require_job()).state is State.CANCELLED
        await expect_end(scenario, None, released=False, cancellations=0)
        assert provider_of(scenario).asked == 1

    cancel_scenario("list", steps)


def test_a_provider_that_refuses_the_key_for_an_hour_ends_the_wait() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario, render_s=10 * HOUR_S)
        scenario.provider.key_refused = True
        await press(scenario)
        await asyncio.sleep(HOUR_S - 60.0)
        assert (await scenario.require_job()).state is State.POLLING
        await asyncio.sleep(1000.0)
        await expect_end(scenario, None, released=False, cancellations=0)

    cancel_scenario("list", steps)


def test_a_removed_account_ends_the_job_at_once() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        await press(scenario)
        scenario.process.kill()
        scenario.restart_process()
        del scenario.process.providers["list"]
        await asyncio.sleep(30.0)
        job = await scenario.require_job()
        assert (job.state, await scenario.ledger_moves()) == (State.CANCELLED, ["1 reserve", "1 capture"])

    cancel_scenario("list", steps)


def test_a_task_that_is_missing_may_not_be_listed_yet() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        ledger = scenario.environment.provider_ledger
        (task,) = ledger.tasks.values()
        ledger.tasks.clear()
        await press(scenario)
        await asyncio.sleep(MISSING_GRACE_S - 30.0)
        assert (await scenario.require_job()).state is State.POLLING
        ledger.tasks[task.task_id] = replace(task, done_at=task.done_at + HOUR_S)
        await expect_end(scenario, None, released=False, cancellations=1)

    cancel_scenario("list", steps)


def test_a_task_that_stays_missing_counts() -> None:
    async def steps(scenario: Scenario) -> None:
        await start_rendering(scenario)
        scenario.environment.provider_ledger.tasks.clear()
        await press(scenario)
        await asyncio.sleep(MISSING_GRACE_S + 30.0)
        await expect_end(scenario, None, released=False, cancellations=0)

    cancel_scenario("list", steps)


async def test_an_account_without_a_cancellation_ends_at_once(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await harness.create_job()
        for state in (State.SUBMITTING, State.POLLING):
            moved = await harness.store.transition(job, state, now=harness.clock.now(), why="test", task_id="t")
            assert moved is not None
            job = moved
        cancelled = await harness.job_service.cancel(job.id)
        assert cancelled is not None
        assert (cancelled.state, cancelled.cancel_requested_at) == (State.CANCELLED, None)


async def test_sending_again_forgets_the_cancellation(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await harness.create_job()
        held = await harness.store.transition(
            job, State.NEEDS_PERSON, now=harness.clock.now(), why="test", money="hold", trouble="Restored",
            cancel_requested_at=5.0,
        )  # fmt: skip
        assert held is not None
        again = await harness.resend(held)
        assert again is not None
        assert (again.state, again.cancel_requested_at) == (State.ACCEPTED, None)
