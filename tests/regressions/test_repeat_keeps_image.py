from pathlib import Path

from bot.sandbox.discord import Upload
from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio


async def test_again_before_the_picture_was_fetched_keeps_the_picture(tmp_path: Path, a_picture: bytes) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        studio.discord.wire.fail(Fault(route="GET /*attachments*", delay_s=2.0, times=None))
        boat = Upload("boat.png", a_picture, "image/png")
        asked = await studio.alice.slash(studio.channel, "generate", prompt="a boat sails away", seconds=5, image=boat)
        status = await studio.until(lambda: asked.message)
        await studio.bob.reply(status, f"{studio.discord.bot_user.mention} again")
        await studio.until(lambda: len(studio.provider.tasks) == 2)
        assert all("image_urls" in task.request for task in studio.provider.tasks.values())
