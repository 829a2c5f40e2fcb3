"""Interactions: a use of a command, button or modal, and the application's answers."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from bot.sandbox.discord.errors import Json, NoAnswer
from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.snowflake import Clock
from bot.sandbox.discord.state.users import User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
DID_NOT_RESPOND = "did not respond"
OFFLINE_POLL_S = 0.05


class InteractionWorld(Protocol):
    """What an interaction needs of the world."""

    clock: Clock
    answer_within_s: float
    token_lives_s: float

    async def next_event(self, timeout_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One suggestion of an autocomplete."""

    name: str
    value: str | int | float


@dataclass(eq=False, kw_only=True)
class Modal:
    """A form that the application opened; stays usable after the application restarted."""

    custom_id: str
    title: str
    components: list[Json]
    interaction: "Interaction" = field(repr=False)


@dataclass(eq=False, kw_only=True)
class Interaction:
    """Sent to the application over the gateway; the rest is filled in by its answers."""

    world: InteractionWorld = field(repr=False)
    id: int
    token: str = field(repr=False)
    kind: int
    channel: Channel = field(repr=False)
    user: User
    data: Json = field(repr=False)
    created_at: float
    source: LocalMessage | None = field(default=None, repr=False)
    triggered_by: "Interaction | None" = field(default=None, repr=False)
    reached: int = 0
    answered_at: float | None = None
    answer_type: int | None = None
    original: LocalMessage | None = field(default=None, repr=False)
    modal: Modal | None = field(default=None, repr=False)
    choices: list[Choice] | None = None
    followups: list[LocalMessage] = field(default_factory=list, repr=False)

    @property
    def answered(self) -> bool:
        return self.answered_at is not None

    @property
    def answered_after_s(self) -> float | None:
        """Return how long the first answer took, including a deferred one."""
        return None if self.answered_at is None else self.answered_at - self.created_at

    @property
    def missed(self) -> bool:
        """Return whether the time for the first answer has passed or no application is connected."""
        late = self.world.clock.now() - self.created_at > self.world.answer_within_s
        return not self.answered and (late or self.reached == 0)

    @property
    def error(self) -> str | None:
        """What the client shows under the command: None, or that the application did not respond."""
        return DID_NOT_RESPOND if self.missed else None

    @property
    def expired(self) -> bool:
        return self.world.clock.now() - self.created_at > self.world.token_lives_s

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral_to is not None

    @property
    def message(self) -> LocalMessage | None:
        """The response message, or None (not yet, deleted, or a modal)."""
        return None if self.original is None or self.original.deleted else self.original

    def _shown(self) -> LocalMessage | Modal | None:
        if self.modal is not None:
            return self.modal
        if self.original is not None and not self.original.loading:
            return self.original
        return self.followups[0] if self.followups else None

    async def answer(self, timeout_s: float = 20) -> LocalMessage | Modal:
        """Wait for the first message or modal that the person is shown, not counting a deferred response.

        Raise NoAnswer if the application did not respond in time or nothing was shown within `timeout_s`.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while (shown := self._shown()) is None:
            left = until - loop.time()
            if self.missed:
                raise NoAnswer(f"interaction {self.id}: {DID_NOT_RESPOND} ({self.describe()})")
            if left <= 0:
                raise NoAnswer(f"interaction {self.id}: nothing shown in {timeout_s} s ({self.describe()})")
            await self.world.next_event(min(left, OFFLINE_POLL_S))
        return shown

    def describe(self) -> str:
        """Return what was used: `command generate`, `component v1:K7Q2:again`."""
        if self.kind in (COMMAND, AUTOCOMPLETE):
            return f"command {self.data.get('name')}"
        return f"{'modal' if self.kind == MODAL_SUBMIT else 'component'} {self.data.get('custom_id')}"

    def metadata(self) -> Json:
        """`interaction_metadata` of the messages that this one led to."""
        return {
            "id": str(self.id),
            "type": self.kind,
            "user": {"id": str(self.user.id), "username": self.user.name, "discriminator": "0", "avatar": None},
            "authorizing_integration_owners": self.owners(),
            **({"name": self.data["name"]} if self.kind == COMMAND else {}),
        }

    def owners(self) -> dict[str, str]:
        return {"0": str(self.channel.guild.id) if self.channel.guild else "0"}
