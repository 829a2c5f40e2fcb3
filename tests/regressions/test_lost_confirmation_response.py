import asyncio
from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.remix.helpers import create_clip, set_server_settings, wait_for_confirmation


async def test_a_confirmation_works_though_the_response_to_its_post_was_lost(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        harness.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", status=503))
        await set_server_settings(harness, ReplyMode.SMART)
        await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        await asyncio.sleep(2)
        await harness.bob.press(question, "Remix")
        await harness.wait_for_clip("heavy snow")
        await harness.wait_until(lambda: question.deleted)
