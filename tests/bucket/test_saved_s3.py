"""The bucket of `make cluster` keeps its objects over a kill -9."""

import asyncio
from pathlib import Path

import obstore
import pytest

from bot.sandbox.environment import LocalEnvironment
from tests.cluster.local_services import ClusterBucket

pytestmark = pytest.mark.timeout(150)
LARGE = bytes(range(256)) * (48 << 10)  # 12 MiB: sent in parts


async def test_objects_outlive_a_kill_and_deleted_ones_do_not_come_back(tmp_path: Path) -> None:
    async with LocalEnvironment(data=tmp_path) as world:
        bucket = ClusterBucket(tmp_path, world.env())
        await bucket.start()
        try:
            store = bucket.client.store
            await obstore.put_async(store, "clips/a.mp4", b"first", attributes={"Content-Type": "video/mp4"})
            await obstore.put_async(store, "clips/a.mp4", b"second", attributes={"Content-Type": "video/mp4"})
            await obstore.put_async(store, "clips/large", LARGE)
            await asyncio.gather(*(obstore.put_async(store, f"many/{n}", b"x" * 70_000) for n in range(12)))
            await obstore.delete_async(store, [f"many/{n}" for n in range(10)])
            for _ in range(2):
                await bucket.kill()
                assert (bucket.state(), bucket.running) == ("ended", False)
                await bucket.start()
                assert bucket.state() == "running"
                assert await bucket.client.names() == ["clips/a.mp4", "clips/large", "many/10", "many/11"]
                found = await obstore.get_async(store, "clips/a.mp4")
                assert (bytes(await found.bytes_async()), found.attributes["Content-Type"]) == (b"second", "video/mp4")
                assert bytes(await (await obstore.get_async(store, "clips/large")).bytes_async()) == LARGE
            await bucket.refresh()
            assert bucket.detail() == "4 objects, 12.7 MB"
        finally:
            await bucket.kill()
