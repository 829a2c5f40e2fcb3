import asyncio
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio
from tests.remix.helpers import a_clip, the_question


async def test_a_question_whose_answer_was_lost_can_be_answered(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        studio.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", status=503))
        await studio.bob.reply(clip, "heavy snow")
        question = await the_question(studio)
        await asyncio.sleep(2)
        await studio.bob.press(question, "Remix")
        await studio.clip_of("heavy snow")
        await studio.until(lambda: question.deleted)
