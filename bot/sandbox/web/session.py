"""One browser tab: a member sits in it, hears what they may hear, and does what they wish. Knows a websocket."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.discord import Event, Interaction, LocalDiscord, Member, NoAnswer, Refused
from bot.sandbox.discord.errors import ApiError, Json
from bot.sandbox.discord.state.interactions import OFFLINE_POLL_S
from bot.sandbox.web.commands import Uploads, Wish
from bot.sandbox.web.fault_switches import Trouble
from bot.sandbox.web.handlers import ACTS
from bot.sandbox.web.inspector import Panel
from bot.sandbox.web.views import message_view, modal_view, online, place_view, sees_message

MOST_BYTES = 1 << 20
LOOK_EVERY_S = 0.5
PLACES = ("channel", "channel_changed", "channel_gone", "thread_members", "role", "role_changed", "member",
          "member_changed", "member_gone", "guild", "guild_gone", "commands")  # fmt: skip


class Seat:
    """Lives as long as its socket."""

    def __init__(self, discord: LocalDiscord, member: Member, uploads: Uploads, panel: Panel, trouble: Trouble) -> None:
        self._discord, self._uploads, self._panel, self._trouble = discord, uploads, panel, trouble
        self.member = member
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._work: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def sit(self, socket: web.WebSocketResponse) -> None:
        """Until the socket closes."""
        end = self._discord.subscribe(self._hear)
        self._start(self._write(socket))
        self._tell({"ev": "place", **place_view(self._discord, self.member)})
        try:
            async for packet in socket:
                if packet.type is WSMsgType.TEXT:
                    self._start(self._wish(packet.data))
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

    def _tell(self, news: Json) -> None:
        self._outbox.put_nowait(json.dumps(news))

    async def _write(self, socket: web.WebSocketResponse) -> None:
        while True:
            try:
                await socket.send_str(await self._outbox.get())
            except ConnectionError:
                return

    def _hear(self, event: Event) -> None:
        """Pass on what this member would notice."""
        message = event.message
        if event.kind == "gateway":
            self._tell({"ev": "bot", "online": online(self._discord)})
        elif event.kind in PLACES and event.guild in (None, self.member.guild):
            self._tell({"ev": "place", **place_view(self._discord, self.member)})
        elif event.kind == "typing" and event.channel is not None and event.user not in (None, self.member.user):
            self._tell({"ev": "typing", "channel": str(event.channel.id), "who": event.user.name if event.user else ""})
        elif message is not None and sees_message(self.member, message):
            if event.kind == "deleted":
                self._tell({"ev": "gone", "channel": str(message.channel.id), "id": str(message.id)})
            elif event.kind in ("message", "edited", "reacted", "unreacted"):
                self._tell({"ev": event.kind, "message": message_view(self.member.world, message)})

    async def _wish(self, text: str) -> None:
        """Carry out one wish and answer it under its number."""
        try:
            fields = json.loads(text)
            number, act = fields["id"], fields["act"]
        except (ValueError, TypeError, KeyError):
            return
        try:
            self._tell({"re": number, "ok": await self._done(act, fields)})
        except (Refused, ApiError) as refused:
            self._tell({"re": number, "no": refused.message})
        except NoAnswer:
            self._tell({"re": number, "no": f"{self._discord.bot_user.name} did not respond."})

    async def _done(self, act: str, fields: Json) -> Json | None:
        wish = Wish(fields=fields, world=self._discord.world, member=self.member, uploads=self._uploads)
        match act:
            case "be":
                return self._be(wish)
            case "watch":
                return self._watch(wish.flag("on"))
            case "turn":
                self._trouble.turn(wish.text("name"), wish.flag("on"))
                return {"switches": self._trouble.states()}
            case "do":
                await self._trouble.act(wish.text("name"))
                return None
        if act not in ACTS:
            raise Refused("no_act", f"There is nothing called {act!r} to do.")
        done = await ACTS[act](wish)
        if done.interaction is None:
            return done.shown
        self._start(self._answer(done.interaction))
        return {"interaction": str(done.interaction.id)}

    def _be(self, wish: Wish) -> Json:
        member = self.member.guild.member(wish.number("member"))
        if member is None or member.user.bot:
            raise Refused("no_member", "Nobody here has that id.")
        self.member = member
        return place_view(self._discord, member)

    async def _answer(self, interaction: Interaction) -> None:
        """Tell when the bot has answered, with the form it may have opened; or that it did not."""
        while not interaction.answered and not interaction.missed:
            await interaction.world.bus.changed(OFFLINE_POLL_S)
        news: Json = {"ev": "answered", "interaction": str(interaction.id), "missed": interaction.missed}
        if interaction.modal is not None:
            news["modal"] = modal_view(interaction.modal)
        self._tell(news)

    def _watch(self, on: bool) -> Json:
        if self._watching is not None:
            self._watching.cancel()
        self._watching = self._start(self._look()) if on else None
        return {"switches": self._trouble.states()}

    async def _look(self) -> None:
        """Send the panel whenever it has changed."""
        before: Json = {}
        while True:
            view = await self._panel.view()
            news = {key: value for key, value in view.items() if before.get(key) != value}
            if news:
                self._tell({"ev": "panel", **news})
            before = view
            await asyncio.sleep(LOOK_EVERY_S)
