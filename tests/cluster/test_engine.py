"""A gateway and a worker as real processes: procrastinate hands the jobs out, and what it forgets is found."""

import asyncio
import contextlib
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from bot.scale.open import EngineNotInstalled
from bot.store.open import open_reader
from bot.store.postgres_connection import connect
from tests.roles.processes import PROMPT, WAIT_S, Roles, eventually, process, roles
from tests.stores import crash_server

CREATE, STATUS = "POST /v1/videos/*", "GET /v1/videos/*"
HOLD_S = 120.0
FOUND_BY_THE_NET = "due jobs were handed out again"
STARTS_AGAIN = "the job engine ended and starts again"

pytestmark = pytest.mark.timeout(240)


def rows(found: Roles, sql: str) -> list[tuple[object, ...]]:
    with open_reader(found.location) as tx:
        return [tuple(row) for row in tx.run(sql)]


def change(found: Roles, sql: str) -> None:
    with contextlib.closing(connect(found.location.database_url)) as connection:
        connection.execute(sql.encode())


def engine_jobs(found: Roles) -> list[str]:
    """Return the states of procrastinate's jobs, without those of its own."""
    return [str(row[0]) for row in rows(found, "SELECT status FROM procrastinate_jobs WHERE task_name = 'carry'")]


async def renders(found: Roles) -> Fault:
    """Order a video and wait until the worker polls it. The polls fail until the fault is cleared."""
    held = found.provider.wire.fail(Fault(route=STATUS, status=503, times=None))
    await found.order()
    await eventually(lambda: held.hits, found)
    return held


async def test_the_engine_carries_a_video_from_its_order_to_its_end_and_forgets_it(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        held = await renders(found)
        assert engine_jobs(found) == ["doing"]
        found.provider.wire.clear(held)
        await found.posted_once()
        await eventually(lambda: engine_jobs(found) == [], found)
        logs = found.worker.words() + found.gateway.words()
        assert PROMPT not in logs
        assert found.location.database_url not in logs
        assert (await found.worker.terminate(), await found.gateway.terminate()) == (0, 0)


DUPLICATE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)
SELECT 'videos', 'carry', id, jsonb_build_object('job_id', id) FROM job
"""
DUE_AGAIN = "UPDATE job SET lease_until = NULL, due_at = 0"


@pytest.mark.parametrize("before", ["SELECT 1", DUE_AGAIN], ids=["under its lease", "due again"])
async def test_a_second_job_of_the_engine_for_a_video_in_hand_ends_at_once(tmp_path: Path, before: str) -> None:
    """As the net writes one for each row that waits to be taken: they would fill the places of the others."""
    async with roles(tmp_path) as found:
        held = await renders(found)
        fences = rows(found, "SELECT fence FROM job")
        change(found, f"{before};{DUPLICATE}")
        await eventually(lambda: engine_jobs(found) == ["doing"], found)
        assert (rows(found, "SELECT fence FROM job") > fences) is (before == DUE_AGAIN)
        found.provider.wire.clear(held)
        await found.posted_once()
        await eventually(lambda: engine_jobs(found) == [], found)


def has_polled(found: Roles, times: int) -> bool:
    return len(found.provider.wire.requests(STATUS)) >= times


async def test_a_poll_writes_nothing(tmp_path: Path) -> None:
    """The row has the version that it was submitted with, and those of saved progress and of a renewed lease."""
    async with roles(tmp_path, render_s=HOLD_S) as found:
        await found.order()
        await eventually(lambda: found.state() == "polling", found)
        versions, engine = set(), rows(found, "SELECT count(*), max(id) FROM procrastinate_events")
        for polls in range(5, 25, 5):
            await eventually(partial(has_polled, found, polls), found)
            versions |= set(rows(found, "SELECT CAST(xmin AS TEXT) FROM job"))
        assert len(versions) <= 3
        assert rows(found, "SELECT count(*), max(id) FROM procrastinate_events") == engine


async def test_what_the_engine_has_forgotten_is_found(tmp_path: Path) -> None:
    """As a worker that stood still does, which ends its job of the engine when another has it (trap 1)."""
    async with roles(tmp_path) as found:
        await eventually(lambda: rows(found, "SELECT to_regclass('procrastinate_jobs')") != [(None,)], found)
        await found.worker.kill()
        await found.order()
        await eventually(lambda: found.state() == "accepted" and engine_jobs(found), found)
        change(found, "DELETE FROM procrastinate_jobs")
        await found.worker.start()
        await found.posted_once()
        assert FOUND_BY_THE_NET in found.worker.words()


async def test_the_job_of_a_dead_worker_holds_nothing_up_and_is_deleted(tmp_path: Path) -> None:
    """It stays `doing` while a second one of the same video waits (trap 2)."""
    async with roles(tmp_path) as found:
        held = await renders(found)
        await found.worker.kill()
        assert engine_jobs(found) == ["doing"]
        change(found, "UPDATE procrastinate_workers SET last_heartbeat = now() - INTERVAL '1 hour'")
        found.provider.wire.clear(held)
        await found.worker.start()
        await found.posted_once()
        await eventually(lambda: engine_jobs(found) == [], found)


async def test_a_worker_that_stood_still_ends_what_is_gone_without_harm(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        held = await renders(found)
        os.kill(found.worker.pid, signal.SIGSTOP)
        change(found, "DELETE FROM procrastinate_jobs")
        change(found, "DELETE FROM procrastinate_workers")
        found.provider.wire.clear(held)
        os.kill(found.worker.pid, signal.SIGCONT)
        await found.posted_once()
        await found.order("another boat")
        await eventually(lambda: STARTS_AGAIN in found.worker.words(), found)  # its registration is gone, too
        await eventually(lambda: len(found.clips) == 2, found)
        assert len(found.provider.charges) == 2


async def test_an_engine_whose_connections_break_goes_on_and_so_does_the_worker(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        held = await renders(found)
        pid = found.worker.pid
        change(found, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'retake engine'")
        found.provider.wire.clear(held)
        await found.posted_once()
        await found.order("another boat")
        await eventually(lambda: len(found.clips) == 2, found)
        assert (found.worker.running, found.worker.pid) == (True, pid)
        await eventually(lambda: engine_jobs(found) == [], found)


@pytest.mark.parametrize("route", [CREATE, STATUS], ids=["while it pays", "while it polls"])
async def test_postgresql_is_restarted_immediately_and_every_video_is_paid_once(tmp_path: Path, route: str) -> None:
    async with roles(tmp_path) as found:
        held = found.provider.wire.fail(Fault(route=route, when="after", delay_s=3.0))
        await found.order()
        await eventually(lambda: held.hits, found)
        await asyncio.to_thread(crash_server, 1.0)
        await found.posted_once()
        await found.order("another boat")
        await eventually(lambda: len(found.clips) == 2, found)
        assert (found.worker.running, found.gateway.running, len(found.provider.charges)) == (True, True, 2)


async def test_a_worker_without_procrastinate_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "procrastinate.py").write_text("raise ModuleNotFoundError(name='procrastinate')")
    async with roles(tmp_path, start=False) as found:
        path = f"{tmp_path}{os.pathsep}{found.world.env()['PYTHONPATH']}"
        lacking = process(found.world, "worker", PYTHONPATH=path)
        await lacking.start()
        assert await asyncio.wait_for(lacking.exited(), WAIT_S) == 78
        assert str(EngineNotInstalled.__doc__) in lacking.words()
