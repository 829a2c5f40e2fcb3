"""Records what people do in the local Discord and what the bot says, as Markdown."""

import re
import time

from bot.sandbox.discord import Channel, Event, Interaction, LocalMessage, Member, Modal
from bot.sandbox.discord.application.components import BUTTON, SELECTS, TEXT, walk
from bot.sandbox.discord.state.interactions import COMMAND
from tests.harness import BotHarness

SUBCOMMAND = 1  # types of options
USER, ATTACHMENT = 6, 11
INTRO = """# A few people, a few channels, every feature

Written by `.venv/bin/python -m tests.remix.transcript`, which runs the unmodified bot against a Discord, two providers
and a writer on this machine. `→` is what a person does, `←` what the bot says; *(for bob)* is seen by bob alone. Status
lines that change or vanish are left out, as are the clips themselves.
"""
SUCCESS, TAKES = 3, {"1", "2", "3", "4"}  # the style of the button of the chosen take
CODE = r"[2-9A-HJ-NP-Z]{4,8}"


class Recorder:
    """Records actions and responses in order as Markdown."""

    def __init__(self, harness: BotHarness) -> None:
        self.harness = harness
        self.lines: list[str] = []
        self._said: dict[int, list[str]] = {}  # what each message of the bot said last, by its id
        self._unsubscribe = harness.discord.subscribe(self._on_event)

    def close(self) -> None:
        self._unsubscribe()

    def member(self, name: str) -> Member:
        """Return the member of the server with this name, who joins if there is none."""
        members = self.harness.guild.members.values()
        return next((each for each in members if each.name == name), None) or self.harness.guild.add_member(name)

    def heading(self, text: str) -> None:
        self.lines += ["", f"## {text}", ""]

    def record_action(self, member: Member, what: str) -> None:
        self.lines.append(f"- → **{member.name}** {what}")

    async def press(self, member: Member, message: LocalMessage, label: str) -> Interaction:
        """Press the button that begins with a label, and record it."""
        buttons = [str(each.get("label")) for each in walk(message.components)]
        button = next(each for each in buttons if each.startswith(label))
        self.record_action(member, f"presses [{button}]")
        return await member.press(message, button)

    async def choose(
        self, member: Member, message: LocalMessage, custom_id: str, value: str, shown: str
    ) -> Interaction:
        """Choose from a menu, and record it. `shown` is what a person reads there."""
        self.record_action(member, f"chooses {shown}")
        return await member.select(message, custom_id, [value])

    async def fill(self, member: Member, opened: Interaction, **fields: object) -> Interaction:
        """Fill in the form that an interaction opened, and record it."""
        modal = await opened.answer()
        assert isinstance(modal, Modal)
        labels = ", ".join(str(part.get("label")) for part in modal.components)
        written = ", ".join(str(value) for value in fields.values())
        self.record_action(member, f"is shown “{modal.title}” ({labels}) and writes: {written}")
        return await member.submit(modal, **fields)

    def record_change(self, message: LocalMessage) -> None:
        """Record what a message in a channel has become."""
        self.lines.append(f"- ← Retake changes its message in #{message.channel.name}")
        self._record_content(message)

    def _on_event(self, event: Event) -> None:
        message = event.message
        if event.kind == "reacted" and message is not None and event.user is not None:
            self._record_reaction(event, message)
        elif event.kind == "interaction" and event.interaction is not None and event.interaction.kind == COMMAND:
            self._record_command(event.interaction)
        elif message is not None and event.kind == "message" and event.channel is not None:
            self._record_message(message, event.channel)
        elif message is not None and event.kind == "deleted" and message.attachments:
            self._record_deletion(message)
        elif message is not None and event.kind == "edited" and message.ephemeral_to is not None:
            self._record_message(message, message.channel)

    def _record_reaction(self, event: Event, message: LocalMessage) -> None:
        user = event.user
        assert user is not None
        if user.bot:
            self.lines.append(f"- ← Retake reacts with {event.emoji}")
        else:
            files = [file.filename for file in message.attachments]
            self.lines.append(f"- → **{user.name}** adds {event.emoji} to {files[0] if files else 'a message'}")

    def _record_deletion(self, message: LocalMessage) -> None:
        whose = f"the video of {message.mentions[0].name}" if message.mentions else message.attachments[0].filename
        self.lines.append(f"- ← {whose} is gone from #{message.channel.name}")

    def _record_command(self, interaction: Interaction) -> None:
        data, options = interaction.data, interaction.data.get("options", [])
        name = data["name"]
        while options and options[0]["type"] == SUBCOMMAND:
            name, options = f"{name} {options[0]['name']}", options[0].get("options", [])
        written = " ".join(f"{option['name']}: {self._value(interaction, option)}" for option in options)
        used = f"Apps ▸ {name}" if "target_id" in data else f"`/{name}` {written}".rstrip()
        self.lines.append(f"- → **{interaction.user.name}** in #{interaction.channel.name}: {used}")

    def _value(self, interaction: Interaction, option: dict[str, object]) -> str:
        if option["type"] == USER:
            return self.harness.discord.world.users[int(str(option["value"]))].mention
        if option["type"] == ATTACHMENT:
            return f"📎 {interaction.data['resolved']['attachments'][str(option['value'])]['filename']}"
        return f"`{option['value']}`"

    def _record_message(self, message: LocalMessage, channel: Channel) -> None:
        if message.loading or message.content.startswith(("⏳ Queued", "🎬", "📤")):
            return
        answered = self.harness.discord.message(message.reference_id or 0)
        to = f" answers {answered.author.name}" if answered is not None else ""
        if not message.is_bot:
            self._record_post(message, channel, to)
            return
        alone = self.harness.discord.world.users.get(message.ephemeral_to or 0)
        seen = f" *(for {alone.name})*" if alone is not None else f" in #{channel.name}"
        self.lines.append(f"- ← Retake{to}{seen}")
        self._record_content(message)

    def _record_post(self, message: LocalMessage, channel: Channel, to: str) -> None:
        if message.forwarded is not None:
            original = self.harness.discord.world.messages[message.forwarded.message_id]
            what = f"{original.author.name}'s message in #{original.channel.name} to #{channel.name}"
            self.lines.append(f"- → **{message.author.name}** forwards {what}")
            return
        files = "".join(f" 📎 {file.filename}" for file in message.attachments)
        where = f"{to} in #{channel.name}"
        self.lines.append(f"- → **{message.author.name}**{where}: {message.content}{files}")

    def _record_content(self, message: LocalMessage) -> None:
        """Record what a message says; of a message that has changed, what is new."""
        said, before = lines_of(message), self._said.get(message.id, [])
        self.lines += [f"  > {line}  " for line in said if line not in before]
        self._said[message.id] = said

    def rendered(self) -> str:
        """Return the page with names for mentions, without parts that differ between runs."""
        users, channels = self.harness.discord.world.users, self.harness.discord.world.channels
        text = "\n".join([INTRO, *self.lines, ""])
        text = re.sub(r"<@!?(\d+)>", lambda m: f"@{users[int(m[1])].name}", text)
        text = re.sub(r"<#(\d+)>", lambda m: f"#{channels[int(m[1])].name}", text)
        text = re.sub(r"</([^:>]+):\d+>", r"`/\1`", text)
        text = re.sub(r"Sending this <t:\d+:R>", "Sending this in 10 seconds", text)
        text = re.sub(r"<t:(\d+):([fRT])>", lambda m: spoken(int(m[1]), m[2]), text)
        text = re.sub(rf"\[({CODE}|jump)\]\(https://[^)]+\)", r"\1", text)
        text = re.sub(r"https://discord\.com/channels/\d+/\d+/\d+", "<link>", text)
        text = re.sub(r"` ?[0-9A-Za-z]{22}`", "`<chosen>`", text)
        return re.sub(
            r" · made in [\d:]+", "", re.sub(r"usually [^·\n]+ here", "usually … here", with_stable_codes(text))
        )


