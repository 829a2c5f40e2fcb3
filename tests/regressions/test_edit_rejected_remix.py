from pathlib import Path

from tests.harness import open_studio
from tests.remix.helpers import a_clip


async def test_edit_and_retry_of_a_refused_remix(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "[refuse] make it very dark indeed")
        line = await studio.said("The provider refused this prompt (safety). Not charged.")
        pressed = await studio.bob.press(line, "Edit and retry")
        modal = await studio.until(lambda: pressed.modal)
        await studio.bob.submit(modal, {"prompt": "make it rather bright"})
        await studio.clip_of("make it rather bright")
