"""A scripted conversation with every way to remix: `python -m tests.remix.transcript` writes docs/transcript.md."""

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from bot.sandbox.discord import Channel, Event, Interaction, LocalMessage, Member, Modal, Upload
from bot.sandbox.discord.state.interactions import COMMAND
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import code_of, wait_for_confirmation

USER_OPTION = 6  # type of a user option
OUTPUT = Path(__file__).parents[2] / "docs" / "transcript.md"
INTRO = """# Two people, two channels, every way to remix

Written by `.venv/bin/python -m tests.remix.transcript`, which runs the unmodified bot against a Discord and a provider
on this machine. `→` is what a person does, `←` what the bot says; *(for bob)* is seen by bob alone. Status lines that
change or vanish are left out, as are the clips themselves.
"""


class Recorder:
    """Records actions and responses in order as Markdown."""

    def __init__(self, harness: BotHarness) -> None:
        self.harness = harness
        self.lines: list[str] = []
        self._unsubscribe = harness.discord.subscribe(self._on_event)

    def close(self) -> None:
        self._unsubscribe()

    def heading(self, text: str) -> None:
        self.lines += ["", f"## {text}", ""]

    def record_action(self, member: Member, what: str) -> None:
        self.lines.append(f"- → **{member.name}** {what}")

    def _on_event(self, event: Event) -> None:
        message = event.message
        if event.kind == "reacted" and event.emoji is not None:
            self.lines.append(f"- ← Retake reacts with {event.emoji}")
        elif event.kind == "interaction" and event.interaction is not None and event.interaction.kind == COMMAND:
            self._record_command(event.interaction)
        elif message is not None and event.kind == "message" and event.channel is not None:
            self._record_message(message, event.channel)
        elif message is not None and event.kind == "deleted" and message.attachments:
            self.lines.append(f"- ← the video of {message.mentions[0].name} is gone from #{message.channel.name}")
        elif message is not None and event.kind == "edited" and message.ephemeral_to is not None:
            self._record_message(message, message.channel)

    def _record_command(self, interaction: Interaction) -> None:
        data = interaction.data
        options = " ".join(f"{o['name']}: {self._value(o)}" for o in data.get("options", []))
        modal = f"Apps ▸ {data['name']}" if "target_id" in data else f"`/{data['name']}` {options}"
        self.lines.append(f"- → **{interaction.user.name}** in #{interaction.channel.name}: {modal}")

    def _value(self, option: dict[str, object]) -> str:
        user = (
            self.harness.discord.world.users.get(int(str(option["value"]))) if option["type"] == USER_OPTION else None
        )
        return f"`{option['value']}`" if user is None else user.mention

    def _record_message(self, message: LocalMessage, channel: Channel) -> None:
        if message.loading or message.content.startswith(("⏳ Queued", "🎬", "📤")):
            return
        answered = self.harness.discord.message(message.reference_id or 0)
        to = f" answers {answered.author.name}" if answered is not None else ""
        if not message.is_bot:
            files = "".join(f" 📎 {file.filename}" for file in message.attachments)
            self.lines.append(f"- → **{message.author.name}**{to} in #{channel.name}: {message.content}{files}")
            return
        alone = self.harness.discord.world.users.get(message.ephemeral_to or 0)
        seen = f" *(for {alone.name})*" if alone is not None else f" in #{channel.name}"
        self.lines.append(f"- ← Retake{to}{seen}")
        self.lines += [f"  > {line.removeprefix('-# ')}  " for line in message.content.splitlines()]
        self.lines += [f"  > 📎 {file.filename}  " for file in message.attachments]
        labels = [str(b.get("label")) for row in message.components for b in row.get("components", [])]
        self.lines += [f"  > {' '.join(f'`[{label}]`' for label in labels)}  "] if labels else []

    def rendered(self) -> str:
        """Return the page with names for mentions, without parts that differ between runs."""
        users, channels = self.harness.discord.world.users, self.harness.discord.world.channels
        text = "\n".join([INTRO, *self.lines, ""])
        text = re.sub(r"<@!?(\d+)>", lambda m: f"@{users[int(m[1])].name}", text)
        text = re.sub(r"<#(\d+)>", lambda m: f"#{channels[int(m[1])].name}", text)
        text = re.sub(r"Sending this <t:\d+:R>", "Sending this in 10 seconds", text)
        text = re.sub(r"<t:\d+:[fRT]>", "just now", text)
        text = re.sub(r"\[([2-9A-Z]{4,8}|jump)\]\(https://[^)]+\)", r"\1", text)
        text = re.sub(r"https://discord\.com/channels/\d+/\d+/\d+", "<link>", text)
        text = re.sub(r"` ?[0-9A-Za-z]{22}`", "`<chosen>`", text)
        codes: dict[str, str] = {}
        for code in re.findall(r"(?:AI-generated · |I'm on it: |  > )([2-9A-HJ-NP-Z]{4,8})\b", text):
            codes.setdefault(code, f"V{len(codes) + 1:03d}")
        for code, stable in codes.items():
            text = re.sub(rf"\b{code}\b", stable, text)
        return re.sub(r" · made in [\d:]+", "", re.sub(r"usually [^·\n]+ here", "usually … here", text))


