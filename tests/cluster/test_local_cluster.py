"""`make cluster` as a person uses it: its terminal, its page and Ctrl-C."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.environment import ROOT

START_S, WAIT_S = 120.0, 150.0  # a dead worker's videos go on within a minute
PROMPT = "a lighthouse in a storm"

pytestmark = pytest.mark.timeout(600)


class Tab:
    """A tab of the page: sends commands and hears events, as the page's JavaScript does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.heard: list[dict[str, Any]] = []
        self.panel: dict[str, Any] = {}

    async def request(self, act: str, **fields: object) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "act": act, **fields})
        number = self._number
        answer: dict[str, Any] = await self.until(lambda: next((e for e in self.heard if e.get("re") == number), {}))
        return answer

    async def until(self, look: Callable[[], Any]) -> Any:
        """Read events until a look at them finds something."""
        async with asyncio.timeout(WAIT_S):
            while not (found := look()):
                news = await self._socket.receive_json()
                self.heard.append(news)
                if news.get("ev") == "panel":
                    self.panel |= news
        return found

    async def process(self, name: str, action: str) -> None:
        """Kill or start a process, and wait until the panel shows it."""
        answer = await self.request("process", name=name, do=action)
        assert answer.get("ok", "missing") is None, answer
        await self.until(lambda: self.state(name) == {"kill": "ended", "start": "running"}[action])

    def state(self, name: str) -> str:
        return next((each["state"] for each in self.panel.get("processes", ()) if each["name"] == name), "")

    def clips(self) -> list[str]:
        """Return the messages that have had a clip."""
        messages = [news["message"] for news in self.heard if news.get("ev") in ("message", "edited")]
        return [each["id"] for each in messages if each["attachments"] and PROMPT in each["content"]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary files that PostgreSQL can read as its own user."""
    made = Path(tempfile.mkdtemp(prefix="cluster-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def command(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`make cluster` with two gateways and two workers, in a process group of its own as in a terminal."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RETAKE_")}
    options = ("--gateways", "2", "--workers", "2", "--port", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cluster", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**env, "TMPDIR": str(folder), "COLUMNS": "120"}, start_new_session=True,
    )  # fmt: skip
    yield process
    if process.returncode is None:
        process.terminate()
        await process.wait()


async def read_until(process: asyncio.subprocess.Process, words: str) -> str:
    """Return the first line of the output with these words."""
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        async for line in process.stdout:
            if words in line.decode():
                return line.decode()
    raise AssertionError(f"it ended without {words!r}")


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
    await read_until(command, "Everything runs.")
    session = aiohttp.ClientSession()
    async with session, session.ws_connect(f"{address}/socket", origin=address) as socket:
        tab = Tab(socket)
        place = await tab.until(lambda: next((each for each in tab.heard if each.get("ev") == "place"), None))
        channel = next(each["id"] for each in place["channels"] if each["name"] == "videos")
        await tab.request("watch", on=True)
        await tab.until(lambda: len(tab.panel.get("processes", ())) == 5)
        holder = next(each["name"] for each in tab.panel["processes"] if "this server" in each["detail"])
        await order_and_kill(tab, channel)
        await tab.process(holder, "kill")
        await tab.until(lambda: any(each == {"ev": "bot", "online": False} for each in tab.heard))
        await tab.process("worker 1", "start")
        await tab.process("PostgreSQL", "kill")
        await tab.process("PostgreSQL", "start")
        await tab.process(holder, "start")
        await tab.until(tab.clips)
        await tab.until(lambda: tab.panel["jobs"] and tab.panel["jobs"][0]["state"] == "delivered")
        assert len(set(tab.clips())) == 1
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
    assert tab.clips() == []


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def leftovers(folder: Path) -> list[str]:
    """Return the temporary files that are left, without the test clips, which later runs use again."""
    return [path.name for path in folder.iterdir() if not path.name.startswith("retake-films")]


def servers(folder: Path) -> list[int]:
    """Return the PostgreSQL servers in a folder, which are children of no other process."""
    return [int(file.read_text().split()[0]) for file in folder.glob("retake-postgres-*/data/postmaster.pid")]


async def test_another_site_and_unknown_names_kill_nothing(command: asyncio.subprocess.Process) -> None:
    address = (await read_until(command, "Open ")).split()[1]
    await read_until(command, "Everything runs.")
    async with aiohttp.ClientSession() as session:
        for origin in ("http://evil.example", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"{address}/socket", origin=origin)
        async with session.ws_connect(f"{address}/socket", origin=address) as socket:
            tab = Tab(socket)
            for fields in ({"name": "worker 9", "do": "kill"}, {"name": "worker 1", "do": "pause"}):
                assert "no" in await tab.request("process", **fields)
            assert "no" in await tab.request("do", name="kill")  # there is no single bot here
            await tab.request("watch", on=True)
            await tab.until(lambda: tab.panel.get("processes"))
            assert {each["state"] for each in tab.panel["processes"]} == {"running"}
