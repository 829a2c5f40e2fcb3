"""A worker that dies is followed by one with an empty folder, which finds in the bucket what is already made."""

from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from tests.bucket.processes import Apart, apart
from tests.roles.processes import eventually

PUT, GET_CLIP, POST = "PUT */clips/*.mp4", "GET */cdn/*", "POST */channels/*/messages"
BOAT = "a paper boat at dawn"
HOLD_S = 600.0

pytestmark = pytest.mark.timeout(240)


async def delivered_once(made: Apart) -> None:
    await made.found.posted_once()
    assert len(made.clips_of(BOAT)) == 1


async def test_a_worker_killed_between_the_bucket_and_the_row_pays_and_posts_once(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        held = made.s3.wire.fail(Fault(route=PUT, when="after", delay_s=HOLD_S))
        await made.found.order(BOAT)
        await eventually(lambda: held.hits, made.found)
        await made.stored("clips")
        assert made.found.state() == "downloading"
        await made.replace_worker("second")
        await delivered_once(made)


async def test_a_worker_killed_before_the_post_is_followed_without_a_second_download(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        held = made.found.world.discord.wire.fail(Fault(route=POST, when="before", delay_s=HOLD_S, skip=1, times=None))
        await made.found.order(BOAT)
        await eventually(lambda: made.found.state() == "delivering" and held.hits, made.found)
        downloads = len(made.found.provider.wire.requests(GET_CLIP))
        assert downloads
        made.found.world.discord.wire.clear()
        await made.replace_worker("second")
        await delivered_once(made)
        assert len(made.found.provider.wire.requests(GET_CLIP)) == downloads


async def test_a_truncated_object_is_downloaded_from_the_provider_again(tmp_path: Path) -> None:
    async with apart(tmp_path) as made:
        held = made.found.world.discord.wire.fail(Fault(route=POST, when="before", delay_s=HOLD_S, skip=1, times=None))
        await made.found.order(BOAT)
        await eventually(lambda: made.found.state() == "delivering" and held.hits, made.found)
        await made.found.worker.kill()
        (name,) = await made.s3.names("clips")
        await made.s3.cut(name)
        made.found.world.discord.wire.clear()
        await made.replace_worker("second")
        await delivered_once(made)
        assert "a file in the bucket is damaged" in made.found.worker.words()
