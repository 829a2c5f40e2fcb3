"""Styles, and words that a writer improves."""

from bot.sandbox.discord import LocalMessage
from tests.harness import BotHarness
from tests.remix.transcript.recorder import Recorder


async def use_a_style(harness: BotHarness, script: Recorder) -> None:
    """Save a style, make a video in it, and remake another member's video in it."""
    ines = script.member("ines")
    script.heading("A style under a name")
    options = {"name": "noir", "words": "film noir, {prompt}", "aspect": "9:16"}
    await (await ines.slash(harness.channel, "style save", **options)).answer()
    await ines.slash(harness.channel, "generate", prompt="a cat on a roof", style="noir", seconds=5)
    await harness.wait_for_clip("film noir, a cat on a roof")
    await harness.alice.slash(harness.channel, "generate", prompt="a tram in the rain", seconds=5)
    tram = await harness.wait_for_clip("a tram in the rain")
    await ines.reply(tram, "style: noir")
    await harness.wait_for_clip("film noir, a tram in the rain")


async def improve_a_prompt(harness: BotHarness, script: Recorder) -> None:
    """Look at the writer's words before anything is paid, and make the video of them."""
    joan = script.member("joan")
    script.heading("Better words, shown before anything is paid")
    asked = await joan.slash(harness.channel, "generate", prompt="a garden in spring", improve=True, seconds=5)
    dialog = await asked.answer()
    assert isinstance(dialog, LocalMessage)
    await script.press(joan, dialog, "Make it")
    await harness.wait_for_clip("a garden in spring, ")
