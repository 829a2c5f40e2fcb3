"""Runway's tasks: states, failures with what they cost, fresh links and cancellation."""

import math
from pathlib import Path

import pytest

from bot.ports.provider import Failed, Missing, Pending, Ready, Task
from bot.providers.runway import read_cost, read_task
from bot.providers.task_state import StatusResponse
from bot.sandbox.providers import LocalRunway
from tests.providers.rigs import LIMITS, ProviderRig, dialect_of, rig_fixture

runway = rig_fixture(dialect_of("runway"))
TASK = Task(task_id="t", protocol="runway", endpoint="https://api.dev.runwayml.com")


def local(runway: ProviderRig) -> LocalRunway:
    assert isinstance(runway.local, LocalRunway)
    return runway.local


@pytest.mark.parametrize(("queue_s", "throttled", "word"), [(60.0, False, "PENDING"), (60.0, True, "THROTTLED")])
async def test_pending_and_throttled_tasks_wait(
    runway: ProviderRig, queue_s: float, throttled: bool, word: str
) -> None:
    runway.local.queue_s, local(runway).throttled = queue_s, throttled
    task = await runway.provider.submit(await runway.provider.draft(runway.order()))
    assert await runway.provider.check(task) == Pending(queued=True, raw_status=word)


@pytest.mark.parametrize(
    ("progress", "percent"), [(0.42, 42.0), (0, 0.0), (1, 100.0), (42, None), (-1, None), (True, None), ("x", None)]
)
def test_progress_is_a_fraction(progress: object, percent: float | None) -> None:
    body = {"id": "t", "status": "RUNNING", "progress": progress}
    state = read_task(StatusResponse(status=200, body=body), TASK)
    assert isinstance(state, Pending)
    assert state.progress == (None if percent is None else pytest.approx(percent))


@pytest.mark.parametrize(
    ("code", "policy", "withheld"),
    [
        ("SAFETY.INPUT.TEXT", True, False),
        ("SAFETY.INPUT.VIDEO", True, False),
        ("SAFETY.OUTPUT.VIDEO", True, True),
        ("INTERNAL.BAD_OUTPUT.CODE01", False, False),
        ("ASSET.INVALID", False, False),
        ("THIRD_PARTY.UNAVAILABLE", False, False),
    ],
)
@pytest.mark.parametrize(("spent", "free"), [(0, True), (50, False), (None, False)])
def test_a_failure_code_tells_moderation_and_its_cost_tells_the_charge(
    code: str, policy: bool, withheld: bool, spent: int | None, free: bool
) -> None:
    body: dict[str, object] = {"id": "t", "status": "FAILED", "failure": "It went wrong.", "failureCode": code}
    if spent is not None:
        body["cost"] = {"credits": spent}
    assert read_task(StatusResponse(status=200, body=body), TASK) == Failed(
        reason=f"{code}: It went wrong.",
        policy=policy,
        withheld=withheld,
        free=free,
        cost_micros=None if spent is None else spent * 10_000,
    )


@pytest.mark.parametrize(
    ("cost", "micros"),
    [({"credits": 60}, 600_000), ({"credits": 0}, 0), ({"credits": 3.4}, 34_000), ({"credits": True}, math.nan),
     ({"credits": -1}, -10_000), ({"credits": "60"}, math.nan), ({"credits": float("nan")}, math.nan), ({}, None),
     (None, None)],
)  # fmt: skip
def test_the_cost_is_a_cent_per_credit(cost: object, micros: float | None) -> None:
    assert [read_cost({"cost": cost})] == [micros]  # in a list, because NaN differs from itself


@pytest.mark.parametrize(
    ("prompt", "policy", "withheld"), [("[refuse]", True, False), ("[withhold]", True, True), ("[fail]", False, False)]
)
@pytest.mark.parametrize("refund", [True, False])
async def test_every_failure_of_the_local_server_is_read(
    runway: ProviderRig, prompt: str, policy: bool, withheld: bool, refund: bool
) -> None:
    runway.local.refund_failed = refund
    task = await runway.provider.submit(await runway.provider.draft(runway.order(prompt=f"a thing {prompt}")))
    await runway.local.finish(task.task_id)
    state = await runway.provider.check(task)
    assert isinstance(state, Failed)
    assert (state.policy, state.withheld, state.free) == (policy, withheld, refund and prompt != "[refuse]")


async def test_a_checked_task_has_fresh_links(runway: ProviderRig, tmp_path: Path) -> None:
    """Links expire after 24 to 48 h."""
    task, first = await runway.ready_task()
    assert first.cost_micros == 800_000
    runway.local.cdn.expire_all()
    second = await runway.provider.check(task)
    assert isinstance(second, Ready)
    assert second.url != first.url
    await runway.provider.fetch(second, tmp_path / "clip", LIMITS)
    assert (tmp_path / "clip").read_bytes() == runway.clip.read_bytes()


# Cancellation.


@pytest.mark.parametrize(("queue_s", "free"), [(60.0, True), (0.0, False)])
async def test_a_cancelled_task_is_free_only_before_it_runs(runway: ProviderRig, queue_s: float, free: bool) -> None:
    runway.local.queue_s, runway.local.render_s = queue_s, 60.0
    task = await runway.provider.submit(await runway.provider.draft(runway.order()))
    pending = await runway.provider.check(task)
    assert isinstance(pending, Pending)
    assert pending.queued is free
    assert await runway.provider.delete_task(task)
    cost = 0 if free else 800_000
    assert await runway.provider.check(task) == Failed(reason="CANCELLED", free=free, cost_micros=cost)
    assert runway.local.tasks[task.task_id].usd == pytest.approx(0.0 if free else 0.8)


async def test_a_task_that_is_not_there_can_not_be_cancelled(runway: ProviderRig) -> None:
    task = await runway.finished_task()
    assert await runway.provider.delete_task(task)
    assert not await runway.provider.delete_task(task)
    assert isinstance(await runway.provider.check(task), Missing)
