from pathlib import Path

import pytest

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.remix.helpers import create_clip, delete_by_button, set_server_settings, wait_for_confirmation


@pytest.mark.parametrize("what", ["yes", "delete"])
async def test_a_press_is_handled_though_its_ack_returned_500(tmp_path: Path, what: str) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        lost = Fault(route="POST */interactions/*", when="after", status=500)
        if what == "yes":
            await set_server_settings(harness, ReplyMode.SMART)
            await harness.bob.reply(clip, "heavy snow")
            question = await wait_for_confirmation(harness)
            harness.discord.wire.fail(lost)
            await harness.bob.press(question, "Remix")
            await harness.wait_for_clip("heavy snow")
        else:
            harness.discord.wire.fail(lost)
            await delete_by_button(harness.alice, clip)
            await harness.wait_until(lambda: clip.deleted)
