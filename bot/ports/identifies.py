"""Port: Discord's limits on IDENTIFY, shared by the gateways of all processes."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFacts:
    """What Discord says about connecting. `shards`: how many it recommends. `resets_at`: UTC seconds."""

    url: str
    shards: int
    total: int
    remaining: int
    resets_at: float
    max_concurrency: int


class IdentifyTurns(Protocol):
    """Facts that one gateway has asked for, and turns that survive the gateway that took them."""

    async def facts(self, now: float) -> GatewayFacts | None:
        """Return what Discord said lately, less what was taken since. None if it has to be asked again."""

    async def may_ask(self, now: float) -> bool:
        """Return whether the caller is the one that asks Discord now."""

    async def store(self, facts: GatewayFacts, now: float) -> None:
        """Store what Discord has said."""

    async def take(self, bucket: int, now: float, spacing_s: float) -> float:
        """Count one IDENTIFY, and return when it may be sent, in UTC seconds.

        Turns of one bucket are at least `spacing_s` apart, also if the gateway that took one is gone.
        """
