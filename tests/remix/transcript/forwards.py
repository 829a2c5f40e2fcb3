"""A clip that is forwarded to another channel, and a GIF."""

from bot.sandbox.discord import Channel, LocalMessage
from tests.harness import BotHarness
from tests.remix.test_gifs import wait_for_gif
from tests.remix.transcript.recorder import Recorder


async def remix_a_forward(harness: BotHarness, script: Recorder, talk: Channel, clip: LocalMessage) -> None:
    """Use the menu on a forward of a clip, and reply to it."""
    kim, lea = script.member("kim"), script.member("lea")
    script.heading("A forward of a clip is as good as the clip")
    forward = await kim.forward(clip, talk)
    await script.fill(lea, await lea.menu(forward, "Remix video"), prompt="the storm blows over")
    await harness.wait_for_clip("the storm blows over")
    await lea.reply(forward, f"{harness.discord.bot_user.mention} a rainbow comes out at last")
    await harness.wait_for_clip("a rainbow comes out at last")


async def make_a_gif(harness: BotHarness, script: Recorder, clip: LocalMessage) -> None:
    script.heading("A GIF for the favourites")
    await harness.alice.reply(clip, "gif")
    await wait_for_gif(harness)
