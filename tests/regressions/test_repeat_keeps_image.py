from pathlib import Path

from bot.sandbox.discord import Upload
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness


async def test_again_keeps_an_image_that_is_not_downloaded_yet(tmp_path: Path, png_bytes: bytes) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        harness.discord.wire.fail(Fault(route="GET /*attachments*", delay_s=2.0, times=None))
        boat = Upload("boat.png", png_bytes, "image/png")
        interaction = await harness.alice.slash(
            harness.channel, "generate", prompt="a boat sails away", seconds=5, image=boat
        )
        status = await harness.status_of(interaction)
        await harness.bob.reply(status, "again")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        assert all("image_urls" in task.request for task in harness.provider.tasks.values())
