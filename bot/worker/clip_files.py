"""Paths of clips and pictures in the data folder, and the steps that put a file in place durably."""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bot.foreground import ForegroundGate
from bot.jobs.job import Job
from bot.jobs.pictures import JobPicture
from bot.ports.file_store import StoredFile

_READ_BYTES = 1 << 17


class ClipFiles:
    """Files by job: `clips/<job>.mp4` is the clip, `clips/<job>.<limit>.copy` a rendition for an upload limit.

    `clips/<job>.received` is a provider's file that couldn't be posted, `clips/<job>.checked` a clip that isn't stored
    yet. Files that end in `.part` are unfinished.
    Pictures lie in `pictures/`, each in a file that is named by the SHA-256 of its content, and may belong to several
    jobs. Older ones are named by the job that they were downloaded for.
    """

    def __init__(self, data: Path, foreground: ForegroundGate | None = None) -> None:
        self._foreground = foreground or ForegroundGate()
        self.clips = data / "clips"
        self.pictures = data / "pictures"
        self.thumbs = data / "thumbs"

    def prepare(self, *, min_age_s: float = 0.0) -> None:
        """Create the folders and delete the unfinished files of an earlier process that are at least this old."""
        before = time.time() - min_age_s
        for folder in (self.clips, self.pictures):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in self.clips.glob("*.part"):
            if min_age_s and part.stat().st_mtime > before:
                continue
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)

    def clip(self, job: Job) -> Path:
        return self.clips / f"{job.id}.mp4"

    def part(self, job: Job) -> Path:
        """Return the path of an unfinished file. The fence keeps two workers from writing the same one."""
        return self.clips / f"{job.id}.{job.fence}.part"

    def rendition(self, job: Job, limit_bytes: int) -> Path:
        """Return the path of the rendition that fits this upload limit."""
        return self.clips / f"{job.id}.{limit_bytes}.copy"

    def received(self, job: Job) -> Path:
        """Return the path of a provider's file that couldn't be posted, for the host."""
        return self.clips / f"{job.id}.received"

    def of_video(self, job_id: str, clip_file: str | None) -> list[Path]:
        """Return the paths of everything that is kept of a video, except of pictures that several may share."""
        clips = {clip_file or f"{job_id}.mp4", f"{job_id}.received"}
        made = (job_id, f"{job_id}.last.jpg")
        return [
            *(self.clips / name for name in sorted(clips)),
            *(self.pictures / name for name in made),
            self.thumbs / f"{job_id}.jpg",
        ]

    def picture(self, job: Job, picture: JobPicture) -> Path:
        """Return the path of a picture that is being downloaded. It then gets the name of its content."""
        return self.pictures / f"{job.id}.{picture.role}{picture.position}.part"

    def checked(self, job: Job) -> Path:
        """Return the path of a file that is downloaded and checked, and not stored yet."""
        return self.clips / f"{job.id}.checked"

    def finish(self, job: Job) -> tuple[int, str]:
        """Sync the finished part to disk and rename it to the checked file. Return its bytes and its SHA-256."""
        part, checked = self.part(job), self.checked(job)
        digest = hashlib.sha256()
        with part.open("rb") as file:
            while block := file.read(_READ_BYTES):
                self._foreground.wait_idle_sync()
                digest.update(block)
            os.fsync(file.fileno())
        part.replace(checked)
        return checked.stat().st_size, digest.hexdigest()

    def save_rendition(self, job: Job, limit_bytes: int) -> Path:
        """Rename the finished part to the rendition. Not synced, because a rendition can be made again."""
        rendition = self.rendition(job, limit_bytes)
        self.part(job).replace(rendition)
        return rendition

    def delete_renditions(self, job_id: str) -> None:
        """Delete everything that was made from the clip, and keep the clip."""
        for rendition in self.clips.glob(f"{job_id}.*.copy"):
            rendition.unlink(missing_ok=True)

    def list_files(self) -> list[StoredFile]:
        """List the files in both folders."""
        return [*_files(self.clips), *_files(self.pictures)]

    def list_copies(self) -> list[StoredFile]:
        """List everything that may be a copy of a file in the bucket."""
        return [*self.list_files(), *_files(self.thumbs)]

    def delete(self, files: list[StoredFile]) -> int:
        """Delete files and return the number of bytes freed. A file that is gone already counts as zero."""
        freed_bytes = 0
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                file.path.unlink()
                freed_bytes += file.size_bytes
        return freed_bytes


def _files(folder: Path) -> Iterator[StoredFile]:
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # another thread may delete it meanwhile
            stat = path.stat()
            if path.is_file():
                job_id = path.name.partition(".")[0]
                yield StoredFile(path=path, job_id=job_id, size_bytes=stat.st_size, at=stat.st_mtime)
