"""Which of the bot's shards a gateway holds. Source: reference/discord.md 5."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.ports.presence import shard_of

MOST_SHARDS = 10_000
BLOCK = 8  # shards of a block of auto/16
_TAKEN = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?/(\d{1,6})")
_AUTO = re.compile(r"auto/(\d{1,6})(?:/(\d{1,6}))?")
_EXAMPLES = "Write the first, the last and the number of all shards, such as 0-7/16, or auto/16 for a free block."


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardRange:
    """The shards from `first` to `last`, of `shards` in all."""

    first: int
    last: int
    shards: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.shards}"

    @property
    def numbers(self) -> list[int]:
        """The numbers of the shards."""
        return list(range(self.first, self.last + 1))

    def has(self, guild_id: int) -> bool:
        """Return whether a server belongs to one of the shards."""
        return self.first <= shard_of(guild_id, self.shards) <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlan:
    """What a gateway may hold: one of these blocks, the first that is free."""

    text: str  # as the host wrote it
    shards: int
    blocks: Sequence[ShardRange]

    @property
    def is_auto(self) -> bool:
        """Whether the block is chosen at the start."""
        return self.text.startswith("auto")


def read_plan(text: str) -> ShardPlan:
    """Read RETAKE_SHARDS: `0-7/16`, `3/16`, `auto/16`, or `auto/16/3` for three blocks.

    Raise ValueError with a sentence that follows the setting's name.
    """
    if (auto := _AUTO.fullmatch(text)) is not None:
        shards = _counted(text, int(auto[1]))
        blocks = int(auto[2]) if auto[2] else -(-shards // BLOCK)
        if not 1 <= blocks <= shards:
            raise ValueError(f'is "{text}", and {shards} shards make 1 to {shards} blocks. {_EXAMPLES}')
        return ShardPlan(text=text, shards=shards, blocks=_split(shards, blocks))
    taken = _TAKEN.fullmatch(text)
    if taken is None:
        raise ValueError(f'is "{text}". {_EXAMPLES}')
    first, last, shards = int(taken[1]), int(taken[2] or taken[1]), _counted(text, int(taken[3]))
    if last >= shards:
        raise ValueError(f'is "{text}", and {shards} shards are numbered 0 to {shards - 1}. {_EXAMPLES}')
    if last < first:
        raise ValueError(f'is "{text}", where the last shard is before the first. {_EXAMPLES}')
    return ShardPlan(text=text, shards=shards, blocks=(ShardRange(first=first, last=last, shards=shards),))


def _counted(text: str, shards: int) -> int:
    """Return the number of shards. Raise ValueError if no bot has so many."""
    if not 1 <= shards <= MOST_SHARDS:
        raise ValueError(f'is "{text}", and a bot has 1 to {MOST_SHARDS:,} shards. {_EXAMPLES}')
    return shards


def _split(shards: int, blocks: int) -> tuple[ShardRange, ...]:
    """Split shards into blocks of nearly the same size."""
    edges = [shards * each // blocks for each in range(blocks + 1)]
    return tuple(ShardRange(first=first, last=end - 1, shards=shards) for first, end in itertools.pairwise(edges))


def all_servers(_guild_id: int) -> bool:
    """Return whether a server belongs to a process that holds all shards: always."""
    return True
