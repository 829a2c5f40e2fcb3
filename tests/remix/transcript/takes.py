"""Four takes of one prompt, and a blind comparison of two models."""

from bot.sandbox.discord import LocalMessage
from tests.harness import BotHarness
from tests.remix.transcript.recorder import Recorder
from tests.takes.helpers import settled, styles_of

CHOSEN = 3  # the style of a chosen button


async def choose_one_of_four(harness: BotHarness, script: Recorder) -> LocalMessage:
    """Order four takes and choose the third. Return the remix of it."""
    dora, emil = script.member("dora"), script.member("emil")
    script.heading("Four takes of one prompt, and one of them chosen")
    await dora.slash(harness.channel, "generate", prompt="a kite over a hill", seconds=5, takes=4)
    clips = await harness.wait_for_clip("a kite over a hill")
    await settled(harness)
    await script.press(dora, clips, "3")
    await harness.wait_until(lambda: styles_of(clips)[2] == CHOSEN or None)
    script.record_change(clips)
    await emil.reply(clips, "let a storm come up behind it")
    return await harness.wait_for_clip("let a storm come up")


async def compare_blindly(harness: BotHarness, script: Recorder) -> None:
    """Compare two models: votes, and the names only when the author wants them."""
    gina, hugo = script.member("gina"), script.member("hugo")
    script.heading("Two models compared, without their names")
    options = {"a": "grok-video-3", "b": "grok-imagine-video"}
    await gina.slash(harness.channel, "compare", prompt="lanterns float down a river", **options)
    clips = await harness.wait_for_clip("lanterns float down a river")
    await settled(harness)
    await (await script.press(hugo, clips, "👍 1")).answer()
    await (await script.press(hugo, clips, "Reveal")).answer()
    await script.press(gina, clips, "Reveal")
    await harness.wait_until(lambda: "1 vote" in clips.content or None)
    script.record_change(clips)
    await (await gina.slash(harness.channel, "models")).answer()
