"""Videos that are deleted or cancelled, and a member's data with a video that still renders."""

from bot.sandbox.discord import LocalMessage
from tests.harness import BotHarness
from tests.limits.privacy_helpers import wait_for_final_statuses
from tests.remix.transcript.recorder import Recorder


async def delete_video(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    alice, bob = harness.alice, harness.bob
    script.heading("Not for remixing, and away with it")
    details = await (await script.press(alice, first, "Details")).answer()
    assert isinstance(details, LocalMessage)
    await script.press(alice, details, "Not for remixing")
    await harness.wait_until(lambda: "not for remixing" in details.content)
    await bob.reply(first, "one more in the rain, please")
    nothing = "I can't find that video, or you don't have access to it."
    await harness.wait_until(lambda: sum(nothing in m.content for m in harness.discord.all_messages) > 1 or None)
    await bob.reply(first, "info")
    await harness.wait_until(
        lambda: sum("new video · done" in m.content for m in harness.discord.all_messages) > 2 or None
    )
    await alice.reply(first, "delete")
    question = await harness.wait_for_message("Delete this video (")
    await script.press(alice, question, "Delete")
    await harness.wait_until(lambda: first.deleted)
    await harness.wait_until(lambda: question.content.startswith("Deleted"))
    await (await bob.slash(harness.channel, "remix", prompt="and yet once more", video=first.link)).answer()


async def reply_to_status(harness: BotHarness, script: Recorder) -> None:
    """Reply to the status of a command while its video renders: with a change, and with `cancel`."""
    alice, carol = harness.alice, script.member("carol")
    script.heading("While it renders: replies to the status of a command")
    harness.provider.render_s = 60.0
    status = await harness.status_of(await alice.slash(harness.channel, "generate", prompt="a paper boat", seconds=5))
    await harness.wait_until(lambda: "Rendering" in status.content or None)
    await carol.reply(status, "and then with fireworks above")
    waiting = await harness.wait_for_message("and then with fireworks above")
    await carol.reply(waiting, "cancel")
    await harness.wait_until(lambda: waiting.content.startswith("Cancelled."))
    script.record_action(carol, "sees her status change: Cancelled. Not charged.")
    list(harness.provider.tasks.values())[-1].hurry.set()
    await harness.wait_for_clip("a paper boat")


async def delete_data(harness: BotHarness, script: Recorder) -> None:
    """Delete a member's data and videos while one of them renders: it is paid, and never posted."""
    frida = script.member("frida")
    script.heading("Delete my data, with my videos: also the one that still renders")
    harness.provider.render_s = 0.1
    await frida.slash(harness.channel, "generate", prompt="my dog in the snow", seconds=5)
    await harness.wait_for_clip("my dog in the snow")
    await wait_for_final_statuses(harness)
    harness.provider.render_s = 60.0
    status = await harness.status_of(await frida.slash(harness.channel, "generate", prompt="my dog at the sea"))
    await harness.wait_until(lambda: "Rendering" in status.content or None)
    jobs = await (await frida.slash(harness.channel, "jobs")).answer()
    assert isinstance(jobs, LocalMessage)
    asked = await (await script.press(frida, jobs, "Delete my data")).answer()
    assert isinstance(asked, LocalMessage)
    await script.press(frida, asked, "Delete data and videos")
    await harness.wait_for_message("1 unfinished video won't be posted.")
    await harness.provider.finish(list(harness.provider.tasks)[-1])
    await wait_for_final_statuses(harness)
