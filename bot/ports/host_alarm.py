"""Port: alarms to the host about trouble that only the host can end."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAlert:
    """A provider's refusal. `reason`: its own words without prompts, links and secrets; may be empty."""

    account: str
    trouble: str  # the name of an error class
    reason: str
    status: int | None  # HTTP
    model: str  # as the provider knows it
    job_code: str


class HostAlarm(Protocol):
    """Tells the host, once an hour per account and reason."""

    async def tell(self, alert: HostAlert) -> bool:
        """Return whether the host knows: told now, or within the last hour. Never raises."""


class NullHostAlarm:
    """Reaches nobody."""

    async def tell(self, alert: HostAlert) -> bool:
        return False
