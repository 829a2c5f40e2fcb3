"""A real bot process under load: 1,000 rendering jobs, 50 concurrent commands, 8 downloads of 100 MB."""

import asyncio
import contextlib
import math
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from unittest.mock import patch

from aiohttp import BodyPartReader

from bot.jobs.job import JobTask, State
from bot.sandbox.discord import Channel, LocalDiscord, Member
from bot.sandbox.environment import ROOT, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.tasks import LocalTask
from bot.sandbox.test_clips import ClipSpec, padded, render
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from tests.bench.measurement import Measurement
from tests.bench.store import make_job

JOBS, CLIPS, CLIP_MB, COMMANDS, ROUNDS = 1000, 8, 100, 50, 4
POLL = "GET /v1/videos/generations/*"
ENV = {
    "RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "5000",
    "RETAKE_ACCOUNTS__TOAPIS__REQUESTS_PER_S": "450",
    "RETAKE_UPLOAD_LIMIT_MB": "200",
    "RETAKE_LOG_LEVEL": "WARNING",
    "RETAKE_CHECK_EVERY_S": "10",
    "RETAKE_FIRST_CHECK_S": "5",
}


@dataclass(slots=True, kw_only=True)
class LoadResult:
    """The measurements of one run."""

    first_poll_s: float = 0.0
    rss_mib: float = 0.0
    polls_per_s: float = 0.0
    responses_s: Sequence[float] = ()
    lags_ms: Sequence[float] = ()


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def rss_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text().split()
    return int(text[text.index("VmRSS:") + 1]) / 1024


async def create_rendering_jobs(
    world: LocalEnvironment, jobs: int, film: Path, channel_id: int = 1, guild_id: int = 1
) -> None:
    """Create tasks at the provider and their rows in the database, as a killed bot would leave them."""
    provider = cast(LocalToAPIs, world.providers[0])
    database = await Database.open(world.data / "retake.sqlite3")
    store, now = SqlJobStore(database), time.time()
    for number in range(jobs):
        task = LocalTask(
            id=f"task_{number:06d}", kind="create", prompt=f"boat {number}", model="grok-video-3", request={},
            aspect="16:9", seconds=6.0,
        )  # fmt: skip
        provider.camera.reuse = film
        provider.accept(task)
        await asyncio.sleep(0)  # let the local provider start to render
        await store.insert(
            replace(
                make_job(number),
                state=State.POLLING,
                guild_id=guild_id,
                channel_id=channel_id,
                created_at=now,
                updated_at=now,
                due_at=now + 900.0,
                model="grok-video-3",
                task=JobTask(task_id=task.id, protocol="toapis", submitted_at=now),
            )
        )
    await database.close()


async def discard_upload(part: BodyPartReader, limit_bytes: int) -> bytes:
    """Read an upload and discard its bytes, so that the local Discord adds no memory or CPU to the measurement."""
    head = b""
    while chunk := await part.read_chunk(1 << 18):
        head = head or chunk[: 1 << 14]
    return head