@asynccontextmanager
async def open_recorded_harness(data: Path) -> AsyncIterator[tuple[BotHarness, Recorder]]:
    async with open_harness(data) as harness:
        script = Recorder(harness)
        try:
            yield harness, script
        finally:
            script.close()


async def play_conversation(harness: BotHarness, script: Recorder) -> None:
    """Play all parts of the conversation."""
    talk = harness.guild.add_channel("talk")
    first = await remix_by_reply(harness, script)
    await remix_by_command(harness, script, talk, first)
    await remix_by_menu_and_button(harness, script, first)
    await animate_pictures(harness, script, first)
    await show_lists(harness, script, talk, first)
    await join_videos(harness, script, first)
    await make_film(harness, script)
    await delete_video(harness, script, first)
    await reply_to_status(harness, script)


async def remix_by_reply(harness: BotHarness, script: Recorder) -> LocalMessage:
    alice, bob = harness.alice, harness.bob
    script.heading("A video, and replies in plain words")
    await alice.slash(harness.channel, "generate", prompt="a lighthouse in a storm, waves made of paper", seconds=5)
    first = await harness.wait_for_clip("a lighthouse in a storm")
    await bob.reply(first, "make it snow, softly and slowly")
    snow = await harness.wait_for_clip("make it snow, softly")
    await alice.reply(first, "lol nice")
    question = await wait_for_confirmation(harness)
    script.record_action(alice, "presses [Not now]")
    await alice.press(question, "Not now")
    await harness.wait_until(lambda: question.deleted)
    await bob.reply(first, "heavy fog")
    await harness.wait_for_clip("heavy fog")
    await alice.reply(snow, "extend: the snow melts in the sun")
    await harness.wait_for_clip("the snow melts")
    await bob.reply(first, "a boat like this sails by", attachments=[Upload("boat.png", boat_png(), "image/png")])
    await harness.wait_for_clip("a boat like this")
    await alice.reply(snow, "again")
    await harness.wait_until(lambda: len(harness.clips_with_prompt("make it snow, softly")) == 2 or None)
    script.record_action(bob, "replies with the ping off")
    quiet = await bob.reply(first, "this never reaches the bot", ping=False)
    await harness.wait_until(lambda: quiet.reactions or None)
    return first


def boat_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (128, 72), (30, 60, 120)).save(file, "PNG")
    return file.getvalue()


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
    await fill_modal(script, await bob.menu(first, "Remix video"), bob, "through the message menu")
    await harness.wait_for_clip("through the message menu")
    script.record_action(bob, "presses [Remix]")
    await fill_modal(script, await bob.press(first, "Remix"), bob, "through the button")
    await harness.wait_for_clip("through the button")
    script.record_action(alice, "presses [Again]")
    await alice.press(first, "Again")
    await harness.wait_until(lambda: len(harness.clips_with_prompt("a lighthouse in a storm")) == 2 or None)
    await (await bob.menu(first, "Video details")).answer()
    message = await alice.say(harness.channel, "what a nice bay")
    await (await bob.menu(message, "Remix video")).answer()


