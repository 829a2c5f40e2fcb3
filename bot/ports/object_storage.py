"""The seam to an object storage for whole clips. Optional: without one they lie on the data volume only."""

from pathlib import Path
from typing import Protocol

from bot.jobs.job import Job


class ObjectStorageUnavailable(Exception):
    """The object storage does not answer, or refuses."""


class ObjectStorage(Protocol):
    """A second shelf, elsewhere: whole clips, given out by links that expire."""

    async def keep(self, job: Job, clip: Path) -> None:
        """Store the clip under the job's id. Raises OriginalsDown."""

    async def link(self, job: Job, life_s: float) -> str:
        """A link that anybody may follow for so long. Raises OriginalsDown."""

    async def sweep(self, before: float) -> int:
        """Delete what was stored before this time; how many. Raises OriginalsDown."""
