"""HEAD 904b28d: the author's [Remix] below a question is answered with "I cannot do that.", always."""

from pathlib import Path

from tests.harness import open_studio
from tests.remix.helpers import a_clip, the_question


async def test_a_confirmed_question_becomes_a_remix(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "heavy snow")
        await studio.bob.press(await the_question(studio), "Remix")
        await studio.clip_of("heavy snow")
