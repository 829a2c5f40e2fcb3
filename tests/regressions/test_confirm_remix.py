"""At 904b28d, [Remix] below a confirmation was always answered with "I cannot do that"."""

from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from tests.harness import open_harness
from tests.remix.helpers import create_clip, set_server_settings, wait_for_confirmation


async def test_a_confirmed_reply_becomes_a_remix(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        await harness.bob.reply(clip, "heavy snow")
        await harness.bob.press(await wait_for_confirmation(harness), "Remix")
        await harness.wait_for_clip("heavy snow")
