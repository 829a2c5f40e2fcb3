"""Helpers for tests of takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness
from tests.remix.helpers import LIGHTHOUSE, create_clip

T = TypeVar("T")
REFUSAL = {"error": {"code": "content_policy_violation", "message": "rejected", "type": "invalid_request_error"}}


def refuse(harness: BotHarness, *, skip: int = 0, times: int | None = 1) -> None:
    """Let the provider refuse paid requests, after `skip` others."""
    harness.provider.wire.fail(
        Fault(route="POST /v1/videos/generations", status=422, body=REFUSAL, skip=skip, times=times)
    )


async def quick_films(harness: BotHarness) -> None:
    """Make every later film a copy of one, so that tests with many videos are fast."""
    await create_clip(harness, "a first film")


async def order_takes(harness: BotHarness, takes: int = 4, prompt: str = LIGHTHOUSE) -> LocalMessage:
    """Order takes and return the message with their clips."""
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, seconds=5, takes=takes)
    clip = await harness.wait_for_clip(prompt)
    await settled(harness)
    return clip


async def settled(harness: BotHarness) -> None:
    """Wait until every job has ended for good."""
    database = harness.database
    assert database is not None
    await eventually(lambda: database.run("SELECT 1 FROM job WHERE due_at IS NOT NULL"), lambda rows: not rows)


async def eventually(read: Callable[[], Awaitable[T]], wanted: Callable[[T], bool]) -> T:
    """Read until what is read is wanted, for 20 s at most."""
    for _ in range(1000):
        if wanted(found := await read()):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {found}")


def codes_of(message: LocalMessage) -> list[str]:
    """Return the codes of the takes in a message."""
    return [file.filename.removeprefix("video-").removesuffix(".mp4") for file in message.attachments]


def buttons_of(message: LocalMessage) -> list[list[str]]:
    """Return the labels of a message's buttons by row."""
    return [[str(button["label"]) for button in row["components"]] for row in message.components]


def styles_of(message: LocalMessage) -> list[int]:
    """Return the styles of the numbered buttons: 3 is the chosen one."""
    return [int(button["style"]) for button in message.components[0]["components"]]
