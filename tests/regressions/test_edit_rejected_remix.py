from pathlib import Path

from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_edit_and_retry_of_a_rejected_remix(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "[refuse] make it very dark indeed")
        line = await harness.wait_for_message("or the picture or video that it starts from (safety). Not charged.")
        pressed = await harness.bob.press(line, "Edit and retry")
        modal = await harness.wait_until(lambda: pressed.modal)
        await harness.bob.submit(modal, {"prompt": "make it rather bright"})
        await harness.wait_for_clip("make it rather bright")
