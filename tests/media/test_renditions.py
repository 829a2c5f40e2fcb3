"""Tests of renditions: the copy, link and note for a clip that can't be posted unchanged."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot.jobs.job import Job, JobTask, Kind, State
from bot.jobs.kept import Kept, KeptReason
from bot.jobs.provider_errors import Unreachable
from bot.jobs.status import JobStatus
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.provider import Ready
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.renditions import NoRendition, Rendition, rendition_for
from bot.worker.upload_limit import learn_upload_limit, upload_limit
from tests.media.sample_videos import sample_video

MIB = 1 << 20
SIGNED = "https://bucket.example/original.mp4?X-Amz-Signature=abc"
JOB = Job(
    id="j" * 22,
    code="K7Q2",
    state=State.DELIVERING,
    kind=Kind.GENERATE,
    user_id=1,
    guild_id=7,
    channel_id=1,
    prompt="a boat",
    model="m",
    account="a",
    created_at=0.0,
    updated_at=0.0,
    due_at=None,
    task=JobTask(task_id="t"),
)


class FakeWorker:
    """The part of the worker's context that renditions need: clock, store, publisher and provider."""

    def __init__(self, data: Path, clip: bytes, *, tier: int = 10 * MIB, ready: Ready | None = None) -> None:
        self.files = ClipFiles(data)
        self.files.prepare()
        self.files.clip(JOB).write_bytes(clip)
        self.clock = self.store = self.publisher = self
        self.kept_days = 7
        self.object_storage: Any = None
        self.leases = None  # of several workers
        self.tier, self.ready, self.at = tier, ready, 1000.0
        self.facts: dict[str, tuple[str, float]] = {}
        self.shown: list[JobStatus] = []

    def context(self, host_limit: int | None = None) -> JobContext:
        return cast(JobContext, _View(self, host_limit))

    def now(self) -> float:
        return self.at

    async def update(self, job: Job, **_: object) -> Job:
        return job

    async def set_flag_once_per(self, name: str, now: float, every_s: float) -> bool:
        known = self.facts.get(name)
        if known is not None and now - known[1] < every_s:
            return False
        self.facts[name] = ("", now)
        return True

    async def set_flag(self, name: str, value: str, now: float) -> None:
        self.facts[name] = (value, now)

    async def set_smallest_flag(self, name: str, value: int, now: float, for_s: float) -> None:
        known = self.facts.get(name)
        if known is None or now - known[1] > for_s or value <= int(known[0]):
            self.facts[name] = (str(value), now)

    async def get_flag(self, name: str) -> tuple[str, float] | None:
        return self.facts.get(name)

    async def upload_limit_bytes(self, job: Job) -> int:
        return self.tier

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        self.shown.append(notice)

    async def check(self, _: object) -> Ready:
        if self.ready is None:
            raise Unreachable
        return self.ready


class _View:
    def __init__(self, worker: FakeWorker, host_limit: int | None) -> None:
        self._worker = worker
        self.upload_limit_bytes = host_limit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker, name)

    def provider(self, _: Job) -> FakeWorker:
        return self._worker


class FakeObjectStorage:
    """An object storage in memory."""

    def __init__(self, *, down: bool = False) -> None:
        self.uploaded: list[Path] = []
        self.down = down

    async def upload(self, job: Job, clip: Path) -> None:
        if self.down:
            raise ObjectStorageUnavailable("away")
        self.uploaded.append(clip)

    async def presigned_url(self, job: Job, expires_in_s: float) -> str:
        assert expires_in_s == 7 * 86_400.0
        return SIGNED


async def test_the_host_setting_overrides_the_tier_and_what_was_learned(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path, b"", tier=50 * MIB)
    other = replace(JOB, id="another-job")
    assert await upload_limit(worker.context(), JOB) == 50 * MIB
    assert await upload_limit(worker.context(20 * MIB), JOB) == 20 * MIB
    await learn_upload_limit(worker.context(), JOB, 18 * MIB, by_discord=True)
    assert await upload_limit(worker.context(), other) == 10 * MIB
    assert await upload_limit(worker.context(20 * MIB), other) == 20 * MIB
    assert await upload_limit(worker.context(20 * MIB), JOB) == 10 * MIB  # the refused size isn't tried again
    assert await upload_limit(worker.context(), replace(other, guild_id=8)) == 50 * MIB  # another server
    worker.at += 31 * 86_400.0
    assert await upload_limit(worker.context(), JOB) == 50 * MIB  # it expires after a month


async def test_a_small_file_is_tried_once_more_as_it_is(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path, b"", tier=50 * MIB)
    await learn_upload_limit(worker.context(), JOB, 51_000, by_discord=True)
    assert await upload_limit(worker.context(), JOB) == 10 * MIB
    await learn_upload_limit(worker.context(), JOB, 51_000, by_discord=True)
    assert await upload_limit(worker.context(), JOB) < 51_000
    assert await upload_limit(worker.context(), replace(JOB, id="another-job")) == 10 * MIB


