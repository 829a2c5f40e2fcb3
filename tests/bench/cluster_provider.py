"""The local provider of the cluster benchmark in a process of its own, which also counts what arrives.

`python -m tests.bench.cluster_provider <film> <render seconds> <transfer seconds> <tasks>` prints its port and key, and
answers each line with its books so far: see `Books`. `tasks` are there from the start and render without end. A clip
comes after 0.6 to 1.4 times the transfer time.
"""

import asyncio
import contextlib
import json
import math
import random
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.sandbox.environment import ROOT
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from tests.bench.provider_server import POLL, ProviderProcess, accept_tasks

API = "* /v1/*"
MAX_ANSWER_BYTES = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the provider has seen. `paid_at`: UTC seconds by prompt. `most_jobs`: that rendered at the same time.

    `most_requests`: that arrived within any second, without downloads of clips.
    """

    port: int = 0
    key: str = ""
    paid_at: dict[str, float] = field(default_factory=dict)
    polls: int = 0
    most_jobs: int = 0
    most_requests: int = 0


@dataclass(kw_only=True)
class SlowTransfer(Fault):
    """Delays every clip by a time of its own."""

    mean_s: float
    rng: random.Random = field(default_factory=lambda: random.Random(1), repr=False)  # noqa: S311
    route: str = "GET /cdn/*"
    times: int | None = None

    def matches(self, route: str) -> bool:
        self.delay_s = self.mean_s * self.rng.uniform(0.6, 1.4)
        return Fault.matches(self, route)


def most_at_once(spans: Sequence[tuple[float, float]]) -> int:
    """Return how many spans of time overlap at most. One that ends when another one starts doesn't overlap it."""
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def most_in_a_second(times: Sequence[float]) -> int:
    """Return how many of the times, in seconds, lie within any second at most."""
    return most_at_once([(at, at + 1.0) for at in times])


def read_books(provider: LocalToAPIs) -> Books:
    """Return the books of a provider, without the tasks that render without end."""
    tasks = [task for task in provider.tasks.values() if not math.isinf(task.render_s)]
    return Books(
        port=provider.port,
        key=provider.api_key,
        paid_at={task.prompt: task.created_at for task in tasks},
        polls=len(provider.wire.requests(POLL)),
        most_jobs=most_at_once([(task.created_at, task.ended_at or math.inf) for task in tasks]),
        most_requests=most_in_a_second([seen.at for seen in provider.wire.requests(API)]),
    )


class CountingProvider:
    """The other end: talks to the process."""

    def __init__(self, process: ProviderProcess) -> None:
        self._process = process

    async def books(self, line: str = "books\n") -> Books:
        """Ask for the books, or only wait for the first ones."""
        return Books(**await self._process.ask(line.strip()))


@contextlib.asynccontextmanager
async def counting_provider(
    film: Path, *, render_s: float = 0.5, transfer_s: float = 0.0, tasks: int = 0
) -> AsyncIterator[tuple[CountingProvider, Books]]:
    """Start the provider, wait until it listens, and yield it with its first books, which have its port and key."""
    arguments = [str(film), str(render_s), str(transfer_s), str(tasks)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.cluster_provider", *arguments, cwd=ROOT, limit=MAX_ANSWER_BYTES,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        provider = CountingProvider(ProviderProcess(process))
        yield provider, await provider.books("")
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def main(film: Path, render_s: float, transfer_s: float, tasks: int) -> None:
    async with LocalToAPIs(render_s=math.inf, film=film, balance_usd=1e9) as provider:
        await accept_tasks(provider, tasks, film)
        provider.render_s = render_s
        if transfer_s:
            provider.wire.fail(SlowTransfer(mean_s=transfer_s))
        while True:
            print(json.dumps(asdict(read_books(provider))), flush=True)  # noqa: T201
            if not await asyncio.to_thread(sys.stdin.readline):
                return


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
