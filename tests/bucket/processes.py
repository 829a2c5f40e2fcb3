"""A gateway and a worker as real processes on one PostgreSQL database and one bucket, each with its own folder."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import BotProcess
from tests.bucket.local_s3 import LocalS3, local_s3
from tests.roles.processes import WAIT_S, Roles, eventually, process, roles


@dataclass(kw_only=True)
class Apart:
    """The processes, and the bucket between them."""

    found: Roles
    s3: LocalS3
    folder: Path
    env: dict[str, str]

    def worker(self, name: str) -> BotProcess:
        """Return a worker with an empty folder that isn't started yet."""
        return process(self.found.world, "worker", RETAKE_DATA=str(self.folder / name), **self.env)

    async def replace_worker(self, name: str) -> None:
        """Kill the worker, and start another one whose folder has only the marks of the database."""
        await self.found.worker.kill()
        (self.folder / name).mkdir()
        for mark in (self.folder / "worker").glob("postgres*"):
            shutil.copy(mark, self.folder / name)
        self.found.worker = self.worker(name)
        await self.found.worker.start()

    def clips_of(self, prompt: str) -> list[LocalMessage]:
        return [each for each in self.found.clips if prompt in each.content and each.ephemeral_to is None]

    async def clip(self, prompt: str) -> LocalMessage:
        """Wait for the posted clip of the newest job: the gateway knows its message once the worker has stored it."""
        posted = await eventually(lambda: next(iter(self.clips_of(prompt)), None), self.found)
        await eventually(lambda: self.found.state() == "delivered", self.found)
        return posted or _none()

    async def generate(self, prompt: str, **options: object) -> LocalMessage:
        await self.found.alice.slash(self.found.channel, "generate", prompt=prompt, **options)
        return await self.clip(prompt)

    async def stored(self, folder: str, count: int = 1) -> list[str]:
        """Wait until so many objects are in a folder of the bucket, and return their names."""
        try:
            async with asyncio.timeout(WAIT_S):
                while len(names := await self.s3.names(folder)) != count:  # noqa: ASYNC110 - a bucket has no events
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{names}\n{self.found.worker.words()[-3000:]}") from None
        return names

    def files(self, name: str) -> list[str]:
        """Return the files that a process has in its folder, by their paths."""
        cache = self.folder / name / "cache"
        return sorted(path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file())


def _none() -> LocalMessage:
    raise AssertionError("no clip")


@contextlib.asynccontextmanager
async def apart(folder: Path, *, render_s: float = 0.3, **env: str) -> AsyncIterator[Apart]:
    """Run a gateway (folder `gateway`) and a worker (folder `worker`) while the block runs."""
    async with local_s3() as s3, roles(folder, render_s=render_s, start=False) as found:
        made = Apart(found=found, s3=s3, folder=folder, env={**s3.env(), **env})
        found.worker = made.worker("worker")
        found.world.bot = process(found.world, "gateway", RETAKE_DATA=str(folder / "gateway"), **made.env)
        await found.worker.start()
        await found.world.start_bot()
        await found.works()
        yield made
