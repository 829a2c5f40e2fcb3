"""A worker whose leases aren't renewed pays and posts nothing, and goes on when they are."""

import asyncio
from dataclasses import replace

import pytest

from bot.jobs.job import State
from bot.ports.job_store import Held
from bot.store.jobs import SqlJobStore
from bot.worker.context import JobContext
from bot.worker.leases import LEASE_S, STOP_AFTER_S, Leases
from tests.faults.expected_outcome import DELIVERED
from tests.faults.scenarios import Scenario, run_scenario

RULE = pytest.mark.parametrize("rule", ["kept", "dropped"])


class Renewals:
    """What the store does about renewals: they fail while `fails`."""

    fails = False


@pytest.fixture
def renewals(rule: str, monkeypatch: pytest.MonkeyPatch) -> Renewals:
    found, renew = Renewals(), SqlJobStore.renew_leases

    async def renew_or_fail(store: SqlJobStore, held: set[Held], until: float) -> set[Held]:
        if found.fails:
            raise OSError("the database isn't reached")
        return await renew(store, held, until)

    monkeypatch.setattr(SqlJobStore, "renew_leases", renew_or_fail)
    if rule == "dropped":
        monkeypatch.setattr(JobContext, "may_act", lambda *_: True)
    return found


def share(scenario: Scenario) -> None:
    """Let the process have leases as a worker beside others has."""
    scenario.environment.timing = replace(scenario.environment.timing, lease_s=LEASE_S)
    context = scenario.process.context
    context.timing = scenario.environment.timing
    context.leases = Leases(context.store, context.clock, context.poll_queue)
    context.leases.start()


@RULE
def test_nothing_is_paid_without_a_renewal(rule: str, renewals: Renewals) -> None:
    async def steps(scenario: Scenario) -> None:
        share(scenario)
        renewals.fails = True
        await asyncio.sleep(STOP_AFTER_S + 1.0)
        await scenario.request_video()
        await asyncio.sleep(60.0)
        assert scenario.charges == (0 if rule == "kept" else 1)
        renewals.fails = False
        await DELIVERED.check(scenario)

    run_scenario(steps)


@RULE
def test_nothing_is_posted_without_a_renewal(rule: str, renewals: Renewals) -> None:
    async def steps(scenario: Scenario) -> None:
        share(scenario)
        await scenario.request_video()
        await scenario.wait_for_state(State.POLLING)
        renewals.fails = True
        leases = scenario.process.context.leases
        assert leases is not None
        leases._renewed_at -= STOP_AFTER_S  # it failed all the while
        await asyncio.sleep(300.0)
        assert scenario.clips == (0 if rule == "kept" else 1)
        renewals.fails = False
        await DELIVERED.check(scenario)

    run_scenario(steps)
