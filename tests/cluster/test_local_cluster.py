"""`make cluster` as a person uses it: its terminal, its page and Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.cluster.page_tab import Tab, make_cluster, open_tab, read_until

PROMPT = "a lighthouse in a storm"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def command(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`make cluster` with two gateways and two workers."""
    async with make_cluster(folder, "--gateways", "2", "--workers", "2") as process:
        yield process


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that these have started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except FileNotFoundError:
        return []
    return [each for child in found for each in (child, *descendants(child))]


async def test_killed_processes_lose_nothing_and_ctrl_c_ends_all(
    command: asyncio.subprocess.Process, folder: Path
) -> None:
    address = (await read_until(command, "Open ")).split()[1]
    await read_until(command, "Everything runs")
    async with open_tab(address) as tab:
        channel = await tab.channel()
        await tab.until(lambda: len(tab.panel.get("processes", ())) == 8)
        holder = next(each["name"] for each in tab.panel["processes"] if "this server" in each["detail"])
        await order_and_kill(tab, channel)
        await tab.process(holder, "kill")
        await tab.until(lambda: any(each == {"ev": "bot", "online": False} for each in tab.heard))
        await tab.process("worker 1", "start")
        await tab.process("PostgreSQL", "kill")
        await tab.process("PostgreSQL", "start")
        await tab.process(holder, "start")
        await tab.until(lambda: tab.clips(PROMPT))
        await tab.until(lambda: tab.panel["jobs"] and tab.panel["jobs"][0]["state"] == "delivered")
        assert len(set(tab.clips(PROMPT))) == 1
        assert [each["charges"] for each in tab.panel["providers"]] == [1]
    started = [*descendants(command.pid), *servers(folder)]
    assert len(started) >= 5  # two gateways, a worker, the bucket, PostgreSQL
    os.killpg(command.pid, signal.SIGINT)
    assert await asyncio.wait_for(command.wait(), 60.0) == 0
    async with asyncio.timeout(30.0):  # PostgreSQL has given up its files, and may still be exiting
        while any(is_alive(pid) for pid in started):  # noqa: ASYNC110 - processes of others have no events
            await asyncio.sleep(0.05)
    assert leftovers(folder) == []


async def order_and_kill(tab: Tab, channel: str) -> None:
    """Order a video, and kill both workers after it's paid and before it's rendered."""
    await tab.request("turn", name="slow", on=True)
    await tab.request("slash", channel=channel, command="generate", options={"prompt": PROMPT})
    await tab.until(lambda: tab.panel["jobs"] and tab.panel["jobs"][0]["state"] == "polling")
    await tab.request("process", name="worker 1", do="kill")
    await tab.process("worker 2", "kill")
    await tab.until(lambda: tab.state("worker 1") == "ended")
    await tab.request("turn", name="slow", on=False)
    assert tab.clips(PROMPT) == []


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def leftovers(folder: Path) -> list[str]:
    """Return the temporary files that are left, without the test clips, which later runs use again."""
    return [path.name for path in folder.iterdir() if not path.name.startswith("retake-films")]


def servers(folder: Path) -> list[int]:
    """Return the PostgreSQL servers in a folder, which are children of no other process."""
    return [int(file.read_text().split()[0]) for file in folder.glob("retake-postgres-*/data/postmaster.pid")]


UNKNOWN = (
    "worker 9",
    "Worker 1",
    "worker 1 ",
    "../worker-1",
    "worker 1; kill 1",
    "1",
    "page",
    "",
    1,
    None,
    ["worker 1"],
)


async def test_another_site_and_unknown_names_kill_nothing(command: asyncio.subprocess.Process) -> None:
    address = (await read_until(command, "Open ")).split()[1]
    await read_until(command, "Everything runs")
    async with aiohttp.ClientSession() as session:
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {},
            {"Origin": address, "Host": "evil.example"},
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"{address}/socket", headers=headers)
    async with open_tab(address) as tab:
        await tab.until(lambda: tab.panel.get("processes"))
        before = {each["name"]: each["pid"] for each in tab.panel["processes"]}
        for name in UNKNOWN:
            assert "no" in await tab.request("process", name=name, do="kill"), name
        assert "no" in await tab.request("process", name=str(before["worker 1"]), do="kill")
        for action in ("pause", "SIGKILL", "kill start", "", None):
            assert "no" in await tab.request("process", name="worker 1", do=action), action
        assert "no" in await tab.request("do", name="kill")  # there is no single bot here
    async with open_tab(address) as tab:  # which looks at the processes again
        await tab.until(lambda: tab.panel.get("processes"))
        assert {each["state"] for each in tab.panel["processes"]} == {"running"}
        assert {each["name"]: each["pid"] for each in tab.panel["processes"]} == before
