"""Port: accounts that no worker polls for a while, because one of them was refused or asked to wait."""

from collections.abc import Mapping
from typing import Protocol


class AccountPauses(Protocol):
    """One pause per account, for all workers. Times are UTC seconds."""

    async def pause(self, account: str, now: float, *, first_s: float, max_s: float) -> tuple[float, bool]:
        """Pause an account, each time twice as long. Return the end, and whether it was not paused before."""

    async def wait_until(self, account: str, until: float) -> None:
        """Pause an account until then, unless it's paused for longer."""

    async def end(self, account: str) -> None:
        """End the pauses of an account that has answered as it should."""

    async def ends(self, now: float) -> Mapping[str, float]:
        """Return the accounts that are paused, with the ends."""
