from pathlib import Path

from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_the_button_of_a_confirmation_names_its_action(tmp_path: Path) -> None:
    from bot.jobs.server_settings import ReplyMode
    from tests.remix.helpers import set_server_settings

    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await harness.bob.reply(clip, "extend: the storm goes by")
        question = await harness.wait_for_message("Extend this?")
        assert question.components[0]["components"][0]["label"] == "Extend"
