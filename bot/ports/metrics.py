"""What the engine tells whoever counts: the seam to metrics. Knows no library, no job and no person."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeVar

from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import AccountTrouble, NotSent, OutcomeUnknown, RateLimited, Unreachable
from bot.ports.clock import Clock

Submitted = Literal["accepted", "not_sent", "busy", "refused", "account", "unknown"]
SUBMITTED: tuple[Submitted, ...] = ("accepted", "not_sent", "busy", "refused", "account", "unknown")
T = TypeVar("T")


class JobMetrics(Protocol):
    """Counts. Nothing here awaits, raises, or learns a prompt, an id or a name of a person. Times are seconds."""

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """A paid request has been answered, or its answer was lost."""

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """A provider was asked how its tasks are; one list call is one question."""

    def poll_started_late(self, late_s: float) -> None:
        """A question began so long after it was due."""

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """A clip was downloaded, or was not."""

    def rendered(self, account: str, model: str, took_s: float) -> None:
        """A provider was found done, so long after it had taken the job."""

    def delivered(self, after_s: float) -> None:
        """A clip stands in its channel, so long after its provider was found done."""


class NullJobMetrics:
    """Counts nothing."""

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Nothing."""

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Nothing."""

    def poll_started_late(self, late_s: float) -> None:
        """Nothing."""

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Nothing."""

    def rendered(self, account: str, model: str, took_s: float) -> None:
        """Nothing."""

    def delivered(self, after_s: float) -> None:
        """Nothing."""


async def timed(call: Awaitable[T], clock: Clock, tell: Callable[[float, RetakeError | None], None]) -> T:
    """Await a call to a provider, and tell how long it took and with which error it ended, if with any."""
    began = clock.monotonic()
    try:
        result = await call
    except RetakeError as error:
        tell(clock.monotonic() - began, error)
        raise
    tell(clock.monotonic() - began, None)
    return result


def outcome_of(error: RetakeError | None) -> Submitted:
    """What became of a paid request, in one word."""
    match error:
        case None:
            return "accepted"
        case OutcomeUnknown():
            return "unknown"
        case NotSent() | Unreachable():
            return "not_sent"
        case RateLimited():
            return "busy"
        case AccountTrouble():
            return "account"
        case _:
            return "refused"
