"""Remixes by reply, by command, by the menu and by buttons; pictures; lists."""

from bot.sandbox.discord import Channel, LocalMessage, Upload
from tests.harness import BotHarness
from tests.pictures.helpers import png
from tests.remix.helpers import code_of, wait_for_confirmation
from tests.remix.transcript.recorder import Recorder


def boat() -> Upload:
    return Upload("boat.png", png("navy"), "image/png")


async def remix_by_reply(harness: BotHarness, script: Recorder) -> LocalMessage:
    alice, bob = harness.alice, harness.bob
    script.heading("A video, and replies in plain words")
    await alice.slash(harness.channel, "generate", prompt="a lighthouse in a storm, waves made of paper", seconds=5)
    first = await harness.wait_for_clip("a lighthouse in a storm")
    await bob.reply(first, "make it snow, softly and slowly")
    snow = await harness.wait_for_clip("make it snow, softly")
    await alice.reply(first, "lol nice")
    question = await wait_for_confirmation(harness)
    await script.press(alice, question, "Not now")
    await harness.wait_until(lambda: question.deleted)
    await bob.reply(first, "heavy fog")
    await harness.wait_for_clip("heavy fog")
    await alice.reply(snow, "extend: the snow melts in the sun")
    await harness.wait_for_clip("the snow melts")
    await bob.reply(first, "a boat like this sails by", attachments=[boat()])
    await harness.wait_for_clip("a boat like this")
    await alice.reply(snow, "again")
    await harness.wait_until(lambda: len(harness.clips_with_prompt("make it snow, softly")) == 2 or None)
    script.record_action(bob, "replies with the ping off")
    quiet = await bob.reply(first, "this never reaches the bot", ping=False)
    await harness.wait_until(lambda: quiet.reactions or None)
    return first


async def remix_by_command(harness: BotHarness, script: Recorder, talk: Channel, first: LocalMessage) -> None:
    bob = harness.bob
    script.heading("From another channel: by link, by code, by suggestion, and the newest one here")
    await bob.slash(talk, "remix", prompt="by its link, at dawn", video=first.link)
    at_dawn = await harness.wait_for_clip("by its link")
    await bob.slash(talk, "remix", prompt="by its code, at dusk", video=code_of(first), aspect="21:9")
    await harness.wait_for_clip("by its code")
    choices = await bob.autocomplete(talk, "remix", "video", "lighthouse")
    script.record_action(bob, f"types `lighthouse` into video and is offered: {choices[0].name}")
    await bob.slash(talk, "remix", prompt="by a suggestion, at noon", video=choices[0].value)
    await harness.wait_for_clip("by a suggestion")
    await bob.slash(talk, "remix", prompt="the newest one here, at night")
    await harness.wait_for_clip("the newest one here")
    await bob.slash(talk, "extend", prompt="and the night goes by", video=at_dawn.link)
    await harness.wait_for_clip("and the night goes by")
    elsewhere = harness.discord.add_guild("Elsewhere")
    zoe, backroom = elsewhere.add_member("zoe"), elsewhere.add_channel("backroom")
    await (await zoe.slash(backroom, "remix", prompt="mine now", video=first.link)).answer()


async def remix_by_menu_and_button(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    alice, bob = harness.alice, harness.bob
    script.heading("By the menu and by the buttons, after a restart of the bot")
    await harness.restart()
    await script.fill(bob, await bob.menu(first, "Remix video"), prompt="through the message menu")
    await harness.wait_for_clip("through the message menu")
    await script.fill(bob, await script.press(bob, first, "Remix"), prompt="through the button")
    await harness.wait_for_clip("through the button")
    await script.press(alice, first, "Again")
    await harness.wait_until(lambda: len(harness.clips_with_prompt("a lighthouse in a storm")) == 2 or None)
    await (await bob.menu(first, "Video details")).answer()
    message = await alice.say(harness.channel, "what a nice bay")
    await (await bob.menu(message, "Remix video")).answer()


async def animate_pictures(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    carol = script.member("carol")
    script.heading("Pictures")
    await carol.reply(first, attachments=[boat()])
    question = await wait_for_confirmation(harness)
    await script.press(carol, question, "Animate")
    await harness.wait_for_clip("Bring this picture to life")
    message = harness.bob.client.say(harness.bob, harness.channel, "my boat", [boat()])
    await script.fill(carol, await carol.menu(message, "Make a video of this"), prompt="it sails into the sunset")
    await harness.wait_for_clip("it sails into the sunset")
    shown = {"image": boat(), "last_image": boat()}
    await (await carol.slash(harness.channel, "generate", prompt="from dawn to dusk", **shown)).answer()


async def show_lists(harness: BotHarness, script: Recorder, talk: Channel, first: LocalMessage) -> None:
    script.heading("Lists and the family")
    await (await harness.bob.slash(talk, "tree", video=code_of(first))).answer(15)
    await (await harness.bob.slash(talk, "history", member=harness.alice)).answer()
    await (await harness.alice.slash(talk, "jobs")).answer()
    await (await harness.alice.slash(talk, "models")).answer()
    await (await harness.alice.slash(talk, "help")).answer()
