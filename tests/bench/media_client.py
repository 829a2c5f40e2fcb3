"""Run one download method in a separate process: `media_client.py <method> <port> <clips> <folder>` prints JSON."""

import asyncio
import io
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import discord
import httpx

from bot.allocator import use_one_arena
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.publisher import DiscordPublisher
from bot.client import configure_endpoints
from bot.foreground import ForegroundGate
from bot.jobs.job import Job, Kind, State
from bot.media.file_store import LocalFileStore
from bot.media.mp4.reader import read_facts
from bot.net.downloads import Downloads
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.clock import SystemClock
from bot.ports.job_store import JobStore
from bot.ports.presence import PresenceRepository
from bot.ports.provider import FetchLimits
from bot.ports.publisher import Posted
from bot.worker.clip_files import ClipFiles

LIMITS = FetchLimits(max_bytes=1 << 30, timeout_s=240.0, min_bytes_per_s=1000)
_JOB = Job(
    id="", code="K7Q2", state=State.DELIVERING, kind=Kind.GENERATE, user_id=1, guild_id=1, channel_id=1,
    prompt="a boat", model="m", account="a", created_at=0.0, updated_at=0.0, due_at=None,
)  # fmt: skip


class MediaClient:
    """Ways to bring a clip from the link to the channel."""

    def __init__(self, port: int, folder: Path, client: discord.Client) -> None:
        self.url = f"http://127.0.0.1:{port}/clip.mp4"
        self.files = ClipFiles(folder)
        self.files.prepare()
        self.client = client
        self.downloads = Downloads(SsrfGuard([f"127.0.0.1:{port}"]))
        self.plain = httpx.AsyncClient(timeout=None)  # noqa: S113
        pictures = Attachments(self.downloads)
        no_store = cast(JobStore, None)  # only orders in private threads write
        no_presence = cast(PresenceRepository, None)  # nothing is asked about a server
        self.publisher = DiscordPublisher(
            client, SystemClock(), ForegroundGate(), pictures, lambda _: "Model", no_store, no_presence
        )

    @staticmethod
    def job(number: int) -> Job:
        return replace(_JOB, id=f"{number:022d}", channel_id=number + 1)

    async def download(self, number: int) -> None:
        """Download a clip as Retake does and check that it is a video."""
        part = self.files.part(self.job(number))
        await self.downloads.fetch(self.url, part, LIMITS)
        await asyncio.to_thread(read_facts, part)

    async def ours(self, number: int) -> None:
        job = self.job(number)
        await self.download(number)
        await asyncio.to_thread(self.files.finish, job)
        clip = self.files.clip(job)
        await LocalFileStore().save(self.files.checked(job), clip)
        assert isinstance(await self.publisher.post(job, clip, f"n{number}", None), Posted)
        await asyncio.to_thread(clip.unlink)

    async def bare(self, number: int) -> None:
        """Stream into a file without SSRF protection, limits, validation or fsync."""
        async with self.plain.stream("GET", self.url) as response:
            with (self.files.clips / f"{number}.bare").open("wb") as file:
                async for chunk in response.aiter_raw():
                    file.write(chunk)

    async def naive(self, number: int) -> None:
        """Read the whole clip into memory and upload it from there."""
        body = (await self.plain.get(self.url)).content
        channel = self.client.get_partial_messageable(number + 1)
        await channel.send("a boat", file=discord.File(io.BytesIO(body), filename="video.mp4"))


class ResourceMonitor:
    """Record event loop lag and the peak memory of the process since the start."""

    def __init__(self) -> None:
        self.late_s: list[float] = []
        Path("/proc/self/clear_refs").write_text("5")  # reset the peak
        self._before_kib = self._kib("VmRSS")

    @staticmethod
    def _kib(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))

    async def tick(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.late_s.append(time.perf_counter() - before - 0.005)

    def growth_mib(self) -> float:
        return (self._kib("VmHWM") - self._before_kib) / 1024

    def p99_ms(self) -> float:
        return sorted(self.late_s)[int(len(self.late_s) * 0.99)] * 1000


async def measure_method(method: Callable[[int], Awaitable[None]], clips: int) -> dict[str, float]:
    watcher = ResourceMonitor()
    ticking = asyncio.create_task(watcher.tick())
    started = time.perf_counter()
    await asyncio.gather(*(method(number) for number in range(clips)))
    took_s = time.perf_counter() - started
    ticking.cancel()
    return {"took_s": took_s, "rss_growth_mib": watcher.growth_mib(), "loop_lag_p99_ms": watcher.p99_ms()}


async def main(method: str, port: int, clips: int, folder: Path) -> None:
    use_one_arena()  # as the bot does
    configure_endpoints(f"http://127.0.0.1:{port}/api/v10", None, None)
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login("a token")
        side = MediaClient(port, folder, client)
        run = getattr(side, method)
        await run(100)  # warm-up, so that lazy imports are not measured
        print(json.dumps(await measure_method(run, clips)))  # noqa: T201
        await side.downloads.close()
        await side.plain.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
