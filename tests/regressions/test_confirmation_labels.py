from pathlib import Path

from tests.harness import open_studio
from tests.remix.helpers import a_clip


async def test_the_button_below_a_question_says_what_it_does(tmp_path: Path) -> None:
    from bot.jobs.server_settings import ReplyMode
    from tests.remix.helpers import set_rules

    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await set_rules(studio, ReplyMode.CONFIRM)
        await studio.bob.reply(clip, "extend: the storm goes by")
        question = await studio.said("Extend this?")
        assert question.components[0]["components"][0]["label"] == "Extend"
