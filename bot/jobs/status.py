"""What a job's status message reports. The chat side puts it into words."""

from dataclasses import dataclass

from bot.jobs.errors import RetakeError
from bot.jobs.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """`own_running`, `here_running`: running jobs of the member or server if that limit is reached, else 0."""

    place: int
    length: int
    own_running: int = 0
    here_running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingForSource:
    """The job is a remix of one that still renders."""

    source_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """`usual_s`: quartiles of the last render times of this model here, None if there are fewer than three."""

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
    """The outcome of the paid request is unknown and is being reconciled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The job ended with this error."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNeeded:
    """The requester has to decide whether the request is sent again."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """`may_be_charged`: the request was already sent to the provider."""

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
