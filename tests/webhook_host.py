"""A bot whose webhooks arrive at a port of this machine, and calls to it."""

import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp

from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.tasks import LocalTask
from tests.harness import BotHarness, open_harness

FOX = "a fox of folded paper"
NEVER_S = 3000.0  # a poll by the schedule would come after the test
PUBLIC = "https://retake.example"  # behind which the port is


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def open_bot(
    data: Path,
    provider: LocalProvider,
    port: int,
    url: str,
    *,
    account: Mapping[str, object] | None = None,
    start: bool = True,
) -> AsyncIterator[BotHarness]:
    """Open a bot whose schedule polls only after the test. `account`: settings of the provider's account."""
    async with open_harness(
        data,
        other_providers=(provider,),
        account_overrides={provider.name: dict(account or {})},
        start=start,
        first_check_s=NEVER_S,
        check_every_s=NEVER_S,
        webhook_url=url,
        webhook_port=port,
    ) as harness:
        yield harness


async def order(harness: BotHarness, provider: LocalProvider, model: str, **options: object) -> LocalTask:
    """Order a video, and return its task once it is polled."""
    await harness.alice.slash(harness.channel, "generate", prompt=FOX, model=model, **options)
    task = await harness.wait_until(
        lambda: next((task for task in provider.tasks.values() if task.prompt == FOX), None)
    )
    await harness.wait_until(lambda: len(queue(harness)) > 0 or None)
    return task


def queue(harness: BotHarness) -> dict[str, object]:
    assert harness.bot.services is not None
    worker = harness.bot.services.job_service._wake.__self__  # type: ignore[attr-defined]
    entries: dict[str, object] = worker.context.poll_queue._entries
    return entries


async def call(url: str, headers: Mapping[str, str], body: bytes) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as response:
        return response.status
