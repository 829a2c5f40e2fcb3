"""Films of finished videos and shot by shot, and an extension of a model that has none of its own."""

from bot.sandbox.discord import LocalMessage
from tests.harness import BotHarness
from tests.remix.transcript.recorder import Recorder


async def join_videos(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    script.heading("A film of finished videos")
    second = await harness.wait_for_clip("make it snow, softly")
    await harness.alice.slash(harness.channel, "film", video1=first.link, video2=second.link, title="summer and winter")
    film = await harness.wait_for_clip("summer and winter")
    await harness.alice.reply(film, "extend: and then it is spring again")
    await harness.wait_for_clip("and then it is spring")


async def make_film(harness: BotHarness, script: Recorder) -> None:
    script.heading("A film, shot by shot")
    carol = script.member("carol")
    opened = await carol.slash(harness.channel, "film", title="a day at sea", seconds=5)
    await opened.answer()
    script.record_action(carol, "fills in the form, a line for each shot")
    sent = await carol.submit(opened.modal, prompt="a calm sea at dawn\na storm at noon\nstars at night")
    asked = await sent.answer(20)
    assert isinstance(asked, LocalMessage)
    await script.press(carol, asked, "Start")
    for place, button in ((1, "Keep"), (2, "Stop here")):
        shown = await harness.wait_until(
            lambda: next((m for m in harness.discord.all_messages if f"**Shot {place} of" in m.content), None)  # noqa: B023
        )
        await script.press(carol, shown, button)
    await harness.wait_for_clip("a day at sea")


async def extend_from_last_frame(harness: BotHarness, script: Recorder) -> None:
    emil = script.member("emil")
    script.heading("An extension by a model that has none of its own")
    await emil.slash(
        harness.channel, "generate", prompt="a train crosses a bridge", model="grok-imagine-video-1.5-lite", seconds=10
    )
    bridge = await harness.wait_for_clip("a train crosses a bridge")
    await emil.reply(bridge, "extend: it goes into a tunnel")
    await harness.wait_for_clip("it goes into a tunnel")
