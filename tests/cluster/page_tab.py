"""`make cluster` as a person uses it: a tab of its page, and its terminal."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.environment import ROOT

START_S, WAIT_S = 120.0, 150.0  # a dead worker's videos go on within a minute


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
        try:
            async with asyncio.timeout(WAIT_S):
                while not (found := look()):
                    news = await self._socket.receive_json()
                    self.heard.append(news)
                    if news.get("ev") == "panel":
                        self.panel |= news
        except TimeoutError:
            shown = [self.panel.get(part) for part in ("processes", "gateway", "jobs", "providers")]
            raise AssertionError(f"{shown}\n{self.panel.get('wire', [])[:20]}") from None
        return found

    async def channel(self, name: str = "videos") -> str:
        """Return the id of a channel."""
        place = await self.until(lambda: next((each for each in self.heard if each.get("ev") == "place"), None))
        return next(str(each["id"]) for each in place["channels"] if each["name"] == name)

    async def process(self, name: str, action: str) -> None:
        """Kill or start a process, and wait until the panel shows it."""
        answer = await self.request("process", name=name, do=action)
        assert answer.get("ok", "missing") is None, answer
        await self.until(lambda: self.state(name) == {"kill": "ended", "start": "running"}[action])

    def state(self, name: str) -> str:
        return next((each["state"] for each in self.panel.get("processes", ()) if each["name"] == name), "")

    def clips(self, prompt: str) -> list[str]:
        """Return the messages that have had the clip of a prompt."""
        messages = [news["message"] for news in self.heard if news.get("ev") in ("message", "edited")]
        return [each["id"] for each in messages if each["attachments"] and prompt in each["content"]]


@contextlib.asynccontextmanager
async def make_cluster(folder: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `make cluster` in a process group of its own, as in a terminal. Its temporary files are in `folder`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RETAKE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cluster", "--port", "0", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**env, "TMPDIR": str(folder), "COLUMNS": "120"}, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@contextlib.asynccontextmanager
async def open_tab(address: str) -> AsyncIterator[Tab]:
    """Open the page with its side panel."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}/socket", origin=address) as socket:
        tab = Tab(socket)
        await tab.request("watch", on=True)
        yield tab


async def read_until(process: asyncio.subprocess.Process, words: str) -> str:
    """Return the first line of the output with these words."""
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        async for line in process.stdout:
            if words in line.decode():
                return line.decode()
    raise AssertionError(f"it ended without {words!r}")
