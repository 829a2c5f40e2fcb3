"""Port: which servers the bot is in, as the gateways of all processes see them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


def shard_of(guild_id: int, shards: int) -> int:
    """Return the shard that a server belongs to. Source: reference/discord.md 5."""
    return (guild_id >> 22) % shards


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of the bot's shards, and of how many."""

    number: int
    shards: int

    def has(self, guild_id: int) -> bool:
        """Return whether a server belongs to the shard."""
        return shard_of(guild_id, self.shards) == self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenServer:
    """A server of a shard. `upload_limit_bytes`: of one file there."""

    guild_id: int
    shard: int
    upload_limit_bytes: int


class PresenceRepository(Protocol):
    """The servers that the bot is in, and the shards whose servers are known."""

    async def list_shard(self, shard: Shard, guild_ids: Collection[int], now: float) -> None:
        """Replace the servers of a shard by these: Discord names all of them when a session starts."""

    async def see(self, servers: Collection[SeenServer], now: float) -> None:
        """Store servers that the bot is in."""

    async def leave(self, guild_ids: Collection[int]) -> None:
        """Forget servers that the bot was removed from."""

    async def confirm(self, shards: Collection[Shard], now: float) -> None:
        """Record that shards are connected, so that all of their servers are known."""

    async def absent(self, guild_ids: Collection[int], since: float) -> set[int]:
        """Return those of these servers that the bot is surely not in.

        Their shard was connected at `since` or later, and its gateway has not seen them.
        """

    async def record_left(self, guild_ids: Collection[int], since: float, now: float) -> None:
        """Start the grace period of those of these servers that are absent. One that is seen later ends it."""

    async def upload_limit_bytes(self, guild_id: int) -> int | None:
        """Return the size of one file that a server takes, or None if no gateway has seen the server."""
