"""Where clips and pictures lie on the data volume. Knows names and folders, not what is in the files."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.foreground import ForegroundGate
from bot.jobs.job import Job
from bot.worker.eviction import Kept

_PIECE_BYTES = 1 << 20


class ClipFiles:
    """`clips/<job>.mp4` is whole, what ends in `.part` is not; `clips/<job>.<limit>.copy` is a fitted copy."""

    def __init__(self, data: Path, foreground: ForegroundGate | None = None) -> None:
        self._foreground = foreground or ForegroundGate()
        self.clips = data / "clips"
        self.pictures = data / "pictures"

    def prepare(self) -> None:
        """Make the folders, and sweep what a killed process left half done."""
        for folder in (self.clips, self.pictures):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in self.clips.glob("*.part"):
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)

    def clip(self, job: Job) -> Path:
        return self.clips / f"{job.id}.mp4"

    def part(self, job: Job) -> Path:
        return self.clips / f"{job.id}.{job.fence}.part"

    def copy(self, job: Job, limit_bytes: int) -> Path:
        """A copy of the clip that was made for this limit."""
        return self.clips / f"{job.id}.{limit_bytes}.copy"

    def picture(self, job: Job) -> Path:
        return self.pictures / job.id

    def keep(self, job: Job) -> tuple[int, str]:
        """Make the finished part the clip, durably; returns (bytes, sha256)."""
        part, clip = self.part(job), self.clip(job)
        digest = hashlib.sha256()
        with part.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                self._foreground.wait_idle_sync()
                digest.update(piece)
            os.fsync(file.fileno())
        part.replace(clip)
        folder = os.open(self.clips, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return clip.stat().st_size, digest.hexdigest()

    def keep_copy(self, job: Job, limit_bytes: int) -> Path:
        """Make the finished part a copy for this limit. It can be made again, so nothing is synced."""
        copy = self.copy(job, limit_bytes)
        self.part(job).replace(copy)
        return copy

    def drop_copies(self, job: Job) -> None:
        """Only the original is kept."""
        for copy in self.clips.glob(f"{job.id}.*.copy"):
            copy.unlink(missing_ok=True)

    def kept(self) -> list[Kept]:
        """Everything that takes space, whoever it belongs to."""
        return [*_files(self.clips), *_files(self.pictures)]

    def drop(self, files: list[Kept]) -> int:
        """Delete these; returns the bytes that are free now."""
        freed = 0
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                file.path.unlink()
                freed += file.size_bytes
        return freed


def _files(folder: Path) -> Iterator[Kept]:
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # it may go while we look
            facts = path.stat()
            if path.is_file():
                job_id = path.name.partition(".")[0]
                yield Kept(path=path, job_id=job_id, size_bytes=facts.st_size, at=facts.st_mtime)
