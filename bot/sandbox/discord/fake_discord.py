"""A whole local Discord: state, gateway, REST and CDN, and the ways to act in it and watch it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from bot.sandbox.discord.client.client import LocalClient
from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.gateway.connections import Gateway
from bot.sandbox.discord.gateway.identify_limits import SPACING_S, IdentifyLimits
from bot.sandbox.discord.rest.invalid_requests import InvalidRequests
from bot.sandbox.discord.rest.rate_limits import RateLimits
from bot.sandbox.discord.rest.server import Server
from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.credentials import Credentials
from bot.sandbox.discord.state.events import Event
from bot.sandbox.discord.state.guilds import Guild
from bot.sandbox.discord.state.members import Member
from bot.sandbox.discord.state.users import User
from bot.sandbox.discord.state.world import MIB, World
from bot.sandbox.discord.transcript import dump, transcript
from bot.sandbox.fault_injection import Fault, FaultInjector

T = TypeVar("T")
LOOK_AGAIN_AFTER_S = 0.2


class LocalDiscord:
    """Discord on 127.0.0.1. One instance a process may serve an unmodified discord.py: its bases are global.

    `answer_within_s`: the time for an interaction's first answer. `rate_limits`: the buckets of routes with their
    headers and 429s, and 5 s between IDENTIFYs; the limits on the whole bot hold without it.
    `message_content`: whether the portal grants the privileged intent. `shards`: what /gateway/bot recommends.
    """

    def __init__(
        self,
        *,
        answer_within_s: float = 3.0,
        rate_limits: bool = True,
        upload_limit_bytes: int = 10 * MIB,
        message_content: bool = False,
        shards: int = 1,
        bot_name: str = "Retake",
        token: str = "local-discord.bot.token",  # noqa: S107 - opens nothing but this process
    ) -> None:
        self.world = World(
            client=LocalClient,
            answer_within_s=answer_within_s,
            upload_limit_bytes=upload_limit_bytes,
            message_content=message_content,
            bot_name=bot_name,
        )
        self._credentials = Credentials(token)
        self.wire = FaultInjector()
        self.limits = RateLimits(self.world.clock, on=rate_limits)
        self.invalid_requests = InvalidRequests(self.world.clock)
        identifies = IdentifyLimits(self.world.clock, spacing_s=SPACING_S if rate_limits else 0.0)
        self.gateway = Gateway(self.world, self._credentials, identifies)
        self._server = Server(
            self.world, self.gateway, self.limits, self.invalid_requests, self.wire, self._credentials, shards
        )
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen on a local port (0: any free one)."""
        self.port = await self._server.start(port)
        self.world.cdn_base = self.cdn_base
        self.gateway.url = self.gateway_url

    async def stop(self) -> None:
        """Stop the server. Messages stay readable; large files don't."""
        await self._server.stop()
        self.world.blobs.forget()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def token(self) -> str:
        """The bot's token. Discord replaces it when a day's IDENTIFYs are used up."""
        return self._credentials.token

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gw/"

    @property
    def cdn_base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bot_user(self) -> User:
        return self.world.bot_user

    @property
    def application_id(self) -> int:
        return self.world.application_id

    @property
    def guilds(self) -> list[Guild]:
        return list(self.world.guilds.values())

    @property
    def commands(self) -> list[Json]:
        """The global commands, as last synced."""
        return self.world.commands

    @property
    def all_messages(self) -> list[LocalMessage]:
        """Return every message, oldest first, including deleted and ephemeral ones."""
        return list(self.world.messages.values())

    def add_guild(self, name: str, *, with_bot: bool = True) -> Guild:
        """Add a server; by default the bot is a member with its own role."""
        return self.world.add_guild(name, with_bot=with_bot)

    def message(self, message_id: int) -> LocalMessage | None:
        """Any message by id, deleted ones too."""
        return self.world.messages.get(message_id)

    def now(self) -> float:
        """Discord's clock, as seconds since 1970."""
        return self.world.clock.now()

    def advance(self, seconds: float) -> None:
        """Move Discord's clock on: tokens age, nonces are forgotten, new ids are later."""
        self.world.clock.advance(seconds)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hear of everything that happens, at once and in order; the returned function ends it."""
        return self.world.bus.subscribe(listener)

    def transcript(self, channel: Channel, viewer: Member | None = None) -> list[str]:
        """A channel as readable lines, as one member sees it or (None) with everything."""
        return transcript(channel, viewer)

    async def wait_for(self, look: Callable[[], T | None], timeout_s: float = 60.0) -> T:
        """The first truthy value of `look`, called again whenever something happens.

        TimeoutError with the last lines of every channel when the time is up.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while not (found := look()):
            left = until - loop.time()
            if left <= 0:
                raise TimeoutError(f"waited {timeout_s} s in vain\n{dump(self.world)}\n{self._refusals()}")
            await self.world.bus.changed(min(left, LOOK_AGAIN_AFTER_S))
        return found

    def _refusals(self) -> str:
        """The latest requests that went wrong, for a failed wait."""
        wrong = [s for s in self.wire.seen if s.status is None or s.status >= 400]
        return "\n".join(f"{s.method} {s.path} -> {s.status}" for s in wrong[-10:])

    async def bot_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until a gateway session is identified and there are commands."""
        await self.wait_for(lambda: bool(self.gateway.connected) and bool(self.world.commands_synced), timeout_s)

    def refuse_handshakes(self, times: int = 1) -> Fault:
        """Let the next gateway handshakes fail with 503."""
        return self.wire.fail(Fault(route="GET /gw/*", status=503, times=times))

    def refuse_identifies(self, code: int, times: int = 1) -> None:
        """Close the next connections that identify with this code."""
        self.gateway.scripted_closes.extend([code] * times)

    def ask_reconnect(self) -> None:
        """Gateway op 7."""
        self.gateway.ask_reconnect()

    def invalidate_session(self, *, resumable: bool = False) -> None:
        """Gateway op 9."""
        self.gateway.invalidate(resumable=resumable)

    def drop_gateway(self) -> None:
        """Cut the gateway's sockets without a close frame."""
        self.gateway.drop()

    @contextlib.contextmanager
    def recorded(self) -> Iterator[list[Event]]:
        """The events of a block, for tests that care about order."""
        events: list[Event] = []
        end = self.subscribe(events.append)
        try:
            yield events
        finally:
            end()
