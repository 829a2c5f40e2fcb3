"""A real bot process with 5,000 rendering jobs: polls per second, CPU and memory."""

import asyncio
import math
import tempfile
import time
from pathlib import Path

from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.test_clips import ClipSpec, render
from tests.bench.load import ENV, create_rendering_jobs, rss_mib, running_bot
from tests.bench.measurement import Measurement
from tests.bench.provider_server import POLL, accept_tasks

JOBS, SETTLE_S, WATCH_S = 5000, 10.0, 20.0
REQUESTS_PER_S = 1000  # above the rate of polls, so that the bot is the bottleneck
FAST = {"RETAKE_ACCOUNTS__TOAPIS__REQUESTS_PER_S": str(REQUESTS_PER_S), "RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "9000"}


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process so far, in seconds of one core."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / 100


async def measure() -> list[Measurement]:
    film = await render(ClipSpec(prompt="a benchmark clip", seconds=3.0))
    provider = LocalToAPIs(render_s=math.inf, film=film, balance_usd=1e9)
    with tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        data = Path(name)
        async with LocalEnvironment(provider, data=data, env=ENV | FAST) as world:
            await accept_tasks(provider, JOBS, film)
            await create_rendering_jobs(data, JOBS)
            async with running_bot("tests.bench.instrumented_bot", data, world.env(), str(data / "lags")) as process:
                await world.discord.bot_ready(30.0)
                await asyncio.sleep(SETTLE_S)
                polls_before, cpu_before = len(provider.wire.requests(POLL)), cpu_s(process.pid)
                since = time.monotonic()
                await asyncio.sleep(WATCH_S)
                took_s = time.monotonic() - since
                rate = (len(provider.wire.requests(POLL)) - polls_before) / took_s
                busy = (cpu_s(process.pid) - cpu_before) / took_s
                memory = rss_mib(process.pid)
    against = f"{JOBS:,} rendering jobs, an account with {REQUESTS_PER_S:,} requests/s"
    return [
        Measurement(name="poll.per_s_5000_rendering", value=rate, unit="/s", against=against),
        Measurement(name="poll.cores_5000_rendering", value=busy, unit="cores", against=f"same load; {memory:.0f} MiB"),
    ]
