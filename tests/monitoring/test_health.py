"""The health server: listens on 127.0.0.1 only, and is ready only while the bot can work."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from bot.health import serving, watch_loop
from bot.jobs.job import State
from bot.metrics import Gateway, Metrics
from bot.readiness import Readiness
from tests.monitoring.factories import create_database
from tests.stores import location_in

UP = Gateway(shards=1, connected=1, latency_s=0.04)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def running_health_server(
    data: Path, gateway: Gateway = UP, *, stopping: Callable[[], bool] = lambda: False
) -> AsyncIterator[tuple[aiohttp.ClientSession, int]]:
    await create_database(data, State.POLLING)
    port = free_port()
    metrics = Metrics(location_in(data), lambda: gateway)
    async with (
        serving(port, metrics, Readiness(metrics, stopping)),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as browser,
    ):
        yield browser, port


async def test_a_working_bot_is_alive_and_ready(tmp_path: Path) -> None:
    async with running_health_server(tmp_path) as (browser, _):
        async with browser.get("/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"alive": True})
        async with browser.get("/readyz") as answer:
            assert (answer.status, (await answer.json())["ready"]) == (200, True)
        async with browser.get("/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert 'retake_jobs{state="polling"} 1.0' in await answer.text()


async def test_a_bot_without_discord_is_alive_and_not_ready(tmp_path: Path) -> None:
    async with running_health_server(tmp_path, Gateway(shards=2, connected=1)) as (browser, _):
        async with browser.get("/healthz") as answer:
            assert answer.status == 200
        async with browser.get("/readyz") as answer:
            assert (answer.status, (await answer.json())["gateway"]) == (503, False)
            assert (await answer.json())["not_ready"] == ["Discord is connected on 1 of 2 shards."]


async def test_a_stopping_bot_is_not_ready(tmp_path: Path) -> None:
    async with running_health_server(tmp_path, stopping=lambda: True) as (browser, _), browser.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["working"]) == (503, False)


async def test_only_local_requests_with_a_local_host_header_are_answered(tmp_path: Path) -> None:
    async with running_health_server(tmp_path) as (browser, port):
        async with browser.get("/metrics", headers={"Host": f"attacker.example:{port}"}) as answer:
            assert answer.status == 403
        async with browser.get("/metrics", headers={"Host": f"localhost:{port}"}) as answer:
            assert answer.status == 200
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection("127.0.0.2", port)  # a loopback address that the server doesn't use


async def test_a_port_in_use_does_not_stop_the_bot(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await create_database(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other, caplog.at_level(logging.ERROR):
        port = int(other.getsockname()[1])
        worked = False
        metrics = Metrics(location_in(tmp_path), Gateway)
        async with serving(port, metrics, Readiness(metrics, lambda: False)):
            worked = True
    assert worked
    assert "cannot be used" in caplog.text


async def test_no_port_starts_no_server(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    metrics = Metrics(location_in(tmp_path), Gateway)
    async with serving(None, metrics, Readiness(metrics, lambda: False)):
        assert asyncio.all_tasks() == before


async def test_a_blocked_event_loop_is_measured(tmp_path: Path) -> None:
    await create_database(tmp_path)
    metrics = Metrics(location_in(tmp_path), Gateway)
    watching = asyncio.create_task(watch_loop(metrics, every_s=0.01))
    await asyncio.sleep(0.02)
    time.sleep(0.3)  # noqa: ASYNC251 - blocks the loop on purpose
    await asyncio.sleep(0.02)
    watching.cancel()
    page = (await metrics.text()).decode()
    lines = dict(line.rsplit(" ", 1) for line in page.splitlines() if line.startswith("retake_loop_lag_seconds_bucket"))
    assert float(lines['retake_loop_lag_seconds_bucket{le="0.25"}']) < float(
        lines['retake_loop_lag_seconds_bucket{le="+Inf"}']
    )
