"""The bucket as a file store: copies appear when they are whole, damage counts as missing, the cache stays small."""

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import aiohttp
import obstore
import pytest

from bot.jobs.job import Job
from bot.jobs.server_settings import DELETED_PROMPT
from bot.media.bucket_file_store import BucketFileStore
from bot.media.object_storage import ORIGINALS, PART_BYTES, BucketStorage
from bot.ports.clock import SystemClock
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.sandbox.fault_injection import Fault
from bot.shared_folder import OTHER_BUCKET, SharedFolder
from bot.store.location import StoreLocation
from bot.store.open import sweep_lock
from bot.worker import disk_quota
from bot.worker.cache_sweep import CACHED_S, sweep_cache
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.move_to_bucket import move_to_bucket
from tests.bucket.local_s3 import LocalS3, local_s3
from tests.sample_job import JOB
from tests.stores import new_url

pytestmark = pytest.mark.timeout(240)


def bucket_of(s3: LocalS3, *, linked: str = ORIGINALS) -> BucketStorage:
    keys = {"access_key_id": "local", "secret_access_key": "local", "region": "us-east-1", "endpoint": s3.url}
    options = {"config": keys, "client_options": {"allow_http": True}}
    return BucketStorage("s3://videos/retake", options, linked=linked)


def store_in(s3: LocalS3, root: Path) -> BucketFileStore:
    (root / "clips").mkdir(parents=True, exist_ok=True)
    return BucketFileStore(bucket_of(s3), root)


async def saved(store: BucketFileStore, path: Path, content: bytes) -> Path:
    part = path.with_suffix(".part")
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(content)
    await store.save(part, path)
    return path


async def test_a_file_is_found_by_a_process_with_another_folder_and_deleted_for_both(tmp_path: Path) -> None:
    async with local_s3() as s3:
        one, other = store_in(s3, tmp_path / "one"), store_in(s3, tmp_path / "other")
        content = os.urandom(2 * PART_BYTES + 1)
        clip = await saved(one, tmp_path / "one/clips/a.mp4", content)
        there = tmp_path / "other/clips/a.mp4"
        assert (await other.exists(there), await other.fetch(there)) == (True, True)
        assert there.read_bytes() == content
        assert [each.name for each in there.parent.iterdir()] == ["a.mp4"]
        assert [(each.job_id, each.size_bytes) for each in await other.list_shared()] == [("a", len(content))]
        await one.delete([clip, tmp_path / "one/clips/never.mp4"])
        assert (clip.exists(), await s3.names()) == (False, [])
        there.unlink()
        assert (await other.exists(there), await other.fetch(there)) == (False, False)


async def test_a_damaged_object_counts_as_missing(tmp_path: Path) -> None:
    async with local_s3() as s3:
        store = store_in(s3, tmp_path)
        for name in ("cut", "empty", "unsigned"):
            (await saved(store, tmp_path / f"clips/{name}.mp4", os.urandom(5_000_000))).unlink()
        await s3.cut("clips/cut.mp4")
        await obstore.put_async(s3.store, "clips/empty.mp4", b"", attributes={"sha256": "0" * 64})
        await obstore.put_async(s3.store, "clips/unsigned.mp4", b"a video")
        for name in ("cut", "empty", "unsigned"):
            assert not await store.fetch(tmp_path / f"clips/{name}.mp4")
        assert list((tmp_path / "clips").iterdir()) == []


async def test_a_connection_that_breaks_in_the_middle_leaves_no_file_and_is_reported(tmp_path: Path) -> None:
    async with local_s3() as s3:
        store = store_in(s3, tmp_path)
        clip = await saved(store, tmp_path / "clips/a.mp4", os.urandom(5_000_000))
        clip.unlink()
        s3.wire.fail(Fault(route="GET */clips/a.mp4", drop=True, skip=1, times=None))
        with pytest.raises(ObjectStorageUnavailable):
            await store.fetch(clip)
        assert list(clip.parent.iterdir()) == []
        assert "doesn't answer" in store.trouble
        s3.wire.clear()
        assert await store.fetch(clip)
        assert store.trouble == ""


async def test_the_host_reads_what_to_change_about_a_bucket(tmp_path: Path) -> None:
    async with local_s3() as s3:
        store = store_in(s3, tmp_path)
        s3.wire.fail(Fault(route="HEAD *", status=403, times=None))
        with pytest.raises(ObjectStorageUnavailable):
            await store.exists(tmp_path / "clips/a.mp4")
        assert "refuses the credentials" in store.trouble


async def test_a_message_links_to_the_clip_in_the_bucket_without_a_second_copy(tmp_path: Path) -> None:
    async with local_s3() as s3, aiohttp.ClientSession() as session:
        clip = await saved(store_in(s3, tmp_path), tmp_path / f"clips/{JOB.id}.mp4", b"a video")
        bucket = bucket_of(s3, linked="clips")
        await bucket.upload(JOB, clip)
        assert await s3.names() == [f"clips/{JOB.id}.mp4"]
        async with session.get(await bucket.presigned_url(JOB, 600.0)) as answer:
            assert (answer.status, await answer.read()) == (200, b"a video")


@dataclass(kw_only=True)
class Rows:
    """The rows that a sweep reads."""

    jobs: list[Job]

    async def open_jobs(self) -> list[Job]:
        return self.jobs

    async def pictures(self, _: list[str]) -> list[Any]:
        return []

    async def job(self, job_id: str) -> Job | None:
        return next((job for job in self.jobs if job.id == job_id), None)


