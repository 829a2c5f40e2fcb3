"""A decoder that is told to end together with the bot says nothing about its picture."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.media.images import UnreadableImage, mark_of, sanitize_image
from tests.reasons.file_rows import picture


def decoder() -> int:
    """Return the process that decodes a picture of this process."""
    (child,) = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return int(child)


async def signalled(folder: Path, number: int) -> str:
    """Send a signal to the decoder while it decodes."""
    file = folder / "picture"
    file.write_bytes(picture(width=3500, height=3500))  # takes some tenths of a second
    work = asyncio.create_task(sanitize_image(file))
    while not mark_of(file).exists() and not work.done():  # noqa: ASYNC110
        await asyncio.sleep(0)
    os.kill(decoder(), number)
    return (await work).mime


async def test_a_picture_is_not_too_heavy_because_the_bot_was_stopped(tmp_path: Path) -> None:
    assert await signalled(tmp_path, signal.SIGTERM) == "image/png"


async def test_a_picture_whose_decoder_was_killed_is(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="memory"):
        await signalled(tmp_path, signal.SIGKILL)
