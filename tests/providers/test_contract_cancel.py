"""The contract of all provider adapters for stopping a task: who can, what is sent, and how answers are read."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.provider_errors import KeyRefused, ProviderError, RateLimited, Unreachable
from bot.ports.provider import Failed, Pending, Task
from bot.ports.provider_capabilities import NotStopped, Stopped, Stopping, TaskCancellation
from bot.sandbox.fault_injection import Fault
from tests.providers.rigs import EACH_DIALECT, ProviderRig, dialect_of, start_rig

ROUTES = {
    "fal": "PUT */cancel",
    "runway": "DELETE /v1/tasks/*",
    "vllm": "DELETE /v1/videos/*",
    "gemini": "POST */cancel",
    "comfy": "POST */cancel",
    "comfy-v2": "POST */cancel",
}


@pytest.fixture(params=ROUTES)
async def stopping(request: pytest.FixtureRequest, sample_clip: Path) -> AsyncIterator[ProviderRig]:
    """A rig whose videos render for long."""
    async with start_rig(dialect_of(request.param), sample_clip) as rig:
        rig.local.render_s = 60.0
        yield rig


def cancels(rig: ProviderRig) -> TaskCancellation:
    assert isinstance(rig.provider, TaskCancellation)
    return rig.provider


async def running_task(rig: ProviderRig) -> Task:
    task = await rig.provider.submit(await rig.provider.draft(rig.order()))
    assert isinstance(await rig.provider.check(task), Pending)
    return task


@EACH_DIALECT
async def test_only_documented_cancellations_are_used(rig: ProviderRig) -> None:
    task = await rig.finished_task()
    can = isinstance(rig.provider, TaskCancellation) and rig.provider.can_cancel(task)
    assert can is (rig.dialect.name in ROUTES)


async def test_bifrost_stops_what_runway_renders_and_nothing_else(sample_clip: Path) -> None:
    async with start_rig(dialect_of("bifrost"), sample_clip) as rig:
        rig.local.render_s = 60.0
        model = replace(rig.order().model, wire="runway/gen4.5")
        task = await rig.provider.submit(await rig.provider.draft(replace(rig.order(), model=model)))
        assert not cancels(rig).can_cancel(replace(task, task_id="video_1:openai"))
        assert cancels(rig).can_cancel(task)
        assert await cancels(rig).cancel(task) == Stopped(free=False)
        assert rig.local.tasks == {}
        other = await rig.provider.submit(await rig.provider.draft(rig.order()))
        assert await cancels(rig).cancel(other) == NotStopped()


async def test_a_running_task_is_stopped(stopping: ProviderRig) -> None:
    task = await running_task(stopping)
    name = stopping.dialect.name
    assert await cancels(stopping).cancel(task) == (
        Stopping() if name in ("runway", "comfy-v2") else Stopped(free=False)
    )
    if name == "runway":
        assert isinstance(await stopping.provider.check(task), Failed)
    assert len(stopping.local.wire.requests(ROUTES[name])) == 1
    assert stopping.local.complaints == []


async def test_an_unknown_task_is_not_stopped(stopping: ProviderRig) -> None:
    task = await running_task(stopping)
    unknown = "00000000-0000-0000-0000-000000000001"
    assert await cancels(stopping).cancel(replace(task, task_id=unknown)) == NotStopped()


async def test_fal_does_not_stop_a_finished_request(sample_clip: Path) -> None:
    async with start_rig(dialect_of("fal"), sample_clip) as rig:
        assert await cancels(rig).cancel(await rig.finished_task()) == NotStopped()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(route="", status=401), KeyRefused),
        (Fault(route="", status=429, headers={"Retry-After": "1"}), RateLimited),
        (Fault(route="", status=408), Unreachable),
        (Fault(route="", status=503), Unreachable),
        (Fault(route="", status=403, body="<h1>Just a moment</h1>"), Unreachable),
        (Fault(route="", drop=True), Unreachable),
        (Fault(route="", when="after", drop=True), Unreachable),
    ],
)
async def test_a_cancellation_is_sent_once_for_any_answer(
    stopping: ProviderRig, fault: Fault, error: type[ProviderError]
) -> None:
    task = await running_task(stopping)
    route = ROUTES[stopping.dialect.name]
    stopping.local.wire.fail(replace(fault, route=route, times=None))
    with pytest.raises(error):
        await cancels(stopping).cancel(task)
    assert len(stopping.local.wire.requests(route)) == 1


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 422])
async def test_a_declined_cancellation_is_no_error(stopping: ProviderRig, status: int) -> None:
    task = await running_task(stopping)
    stopping.local.wire.fail(Fault(route=ROUTES[stopping.dialect.name], status=status, body={"error": "not now"}))
    assert await cancels(stopping).cancel(task) == NotStopped()
    assert isinstance(await stopping.provider.check(task), Pending)
