"""The local provider of the load benchmark in a process of its own, with tasks that render until they are finished.

`python -m tests.bench.provider_server <film> <tasks> <cdn origin>` prints its port and key, and answers lines:
`polls` with the number of polls and the time of the first one, `finish <n>` by finishing the first n tasks.
"""

import asyncio
import contextlib
import json
import math
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.sandbox.environment import ROOT
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.tasks import LocalTask

POLL = "GET /v1/videos/generations/*"


def task_id(number: int) -> str:
    return f"task_{number:06d}"


class ProviderProcess:
    """The other end: talks to the process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.port, self.key = 0, ""

    async def ask(self, line: str) -> dict[str, Any]:
        """Send a line, or only wait for the first answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process has no pipes")
        if line:
            self._process.stdin.write(f"{line}\n".encode())
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer


@contextlib.asynccontextmanager
async def running_provider(film: Path, tasks: int, cdn_origin: str) -> AsyncIterator[ProviderProcess]:
    """Start the provider and wait until it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.provider_server", str(film), str(tasks), cdn_origin, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    provider = ProviderProcess(process)
    try:
        ready = await provider.ask("")
        provider.port, provider.key = ready["port"], ready["key"]
        yield provider
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def accept_tasks(provider: LocalToAPIs, tasks: int, film: Path) -> None:
    """Create tasks, as a killed bot would have left them."""
    for number in range(tasks):
        provider.camera.reuse = film
        provider.accept(
            LocalTask(
                id=task_id(number), kind="create", prompt=f"boat {number}", model="grok-video-3", request={},
                aspect="16:9", seconds=6.0,
            )
        )  # fmt: skip
        await asyncio.sleep(0)  # let it start to render


async def main(film: Path, tasks: int, cdn_origin: str) -> None:
    async with LocalToAPIs(render_s=math.inf, film=film, balance_usd=1e9) as provider:
        provider.cdn_origin = cdn_origin
        await accept_tasks(provider, tasks, film)
        finishing: list[asyncio.Task[LocalTask]] = []
        print(json.dumps({"port": provider.port, "key": provider.api_key}), flush=True)  # noqa: T201
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked, _, number = line.strip().partition(" ")
            if asked == "finish":
                finishing += [asyncio.create_task(provider.finish(task_id(each))) for each in range(int(number))]
            polls = provider.wire.requests(POLL)
            print(json.dumps({"polls": len(polls), "first_at": polls[0].at if polls else None}), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
