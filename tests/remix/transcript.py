"""Two people, two channels, and every way to remix: `python -m tests.remix.transcript` writes docs/transcript.md."""

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
from tests.harness import Studio, open_studio
from tests.remix.helpers import code_of, the_question

USER = 6  # the type of an option that names a person
WHERE = Path(__file__).parents[2] / "docs" / "transcript.md"
INTRO = """# Two people, two channels, every way to remix

Written by `python -m tests.remix.transcript`, which runs the unmodified bot against a Discord and a provider on this
machine. `→` is what a person does, `←` what the bot says; *(for bob)* is seen by bob alone. Status lines that change or
vanish are left out, as are the clips themselves.
"""


class Script:
    """Writes down who does what, and what is answered, while it happens."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.lines: list[str] = []
        self._end = studio.discord.subscribe(self._hear)

    def close(self) -> None:
        self._end()

    def heading(self, words: str) -> None:
        self.lines += ["", f"## {words}", ""]

    def does(self, who: Member, what: str) -> None:
        self.lines.append(f"- → **{who.name}** {what}")

    def _hear(self, event: Event) -> None:
        message = event.message
        if event.kind == "reacted" and event.emoji is not None:
            self.lines.append(f"- ← Retake reacts with {event.emoji}")
        elif event.kind == "interaction" and event.interaction is not None and event.interaction.kind == COMMAND:
            self._asked(event.interaction)
        elif message is not None and event.kind == "message" and event.channel is not None:
            self._said(message, event.channel)
        elif message is not None and event.kind == "deleted" and message.attachments:
            self.lines.append(f"- ← the video of {message.mentions[0].name} is gone from #{message.channel.name}")
        elif message is not None and event.kind == "edited" and message.ephemeral_to is not None:
            self._said(message, message.channel)

    def _asked(self, interaction: Interaction) -> None:
        data = interaction.data
        options = " ".join(f"{o['name']}: {self._value(o)}" for o in data.get("options", []))
        shown = f"Apps ▸ {data['name']}" if "target_id" in data else f"`/{data['name']}` {options}"
        self.lines.append(f"- → **{interaction.user.name}** in #{interaction.channel.name}: {shown}")

    def _value(self, option: dict[str, object]) -> str:
        user = self.studio.discord.world.users.get(int(str(option["value"]))) if option["type"] == USER else None
        return f"`{option['value']}`" if user is None else user.mention

    def _said(self, message: LocalMessage, channel: Channel) -> None:
        if message.loading or message.content.startswith(("⏳ Queued", "🎬", "📤")):
            return
        answered = self.studio.discord.message(message.reference_id or 0)
        to = f" answers {answered.author.name}" if answered is not None else ""
        if not message.is_bot:
            files = "".join(f" 📎 {file.filename}" for file in message.attachments)
            self.lines.append(f"- → **{message.author.name}**{to} in #{channel.name}: {message.content}{files}")
            return
        alone = self.studio.discord.world.users.get(message.ephemeral_to or 0)
        seen = f" *(for {alone.name})*" if alone is not None else f" in #{channel.name}"
        self.lines.append(f"- ← Retake{to}{seen}")
        self.lines += [f"  > {line.removeprefix('-# ')}  " for line in message.content.splitlines()]
        self.lines += [f"  > 📎 {file.filename}  " for file in message.attachments]
        labels = [str(b.get("label")) for row in message.components for b in row.get("components", [])]
        self.lines += [f"  > {' '.join(f'`[{label}]`' for label in labels)}  "] if labels else []

    def text(self) -> str:
        """The page, with names for mentions, and without what differs from run to run."""
        users = self.studio.discord.world.users
        text = "\n".join([INTRO, *self.lines, ""])
        text = re.sub(r"<@!?(\d+)>", lambda m: f"@{users[int(m[1])].name}", text)
        text = re.sub(r"<t:\d+:[fR]>", "just now", text)
        text = re.sub(r"\[([2-9A-Z]{4,8}|jump)\]\(https://[^)]+\)", r"\1", text)
        text = re.sub(r"https://discord\.com/channels/\d+/\d+/\d+", "<link>", text)
        text = re.sub(r"` ?[0-9A-Za-z]{22}`", "`<chosen>`", text)
        codes: dict[str, str] = {}
        for code in re.findall(r"(?:AI-generated · )([2-9A-HJ-NP-Z]{4,8})\b", text):
            codes.setdefault(code, f"V{len(codes) + 1:03d}")
        for code, stable in codes.items():
            text = re.sub(rf"\b{code}\b", stable, text)
        return re.sub(r" · \d+ s · ≈", " · ≈", re.sub(r"usually [^·\n]+ here", "usually … here", text))


@asynccontextmanager
async def stage(data: Path) -> AsyncIterator[tuple[Studio, Script]]:
    async with open_studio(data) as studio:
        script = Script(studio)
        try:
            yield studio, script
        finally:
            script.close()


async def perform(studio: Studio, script: Script) -> None:
    """All the ways, one after the other."""
    talk = studio.guild.add_channel("talk")
    first = await by_reply(studio, script)
    await by_command(studio, script, talk, first)
    await by_menu_and_button(studio, script, first)
    await the_family(studio, script, talk, first)
    await the_end(studio, script, first)


async def by_reply(studio: Studio, script: Script) -> LocalMessage:
    alice, bob = studio.alice, studio.bob
    script.heading("A video, and replies in plain words")
    await alice.slash(studio.channel, "generate", prompt="a lighthouse in a storm, waves made of paper", seconds=5)
    first = await studio.clip_of("a lighthouse in a storm")
    await bob.reply(first, "make it snow, softly and slowly")
    snow = await studio.clip_of("make it snow, softly")
    await alice.reply(first, "lol nice")
    question = await the_question(studio)
    script.does(alice, "presses [Not now]")
    await alice.press(question, "Not now")
    await studio.until(lambda: question.deleted)
    await bob.reply(first, "heavy fog")
    question = await the_question(studio)
    script.does(bob, "presses [Remix]")
    await bob.press(question, "Remix")
    await studio.clip_of("heavy fog")
    await alice.reply(snow, "extend: the snow melts in the sun")
    await studio.clip_of("the snow melts")
    await bob.reply(first, "a boat like this sails by", attachments=[Upload("boat.png", a_boat(), "image/png")])
    await studio.clip_of("a boat like this")
    await alice.reply(snow, "again")
    await studio.until(lambda: len(studio.clips_of("make it snow, softly")) == 2 or None)
    script.does(bob, "replies with the ping off")
    quiet = await bob.reply(first, "this never reaches the bot", ping=False)
    await studio.until(lambda: quiet.reactions or None)
    return first


def a_boat() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 36), (30, 60, 120)).save(file, "PNG")
    return file.getvalue()


async def by_command(studio: Studio, script: Script, talk: Channel, first: LocalMessage) -> None:
    bob = studio.bob
    script.heading("From another channel: by link, by code, by suggestion, and the newest one here")
    await bob.slash(talk, "remix", prompt="by its link, at dawn", video=first.link)
    at_dawn = await studio.clip_of("by its link")
    await bob.slash(talk, "remix", prompt="by its code, at dusk", video=code_of(first), aspect="21:9")
    await studio.clip_of("by its code")
    choices = await bob.autocomplete(talk, "remix", "video", "lighthouse")
    script.does(bob, f"types `lighthouse` into video and is offered: {choices[0].name}")
    await bob.slash(talk, "remix", prompt="by a suggestion, at noon", video=choices[0].value)
    await studio.clip_of("by a suggestion")
    await bob.slash(talk, "remix", prompt="the newest one here, at night")
    await studio.clip_of("the newest one here")
    await bob.slash(talk, "extend", prompt="and the night goes by", video=at_dawn.link)
    await studio.clip_of("and the night goes by")
    elsewhere = studio.discord.add_guild("Elsewhere")
    zoe, backroom = elsewhere.add_member("zoe"), elsewhere.add_channel("backroom")
    await (await zoe.slash(backroom, "remix", prompt="mine now", video=first.link)).answer()


async def by_menu_and_button(studio: Studio, script: Script, first: LocalMessage) -> None:
    alice, bob = studio.alice, studio.bob
    script.heading("By the menu and by the buttons, after a restart of the bot")
    await studio.restart()
    await modal(script, await bob.menu(first, "Remix video"), bob, "through the message menu")
    await studio.clip_of("through the message menu")
    script.does(bob, "presses [Remix]")
    await modal(script, await bob.press(first, "Remix"), bob, "through the button")
    await studio.clip_of("through the button")
    script.does(alice, "presses [Again]")
    await alice.press(first, "Again")
    await studio.until(lambda: len(studio.clips_of("a lighthouse in a storm")) == 2 or None)
    await (await bob.menu(first, "Video details")).answer()
    said = await alice.say(studio.channel, "what a nice bay")
    await (await bob.menu(said, "Remix video")).answer()


async def modal(script: Script, opened: Interaction, who: Member, prompt: str) -> None:
    shown = await opened.answer()
    assert isinstance(shown, Modal)
    fields = ", ".join(str(part.get("label")) for part in shown.components)
    script.does(who, f"is shown “{shown.title}” ({fields}) and writes: {prompt}")
    await who.submit(shown, prompt=prompt)


async def the_family(studio: Studio, script: Script, talk: Channel, first: LocalMessage) -> None:
    script.heading("Lists and the family")
    await (await studio.bob.slash(talk, "tree", video=code_of(first))).answer(15)
    await (await studio.bob.slash(talk, "history", member=studio.alice)).answer()
    await (await studio.alice.slash(talk, "jobs")).answer()
    await (await studio.alice.slash(talk, "models")).answer()
    await (await studio.alice.slash(talk, "help")).answer()


async def the_end(studio: Studio, script: Script, first: LocalMessage) -> None:
    alice, bob = studio.alice, studio.bob
    script.heading("Not for remixing, and away with it")
    script.does(alice, "presses [Details]")
    details = await (await alice.press(first, "Details")).answer()
    assert isinstance(details, LocalMessage)
    script.does(alice, "presses [Not for remixing]")
    await alice.press(details, "Not for remixing")
    await studio.until(lambda: "not for remixing" in details.content)
    await bob.reply(first, "one more in the rain, please")
    nothing = "I cannot find a video there that you may use."
    await studio.until(lambda: sum(nothing in m.content for m in studio.discord.all_messages) > 2 or None)
    await bob.reply(first, "info")
    await studio.until(lambda: sum("new video · done" in m.content for m in studio.discord.all_messages) > 2 or None)
    await alice.reply(first, "delete")
    await studio.until(lambda: first.deleted)
    await (await bob.slash(studio.channel, "remix", prompt="and yet once more", video=first.link)).answer()


async def write(where: Path) -> int:
    """Perform and write the page; returns how many lines it has."""
    with tempfile.TemporaryDirectory(prefix="retake-") as name:
        async with stage(Path(name)) as (studio, script):
            await perform(studio, script)
            text = script.text()
    await asyncio.to_thread(where.write_text, text)
    return text.count("\n")


if __name__ == "__main__":
    lines = asyncio.run(write(WHERE))
    sys.stdout.write(f"docs/transcript.md: {lines} lines\n")