@contextlib.asynccontextmanager
async def running_file_server(film: Path) -> AsyncIterator[int]:
    """Start a file server in a separate process and yield its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.file_server", str(film), cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("the process has no pipes")
    try:
        yield int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


@contextlib.asynccontextmanager
async def running_bot(data: Path, env: Mapping[str, str], lags: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with (data / "bot.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.instrumented_bot",
            str(lags),
            cwd=ROOT,
            env=dict(env),
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def measure_responses(channel: Channel, members: Sequence[Member]) -> list[float]:
    """Send `ROUNDS` times `COMMANDS` concurrent commands and return the response times in seconds."""

    async def command(member: Member, text: str) -> float:
        started = time.perf_counter()
        interaction = await member.slash(channel, "generate", prompt=text)
        await interaction.answer()
        return time.perf_counter() - started

    times: list[float] = []
    for number in range(ROUNDS):
        group = members[number * COMMANDS :][:COMMANDS]
        times += await asyncio.gather(*(command(member, f"a lighthouse, round {number}") for member in group))
        await asyncio.sleep(1.0)
    return times


async def measure_load(folder: Path) -> LoadResult:
    """Run the bot under load in a folder."""
    film = await render(ClipSpec(prompt="a benchmark clip", seconds=3.0))
    big, lags, result = folder / "big.mp4", folder / "lags", LoadResult()
    big.write_bytes(padded(film.read_bytes(), CLIP_MB * 1_000_000))
    provider = LocalToAPIs(render_s=math.inf, film=film, balance_usd=1e9)
    discord = LocalDiscord(rate_limits=False, upload_limit_bytes=200 << 20)
    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(running_file_server(big))
        stack.enter_context(patch("bot.sandbox.discord.rest.bodies._read_part", discard_upload))
        world = await stack.enter_async_context(
            LocalEnvironment(provider, discord=discord, data=folder / "data", env=ENV)
        )
        provider.cdn_origin = f"http://127.0.0.1:{port}"
        hosts = ("127.0.0.1:" + str(used_port) for used_port in (discord.port, provider.port, port))
        env = {**world.env(), "RETAKE_ALLOW_HOSTS": ",".join(hosts)}
        guild = world.discord.add_guild("Studio")
        channel, members = guild.add_channel("videos"), [guild.add_member(f"m{n}") for n in range(COMMANDS * ROUNDS)]
        await create_rendering_jobs(world, JOBS, film, channel.id, guild.id)
        began = time.time()
        async with running_bot(world.data, env, lags) as process:
            while not (polls := provider.wire.requests(POLL)):
                if process.returncode is not None:
                    raise RuntimeError((world.data / "bot.log").read_text()[-2000:])
                await asyncio.sleep(0.01)
            result.first_poll_s = polls[0].at - began
            await world.discord.bot_ready(30.0)
            await asyncio.sleep(12.0)
            result.rss_mib = rss_mib(process.pid)
            before, since = len(provider.wire.requests(POLL)), time.time()
            deliveries = asyncio.gather(*(provider.finish(f"task_{n:06d}") for n in range(CLIPS)))
            await asyncio.sleep(1.0)
            responses_s = await measure_responses(channel, members)
            await deliveries
            await world.discord.wait_for(lambda: _count_clips(world) >= CLIPS, 120.0)
            until = time.time()
            result.polls_per_s = (len(provider.wire.requests(POLL)) - before) / (until - since)
            result.responses_s = responses_s
        ticks = [line.split() for line in lags.read_text().splitlines()]
        result.lags_ms = [float(lag) for at, lag in ticks if since <= float(at) <= until]
    return result


def _count_clips(world: LocalEnvironment) -> int:
    return sum(bool(message.attachments) for message in world.discord.all_messages)


async def measure() -> list[Measurement]:
    # In memory if possible: a job is committed to disk before the response, so a busy disk would dominate
    # the measurement.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108, ASYNC240
    with tempfile.TemporaryDirectory(prefix="retake-bench-", dir=memory) as name:
        folder = Path(name)
        (folder / "data").mkdir()
        result = await measure_load(folder)
    load = f"{COMMANDS} concurrent commands, {result.polls_per_s:.0f} polls/s, {CLIPS} clips of {CLIP_MB} MB"
    return [
        Measurement(name="rss.1000_in_flight_mib", value=result.rss_mib, unit="MiB", against="1,000 rendering jobs"),
        Measurement(name="restart.first_poll_s", value=result.first_poll_s, unit="s", against="1,000 open jobs"),
        Measurement(
            name="ack.p99_s", value=percentile(result.responses_s, 0.99), unit="s",
            against=f"{load}; median {statistics.median(result.responses_s) * 1000:.0f} ms",
        ),
        Measurement(
            name="loop_lag.p99_ms", value=percentile(result.lags_ms, 0.99), unit="ms",
            against=f"the same load; largest {max(result.lags_ms):.0f} ms",
        ),
    ]  # fmt: skip