def context_of(store: BucketFileStore, root: Path, *jobs: Job) -> JobContext:
    return JobContext(
        clock=SystemClock(), store=cast(Any, Rows(jobs=list(jobs))), publisher=cast(Any, None), providers={},
        offers=cast(Any, None), files=ClipFiles(root), file_store=store, timing=cast(Any, None),
        limits=cast(Any, None),
    )  # fmt: skip


async def test_copies_that_no_open_job_needs_are_deleted_after_an_hour_and_stay_in_the_bucket(tmp_path: Path) -> None:
    async with local_s3() as s3:
        store, job = store_in(s3, tmp_path), replace(JOB, id="open")
        context, fresh = context_of(store, tmp_path, job), tmp_path / "clips/fresh.mp4"
        for name in ("open", "old", "fresh"):
            clip = await saved(store, tmp_path / f"clips/{name}.mp4", b"a video")
            if clip != fresh:
                before = clip.stat().st_mtime - CACHED_S - 1.0
                os.utime(clip, (before, before))
        thumb = await saved(store, tmp_path / "thumbs/old.jpg", b"a picture")
        os.utime(thumb, (before, before))
        await sweep_cache(context, 10**9)
        assert not thumb.exists()
        assert sorted(each.name for each in (tmp_path / "clips").iterdir()) == ["fresh.mp4", "open.mp4"]
        await sweep_cache(context, 1)
        assert [each.name for each in (tmp_path / "clips").iterdir()] == ["open.mp4"]
        assert len(await s3.names("clips")) == 3


async def test_the_quota_is_that_of_the_bucket_and_one_process_sweeps_it(tmp_path: Path) -> None:
    location = StoreLocation(tmp_path, new_url())
    async with local_s3() as s3:
        store = store_in(s3, tmp_path)
        context = context_of(store, tmp_path)
        context.sweep_lock = lambda name: sweep_lock(location, name)
        for name in "abc":
            await saved(store, tmp_path / f"clips/{name}.mp4", b"a video")
        async with sweep_lock(location, "quota") as held:
            assert held
            assert await disk_quota.sweep(context, 10) == 0
            async with sweep_lock(location, "retention") as other:
                assert other
        assert await disk_quota.sweep(context, 10) == 14
        assert len(await s3.names("clips")) == 1


async def test_the_lock_of_a_sweep_that_has_ended_is_free_at_once(tmp_path: Path) -> None:
    """PostgreSQL ends a session a little later than its connection, most of all beside others."""
    location = StoreLocation(tmp_path, new_url())

    async def take_often(name: str) -> None:
        for _ in range(30):
            async with sweep_lock(location, name) as held:
                assert held

    await asyncio.gather(*(take_often(f"sweep {number}") for number in range(8)))


async def test_what_the_folder_has_kept_is_moved_to_the_bucket(tmp_path: Path) -> None:
    async with local_s3() as s3:
        data, cache = tmp_path / "data", tmp_path / "data/cache"
        store = store_in(s3, cache)
        kept, gone = replace(JOB, id="kept"), replace(JOB, id="gone", prompt=DELETED_PROMPT)
        digest = "a" * 64
        for name in ("clips/kept.mp4", "clips/gone.mp4", "clips/lost.mp4", "clips/kept.1.part", f"pictures/{digest}"):
            (data / name).parent.mkdir(parents=True, exist_ok=True)
            (data / name).write_bytes(b"a file")
        await move_to_bucket(context_of(store, cache, kept, gone), data)
        assert await s3.names() == ["clips/kept.mp4", f"pictures/{digest}"]
        assert {each.name for each in (data / "clips").iterdir()} == {"kept.1.part", "lost.mp4"}
        assert (cache / "clips/kept.mp4").read_bytes() == b"a file"


async def test_clips_wait_in_the_folder_until_the_database_has_their_videos(tmp_path: Path) -> None:
    """A worker runs on an empty PostgreSQL before `move` has filled it."""
    async with local_s3() as s3:
        data, cache = tmp_path / "data", tmp_path / "data/cache"
        store, clip, thumb = store_in(s3, cache), data / "clips/early.mp4", data / "thumbs/early.jpg"
        for path in (clip, thumb):
            path.parent.mkdir(parents=True)
            path.write_bytes(b"a file")
        await move_to_bucket(context_of(store, cache), data)
        assert (clip.exists(), thumb.exists(), await s3.names()) == (True, True, [])
        await move_to_bucket(context_of(store, cache, replace(JOB, id="early")), data)
        assert (clip.exists(), thumb.exists()) == (False, False)
        assert await s3.names() == ["clips/early.mp4", "thumbs/early.jpg"]


async def test_two_processes_with_one_bucket_have_one_id_and_another_bucket_is_told(tmp_path: Path) -> None:
    async with local_s3() as s3:
        one, other = (
            SharedFolder(cast(Any, Flag()), SystemClock(), tmp_path, store_in(s3, tmp_path / n)) for n in "ab"
        )
        assert await one.folder_id() == await other.folder_id()
        assert await one.differs() == OTHER_BUCKET


class Flag:
    """The id of a worker with another bucket."""

    async def get_flag(self, _: str) -> tuple[str, float]:
        return "another", 0.0
