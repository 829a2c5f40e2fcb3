"""Events and the bus that delivers them to the gateway, browser pages and waiting tests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.event_kinds import Kind
from bot.sandbox.discord.state.guilds import Guild
from bot.sandbox.discord.state.interactions import Interaction
from bot.sandbox.discord.state.members import Member
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, and the live objects that it happened to: read them at once."""

    kind: Kind
    guild: Guild | None = None
    channel: Channel | None = None
    message: LocalMessage | None = None
    interaction: Interaction | None = None
    member: Member | None = None
    role: Role | None = None
    user: User | None = None
    emoji: str | None = None
    user_ids: tuple[int, ...] = ()


class EventBus:
    """Calls every listener with every event, in order and synchronously."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []
        self._waiting: list[asyncio.Future[None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Add a listener; the returned function removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self, timeout_s: float) -> None:
        """Return at the next event, or when the time is up."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await asyncio.wait([future], timeout=timeout_s)
        future.cancel()
