"""Statuses of a job: in progress and final. The chat side puts them into words."""

from dataclasses import dataclass

from bot.jobs.errors import RetakeError
from bot.jobs.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Waiting for a slot. `own_running` or `here_running` is set if the member's or server's limit is reached."""

    place: int
    length: int
    own_running: int = 0
    here_running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingForSource:
    """A remix of a job that is still rendering."""

    source_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """Rendering. `usual_s` are the quartiles of the model's last render times; None with fewer than three."""

    elapsed_s: float
    progress: float | None
    usual_s: tuple[float, float] | None
    restarted: bool = False
    slow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcoding:
    size_bytes: int
    limit_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """The outcome of the paid request is unknown and being looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Ended with an error."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNeeded:
    """The requester has to decide whether to resend it."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Cancelled. `may_be_charged`: the provider had the request."""

    may_be_charged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotPost:
    """The clip can't be posted here; it's kept."""

    kept: Kept
    kept_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The clip is ready; it's posted as soon as the bot has these permissions."""

    missing: tuple[str, ...]


JobStatus = (
    Queued
    | WaitingForSource
    | Rendering
    | Downloading
    | Transcoding
    | Reconciling
    | Ended
    | DecisionNeeded
    | Cancelled
    | CannotPost
    | Parked
)
