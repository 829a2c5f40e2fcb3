"""Where clips and pictures lie on the data volume. Knows names and folders, not what is in the files."""

import hashlib
import os
from pathlib import Path

from bot.jobs.model import Job


class Files:
    """`clips/<job>.mp4` is whole, `clips/<job>.<fence>.part` is not."""

    def __init__(self, data: Path) -> None:
        self.clips = data / "clips"
        self.pictures = data / "pictures"

    def prepare(self) -> None:
        """Make the folders, and sweep what a killed process left half done."""
        for folder in (self.clips, self.pictures):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in self.clips.glob("*.part"):
            part.unlink()

    def clip(self, job: Job) -> Path:
        return self.clips / f"{job.id}.mp4"

    def part(self, job: Job) -> Path:
        return self.clips / f"{job.id}.{job.fence}.part"

    def picture(self, job: Job) -> Path:
        return self.pictures / job.id

    def keep(self, job: Job) -> tuple[int, str]:
        """Make the finished part the clip, durably; returns (bytes, sha256)."""
        part, clip = self.part(job), self.clip(job)
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        part.replace(clip)
        folder = os.open(self.clips, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return clip.stat().st_size, digest
