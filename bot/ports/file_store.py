"""Port: where finished files are kept, so that every process of the bot finds them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that is kept. `path` is its path on this disk, there or not. `at`: UTC seconds of its last change."""

    path: Path
    job_id: str
    size_bytes: int
    at: float

    @property
    def is_clip(self) -> bool:
        return self.path.suffix == ".mp4"

    @property
    def is_temporary(self) -> bool:
        """Whether it is a file that isn't stored yet, or a rendition that can be made again."""
        return self.path.suffix in (".part", ".copy", ".checked")


class FileStore(Protocol):
    """Keeps clips, pictures and thumbnails by their paths: on this disk, or in a bucket that several processes use.

    With a bucket, the file on this disk is a copy that may be deleted at any time. Every method raises
    ObjectStorageUnavailable if the bucket doesn't answer, and OSError for this disk.
    """

    @property
    def is_shared(self) -> bool:
        """Whether other processes, with other folders, find the same files."""

    async def save(self, part: Path, path: Path) -> None:
        """Store a finished file durably, then rename it to its path. A failure leaves it as it is."""

    async def fetch(self, path: Path) -> bool:
        """Make sure that a file is on this disk. Return False if it isn't stored, or is damaged there.

        It appears under its path when it is whole.
        """

    async def exists(self, path: Path) -> bool:
        """Return whether a file is stored, without fetching it."""

    async def list_shared(self) -> list[StoredFile]:
        """List the clips and pictures that other processes find too. Empty without a bucket."""

    async def delete(self, paths: Collection[Path]) -> None:
        """Delete files wherever they are kept. One that isn't there counts as deleted."""
