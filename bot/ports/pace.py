"""Port: when requests of an account may start, over all processes that use it."""

from typing import Protocol


class RateLimit(Protocol):
    """Spaces the requests of one account."""

    async def acquire(self) -> None:
        """Wait until a free request may start."""

    async def acquire_priority(self) -> bool:
        """Wait until a paid request may start. Return False if the wait would be too long."""


class Pace(Protocol):
    """One schedule of evenly spaced slots per account, which all processes take from."""

    async def take_slots(
        self, account: str, interval_s: float, slots: int, *, within_s: float, spare_s: float = 0.0
    ) -> float | None:
        """Take the next `slots` of an account, which are `interval_s` apart. Raise what the database raises.

        Return the seconds from now until the first one, or None, with nothing taken, if that is more than `within_s`.
        `spare_s`: how long no slot follows in addition.
        """
