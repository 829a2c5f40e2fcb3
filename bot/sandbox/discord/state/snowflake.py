"""Discord's clock and the ids cut from it. Knows nothing else."""

import time
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000
GUILDS_ARE_OLDER_BY_MS = 30 * 24 * 3600 * 1000


class Clock:
    """Wall time that a test may push forward. Token ages, nonce windows and ids all read this one."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def now(self) -> float:
        return time.time() + self._ahead_s

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds


class Snowflakes:
    """Ids that only grow. Guild ids differ in their milliseconds, so that shards share them out evenly."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._guild_ms = 0

    def next(self) -> int:
        self._last = max(self._last + 1, (int(self._clock.now() * 1000) - EPOCH_MS) << 22)
        return self._last

    def next_guild(self) -> int:
        first_ms = int(self._clock.now() * 1000) - EPOCH_MS - GUILDS_ARE_OLDER_BY_MS
        self._guild_ms = self._guild_ms + 1 if self._guild_ms else first_ms
        return self._guild_ms << 22


def made_at(snowflake: int) -> datetime:
    """The moment an id was cut."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)
