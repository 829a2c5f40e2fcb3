"""Several jobs start from one clip at once: each gets the whole clip and a frame of its own."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.chat.delivery.attachments import Attachments
from bot.jobs.provider_errors import Unreachable
from bot.net.downloads import Downloads
from bot.net.ssrf_guard import SsrfGuard
from tests.harness import open_harness
from tests.media.misbehaving_server import misbehaving_server
from tests.remix.own_videos import post_video, remix_by_menu

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 2000\r\n\r\n"


async def test_remixes_from_one_last_frame_do_not_disturb_each_other(tmp_path: Path) -> None:
    prompts = [f"make it snow in {number} colours" for number in range(8)]
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await asyncio.gather(*(remix_by_menu(harness.bob, posted, prompt) for prompt in prompts))
        for prompt in prompts:
            await harness.wait_for_clip(prompt)
        frames = [path.name for path in (tmp_path / "pictures").glob("*.last.jpg")]
        assert len(frames) == len(prompts)


@pytest.mark.parametrize("ends", ["whole", "cut short", "killed"])
async def test_a_clip_appears_only_when_it_is_whole(tmp_path: Path, ends: str) -> None:
    goes_on, is_half = asyncio.Event(), asyncio.Event()

    async def pauses_half_way(writer: asyncio.StreamWriter) -> None:
        writer.write(HEADERS + bytes(1000))
        await writer.drain()
        is_half.set()
        await goes_on.wait()
        if ends == "whole":
            writer.write(bytes(1000))

    clip = tmp_path / "clip.mp4"
    async with misbehaving_server(pauses_half_way) as port:
        host = f"127.0.0.1:{port}"
        attachments = Attachments(Downloads(SsrfGuard((host,))), host)
        download = asyncio.create_task(attachments.clip(f"http://{host}/clip.mp4", clip))
        await is_half.wait()
        assert not clip.exists()
        if ends == "killed":
            download.cancel()
        goes_on.set()
        if ends == "whole":
            assert await download
            assert clip.stat().st_size == 2000
        else:
            with pytest.raises(asyncio.CancelledError if ends == "killed" else Unreachable):
                await download
            assert not clip.exists()
    assert await asyncio.to_thread(os.listdir, tmp_path) == (["clip.mp4"] if ends == "whole" else [])
