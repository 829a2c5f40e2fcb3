import asyncio
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_a_reply_deleted_while_it_is_answered_leaves_no_queued_status(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        slow = harness.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", delay_s=1.0))
        order = await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_until(lambda: slow.hits)
        await asyncio.sleep(0.3)
        await harness.bob.delete(order)
        await harness.wait_for_message("Cancelled. Not charged.")
