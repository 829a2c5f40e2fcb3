"""The seam to Discord: what can become of a message. Knows no Discord library."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.jobs.job import Job
from bot.jobs.status import JobStatus
from bot.ports.provider import Picture

NONCE_WINDOW_S = 250.0  # Discord drops a repeated nonce for "a few minutes". Source: reference/reliability.md 1 D
POST_TIMEOUT_S = 120.0  # after this a post that never answered cannot arrive any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    message_id: int
    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedThenDeleted:
    """This nonce was posted before, and a person deleted the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGone:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAccess:
    """Permissions are missing: look again later. Discord's names, or AGE_RESTRICTED."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """Discord's answer to the upload; the clip was not posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentBlocked:
    """Discord refuses this content: never to be retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOutcome:
    """No answer, or one that proves nothing: the message may be there."""

    retry_after_s: float = 2.0


Delivery = Posted | PostedThenDeleted | ChannelGone | MissingAccess | TooLarge | ContentBlocked | UnknownOutcome


class Publisher(Protocol):
    """What the engine needs of Discord."""

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        """Post the clip as a new regular message, once per nonce within the platform's window."""

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        """Post the result without a file, as `post` does: the job's note says where the clip is."""

    async def upload_limit_bytes(self, job: Job) -> int:
        """What one file may have in the job's server, as far as is known beforehand."""

    async def find_post(self, job: Job, since: float) -> Posted | UnknownOutcome | None:
        """Look for the job's clip among our own messages in its channel. Unclear: it could not be looked up."""

    async def find_answer(self, job: Job) -> int | UnknownOutcome | None:
        """The id of the message that answered the order, if our answer is the one that Discord took."""

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        """Bring the status message up to date. Best effort, never raises, never delays the caller for long."""

    async def show_final_status(self, job: Job, notice: JobStatus) -> bool:
        """Write the job's last word into the status message; False where it should be tried again."""

    async def delete_status(self, job: Job) -> bool:
        """Delete the status message; False where it should be tried again."""

    async def download_posted_clip(self, job: Job, into: Path) -> bool:
        """Download the posted clip of a job again; False where it is not to be had any more."""

    async def download_image(self, job: Job, into: Path) -> Picture:
        """Download and check the member's picture. Raises NotAnImage or Unreachable."""
