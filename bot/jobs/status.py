"""What can be told about a job while it is on its way, and how it can end. The chat side finds the words."""

from dataclasses import dataclass

from bot.jobs.errors import RetakeError
from bot.jobs.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """`own_running`: so many of this member's run, as many as may at once; `here_running`: of this server's."""

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
    """`usual_s`: the middle half of the last successes of this model here; None with fewer than three."""

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
    """The job's last word: an error's sentence."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNeeded:
    """Nobody but the requester can decide whether to send it again."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """`may_be_charged`: the provider had it already."""

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
