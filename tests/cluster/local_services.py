"""What `make cluster` runs around its gateways and workers: PostgreSQL, a bucket, the provider and Discord."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.discord import LocalDiscord, Refused
from bot.sandbox.environment import BotProcess
from bot.sandbox.fault_injection import Fault
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.providers.server import LocalProvider
from tests.bucket.local_s3 import LocalS3, free_port
from tests.cluster.local_processes import why_ended

START_S = 60.0


def _sizes(folder: Path) -> list[int]:
    """Return the sizes of the objects in the bucket's folder, in bytes."""
    sizes = []
    for file in folder.glob("*.object"):
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
            sizes.append(file.stat().st_size)
    return sizes


class ClusterBucket(BotProcess):
    """The bucket. Its objects are in a folder, so they outlive it."""

    name = role = "bucket"

    def __init__(self, data: Path, env: dict[str, str]) -> None:
        self._port, self._folder = free_port(), (data / "bucket").resolve()
        self.command = ("tests.bucket.saved_s3", str(self._port), str(self._folder))
        super().__init__(env, data / "bucket.log")
        self._ready, self._content = False, ""

    @property
    def client(self) -> LocalS3:
        url = f"http://127.0.0.1:{self._port}"
        return LocalS3(moto=url, url=url)

    async def start(self) -> None:
        """Start it and wait until it answers. Raise Refused."""
        self._ready = False
        await super().start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while self.running and not await self._answers():  # noqa: ASYNC110 - processes have no events
                    await asyncio.sleep(0.05)
                self._ready = self.running
        if not self._ready:
            raise Refused("no_start", f"The bucket didn't start. Its log: {self._log}")

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True

    async def refresh(self) -> None:
        sizes = await asyncio.to_thread(_sizes, self._folder)
        self._content = f"{len(sizes)} {'object' if len(sizes) == 1 else 'objects'}, {sum(sizes) / 1e6:.1f} MB"

    def state(self) -> str:
        if not self.running:
            return "ended"
        return "running" if self._ready else "starting"

    def detail(self) -> str:
        return self._content if self.running else f"{why_ended(self.exit_code)}, keeps {self._content}"


class ClusterServer:
    """The PostgreSQL server. Killed, it ends without a checkpoint, as in a crash."""

    name, role = "PostgreSQL", "database"

    def __init__(self, server: LocalPostgres) -> None:
        self._server = server

    @property
    def running(self) -> bool:
        return self.pid != 0

    @property
    def pid(self) -> int:
        """The server's process. 0 if there's none, also if it left its pid file."""
        pid = self._server.pid
        if pid is None:
            return 0
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return 0
        return pid

    async def refresh(self) -> None:
        """Nothing to read."""

    def state(self) -> str:
        return "running" if self.running else "ended"

    def detail(self) -> str:
        return "" if self.running else "killed, keeps its tables"

    async def kill(self) -> None:
        await self._run("end", self._server.kill)

    async def start(self) -> None:
        await self._run("start", self._server.start)

    async def _run(self, what: str, act: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(act)
        except subprocess.CalledProcessError:
            log = self._server.folder / "log"
            raise Refused("no_act", f"PostgreSQL didn't {what}. Its log: {log}") from None


class InPage:
    """A service that is part of the page's process: killed, it can't be reached, and keeps its books."""

    pid = 0  # it has none of its own

    def __init__(self, name: str, role: str) -> None:
        self.name, self.role = name, role
        self.running = True

    async def refresh(self) -> None:
        """Nothing to read."""

    def state(self) -> str:
        return "running" if self.running else "ended"

    def detail(self) -> str:
        return "in the page's process" if self.running else "can't be reached, keeps its books"


class ClusterProvider(InPage):
    """The provider. While it's ended, it renders nothing."""

    def __init__(self, provider: LocalProvider) -> None:
        super().__init__("provider", "provider")
        self._provider = provider

    async def kill(self) -> None:
        self.running = False
        await self._provider.stop()

    async def start(self) -> None:
        """Listen at the same port. Raise Refused if another program has it."""
        try:
            await self._provider.start(self._provider.port)
        except OSError:
            raise Refused("no_start", f"Another program has the provider's port, {self._provider.port}.") from None
        self.running = True


class ClusterDiscord(InPage):
    """Discord. Killed, it cuts every connection of the bot, and each new one. The page still shows its messages."""

    def __init__(self, discord: LocalDiscord) -> None:
        super().__init__("Discord", "Discord")
        self._discord = discord
        self._cut = Fault(route="*", drop=True, times=None)

    async def kill(self) -> None:
        self.running = False
        self._discord.wire.fail(self._cut)
        self._discord.drop_gateway()

    async def start(self) -> None:
        self._discord.wire.clear(self._cut)
        self.running = True
