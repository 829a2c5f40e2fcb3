"""The connection of a browser tab: sends events that its member can see and runs its commands."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.discord import Event, Interaction, LocalDiscord, Member, NoAnswer, Refused
from bot.sandbox.discord.errors import ApiError, Json
from bot.sandbox.discord.state.interactions import OFFLINE_POLL_S
from bot.sandbox.web.commands import Command, Uploads
from bot.sandbox.web.fault_switches import FaultSwitches
from bot.sandbox.web.handlers import ACTS
from bot.sandbox.web.inspector import Inspector
from bot.sandbox.web.processes import ProcessList
from bot.sandbox.web.views import message_view, modal_view, online, place_view, sees_message

MOST_BYTES = 1 << 20
LOOK_EVERY_S = 0.5
PLACES = ("channel", "channel_changed", "channel_gone", "thread_members", "role", "role_changed", "member",
          "member_changed", "member_gone", "guild", "guild_gone", "commands")  # fmt: skip


class Session:
    """A browser's connection."""

    def __init__(
        self,
        discord: LocalDiscord,
        member: Member,
        uploads: Uploads,
        inspector: Inspector,
        switches: FaultSwitches,
        processes: ProcessList | None = None,
    ) -> None:
        self._discord, self._uploads, self._inspector = discord, uploads, inspector
        self._switches, self._processes = switches, processes
        self.member = member
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._work: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Run until the socket closes."""
        end = self._discord.subscribe(self._on_event)
        self._start(self._write(socket))
        self._send({"ev": "place", **place_view(self._discord, self.member)})
        try:
            async for packet in socket:
                if packet.type is WSMsgType.TEXT:
                    self._start(self._run_command(packet.data))
        finally:
            end()
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def _send(self, news: Json) -> None:
        self._outbox.put_nowait(json.dumps(news))

    async def _write(self, socket: web.WebSocketResponse) -> None:
        while True:
            try:
                await socket.send_str(await self._outbox.get())
            except ConnectionError:
                return

    def _on_event(self, event: Event) -> None:
        """Send an event that this member can see."""
        message = event.message
        if event.kind == "gateway":
            self._send({"ev": "bot", "online": online(self._discord, self.member.guild.id)})
        elif event.kind in PLACES and event.guild in (None, self.member.guild):
            self._send({"ev": "place", **place_view(self._discord, self.member)})
        elif event.kind == "typing" and event.channel is not None and event.user not in (None, self.member.user):
            self._send({"ev": "typing", "channel": str(event.channel.id), "who": event.user.name if event.user else ""})
        elif message is not None and sees_message(self.member, message):
            if event.kind == "deleted":
                self._send({"ev": "gone", "channel": str(message.channel.id), "id": str(message.id)})
            elif event.kind in ("message", "edited", "reacted", "unreacted", "reactions_cleared"):
                self._send({"ev": event.kind, "message": message_view(self._discord.world, message)})

    async def _run_command(self, text: str) -> None:
        """Run one command and answer with its number."""
        try:
            fields = json.loads(text)
            number, act = fields["id"], fields["act"]
        except (ValueError, TypeError, KeyError):
            return
        try:
            self._send({"re": number, "ok": await self._execute(act, fields)})
        except (Refused, ApiError) as refused:
            self._send({"re": number, "no": refused.message})
        except NoAnswer:
            self._send({"re": number, "no": f"{self._discord.bot_user.name} did not respond."})

    async def _execute(self, act: str, fields: Json) -> Json | None:
        command = Command(fields=fields, world=self._discord.world, member=self.member, uploads=self._uploads)
        match act:
            case "be":
                return self._switch_member(command)
            case "watch":
                return self._schedule_update(command.flag("on"))
            case "turn":
                self._switches.turn(command.text("name"), command.flag("on"))
                return {"switches": self._switches.states()}
            case "do":
                await self._switches.act(command.text("name"))
                return None
            case "process" if self._processes is not None:
                await self._processes.act(command.text("name"), command.text("do"))
                return None
        if act not in ACTS:
            raise Refused("no_act", f"Unknown action {act!r}.")
        done = await ACTS[act](command)
        if done.interaction is None:
            return done.shown
        self._start(self._answer(done.interaction))
        return {"interaction": str(done.interaction.id)}

    def _switch_member(self, command: Command) -> Json:
        member = self._discord.world.guilds[self.member.guild.id].member(command.number("member"))
        if member is None or member.user.bot:
            raise Refused("no_member", "There is no member with that id.")
        self.member = member
        return place_view(self._discord, member)

    async def _answer(self, interaction: Interaction) -> None:
        """Send the result once the bot has answered, with the form that it opened, or once it is too late."""
        while not interaction.answered and not interaction.missed:
            await interaction.world.next_event(OFFLINE_POLL_S)
        news: Json = {"ev": "answered", "interaction": str(interaction.id), "missed": interaction.missed}
        if interaction.message is not None:
            news["message"] = str(interaction.message.id)
        if interaction.modal is not None:
            news["modal"] = modal_view(interaction.modal)
        self._send(news)

    def _schedule_update(self, on: bool) -> Json:
        if self._watching is not None:
            self._watching.cancel()
        self._watching = self._start(self._send_update()) if on else None
        return {"switches": self._switches.states()}

    async def _send_update(self) -> None:
        """Send the panel whenever it has changed."""
        before: Json = {}
        while True:
            view = await self._inspector.view()
            news = {key: value for key, value in view.items() if before.get(key) != value}
            if news:
                self._send({"ev": "panel", **news})
            before = view
            await asyncio.sleep(LOOK_EVERY_S)
