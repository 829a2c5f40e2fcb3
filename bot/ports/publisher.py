"""Port: posting to Discord, and the results of a post."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.jobs.job import Job
from bot.jobs.status import JobStatus
from bot.ports.provider import Picture

NONCE_WINDOW_S = 250.0  # Discord drops a repeated nonce for "a few minutes". Source: reference/reliability.md 1 D
POST_TIMEOUT_S = 120.0  # a post without a response can't arrive after this


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    message_id: int
    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedThenDeleted:
    """The nonce was posted before, and the message was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGone:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAccess:
    """Permissions are missing; retry later. Discord's names, or AGE_RESTRICTED."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """Discord rejected the size. The clip wasn't posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentBlocked:
    """Discord rejected the content. Don't retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOutcome:
    """No response, or one that proves nothing: the message may have been posted."""

    retry_after_s: float = 2.0


Delivery = Posted | PostedThenDeleted | ChannelGone | MissingAccess | TooLarge | ContentBlocked | UnknownOutcome


class Publisher(Protocol):
    """Posts results and status messages."""

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        """Post the clip as a regular message, once per nonce within Discord's window."""

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        """Post the result without a file; the job's note has the link."""

    async def upload_limit_bytes(self, job: Job) -> int:
        """Return the upload limit of the job's server in bytes, as Discord reports it."""

    async def find_post(self, job: Job, since: float) -> Posted | UnknownOutcome | None:
        """Look for the job's clip among our messages. Return UnknownOutcome if that's not possible."""

    async def find_answer(self, job: Job) -> int | UnknownOutcome | None:
        """Return the id of the status message if Discord has our answer, or None."""

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        """Update the status message. Best effort: never raises or delays the caller."""

    async def show_final_status(self, job: Job, notice: JobStatus) -> bool:
        """Show the final status. Return False if it should be retried."""

    async def delete_status(self, job: Job) -> bool:
        """Delete the status message. Return False if it should be retried."""

    async def download_posted_clip(self, job: Job, into: Path) -> bool:
        """Download a job's posted clip. Return False if it's no longer available."""

    async def download_image(self, job: Job, into: Path) -> Picture:
        """Download and check a member's picture. Raise NotAnImage or Unreachable."""
