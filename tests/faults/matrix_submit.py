"""Rows C (budget), D (intent), E (submit) and K (ledger) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import sqlite3

import pytest
from pydantic import ValidationError

from bot.catalogue.schema import PriceIn
from bot.jobs.job import State
from bot.jobs.provider_errors import Refused
from bot.jobs.server_settings import ServerSettings
from bot.ports.provider import Draft, ProviderOrder
from tests.faults.expected_outcome import (
    DELIVERED,
    DELIVERED_ON_SECOND_ATTEMPT,
    HELD_WITH_CHARGE,
    HELD_WITHOUT_CHARGE,
    expect,
)
from tests.faults.fake_provider import Capability
from tests.faults.scenarios import DAY_S, Scenario, run_scenario

SUBMIT = "provider.submit"


def killed_before_the_request_was_sent(capability: Capability) -> None:
    run_scenario(
        {"none": HELD_WITHOUT_CHARGE, "list": DELIVERED_ON_SECOND_ATTEMPT, "key": DELIVERED}[capability],
        capability,
        (SUBMIT, "before"),
    )


def killed_before_the_response_was_stored(capability: Capability) -> None:
    run_scenario(
        {"none": HELD_WITH_CHARGE, "list": DELIVERED, "key": DELIVERED}[capability], capability, (SUBMIT, "after")
    )


def a_timeout(capability: Capability) -> None:
    run_scenario(
        {"none": HELD_WITH_CHARGE, "list": DELIVERED, "key": DELIVERED}[capability], capability, paid=("late",)
    )


def a_server_error_after_the_charge(capability: Capability) -> None:
    run_scenario(
        {"none": HELD_WITH_CHARGE, "list": DELIVERED, "key": DELIVERED}[capability], capability, paid=("lost",)
    )


def too_many_requests(capability: Capability) -> None:
    run_scenario(
        expect(State.DELIVERED, charges=1, clips=1, attempt=1, money="capture"), capability, paid=("busy", "busy")
    )


def rejected_before_and_after_an_ambiguous_attempt(capability: Capability) -> None:
    run_scenario(expect(State.REJECTED, charges=0, money="release"), capability, paid=("refused",))

    async def twice(scenario: Scenario) -> None:
        await scenario.request_video()
        job = await scenario.wait_for_state(State.NEEDS_PERSON)
        scenario.environment.accepted_resends[job.id] = 1
        await scenario.process.job_service.resend(job.id, ServerSettings())
        scenario.process.worker.wake_up()
        job = await scenario.wait_until_idle()
        assert (job.state, job.trouble, scenario.charges) == (State.REJECTED, Refused.__name__, 1)
        assert await scenario.ledger_moves() == ["1 reserve", "1 hold", "1 capture", "2 reserve", "2 release"]

    run_scenario(twice, "none", paid=("lost", "refused"))


def charged_while_the_disk_is_full(capability: Capability) -> None:
    async def steps(scenario: Scenario) -> None:
        loop = asyncio.get_running_loop()
        ordering = asyncio.create_task(scenario.request_video())
        await ordering
        await scenario.wait_for_state(State.SUBMITTING)
        scenario.environment.disk_full_until = loop.time() + 300.0
        await DELIVERED.check(scenario) if capability != "none" else await HELD_WITH_CHARGE.check(scenario)

    run_scenario(steps, capability)


def taken_over_by_another_process(capability: Capability) -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMITTING)
        scenario.restart_process()  # the lock is released when the first process dies
        taken_over = asyncio.get_running_loop().time()
        if capability == "list":
            await scenario.wait_for_state(State.POLLING, State.ACCEPTED)
            assert asyncio.get_running_loop().time() - taken_over >= scenario.environment.timing.settle_s
        job = await scenario.wait_until_idle()
        assert scenario.charges <= 1
        assert job.state is (State.NEEDS_PERSON if capability == "none" else State.DELIVERED)

    run_scenario(steps, capability)


def an_unreadable_response(capability: Capability) -> None:
    """HTML, no id, 50 MB: the adapters raise OutcomeUnknown for all of these (tests/providers)."""
    a_server_error_after_the_charge(capability)


def killed_before_the_intent_was_stored() -> None:
    run_scenario(DELIVERED, "none", ("store.transition.submitting", "before"))


def killed_after_the_intent_was_stored() -> None:
    run_scenario(DELIVERED_ON_SECOND_ATTEMPT, "list", ("store.transition.submitting", "after"))


def no_paid_request_without_a_stored_intent() -> None:
    async def steps(scenario: Scenario) -> None:
        stalled = asyncio.Event()
        draft = scenario.provider.draft

        async def wait(order: ProviderOrder) -> Draft:
            await stalled.wait()
            return await draft(order)

        scenario.provider.draft = wait  # type: ignore[method-assign]
        await scenario.request_video()
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 900.0
        stalled.set()
        await asyncio.sleep(800.0)
        assert (scenario.charges, (await scenario.require_job()).state) == (0, State.ACCEPTED)
        await DELIVERED.check(scenario)

    run_scenario(steps)


def settling_uses_the_later_of_two_clocks() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def steps(scenario: Scenario, jump_s: float = jump_s) -> None:
            await scenario.request_video()
            await scenario.wait_for_state(State.SUBMIT_UNKNOWN)
            began = asyncio.get_running_loop().time()
            scenario.environment.clock.error_s = jump_s
            await scenario.wait_for_state(*(set(State) - {State.SUBMIT_UNKNOWN}))
            assert asyncio.get_running_loop().time() - began >= scenario.environment.timing.settle_s - 60.0
            await DELIVERED.check(scenario)

        run_scenario(steps, "list", paid=("late",))


def a_stale_worker_changes_nothing() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        job = await scenario.wait_for_state(State.POLLING)
        now = scenario.process.clock.now()
        fresh = await scenario.environment.store().take_over(job.id, (State.POLLING,), now, 60.0)
        assert fresh is not None
        assert await scenario.environment.store().transition(job, State.FAILED, now=now, why="stale") is None
        assert await scenario.environment.store().update(job, progress=1.0) is None
        await DELIVERED.check(scenario)

    run_scenario(steps)


def no_job_means_no_reservation() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        assert await scenario.job() is None
        assert await scenario.ledger_kinds() == set()

    run_scenario(steps, "none", ("store.insert", "before"))


def the_reservation_is_in_the_same_transaction_as_the_job() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        assert await scenario.ledger_kinds() == {"reserve"}
        assert (await scenario.wait_until_idle()).state is State.ABANDONED

    run_scenario(steps, "none", ("store.insert", "after"))


def no_paid_request_without_a_reservation() -> None:
    async def steps(scenario: Scenario) -> None:
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 100.0
        with pytest.raises(sqlite3.OperationalError):
            await scenario.process.request_video("none")
        assert scenario.charges == 0

    run_scenario(steps)


def a_price_must_be_a_finite_positive_number() -> None:
    for price in (float("nan"), float("inf"), -1.0):
        with pytest.raises(ValidationError):
            PriceIn.model_validate({"video_usd": price})


def money_is_settled_after_a_kill_before_the_transition() -> None:
    run_scenario(
        expect(State.DELIVERED, charges=1, clips=1, money="capture"), "none", ("store.transition.downloading", "before")
    )


def money_is_settled_once() -> None:
    run_scenario(
        expect(State.DELIVERED, charges=1, clips=1, money="capture"), "none", ("store.transition.downloading", "after")
    )


def money_is_settled_once_the_disk_has_space() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.POLLING)
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 300.0
        await DELIVERED.check(scenario)

    run_scenario(steps)


CELLS_PER_CAPABILITY = {
    "E-K1": killed_before_the_request_was_sent,
    "E-K2": killed_before_the_response_was_stored,
    "E-TO": a_timeout,
    "E-5X": a_server_error_after_the_charge,
    "E-RL": too_many_requests,
    "E-PX": rejected_before_and_after_an_ambiguous_attempt,
    "E-DK": charged_while_the_disk_is_full,
    "E-ZO": taken_over_by_another_process,
    "E-HX": an_unreadable_response,
}
CELLS = {
    "D-K1": killed_before_the_intent_was_stored,
    "D-K2": killed_after_the_intent_was_stored,
    "D-DK": no_paid_request_without_a_stored_intent,
    "D-CK": settling_uses_the_later_of_two_clocks,
    "D-ZO": a_stale_worker_changes_nothing,
    "C-K1": no_job_means_no_reservation,
    "C-K2": the_reservation_is_in_the_same_transaction_as_the_job,
    "C-DK": no_paid_request_without_a_reservation,
    "C-HX": a_price_must_be_a_finite_positive_number,
    "K-K1": money_is_settled_after_a_kill_before_the_transition,
    "K-K2": money_is_settled_once,
    "K-DK": money_is_settled_once_the_disk_has_space,
    "K-ZO": a_stale_worker_changes_nothing,
}
