"""A machine that was suspended and goes on: the kernel's ordinary monotonic clock doesn't count that time."""

import time

import pytest

from bot.jobs.provider_errors import Stalled
from bot.net.client import ProviderHttpClient
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.clock import SystemClock
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.worker.leases import LEASE_S, STOP_AFTER_S, Leases
from bot.worker.poll_queue import PollQueue
from tests.providers.recording_server import RecordingServer
from tests.store.conformance import insert_job
from tests.stores import new_url

SUSPENDED_S = 3600.0


class Machine:
    """The kernel's clock that counts suspended time, in a test's hand; all others go on as if nothing had happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.suspended_s, read = 0.0, time.clock_gettime
        monkeypatch.setattr(
            time, "clock_gettime", lambda clock: read(clock) + self.suspended_s * (clock == time.CLOCK_BOOTTIME)
        )


class SuspendedWait:
    """A rate limit during whose wait the machine is suspended."""

    def __init__(self, machine: Machine, seconds: float) -> None:
        self._machine, self._seconds = machine, seconds

    async def acquire(self) -> None: ...

    async def acquire_priority(self) -> bool:
        self._machine.suspended_s += self._seconds
        return True


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


async def test_the_leases_of_a_worker_end_while_its_machine_is_suspended(machine: Machine) -> None:
    database = await PgDatabase.open(new_url())
    try:
        store, clock = SqlJobStore(database), database.clock
        leases = Leases(store, clock, PollQueue())
        job = await insert_job(store, due_at=clock.now())
        (job,) = await store.claim(clock.now(), 1, LEASE_S + SUSPENDED_S)
        assert leases.allows(job)
        machine.suspended_s += STOP_AFTER_S + 1.0  # the row's lease lasts, but the last renewal is too old
        assert not leases.allows(job)
    finally:
        await database.close()


async def test_a_paid_request_that_waited_on_a_suspended_machine_is_not_sent(machine: Machine) -> None:
    async with RecordingServer() as server:
        for suspended_s, is_sent in ((0.0, True), (SUSPENDED_S, False)):
            client = ProviderHttpClient(
                title="Fake", base_url=server.base_url, headers={}, guard=SsrfGuard([f"127.0.0.1:{server.port}"]),
                rate_limit=SuspendedWait(machine, suspended_s),
            )  # fmt: skip
            try:
                if is_sent:
                    await client.request_once("POST", "/v1/videos", json={})
                else:
                    with pytest.raises(Stalled):
                        await client.request_once("POST", "/v1/videos", json={})
            finally:
                await client.close()
        assert len(server.requests) == 1


def test_the_time_of_a_suspended_machine_goes_on(machine: Machine) -> None:
    clock = SystemClock()
    before_s, monotonic_s = clock.now(), clock.monotonic()
    machine.suspended_s += SUSPENDED_S
    assert clock.now() - before_s >= SUSPENDED_S
    assert clock.monotonic() - monotonic_s >= SUSPENDED_S
