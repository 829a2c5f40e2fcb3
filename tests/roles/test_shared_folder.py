"""What a gateway and a worker share in the data folder, and what each of them shows."""

import asyncio
import os
from pathlib import Path
from typing import Any, cast

from bot.media.file_store import LocalFileStore
from bot.metrics import Metrics
from bot.shared_folder import DIFFERS, FLAG, LOOK_EVERY_S, NAME, SharedFolder
from bot.store.jobs import SqlJobStore
from bot.store.location import StoreLocation
from bot.worker.clip_files import ClipFiles
from tests.stores import open_database

HOUR_S = 3600.0


class Steps:
    """A clock that moves when every worker of a test sleeps, one look at a time."""

    def __init__(self) -> None:
        self.current = 1_000_000.0
        self._sleeping: list[asyncio.Future[None]] = []

    def now(self) -> float:
        return self.current

    async def sleep(self, _: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._sleeping.append(waiting)
        await waiting

    async def step(self, *workers: "asyncio.Task[str]") -> None:
        """Wait until each worker sleeps or has ended, then let the time of one look pass."""
        async with asyncio.timeout(60):
            while len(self._sleeping) < sum(not each.done() for each in workers):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        self.current += LOOK_EVERY_S
        sleeping, self._sleeping = self._sleeping, []
        for each in sleeping:
            each.set_result(None)


async def test_a_second_worker_with_another_folder_is_told_and_one_with_the_same_runs(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    database = await open_database(tmp_path / "db")
    store, clock = SqlJobStore(database), Steps()

    def start(name: str) -> "asyncio.Task[str]":
        folder = SharedFolder(store, cast(Any, clock), tmp_path / name, LocalFileStore())
        return asyncio.create_task(folder.publish(beside_others=True))

    first = start("one")
    await clock.step(first)
    same, other = start("one"), start("other")
    for _ in range(12):
        await clock.step(first, same, other)
    assert (first.done(), same.done(), other.done()) == (False, False, True)
    assert other.result() == DIFFERS
    for ended in (first, same):
        ended.cancel()
    await asyncio.gather(first, same, return_exceptions=True)
    clock = Steps()
    clock.current += 3600.0
    alone = start("other")
    for _ in range(12):
        await clock.step(alone)
    assert not alone.done()
    flag = await store.get_flag(FLAG)
    assert flag is not None
    assert flag[0] == (tmp_path / "other" / NAME).read_text()
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    await database.close()


def test_the_start_of_one_leaves_what_the_other_is_writing(tmp_path: Path) -> None:
    files = ClipFiles(tmp_path)
    files.prepare()
    fresh, old = files.clips / "fresh.1.part", files.clips / "old.1.part"
    for part in (fresh, old):
        part.write_bytes(b"x")
    at = fresh.stat().st_mtime - 2 * HOUR_S
    os.utime(old, (at, at))
    files.prepare(min_age_s=HOUR_S)
    assert (fresh.exists(), old.exists()) == (True, False)
    files.prepare()
    assert not fresh.exists()


async def test_a_worker_exports_nothing_about_the_gateway(tmp_path: Path) -> None:
    page = (await Metrics(StoreLocation(tmp_path), lambda: None, ["toapis"]).text()).decode()
    assert "retake_gateway" not in page
    assert "retake_disk_free_bytes" in page
