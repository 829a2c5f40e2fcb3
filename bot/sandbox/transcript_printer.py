"""Prints a channel as a reader would see it, line by line, while it happens."""

import re
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape

from bot.sandbox.discord import Channel, Event, Interaction, LocalDiscord, LocalMessage
from bot.sandbox.discord.application.components import BUTTON, walk
from bot.sandbox.discord.state.interactions import COMMAND

_MENTION = re.compile(r"<@!?(\d+)>")
_LINK = re.compile(r"\[([^\]]+)\]\(https?://[^)]+\)")
_COLOURS = ("cyan", "magenta", "yellow", "blue")


class TranscriptPrinter:
    """Listens to one channel for the length of a block."""

    def __init__(self, discord: LocalDiscord, channel: Channel, console: Console) -> None:
        self._discord = discord
        self._channel = channel
        self._console = console
        self._started = time.monotonic()
        self._end = discord.subscribe(self._on_event)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _on_event(self, event: Event) -> None:
        if event.channel is not self._channel:
            return
        if event.kind == "interaction" and event.interaction is not None:
            self._print_command(event.interaction)
        elif event.message is not None and event.kind in ("message", "edited", "deleted"):
            self._print_message(event.kind, event.message)

    def _print_command(self, interaction: Interaction) -> None:
        data = interaction.data
        if interaction.kind == COMMAND and not interaction.data.get("target_id"):
            options = "  ".join(f"{option['name']}: {option['value']}" for option in data.get("options", []))
            self._line(interaction.user.name, f"[bold]/{data['name']}[/]  {escape(self._readable(options))}")

    def _print_message(self, what: str, message: LocalMessage) -> None:
        if what == "deleted":
            if not message.attachments:
                self._line(message.author.name, "[dim](the status line is gone)[/]")
            return
        answered = self._discord.message(message.reference_id or 0)
        arrow = f"[dim]answers {answered.author.name}[/] " if answered is not None else ""
        mark = "[dim](now)[/] " if what == "edited" else ""
        lines = self._readable(message.content).splitlines() or [""]
        self._line(message.author.name, mark + arrow + self._styled(lines[0]))
        for line in lines[1:]:
            self._more(f"[dim]{escape(line.removeprefix('-# '))}[/]")
        for file in message.attachments:
            self._more(f"[green]▶ {file.filename}[/] [dim]{file.size // 1024} KiB[/]")
        labels = [
            str(component.get("label")) for component in walk(message.components) if component.get("type") == BUTTON
        ]
        if labels and what != "edited":
            self._more(" ".join(f"[reverse] {escape(label)} [/]" for label in labels))

    def _styled(self, line: str) -> str:
        return re.sub(r"\*\*(.+)\*\*", r"[bold]\1[/]", escape(line))

    def _readable(self, text: str) -> str:
        users = self._discord.world.users

        def name(found: re.Match[str]) -> str:
            user = users.get(int(found[1]))
            return f"@{user.name}" if user is not None else found[0]

        return _LINK.sub(r"\1", _MENTION.sub(name, text)).replace("\\", "")

    def _line(self, who: str, text: str) -> None:
        at = time.monotonic() - self._started
        colour = "bold white" if who == self._discord.bot_user.name else _COLOURS[sum(map(ord, who)) % len(_COLOURS)]
        self._console.print(f"[dim]{at:5.1f}[/] [{colour}]{who:>7}[/]  {text}")

    def _more(self, text: str) -> None:
        self._console.print(f"{'':13}  {text}")
