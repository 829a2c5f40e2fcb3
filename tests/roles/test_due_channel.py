"""The gateway's notice of a due job reaches the worker, also after the connection was lost."""

import asyncio
import contextlib

import pytest

from bot.store import postgres_listener
from bot.store.due_channel import DueNotifier
from bot.store.location import StoreLocation
from bot.store.open import listen_for_due_jobs, open_store
from bot.store.postgres_connection import connect
from tests.stores import new_url

WAIT_S = 30.0


async def woken(woke: asyncio.Event) -> None:
    async with asyncio.timeout(WAIT_S):
        await woke.wait()
    woke.clear()


async def test_a_notice_wakes_the_worker_again_and_again(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_listener, "RETRY_S", 0.05)
    location = StoreLocation(tmp_path, new_url())  # type: ignore[arg-type]
    database = await open_store(location, "gateway")
    woke, notifier = asyncio.Event(), DueNotifier(database)
    tasks = [asyncio.create_task(listen_for_due_jobs(location, woke.set)), asyncio.create_task(notifier.run())]
    await woken(woke)  # it listens now
    for _ in range(2):
        notifier.wake_up()
        await woken(woke)
    with contextlib.closing(await asyncio.to_thread(connect, location.database_url)) as ending:
        ending.execute(
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listener'"
        )
    await woken(woke)  # it listens again, and what was missed is looked for
    notifier.wake_up()
    await woken(woke)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
