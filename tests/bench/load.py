"""A real bot process under load: 1,000 rendering jobs, 50 concurrent commands, 8 downloads of 100 MB."""

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

from aiohttp import BodyPartReader

from bot.jobs.job import JobTask, State
from bot.sandbox.discord import Channel, Interaction, LocalDiscord, Member
from bot.sandbox.environment import ROOT, LocalEnvironment
from bot.sandbox.test_clips import ClipSpec, padded, render
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from tests.bench.measurement import Measurement
from tests.bench.provider_server import running_provider, task_id
from tests.bench.store import make_job
from tests.no_limits import lift_limits

JOBS, CLIPS, CLIP_MB, COMMANDS, ROUNDS = 1000, 8, 100, 50, 4
PAUSE_S = 1.0  # between rounds
ENV = {
    "RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "5000",
    "RETAKE_ACCOUNTS__TOAPIS__REQUESTS_PER_S": "450",
    "RETAKE_UPLOAD_LIMIT_MB": "200",
    "RETAKE_LOG_LEVEL": "WARNING",
    "RETAKE_CHECK_EVERY_S": "10",
    "RETAKE_FIRST_CHECK_S": "5",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Seconds from each command to its answer at the local Discord, and of the event loop's CPU in each round."""

    times_s: Sequence[float] = ()
    cpu_s: Sequence[float] = ()


@dataclass(slots=True, kw_only=True)
class LoadResult:
    """The measurements of one run."""

    first_poll_s: float = 0.0
    rss_mib: float = 0.0
    polls_per_s: float = 0.0
    floor: Responses = Responses()
    responses: Responses = Responses()
    lags_ms: Sequence[float] = ()


def p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]


def rss_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text().split()
    return int(text[text.index("VmRSS:") + 1]) / 1024


async def create_rendering_jobs(data: Path, jobs: int, channel_id: int = 1, guild_id: int = 1) -> None:
    """Create the rows of rendering jobs in the database, as a killed bot would leave them."""
    database = await Database.open(data / "retake.sqlite3")
    store, now = SqlJobStore(database), time.time()
    for number in range(jobs):
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
                task=JobTask(task_id=task_id(number), protocol="toapis", submitted_at=now),
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
async def running_bot(
    module: str, data: Path, env: Mapping[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    with (data / "bot.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, cwd=ROOT, env=dict(env), stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def loop_cpu_s(pid: int) -> float:
    """Return the CPU time of a process's main thread, in which its event loop runs: other load doesn't change it."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def measure_responses(discord: LocalDiscord, channel: Channel, members: Sequence[Member], pid: int) -> Responses:
    """Send `ROUNDS` times `COMMANDS` concurrent commands to the bot of a process.

    One task waits for all of them: a task for each would be woken by every event, in the loop that serves Discord.
    """
    times, cpu_s = list[float](), list[float]()
    for number in range(ROUNDS):
        began_s = loop_cpu_s(pid)
        sent = [
            await member.slash(channel, "generate", prompt=f"a lighthouse, round {number}")
            for member in members[number * COMMANDS :][:COMMANDS]
        ]
        await discord.wait_for(partial(_all_answered, sent), 30.0)
        cpu_s.append(loop_cpu_s(pid) - began_s)
        times += [each.answered_after_s for each in sent if each.answered_after_s is not None]
        await asyncio.sleep(PAUSE_S)
    return Responses(times_s=times, cpu_s=cpu_s)


def _all_answered(sent: Sequence[Interaction]) -> bool:
    return all(each.answered for each in sent)


async def measure_floor(world: LocalEnvironment, channel: Channel, members: Sequence[Member]) -> Responses:
    """Measure a bot of discord.py alone, which only answers, at the same local Discord without other load."""
    async with running_bot("tests.bench.bare_bot", world.data, world.env()) as process:
        await world.discord.bot_ready(30.0)
        await world.discord.wait_for(lambda: world.discord.world.commands_synced > 0, 30.0)
        found = await measure_responses(world.discord, channel, members, process.pid)
    await world.discord.wait_for(lambda: not world.discord.gateway.connected, 30.0)
    return found


async def measure_load(folder: Path) -> LoadResult:
    """Run the bot under load in a folder."""
    film = await render(ClipSpec(prompt="a benchmark clip", seconds=3.0))
    big, lags, result = folder / "big.mp4", folder / "lags", LoadResult()
    big.write_bytes(padded(film.read_bytes(), CLIP_MB * 1_000_000))
    discord = LocalDiscord(rate_limits=False, upload_limit_bytes=200 << 20)
    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(running_file_server(big))
        provider = await stack.enter_async_context(running_provider(film, JOBS, f"http://127.0.0.1:{port}"))
        stack.enter_context(patch("bot.sandbox.discord.rest.bodies._read_part", discard_upload))
        account = {"KEY": provider.key, "BASE_URL": f"http://127.0.0.1:{provider.port}"}
        env = ENV | {f"RETAKE_ACCOUNTS__TOAPIS__{name}": value for name, value in account.items()}
        world = await stack.enter_async_context(LocalEnvironment(discord=discord, data=folder / "data", env=env))
        guild = discord.add_guild("Studio")
        channel, members = guild.add_channel("videos"), [guild.add_member(f"m{n}") for n in range(COMMANDS * ROUNDS)]
        await lift_limits(world.data, guild.id)
        result.floor = await measure_floor(world, channel, members)
        await create_rendering_jobs(world.data, JOBS, channel.id, guild.id)
        began = time.time()
        ports = (discord.port, provider.port, port)
        bot_env = world.env() | {"RETAKE_ALLOW_HOSTS": ",".join(f"127.0.0.1:{used}" for used in ports)}
        async with running_bot("tests.bench.instrumented_bot", world.data, bot_env, str(lags)) as process:
            while (first_at := (await provider.ask("polls"))["first_at"]) is None:
                if process.returncode is not None:
                    raise RuntimeError((world.data / "bot.log").read_text()[-2000:])
                await asyncio.sleep(0.01)
            result.first_poll_s = first_at - began
            await discord.bot_ready(30.0)
            await asyncio.sleep(12.0)
            result.rss_mib = rss_mib(process.pid)
            before, since = (await provider.ask(f"finish {CLIPS}"))["polls"], time.time()
            await asyncio.sleep(1.0)
            result.responses = await measure_responses(discord, channel, members, process.pid)
            await discord.wait_for(lambda: _count_clips(world) >= CLIPS, 120.0)
            until = time.time()
            result.polls_per_s = ((await provider.ask("polls"))["polls"] - before) / (until - since)
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
        *_compare(result, load),
        Measurement(
            name="loop_lag.p99_ms", value=p99(result.lags_ms), unit="ms",
            against=f"the same load; largest {max(result.lags_ms):.0f} ms",
        ),
    ]  # fmt: skip


def _compare(result: LoadResult, load: str) -> list[Measurement]:
    """Compare the answers to those of a bare bot: seconds alone say more about the machine and the local Discord."""
    own, floor = result.responses, result.floor
    found = [
        ("ack.median_s", statistics.median(own.times_s), statistics.median(floor.times_s)),
        ("ack.p99_s", p99(own.times_s), p99(floor.times_s)),
        ("ack.loop_cpu_s", statistics.median(own.cpu_s), statistics.median(floor.cpu_s)),
    ]
    return [
        Measurement(
            name=name, value=value, unit="s", ratio=value / bare,
            against=f"{load}; a bare discord.py bot without load: {bare * 1000:.0f} ms",
        )
        for name, value, bare in found
    ]  # fmt: skip
