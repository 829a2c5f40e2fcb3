"""A clip passes to the bucket and back in pieces, so its size doesn't matter to memory."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.sandbox.environment import ROOT
from tests.bucket.local_s3 import local_s3

CLIP_BYTES = 160 << 20
MOST_GROWTH_BYTES = 80 << 20  # two parts that are sent at once, a piece that is read, and what Rust keeps
SCRIPT = f"""
import asyncio, resource, sys
from pathlib import Path
from bot.media.bucket_file_store import BucketFileStore
from bot.media.object_storage import BucketStorage

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

async def main(root):
    store = BucketFileStore(BucketStorage("s3://videos/retake"), root)
    clip, part = root / "clips" / "a.mp4", root / "clips" / "a.part"
    clip.parent.mkdir(parents=True)
    with part.open("wb") as file:
        file.truncate({CLIP_BYTES})
    before = peak()
    await store.save(part, clip)
    clip.unlink()
    assert await store.fetch(clip) and clip.stat().st_size == {CLIP_BYTES}
    print(peak() - before)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.timeout(240)
async def test_a_large_clip_is_never_whole_in_memory(tmp_path: Path) -> None:
    async with local_s3() as s3:
        env = {**s3.env(), "AWS_ENDPOINT_URL": s3.moto, "PYTHONPATH": str(ROOT)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SCRIPT, str(tmp_path)), env=env, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
        assert int(printed) < MOST_GROWTH_BYTES
