"""Port: metrics of jobs."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeVar

from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import AccountTrouble, NotSent, OutcomeUnknown, RateLimited, Unreachable
from bot.ports.clock import Clock

Submitted = Literal["accepted", "not_sent", "busy", "refused", "account", "unknown"]
SUBMITTED: tuple[Submitted, ...] = ("accepted", "not_sent", "busy", "refused", "account", "unknown")
T = TypeVar("T")


class JobMetrics(Protocol):
    """Records metrics. Methods don't wait or raise, and get no personal data. Times are in seconds."""

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Record a paid request and its error, if any."""

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Record a poll; a list request counts as one."""

    def poll_started_late(self, late_s: float) -> None:
        """Record how late a poll started."""

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Record a download and its error, if any."""

    def rendered(self, account: str, model: str, took_s: float) -> None:
        """Record the time from submission to the finished render."""

    def delivered(self, after_s: float) -> None:
        """Record the time from the finished render to the posted clip."""


class NullJobMetrics:
    """Discards all metrics."""

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Discard."""

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Discard."""

    def poll_started_late(self, late_s: float) -> None:
        """Discard."""

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Discard."""

    def rendered(self, account: str, model: str, took_s: float) -> None:
        """Discard."""

    def delivered(self, after_s: float) -> None:
        """Discard."""


async def timed(call: Awaitable[T], clock: Clock, tell: Callable[[float, RetakeError | None], None]) -> T:
    """Await a call and record its duration and error."""
    began = clock.monotonic()
    try:
        result = await call
    except RetakeError as error:
        tell(clock.monotonic() - began, error)
        raise
    tell(clock.monotonic() - began, None)
    return result


def outcome_of(error: RetakeError | None) -> Submitted:
    """Return the metrics label for the outcome of a paid request."""
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
