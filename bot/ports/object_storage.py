"""Port: object storage for original clips. Optional: without one, clips are kept on the data volume only."""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from bot.jobs.job import Job


class ObjectStorageUnavailable(Exception):
    """The object storage is unreachable or rejects the request."""


class ObjectStorage(Protocol):
    """Stores original clips and creates links to them that expire."""

    async def upload(self, job: Job, clip: Path) -> None:
        """Store the clip under the job's id. Raise ObjectStorageUnavailable."""

    async def presigned_url(self, job: Job, expires_in_s: float) -> str:
        """Return a link to the clip that needs no credentials and expires. Raise ObjectStorageUnavailable."""

    async def delete_originals(self, job_ids: Collection[str]) -> None:
        """Delete the clips of these jobs. Raise ObjectStorageUnavailable."""

    async def delete_before(self, before: float) -> int:
        """Delete the clips stored before a time in UTC seconds. Return how many. Raise ObjectStorageUnavailable."""
