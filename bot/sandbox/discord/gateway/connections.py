"""The gateway: sockets, sessions, resume, scripted trouble. Knows the world's events; changes nothing in it."""

import asyncio
import json
from collections import deque

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.gateway.dispatches import MEMBERS, MESSAGE_CONTENT, dispatches
from bot.sandbox.discord.gateway.identify_limits import IdentifyLimits
from bot.sandbox.discord.gateway.sessions import RESUMABLE_FOR_S, Close, Outbox, Session
from bot.sandbox.discord.payloads.objects import application_payload, guild_create_payload, me_payload, member_payload
from bot.sandbox.discord.state.credentials import Credentials
from bot.sandbox.discord.state.events import Event
from bot.sandbox.discord.state.world import World

HEARTBEAT_MS = 41_250
CLOSE_WITHIN_S = 1.0
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, MEMBERS_WANTED, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 8, 9, 10, 11
ENDS_SESSION = (1000, 1001)
BAD_TOKEN, BAD_SHARD, INTENT_NOT_GRANTED = 4004, 4010, 4014


class Gateway:
    """All sessions of the bot, connected or waiting to be resumed."""

    def __init__(self, world: World, credentials: Credentials, identifies: IdentifyLimits) -> None:
        self.world, self._credentials, self.identifies = world, credentials, identifies
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.scripted_closes: deque[int] = deque()  # close codes that answer the next IDENTIFYs
        self.identify_attempts = 0
        self._sockets: dict[Outbox, web.WebSocketResponse] = {}
        world.bus.subscribe(self._on_event)

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.connected]

    def _on_event(self, event: Event) -> None:
        self._forget_lost()
        if not self.sessions:
            return
        guild_id = event.guild.id if event.guild else None
        for dispatch in dispatches(self.world, event):
            for session in self.sessions.values():
                if not session.wants(guild_id, dispatch.intent):
                    continue
                session.push(dispatch.name, dispatch.build(session.intents))
                if event.interaction is not None and event.kind == "interaction":
                    event.interaction.reached += 1

    def _forget_lost(self) -> None:
        now = self.world.clock.now()
        lost = [s for s in self.sessions.values() if s.lost_at is not None and now - s.lost_at > RESUMABLE_FOR_S]
        for session in lost:
            del self.sessions[session.id]

    def ask_reconnect(self) -> None:
        """Send op 7 to every session: reconnect and resume."""
        self._send_to_all({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send op 9 to every session; drop sessions that are not resumable."""
        self._send_to_all({"op": INVALID, "d": resumable})
        if not resumable:
            for session in self.connected:
                session.outbox = None
                del self.sessions[session.id]

    def drop(self) -> None:
        """Cut every socket without a close frame. Sessions stay resumable."""
        for outbox in self._sockets:
            outbox.put_nowait(Close(None))

    async def close(self) -> None:
        """Close every socket; give up on one that does not answer."""
        sockets = list(self._sockets.values())
        closing = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in sockets)
        await asyncio.gather(*closing, return_exceptions=True)

    def _send_to_all(self, packet: Json) -> None:
        for session in self.connected:
            if session.outbox is not None:
                session.outbox.put_nowait(json.dumps(packet))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One socket, from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=CLOSE_WITHIN_S)
        await socket.prepare(request)
        outbox: Outbox = asyncio.Queue()
        self._sockets[outbox] = socket
        writer = asyncio.create_task(_write(socket, outbox, request))
        outbox.put_nowait(json.dumps({"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": HEARTBEAT_MS}}))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._on_packet(json.loads(message.data), outbox)
        finally:
            writer.cancel()
            del self._sockets[outbox]
            self._ended(outbox, socket.close_code)
        return socket

    def _ended(self, outbox: Outbox, close_code: int | None) -> None:
        for session in list(self.sessions.values()):
            if session.outbox is outbox:
                session.detach(self.world.clock.now())
                if close_code in ENDS_SESSION:
                    del self.sessions[session.id]
        self.world.publish("gateway")

    def _on_packet(self, packet: Json, outbox: Outbox) -> None:
        data = packet.get("d") or {}
        match packet.get("op"):
            case 1:
                outbox.put_nowait(json.dumps({"op": ACK, "s": None, "t": None, "d": None}))
            case 2:
                self.identify_attempts += 1
                if self.scripted_closes:
                    outbox.put_nowait(Close(self.scripted_closes.popleft()))
                else:
                    self._identify(data, outbox)
            case 6:
                self._resume(data, outbox)
            case 8:
                self._members(data, outbox)
            case _:
                return

    def _identify(self, data: Json, outbox: Outbox) -> None:
        shard, shards = data.get("shard") or (0, 1)
        intents = int(data.get("intents", 0))
        if not self._credentials.accepts(data.get("token")):
            outbox.put_nowait(Close(BAD_TOKEN))
        elif not 0 <= shard < shards:
            outbox.put_nowait(Close(BAD_SHARD))
        elif intents & MESSAGE_CONTENT and not self.world.message_content:
            outbox.put_nowait(Close(INTENT_NOT_GRANTED))
        else:
            self._start_session(Session(shard=shard, shards=shards, intents=intents), outbox)
        self.world.publish("gateway")

    def _start_session(self, session: Session, outbox: Outbox) -> None:
        """Start a session unless the IDENTIFY came too soon (op 9) or was one too many today (the token is reset)."""
        match self.identifies.take(session.shard):
            case "too_soon":
                outbox.put_nowait(json.dumps({"op": INVALID, "s": None, "t": None, "d": False}))
            case "exhausted":
                self._reset_token(outbox)
            case "allowed":
                self.sessions[session.id] = session
                session.attach(outbox)
                self.identified += 1
                self._welcome(session)

    def _reset_token(self, outbox: Outbox) -> None:
        """End every session and replace the token. Source: discord.md 5."""
        self._credentials.reset()
        outbox.put_nowait(Close(BAD_TOKEN))
        for session in self.connected:
            if session.outbox is not None:
                session.outbox.put_nowait(Close(BAD_TOKEN))
        self.sessions.clear()

    def _welcome(self, session: Session) -> None:
        """READY, then a GUILD_CREATE for each guild of the shard."""
        guilds = [g for g in self.world.guilds.values() if g.bot is not None and session.wants(g.id, 0)]
        application = application_payload(self.world)
        session.push(
            "READY",
            {
                "v": 10,
                "user": me_payload(self.world),
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": [session.shard, session.shards],
                "application": {"id": application["id"], "flags": application["flags"]},
            },
        )
        for guild in guilds:
            all_members = bool(session.intents & MEMBERS)
            session.push("GUILD_CREATE", guild_create_payload(guild, all_members=all_members))

    def _resume(self, data: Json, outbox: Outbox) -> None:
        self._forget_lost()
        session = self.sessions.get(str(data.get("session_id")))
        right = self._credentials.accepts(data.get("token"))
        if session is None or not right or not session.resume(outbox, int(data.get("seq") or 0)):
            outbox.put_nowait(json.dumps({"op": INVALID, "s": None, "t": None, "d": False}))
            return
        self.resumed += 1
        self.world.publish("gateway")

    def _members(self, data: Json, outbox: Outbox) -> None:
        """REQUEST_GUILD_MEMBERS: members by id, or all with an empty query and the members intent."""
        session = next((s for s in self.connected if s.outbox is outbox), None)
        guild = self.world.guilds.get(int(data.get("guild_id", 0)))
        if session is None or guild is None:
            return
        wanted = data.get("user_ids")
        ids = {int(one) for one in (wanted if isinstance(wanted, list) else [wanted] if wanted else [])}
        query = str(data.get("query") or "").casefold()
        found = [
            member_payload(member)
            for member in guild.members.values()
            if (member.id in ids if ids else member.name.casefold().startswith(query))
        ]
        chunk: Json = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
        session.push("GUILD_MEMBERS_CHUNK", {**chunk, "not_found": [], "nonce": data.get("nonce")})


async def _write(socket: web.WebSocketResponse, outbox: Outbox, request: web.Request) -> None:
    """Send what is put into the outbox, in order."""
    while True:
        item = await outbox.get()
        if isinstance(item, Close):
            if item.code is None and request.transport is not None:
                request.transport.abort()
            elif item.code is not None:
                await socket.close(code=item.code)
            return
        try:
            await socket.send_str(item)
        except ConnectionError:
            return
