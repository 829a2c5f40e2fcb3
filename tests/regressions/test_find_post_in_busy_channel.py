import asyncio
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_a_posted_clip_is_found_in_a_busy_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The response to the post is lost, the nonce has expired, and there are 230 messages from the minute before."""
    async with open_harness(tmp_path) as harness:
        await create_clip(harness)
        for name, value in (("NONCE_WINDOW_S", 0.0), ("POST_TIMEOUT_S", 0.1)):
            monkeypatch.setattr(f"bot.worker.deliver.{name}", value)
        harness.discord.world.nonce_window_s = 0.0
        for number in range(230):
            await harness.alice.say(harness.channel, f"chat {number}")
        lost = harness.discord.wire.fail(Fault(route="POST */channels/*/messages", skip=1, when="after", drop=True))
        await harness.bob.slash(harness.channel, "generate", prompt="a fox of paper", seconds=5)
        await harness.wait_until(lambda: lost.hits)
        await asyncio.sleep(8)
        assert len(harness.clips_with_prompt("a fox of paper")) == 1
