"""Tests of the disk quota: clips are deleted by age and size, but never while a job needs them."""

import os
from pathlib import Path
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from bot.media.file_store import LocalFileStore
from bot.ports.clock import SystemClock
from bot.ports.file_store import StoredFile
from bot.ports.sweeps import no_other_process
from bot.worker import disk_quota
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.disk_quota import TEMPORARY_S, files_to_delete, usage_of
from tests.harness import open_harness
from tests.media.sample_videos import sample_video

NOW = 1_000_000.0
DAY = 86_400.0


def clip(job_id: str, size: int, age_s: float, suffix: str = ".mp4") -> StoredFile:
    return StoredFile(path=Path(f"{job_id}{suffix}"), job_id=job_id, size_bytes=size, at=NOW - age_s)


def evicted(kept: list[StoredFile], *, needed: frozenset[str] = frozenset(), budget: int = 10**9) -> list[str]:
    return [clip.job_id for clip in files_to_delete(kept, needed=needed, now=NOW, kept_s=7 * DAY, quota_bytes=budget)]


def test_a_clip_is_deleted_after_its_retention() -> None:
    assert evicted([clip("old", 5, 8 * DAY), clip("young", 5, 6 * DAY), clip("new", 5, 0)]) == ["old"]


def test_the_oldest_clips_are_deleted_until_the_quota_is_met() -> None:
    assert evicted([clip("c", 40, 10), clip("a", 40, 30), clip("b", 40, 20)], budget=50) == ["a", "b"]


def test_the_newest_clip_is_kept_at_any_size_and_age() -> None:
    assert evicted([clip("only", 500, 30 * DAY)], budget=1) == []


def test_a_needed_clip_is_kept() -> None:
    kept = [clip("source", 40, 30 * DAY), clip("a", 40, 20), clip("b", 40, 10)]
    assert evicted(kept, needed=frozenset({"source"}), budget=1) == ["a"]


def test_temporary_files_are_deleted_after_an_hour() -> None:
    kept = [clip("a", 1, TEMPORARY_S + 1, ".part"), clip("b", 1, 60, ".copy"), clip("c", 1, 0)]
    assert evicted(kept) == ["a"]


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 20)), max_size=12),
    st.integers(0, 500),
    st.sets(st.integers(0, 11)),
)
def test_the_rules_hold_for_any_files(files: list[tuple[int, int]], budget: int, needed: set[int]) -> None:
    kept = [clip(str(i), size, days * DAY + i) for i, (size, days) in enumerate(files)]
    names = frozenset(str(i) for i in needed)
    remaining = [clip for clip in kept if clip.job_id not in evicted(kept, needed=names, budget=budget)]
    if kept:
        assert max(kept, key=lambda clip: clip.at) in remaining
    assert {clip.job_id for clip in kept} & names <= {clip.job_id for clip in remaining}
    unneeded = [clip for clip in remaining if clip.job_id not in names][:-1]
    assert not unneeded or sum(clip.size_bytes for clip in remaining) <= budget or len(unneeded) <= 1


def test_the_state_reports_clips_and_bytes() -> None:
    state = usage_of([clip("a", 5, 20), clip("b", 6, 10), clip("c", 7, 0, ".copy")], 100)
    assert (state.clips, state.clip_bytes, state.other_bytes, state.oldest_at) == (2, 11, 7, NOW - 20)


async def test_a_sweep_keeps_the_source_of_an_open_remix(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.05) as studio:
        studio.provider.serve_instead = sample_video("plain")
        clips = []
        for prompt in ("the first of them", "the second of them", "the third of them"):
            await studio.alice.slash(studio.channel, "generate", prompt=prompt)
            clips.append(await studio.wait_for_clip(prompt))
        studio.provider.render_s = 30.0
        await studio.bob.reply(clips[0], "make it snow, softly and slowly")
        await studio.wait_until(lambda: len(studio.provider.charges) == 4 or None)
        assert studio.app is not None
        assert studio.database is not None
        files = ClipFiles(tmp_path)
        for path in files.clips.iterdir():
            os.utime(path, (1.0, path.stat().st_mtime - 30 * DAY))
        parts = _FakeContext(studio.database, files)
        assert disk_quota.read_usage(files, 1).clips == 3
        assert await disk_quota.sweep(cast(JobContext, parts), 1) == len(sample_video("plain"))
        assert disk_quota.read_usage(files, 1).clips == 2  # the source of the remix, and the newest


class _FakeContext:
    """As much of the engine's parts as a sweep looks at."""

    def __init__(self, database: object, files: ClipFiles) -> None:
        from bot.store.database import Database
        from bot.store.jobs import SqlJobStore

        self.store = SqlJobStore(cast(Database, database))
        self.files = files
        self.clock = SystemClock()
        self.kept_days = 7
        self.object_storage = None
        self.file_store = LocalFileStore()
        self.sweep_lock = no_other_process
