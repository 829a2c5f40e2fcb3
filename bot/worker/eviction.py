"""Which kept files may go: too old, or too much. A pure decision; deletes nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

HALF_DONE_S = 3600.0  # a part or a copy that nobody has touched for so long belongs to nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file on the shelf. `at`: UTC seconds of its last change."""

    path: Path
    job_id: str
    size_bytes: int
    at: float

    @property
    def is_original(self) -> bool:
        return self.path.suffix == ".mp4"

    @property
    def is_half_done(self) -> bool:
        return self.path.suffix in (".part", ".copy")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfState:
    """What `doctor` shows."""

    clips: int
    clip_bytes: int
    other_bytes: int
    budget_bytes: int
    oldest_at: float | None


def shelf_state(kept: Iterable[Kept], budget_bytes: int) -> ShelfState:
    """How full the shelf is."""
    files = list(kept)
    clips = [file for file in files if file.is_original]
    return ShelfState(
        clips=len(clips),
        clip_bytes=sum(file.size_bytes for file in clips),
        other_bytes=sum(file.size_bytes for file in files if not file.is_original),
        budget_bytes=budget_bytes,
        oldest_at=min((file.at for file in clips), default=None),
    )


def may_go(
    kept: Iterable[Kept], *, needed: Collection[str], now: float, kept_s: float, budget_bytes: int
) -> list[Kept]:
    """What is past its days, then the oldest until the rest fits. Never the newest clip, never one that is needed.

    `needed` are the ids of open jobs and of the videos that open remixes start from.
    """
    files = sorted(kept, key=lambda file: file.at)
    newest = max((file for file in files if file.is_original), key=lambda file: file.at, default=None)
    free = [file for file in files if file is not newest and file.job_id not in needed]
    gone = [file for file in free if now - file.at > (HALF_DONE_S if file.is_half_done else kept_s)]
    left = sum(file.size_bytes for file in files) - sum(file.size_bytes for file in gone)
    for file in free:
        if left <= budget_bytes:
            break
        if file not in gone:
            gone.append(file)
            left -= file.size_bytes
    return gone
