import asyncio
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio
from tests.remix.helpers import a_clip


async def test_a_reply_withdrawn_while_it_is_answered_leaves_no_queued_line(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        slow = studio.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", delay_s=1.0))
        order = await studio.bob.reply(clip, "make it snow softly")
        await studio.until(lambda: slow.hits)
        await asyncio.sleep(0.3)
        await studio.bob.delete(order)
        await studio.said("Cancelled. Not charged.")
