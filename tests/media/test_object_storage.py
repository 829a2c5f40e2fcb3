"""Tests of object storage against a local S3 server."""

import asyncio
import contextlib
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.jobs.ids import new_job_id
from bot.jobs.job import Job, Kind, State
from bot.media.object_storage import BucketStorage
from bot.ports.object_storage import ObjectStorageUnavailable

JOB = Job(
    id=new_job_id(), code="K7Q2", state=State.DELIVERING, kind=Kind.GENERATE, user_id=1, guild_id=1, channel_id=1,
    prompt="a boat", model="m", account="a", created_at=0.0, updated_at=0.0, due_at=None,
)  # fmt: skip


@contextlib.asynccontextmanager
async def s3() -> AsyncIterator[str]:
    """Start an S3 server with the bucket `clips`. Yield its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(40.0), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.put(f"{base}/clips") as answer:
                        if answer.status == 200:
                            break
                await asyncio.sleep(0.1)
        yield base
    finally:
        process.kill()
        await process.wait()


def bucket(base: str, url: str = "s3://clips/retake") -> BucketStorage:
    keys = {"access_key_id": "local", "secret_access_key": "local", "region": "us-east-1", "endpoint": base}
    return BucketStorage(url, {"config": keys, "client_options": {"allow_http": True}})


async def test_an_original_is_uploaded_linked_and_deleted(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(range(256)) * 80_000)  # 20 MB: more than one part
    async with s3() as base, aiohttp.ClientSession() as session:
        originals = bucket(base)
        await originals.upload(JOB, clip)
        await originals.upload(JOB, clip)  # a second time changes nothing
        link = await originals.presigned_url(JOB, 600.0)
        assert re.search(r"/retake/originals/\w{22}\.mp4\?.*X-Amz-Signature=", link)
        async with session.get(link) as answer:
            assert answer.status == 200
            assert answer.content_type == "video/mp4"
            assert await answer.read() == clip.read_bytes()
        assert await originals.delete_before(time.time() - 3600.0) == 0
        assert await originals.delete_before(time.time() + 3600.0) == 1
        async with session.get(link) as answer:
            assert answer.status == 404


async def test_an_unreachable_storage_raises_one_exception(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        originals = bucket(f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(ObjectStorageUnavailable):
            await originals.upload(replace(JOB), tmp_path / "clip.mp4")
        with pytest.raises(ObjectStorageUnavailable):
            await originals.delete_before(0.0)


@pytest.mark.parametrize("url", ["file:///etc", "memory:///", "https://example.com/x", "clips", ""])
def test_only_object_storage_urls_are_accepted(url: str) -> None:
    with pytest.raises(ValueError, match="s3://"):
        BucketStorage(url)