async def animate_pictures(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    carol = harness.guild.add_member("carol")
    script.heading("Pictures")
    boat = Upload("boat.png", boat_png(), "image/png")
    await carol.reply(first, attachments=[boat])
    question = await wait_for_confirmation(harness)
    script.record_action(carol, "presses [Animate]")
    await carol.press(question, "Animate")
    await harness.wait_for_clip("Bring this picture to life")
    message = harness.bob.client.say(harness.bob, harness.channel, "my boat", [boat])
    await fill_modal(script, await carol.menu(message, "Make a video of this"), carol, "it sails into the sunset")
    await harness.wait_for_clip("it sails into the sunset")
    shown = {"image": boat, "last_image": boat}
    await (await carol.slash(harness.channel, "generate", prompt="from dawn to dusk", **shown)).answer()


async def fill_modal(script: Recorder, opened: Interaction, member: Member, prompt: str) -> None:
    modal = await opened.answer()
    assert isinstance(modal, Modal)
    fields = ", ".join(str(part.get("label")) for part in modal.components)
    script.record_action(member, f"is shown “{modal.title}” ({fields}) and writes: {prompt}")
    await member.submit(modal, prompt=prompt)


async def show_lists(harness: BotHarness, script: Recorder, talk: Channel, first: LocalMessage) -> None:
    script.heading("Lists and the family")
    await (await harness.bob.slash(talk, "tree", video=code_of(first))).answer(15)
    await (await harness.bob.slash(talk, "history", member=harness.alice)).answer()
    await (await harness.alice.slash(talk, "jobs")).answer()
    await (await harness.alice.slash(talk, "models")).answer()
    await (await harness.alice.slash(talk, "help")).answer()


async def make_film(harness: BotHarness, script: Recorder) -> None:
    script.heading("A film, shot by shot")
    carol = harness.guild.add_member("carol")
    opened = await carol.slash(harness.channel, "film", title="a day at sea", seconds=5)
    await opened.answer()
    script.record_action(carol, "fills in the form, a line for each shot")
    asked = await (
        await carol.submit(opened.modal, prompt="a calm sea at dawn\na storm at noon\nstars at night")
    ).answer(20)
    assert isinstance(asked, LocalMessage)
    await press_shown(script, carol, asked, "Start")
    for place, button in ((1, "Keep"), (2, "Stop here")):
        shown = await harness.wait_until(
            lambda: next((m for m in harness.discord.all_messages if f"**Shot {place} of" in m.content), None)  # noqa: B023
        )
        await press_shown(script, carol, shown, button)
    await harness.wait_for_clip("a day at sea")


async def press_shown(script: Recorder, member: Member, message: LocalMessage, button: str) -> None:
    script.record_action(member, f"presses [{button}]")
    await member.press(message, button)


async def join_videos(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    script.heading("A film of finished videos")
    second = await harness.wait_for_clip("make it snow, softly")
    await harness.alice.slash(harness.channel, "film", video1=first.link, video2=second.link, title="summer and winter")
    film = await harness.wait_for_clip("summer and winter")
    await harness.alice.reply(film, "extend: and then it is spring again")
    await harness.wait_for_clip("and then it is spring")


async def delete_video(harness: BotHarness, script: Recorder, first: LocalMessage) -> None:
    alice, bob = harness.alice, harness.bob
    script.heading("Not for remixing, and away with it")
    script.record_action(alice, "presses [Details]")
    details = await (await alice.press(first, "Details")).answer()
    assert isinstance(details, LocalMessage)
    script.record_action(alice, "presses [Not for remixing]")
    await alice.press(details, "Not for remixing")
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
    script.record_action(alice, "presses [Delete]")
    await alice.press(question, "Delete")
    await harness.wait_until(lambda: first.deleted)
    await harness.wait_until(lambda: question.content.startswith("Deleted"))
    await (await bob.slash(harness.channel, "remix", prompt="and yet once more", video=first.link)).answer()


async def reply_to_status(harness: BotHarness, script: Recorder) -> None:
    """Reply to the status of a command while its video renders: with a change, and with `cancel`."""
    alice, carol = harness.alice, harness.guild.add_member("carol")
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


async def write(path: Path) -> int:
    """Play the conversation, write the page and return its number of lines."""
    with tempfile.TemporaryDirectory(prefix="retake-") as name:
        async with open_recorded_harness(Path(name)) as (harness, script):
            await play_conversation(harness, script)
            text = script.rendered()
    await asyncio.to_thread(path.write_text, text)
    return text.count("\n")


if __name__ == "__main__":
    lines = asyncio.run(write(OUTPUT))
    sys.stdout.write(f"docs/transcript.md: {lines} lines\n")
