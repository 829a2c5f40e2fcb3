"""The reply `gif` is answered with an animated GIF of the video, made by real ffmpeg, bounded in size and time."""

import asyncio
import io
from pathlib import Path

import discord
import pytest
from PIL import Image

from bot.chat.delivery.gif_posts import GifPosts
from bot.chat.requests.reply_parser import Exact, read_reply
from bot.media.gif import GifFailed, make_gif
from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness
from tests.limits.privacy_helpers import ask_to_delete_my_data
from tests.media.sample_videos import sample_video
from tests.remix.helpers import LIGHTHOUSE, NOT_FOUND, code_of, create_clip, delete_by_button

POST = "POST */channels/*/messages"


def gifs(harness: BotHarness) -> list[LocalMessage]:
    said = [message for message in harness.discord.all_messages if message.is_bot and not message.deleted]
    return [message for message in said if any(file.filename.endswith(".gif") for file in message.attachments)]


async def wait_for_gif(harness: BotHarness) -> LocalMessage:
    return await harness.wait_until(lambda: next(iter(gifs(harness)), None))


@pytest.mark.parametrize("text", ["gif", "GIF please", "make it a gif", "als GIF bitte", "GIFにして"])
def test_a_reply_that_asks_for_a_gif_is_understood_in_every_language(text: str) -> None:
    assert read_reply(text, 1) == Exact(word="gif")


async def test_gif_is_answered_with_an_animation_that_costs_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        order = await harness.bob.reply(clip, "gif")
        posted = await wait_for_gif(harness)
        assert posted.reference_id == order.id
        assert posted.content == f"-# GIF · {code_of(clip)} · AI-generated"
        assert posted.mention_ids == []
        data = posted.attachments[0].data
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "GIF"
            assert getattr(image, "n_frames", 1) > 10
            assert max(image.size) <= 480
        assert len(data) <= 10 << 20
        assert len(harness.provider.charges) == 1


async def test_a_second_gif_within_a_minute_is_refused(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "gif")
        await wait_for_gif(harness)
        await harness.alice.reply(clip, "gif")
        await harness.wait_for_message("I made a GIF of this video in this channel less than a minute ago.")
        assert len(gifs(harness)) == 1
        assert [path for path in (tmp_path / "clips").iterdir() if path.suffix == ".part"] == []


async def test_a_video_that_is_not_posted_has_no_gif_yet(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        status = await harness.status_of(await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE))
        await harness.bob.reply(status, "gif")
        await harness.wait_for_message("This video isn't posted yet. Reply gif to it when it is.")


async def test_the_gif_of_a_clip_that_is_no_longer_on_disk_is_made_from_its_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        for path in (tmp_path / "clips").glob("*.mp4"):
            path.unlink()
        await harness.bob.reply(clip, "gif")
        await wait_for_gif(harness)


async def test_a_locked_video_has_no_gif_for_others(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        details = await (await harness.alice.press(clip, "Details")).answer()
        assert isinstance(details, LocalMessage)
        await harness.alice.press(details, "Not for remixing")
        await harness.wait_until(lambda: "not for remixing" in details.content or None)
        await harness.bob.reply(clip, "gif")
        await harness.wait_for_message(NOT_FOUND)
        assert gifs(harness) == []


async def test_its_gifs_are_deleted_with_the_video(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "gif")
        posted = await wait_for_gif(harness)
        await delete_by_button(harness.alice, clip)
        await harness.wait_until(lambda: posted.deleted or None)


@pytest.mark.parametrize("how", ["before", "during", "withdrawn"])
async def test_a_video_that_is_deleted_while_its_gif_is_made_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        made, sent = asyncio.Event(), asyncio.Event()

        async def slow_gif(video: Path, gif: Path, most_bytes: int) -> None:
            await make_gif(video, gif, most_bytes)
            made.set()
            if how != "during":
                await sent.wait()

        monkeypatch.setattr("bot.chat.requests.gifs.make_gif", slow_gif)
        record = GifPosts.record

        async def slow_record(self: GifPosts, job_id: str, message: discord.Message) -> None:
            await sent.wait()
            await record(self, job_id, message)

        monkeypatch.setattr(GifPosts, "record", slow_record)
        await harness.bob.reply(clip, "gif")
        await harness.wait_until(lambda: gifs(harness) if how == "during" else made.is_set() or None)
        if how == "withdrawn":
            await harness.alice.press(await ask_to_delete_my_data(harness), "Delete data and videos")
            await harness.wait_for_message("Your data has been deleted")
        else:
            await delete_by_button(harness.alice, clip)
            await harness.wait_for_message("Deleted")
        sent.set()
        await harness.wait_for_message(NOT_FOUND)
        assert gifs(harness) == []


@pytest.mark.parametrize(("status", "posts"), [(413, True), (403, False)])
async def test_a_gif_that_discord_refuses_is_made_smaller_or_said(tmp_path: Path, status: int, posts: bool) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        body = {"code": 40005 if posts else 50013, "message": "no"}
        refused = harness.discord.wire.fail(Fault(route=POST, status=status, body=body))
        await harness.bob.reply(clip, "gif")
        if posts:
            await wait_for_gif(harness)
        else:
            await harness.wait_for_message("I couldn't make or post a GIF of this video.")
        assert refused.hits == 1


async def test_a_gif_fits_the_limit_or_there_is_none(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(sample_video("long"))
    await make_gif(clip, tmp_path / "large.part", 10 << 20)
    large = (tmp_path / "large.part").stat().st_size
    await make_gif(clip, tmp_path / "small.part", large // 2)
    assert (tmp_path / "small.part").stat().st_size <= large // 2
    with pytest.raises(GifFailed):
        await make_gif(clip, tmp_path / "none.part", 200)
    clip.write_bytes(b"no video")
    with pytest.raises(GifFailed):
        await make_gif(clip, tmp_path / "none.part", 10 << 20)
