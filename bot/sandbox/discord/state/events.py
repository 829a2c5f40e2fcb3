"""The stream of everything that happens. A gateway, a browser page and a waiting test all listen here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.interactions import Interaction
    from bot.sandbox.discord.state.members import Member
    from bot.sandbox.discord.state.messages import LocalMessage
    from bot.sandbox.discord.state.roles import Role
    from bot.sandbox.discord.state.users import User

Kind = Literal[
    "message",
    "edited",
    "deleted",
    "reacted",
    "unreacted",
    "typing",
    "interaction",
    "answered",
    "channel",
    "channel_changed",
    "channel_gone",
    "thread_members",
    "guild",
    "guild_gone",
    "role",
    "role_changed",
    "member",
    "member_changed",
    "member_gone",
    "commands",
    "gateway",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, and the objects it happened to (live ones: read them at once)."""

    kind: Kind
    guild: "Guild | None" = None
    channel: "Channel | None" = None
    message: "LocalMessage | None" = None
    interaction: "Interaction | None" = None
    member: "Member | None" = None
    role: "Role | None" = None
    user: "User | None" = None
    emoji: str | None = None
    user_ids: tuple[int, ...] = ()


class EventBus:
    """Hands every event to every listener, in order and at once."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []
        self._waiting: list[asyncio.Future[None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Listen from now on; the returned function ends it."""
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
