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
class Undoable:
    """The job is sent at `until`, in UTC seconds; until then its requester can undo it."""

    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingForSource:
    """The job is a remix of one that still renders."""

    source_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """`usual_s`: quartiles of the last render times of this model here, None if there are fewer than three.

    `deadline_h`: after this many hours polling stops.
    """

    elapsed_s: float
    progress: float | None
    usual_s: tuple[float, float] | None
    deadline_h: int = 24
    restarted: bool = False
    slow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """The new part of an extension is joined to the video that it continues."""

    source_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningFilm:
    """The videos of a film are joined."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakesReady:
    """So many clips of a bundle of `size` takes are ready; the others are being made."""

    ready: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcoding:
    size_bytes: int
    limit_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """The outcome of the paid request is unknown and is being reconciled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The job ended with this error. `host_told`: whether the host knows; None if that's not needed.

    `takes`: how many takes of one order ended like this.
    """

    error: RetakeError
    host_told: bool | None = None
    takes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNeeded:
    """The requester has to decide whether the request is sent again."""

    error: RetakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelling:
    """The job was cancelled, and the provider hasn't said yet whether it has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """`accepted`: the provider had accepted the request. `given_up`: a decision ended a job of unknown outcome.

    `stopped`: the provider has stopped it without a charge. `rendered`: it had made the video already.
    """

    accepted: bool = False
    given_up: bool = False
    stopped: bool = False
    rendered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotPost:
    """The clip can't be posted here; it's kept."""

    kept: Kept
    kept_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordTrouble:
    """The clip is ready, but Discord answers with errors of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The clip is ready; it's posted as soon as nothing here is missing."""

    missing: tuple[str, ...]


JobStatus = (
    Queued
    | Undoable
    | WaitingForSource
    | Rendering
    | Downloading
    | Joining
    | JoiningFilm
    | TakesReady
    | Transcoding
    | Reconciling
    | Ended
    | DecisionNeeded
    | Cancelling
    | Cancelled
    | CannotPost
    | DiscordTrouble
    | Parked
)