async def test_a_refusal_under_the_host_setting_teaches_nothing(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path, b"", tier=50 * MIB)
    await learn_upload_limit(worker.context(40 * MIB), JOB, 30 * MIB, by_discord=True)
    assert await upload_limit(worker.context(), replace(JOB, id="another-job")) == 50 * MIB


@pytest.mark.parametrize(
    ("refusals", "later"),
    [
        ([(60 * MIB, False)], 50 * MIB),
        ([(10 * MIB + 1, False)], 10 * MIB),
        ([(9 * MIB, True)], 10 * MIB),
        ([(9 * MIB, True), (9 * MIB, True)], 10 * MIB),  # the same size twice
        ([(9 * MIB, False), (7 * MIB, False), (3 * MIB, False)], 10 * MIB),  # not Discord's own code
        ([(9 * MIB, True), (7 * MIB, False)], 10 * MIB),
        ([(9 * MIB, True), (7 * MIB, True)], 4 * MIB),
        ([(1, True), (2, True)], 1),
    ],
)
async def test_a_413_is_no_verdict_below_the_guaranteed_size(
    tmp_path: Path, refusals: list[tuple[int, bool]], later: int
) -> None:
    worker = FakeWorker(tmp_path, b"", tier=500 * MIB)
    for size, by_discord in refusals:
        for _ in range(2):  # a small file is tried once more as it is
            await learn_upload_limit(worker.context(), JOB, size, by_discord=by_discord)
        assert await upload_limit(worker.context(), JOB) < size or size == 1
    assert await upload_limit(worker.context(), replace(JOB, id="another-job")) == later


async def test_a_smaller_copy_comes_with_a_link_to_the_original(tmp_path: Path) -> None:
    worker = FakeWorker(tmp_path, sample_video("plain"), tier=len(sample_video("plain")) - 1)
    worker.object_storage = FakeObjectStorage()
    copy = await rendition_for(worker.context(), JOB)
    assert isinstance(copy, Rendition)
    assert copy.path is not None
    assert copy.path.stat().st_size <= worker.tier
    assert (
        f"This is a smaller copy; you can get the original from /jobs for 7 days. [Download the original]({SIGNED})."
        in str(copy.note)
    )
    assert worker.object_storage.uploaded == [worker.files.clip(JOB)]
    again = await rendition_for(worker.context(), JOB)  # after a restart: the copy already exists
    assert again == copy
    assert len(worker.shown) == 1


async def test_without_an_acceptable_copy_the_object_storage_is_linked(tmp_path: Path) -> None:
    worker = FakeWorker(
        tmp_path, sample_video("plain"), tier=500, ready=Ready(url="https://cdn.example/a.mp4", expires_at=2000.0)
    )
    worker.object_storage = FakeObjectStorage()
    copy = await rendition_for(worker.context(), JOB)
    assert isinstance(copy, Rendition)
    assert copy.path is None
    assert f"[Watch the video]({SIGNED})" in str(copy.note)


@pytest.mark.parametrize("down", [True, False], ids=["a bucket that is away", "no bucket"])
async def test_without_object_storage_the_provider_is_linked_with_the_expiry(tmp_path: Path, down: bool) -> None:
    worker = FakeWorker(
        tmp_path, sample_video("plain"), tier=500, ready=Ready(url="https://cdn.example/a.mp4", expires_at=2000.5)
    )
    worker.object_storage = FakeObjectStorage(down=True) if down else None
    copy = await rendition_for(worker.context(), JOB)
    assert isinstance(copy, Rendition)
    assert "[Watch it at the provider](https://cdn.example/a.mp4) until <t:2000:f>." in str(copy.note)
    assert "https" not in repr(copy)  # a signed link is not for logs


@pytest.mark.parametrize(
    "ready",
    [
        None,
        Ready(url="https://gateway.lan/v1/videos/t/content", authorised=True),
        Ready(url="https://gateway.lan/v1/videos/t", base64_json=True, authorised=True),
        Ready(url="https://cdn.example/" + "a" * 900),
        Ready(url="https://cdn.example/a.mp4)[evil](https://evil.example"),
    ],
    ids=["no answer", "wants our key", "inside JSON", "too long", "breaks out of its brackets"],
)
async def test_an_unusable_link_is_not_posted(tmp_path: Path, ready: Ready | None) -> None:
    worker = FakeWorker(tmp_path, sample_video("plain"), tier=500, ready=ready)
    assert await rendition_for(worker.context(), JOB) == NoRendition(
        kept=Kept(reason=KeptReason.OVER_LIMIT, size_bytes=len(sample_video("plain")), limit_bytes=500)
    )


async def test_the_fallback_link_is_posted_if_the_first_requires_a_key(tmp_path: Path) -> None:
    open_link = Ready(url="https://cdn.example/a.mp4")
    worker = FakeWorker(
        tmp_path, sample_video("plain"), tier=500, ready=Ready(url="https://x", authorised=True, fallback=open_link)
    )
    copy = await rendition_for(worker.context(), JOB)
    assert "(https://cdn.example/a.mp4)." in str(copy.note if isinstance(copy, Rendition) else copy)