def lines_of(message: LocalMessage) -> list[str]:
    """Return what a message says and shows, line by line: its text, files and buttons."""
    parts = list(walk(message.components))
    texts = [message.content, *(str(part["content"]) for part in parts if part.get("type") == TEXT)]
    said = [line.removeprefix("-# ") for text in texts for line in text.splitlines() if line]
    said += [f"📎 {file.filename}" for file in message.attachments]
    chosen = {part["label"]: " ✓" for part in parts if part.get("label") in TAKES and part.get("style") == SUCCESS}
    labels = [f"`[{p['label']}{chosen.get(p['label'], '')}]`" for p in parts if p.get("type") == BUTTON]
    labels += [f"`[{part.get('placeholder', '')} ▾]`" for part in parts if part.get("type") in SELECTS]
    return [*said, " ".join(labels)] if labels else said


def spoken(timestamp: int, style: str) -> str:
    """Return a time as people read it a moment after it was written."""
    hours = round((timestamp - time.time()) / 3600)
    if hours <= 0:
        return "just now"
    return f"in {hours} hours" if style == "R" else "tomorrow"


def with_stable_codes(text: str) -> str:
    """Return a text with V001, V002 … in the place of the codes of videos."""
    codes: dict[str, str] = {}
    for code in re.findall(rf"(?:AI-generated · |I'm on it: |  > |[1-4]: )({CODE})\b", text):
        codes.setdefault(code, f"V{len(codes) + 1:03d}")
    for code, stable in codes.items():
        text = re.sub(rf"\b{code}\b", stable, text)
    return text
