"""Port: Discord messages of jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.jobs.job import Job
from bot.jobs.kept import BlockedBy
from bot.jobs.status import JobStatus
from bot.ports.provider import Picture

NONCE_WINDOW_S = 250.0  # Discord drops a repeated nonce for "a few minutes". Source: reference/reliability.md 1 D
POST_TIMEOUT_S = 120.0  # after this an unanswered post can no longer arrive


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    message_id: int
    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedThenDeleted:
    """A message with this nonce was posted, and then deleted by a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGone:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAccess:
    """Posting isn't allowed now; try again later. `missing`: Discord's permission names, or an obstacle of `kept`."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """The upload was refused for its size. The clip was not posted.

    `by_discord`: with Discord's own code; otherwise something between us and Discord may have refused it.
    """

    by_discord: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentBlocked:
    """Discord refuses this content. Never retried. `by`: which of its filters, or "" if that's unknown."""

    by: BlockedBy = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageInvalid:
    """Discord doesn't accept the message itself, which is a fault of ours. Never retried. `code`: Discord's."""

    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOutcome:
    """No answer, or an unclear one: the message may have been posted."""

    retry_after_s: float = 2.0


Delivery = (
    Posted
    | PostedThenDeleted
    | ChannelGone
    | MissingAccess
    | TooLarge
    | ContentBlocked
    | MessageInvalid
    | UnknownOutcome
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePost:
    """The clip of one take, or None if the job's note contains a link to it."""

    job: Job
    clip: Path | None


class Publisher(Protocol):
    """Posts and edits the messages of jobs. Without Discord, jobs that need a message wait and nothing is tried."""

    def available(self) -> bool:
        """Return whether Discord has taken the login, so that messages can be posted and edited."""

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        """Post the clip as a regular message, once per nonce within Discord's window."""

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        """Post the result without a file. The job's note contains the link."""

    async def post_takes(self, takes: Sequence[TakePost], told: Sequence[Job], nonce: str) -> Delivery:
        """Post the clips of several takes as one message, once per nonce. `told` are takes that have none."""

    async def upload_limit_bytes(self, job: Job) -> int:
        """Return the size limit of one upload on the job's server, as Discord reports it."""

    async def find_post(self, job: Job, since: float) -> Posted | UnknownOutcome | None:
        """Look for the job's clip in our messages since then. Return None if it isn't there."""

    async def find_answer(self, job: Job) -> int | UnknownOutcome | None:
        """Return the id of the job's status message, posted now if only the private answer to its command was.

        None if Discord has not accepted our answer.
        """

    async def is_withdrawn(self, job: Job) -> bool:
        """Return whether Discord says that the reply which ordered the job was deleted. False if that's not known."""

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        """Update the status message. Best effort: never raises, and returns without waiting for Discord."""

    async def show_final_status(self, job: Job, notice: JobStatus) -> bool:
        """Write the final status to the status message. Return False if it should be retried."""

    async def delete_status(self, job: Job) -> bool:
        """Delete the status message. Return False if it should be retried."""

    async def delete_post(self, job: Job) -> bool:
        """Delete the message with the job's clip. Return False if it should be retried."""

    async def download_posted_clip(self, job: Job, into: Path) -> bool:
        """Download the posted clip of a job from Discord. Return False if it's gone. Raise Unreachable."""

    async def download_image(self, url: str, into: Path) -> Picture:
        """Download and sanitize a member's picture. Raise NotAnImage or Unreachable."""
