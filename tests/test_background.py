"""Background tasks: held until they end, cancelled on close, repeated after a failure."""

import asyncio
import contextlib
import logging

import pytest

from bot.background import TaskSet, run_every, wait_for_event


async def test_a_task_is_held_until_it_ends_and_its_end_is_reported() -> None:
    ended = asyncio.Event()
    tasks = TaskSet(ended.set)
    tasks.start(asyncio.sleep(0), name="short")
    assert len(tasks) == 1
    await asyncio.wait_for(ended.wait(), 60)
    assert len(tasks) == 0


async def test_close_cancels_what_runs_and_waits_for_it() -> None:
    tasks = TaskSet()
    task = tasks.start(asyncio.Event().wait())
    await tasks.close()
    assert task.cancelled()
    assert len(tasks) == 0


async def test_drain_lets_short_work_finish_and_cancels_the_rest() -> None:
    tasks = TaskSet()
    short, long = tasks.start(asyncio.sleep(0)), tasks.start(asyncio.Event().wait())
    await tasks.drain(0.05)
    assert short.done()
    assert not short.cancelled()
    assert long.cancelled()


async def test_a_key_has_at_most_one_running_task() -> None:
    tasks = TaskSet()
    task = tasks.start(asyncio.Event().wait(), key="a")
    assert tasks.get("a") is task
    assert tasks.get("b") is None
    with pytest.raises(ValueError, match="is running"):
        tasks.start(asyncio.sleep(0), key="a")
    await tasks.close()
    assert tasks.get("a") is None


async def test_a_wait_reports_whether_the_event_was_set_in_time() -> None:
    event = asyncio.Event()
    assert not await wait_for_event(event, 0.01)
    event.set()
    assert await wait_for_event(event, 0.01)


async def test_repeated_work_survives_a_failure_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    rounds, enough = 0, asyncio.Event()

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise OSError
        enough.set()

    async def sleep(seconds: float) -> None:
        assert seconds == 3600.0
        await asyncio.sleep(0)

    log = logging.getLogger("retake.test")
    task = asyncio.create_task(run_every(3600.0, work, sleep=sleep, log=log, failure="the work failed"))
    await asyncio.wait_for(enough.wait(), 60)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert rounds >= 2
    assert [record.message for record in caplog.records] == ["the work failed"]
