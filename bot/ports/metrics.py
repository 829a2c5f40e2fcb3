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
    """Counts and measures. No method awaits or raises, and none gets prompts, ids or names. Times are in seconds."""

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Record a paid request and its outcome."""

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Record a poll; a batch counts as one."""

    def poll_started_late(self, late_s: float) -> None:
        """Record how late a poll started."""

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Record a download and its outcome."""

    def unknown_status(self, account: str) -> None:
        """Count a response with a status word that the adapter doesn't know."""

    def rendered(self, account: str, model: str, took_s: float) -> None:
        """Record the time from the submission to the poll that found the task done."""

    def delivered(self, after_s: float) -> None:
        """Record the delay between the provider finishing and the clip being posted."""


class NullJobMetrics:
    """Ignores everything."""

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Ignored."""

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Ignored."""

    def poll_started_late(self, late_s: float) -> None:
        """Ignored."""

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        """Ignored."""

    def unknown_status(self, account: str) -> None:
        """Ignored."""

    def rendered(self, account: str, model: str, took_s: float) -> None:
        """Ignored."""

    def delivered(self, after_s: float) -> None:
        """Ignored."""


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
