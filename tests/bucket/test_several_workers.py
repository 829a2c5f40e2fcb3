"""Several workers with folders of their own: with a bucket they follow each other, without one they are refused."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from bot.shared_folder import DIFFERS
from tests.bucket.local_s3 import local_s3
from tests.cluster.processes import WAIT_S, cluster

POST = "POST */channels/*/messages"
HOLD_S = 600.0

pytestmark = pytest.mark.timeout(300)


async def test_a_worker_with_an_empty_folder_delivers_what_a_killed_one_has_stored(tmp_path: Path) -> None:
    async with local_s3() as s3, cluster(tmp_path, env=s3.env()) as found:
        first = await found.worker("a", RETAKE_DATA=str(tmp_path / "a"))
        held = found.world.discord.wire.fail(Fault(route=POST, when="before", delay_s=HOLD_S, skip=1, times=None))
        await found.order()
        await found.eventually(lambda: found.states() == ["delivering"] and held.hits)
        await found.worker("b", RETAKE_DATA=str(tmp_path / "b"))
        downloads = len(found.provider.wire.requests("GET */cdn/*"))
        await first.kill()
        found.world.discord.wire.clear()
        await found.delivered(1)
        assert len(found.provider.wire.requests("GET */cdn/*")) == downloads
        assert list((tmp_path / "b/cache/clips").glob("*.mp4"))


async def test_without_a_bucket_a_worker_with_another_folder_ends_with_a_sentence(tmp_path: Path) -> None:
    async with cluster(tmp_path) as found:
        await found.worker("a")
        other = await found.worker("b", RETAKE_DATA=str(tmp_path / "b"))
        assert await asyncio.wait_for(other.exited(), WAIT_S) == 78
        assert DIFFERS in other.words()
        await found.order()
        await found.delivered(1)
