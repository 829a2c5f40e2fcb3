from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio
from tests.remix.helpers import a_clip, the_question


@pytest.mark.parametrize("what", ["yes", "delete"])
async def test_a_press_whose_ack_was_answered_with_500_is_done(tmp_path: Path, what: str) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        lost = Fault(route="POST */interactions/*", when="after", status=500)
        if what == "yes":
            await studio.bob.reply(clip, "heavy snow")
            question = await the_question(studio)
            studio.discord.wire.fail(lost)
            await studio.bob.press(question, "Remix")
            await studio.clip_of("heavy snow")
        else:
            studio.discord.wire.fail(lost)
            await studio.alice.press(clip, "Delete")
            await studio.until(lambda: clip.deleted)
