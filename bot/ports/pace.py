"""Port: when requests of an account may start, over all processes that use it."""

from typing import Protocol


class RateLimit(Protocol):
    """Spaces the requests of one account."""

    async def acquire(self) -> None:
        """Wait until a free request may start."""

    async def acquire_priority(self) -> bool:
        """Wait until a paid request may start. Return False if the wait would be too long."""


class Pace(Protocol):
    """One schedule of evenly spaced slots per account, which all processes take from.

    Both methods return the seconds from now until the first slot, and raise what the database raises.
    """

    async def take_slots(self, account: str, interval_s: float, slots: int) -> float:
        """Take the next `slots` of an account, which are `interval_s` apart, for free requests."""

    async def take_paid_slot(self, account: str, interval_s: float, max_wait_s: float) -> float | None:
        """Take a slot for a paid request, at most 2 s behind the polls' slots.

        Return None, with nothing taken, if other paid requests leave none within `max_wait_s`.
        """
