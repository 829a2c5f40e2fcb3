"""Row F (poll) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import itertools
from collections.abc import Callable

from bot.jobs.errors import RetakeError
from bot.jobs.job import State
from bot.jobs.provider_errors import AddressBlocked, RateLimited, TaskMissing, Unreachable
from bot.ports.provider import Missing, Pending, Task, TaskState
from tests.faults.expected_outcome import DELIVERED
from tests.faults.matrix_download import script_downloads
from tests.faults.scenarios import DAY_S, Scenario, run_scenario

PollAnswer = TaskState | RetakeError


def script_polls(scenario: Scenario, *answers: PollAnswer, repeat: bool = False) -> list[float]:
    """Make the next polls return these answers, then the true state. Return the list of poll times."""
    provider, poll_times = scenario.provider, []
    original, remaining = provider.check, list(answers)

    async def check(task: Task) -> TaskState:
        poll_times.append(asyncio.get_running_loop().time())
        answer = remaining[0] if repeat else (remaining.pop(0) if remaining else None)
        if isinstance(answer, RetakeError):
            raise answer
        return await original(task) if answer is None else answer

    provider.check = check  # type: ignore[method-assign]
    return poll_times


def polls_survive(*answers: PollAnswer, gap_s: float = 0.0) -> Callable[[], None]:
    """Check that these answers only change the time of the next poll."""

    def cell() -> None:
        async def steps(scenario: Scenario) -> None:
            poll_times = script_polls(scenario, *answers)
            await DELIVERED(scenario)
            assert len(poll_times) > len(answers)
            assert all(later - sooner >= gap_s for sooner, later in itertools.pairwise(poll_times[: len(answers) + 1]))
            assert "needs_person" not in await scenario.state_history()

        run_scenario(steps)

    return cell


def poll_is_repeated_after_a_kill(when: str) -> Callable[[], None]:
    return lambda: run_scenario(DELIVERED, "none", ("provider.check", when))


def a_refused_key_pauses_the_account_and_fails_no_job() -> None:
    async def steps(scenario: Scenario) -> None:
        scenario.provider.key_refused = True
        poll_times = script_polls(scenario)
        await scenario.request_video()
        await asyncio.sleep(600.0)
        assert (await scenario.require_job()).state is State.POLLING
        assert len(poll_times) < 8
        scenario.provider.key_refused = False
        await DELIVERED.check(scenario)

    run_scenario(steps)

    async def unknown(scenario: Scenario) -> None:
        script_polls(scenario, Missing(), repeat=True)
        await scenario.request_video()
        job = await scenario.wait_for_state(State.NEEDS_PERSON)
        assert job.trouble == TaskMissing.__name__
        assert asyncio.get_running_loop().time() > 300.0
        assert await scenario.ledger_kinds() == {"reserve", "hold"}

    run_scenario(unknown)


def polls_while_the_disk_is_full() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.POLLING)
        poll_times = script_polls(scenario)
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 400.0
        await asyncio.sleep(390.0)
        assert len(poll_times) > 5
        assert (await scenario.require_job()).state is State.POLLING
        await DELIVERED.check(scenario)

    run_scenario(steps)


def polls_soon_after_a_clock_jump() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def steps(scenario: Scenario, jump_s: float = jump_s) -> None:
            await scenario.request_video()
            await scenario.wait_for_state(State.POLLING)
            scenario.environment.clock.error_s = jump_s
            await scenario.wait_for_state(State.DELIVERED, within_s=300.0)

        run_scenario(steps)


def two_workers_poll_and_one_wins() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        job = await scenario.wait_for_state(State.POLLING)
        stale = await scenario.environment.store().take_over(
            job.id, (State.POLLING,), scenario.process.clock.now(), 60.0
        )
        assert stale is not None
        await scenario.environment.store().update(stale, lease_until=None, due_at=scenario.process.clock.now())
        scenario.process.worker.wake_up()
        await DELIVERED.check(scenario)
        assert (await scenario.state_history()).count("downloading") == 1

    run_scenario(steps)


def an_unknown_status_keeps_polling_and_a_private_address_is_never_opened() -> None:
    polls_survive(Pending(raw_status="percolating"), Pending(raw_status="§"))()

    async def steps(scenario: Scenario) -> None:
        script_downloads(scenario, AddressBlocked(), repeat=True)
        await scenario.request_video()
        job = await scenario.wait_for_state(State.NEEDS_PERSON)
        assert job.trouble == AddressBlocked.__name__

    run_scenario(steps)


CELLS = {
    "F-K1": poll_is_repeated_after_a_kill("before"),
    "F-K2": poll_is_repeated_after_a_kill("after"),
    "F-TO": polls_survive(Unreachable(), Unreachable(), gap_s=2.0),
    "F-5X": polls_survive(Unreachable(status=503), gap_s=2.0),
    "F-RL": polls_survive(RateLimited(retry_after_s=40.0), gap_s=40.0),
    "F-PX": a_refused_key_pauses_the_account_and_fails_no_job,
    "F-DK": polls_while_the_disk_is_full,
    "F-CK": polls_soon_after_a_clock_jump,
    "F-ZO": two_workers_poll_and_one_wins,
    "F-HX": an_unknown_status_keeps_polling_and_a_private_address_is_never_opened,
}
