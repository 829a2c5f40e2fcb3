"""Tests of delivery: clips are posted unchanged, remuxed, transcoded or as a link."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.jobs.job import Job, State
from bot.media.ffmpeg import find_ffmpeg
from bot.sandbox import test_clips
from bot.sandbox.discord import Channel, LocalMessage
from bot.sandbox.ffmpeg import probe
from bot.store.jobs import SqlJobStore
from tests.harness import BotHarness, open_harness, status_message
from tests.media.sample_videos import sample_video, with_credentials

PROMPT = "a clip of some weight"
MIB = 1 << 20


async def generate(studio: BotHarness, prompt: str = PROMPT, channel: Channel | None = None) -> LocalMessage:
    await studio.alice.slash(channel or studio.channel, "generate", prompt=prompt)
    return await studio.wait_for_clip(prompt)


def job_store(studio: BotHarness) -> SqlJobStore:
    assert studio.database is not None
    return SqlJobStore(studio.database)


async def delivered(studio: BotHarness, message: LocalMessage) -> Job:
    """Return the job of a message as soon as its row says that it was posted."""
    async with asyncio.timeout(60):
        while True:
            job = await job_store(studio).by_message(message.id)
            if job is not None and job.state is State.DELIVERED:
                return job
            await asyncio.sleep(0.02)


async def test_a_clip_that_fits_is_posted_byte_for_byte(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = with_credentials(sample_video("plain"))
        clip = await generate(studio)
        assert clip.attachments[0].data == with_credentials(sample_video("plain"))
        assert clip.attachments[0].description == PROMPT
        assert "copy" not in clip.content


async def test_a_clip_with_content_credentials_is_not_remuxed(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = with_credentials(sample_video("index at the end"))
        clip = await generate(studio)
        assert clip.attachments[0].data == with_credentials(sample_video("index at the end"))


@pytest.mark.parametrize("kind", ["index at the end", "fragmented", "quicktime", "4:4:4", "hevc", "mpeg-4 part 2"])
async def test_a_clip_that_does_not_play_inline_is_converted(tmp_path: Path, kind: str) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = sample_video(kind)
        clip = await generate(studio)
        posted = clip.attachments[0].data
        assert posted.index(b"moov") < posted.index(b"mdat")
        facts = await probe(posted)
        assert (facts.codec, facts.width, facts.height) == ("h264", 128, 72)
        assert facts.has_audio is (kind in ("index at the end", "fragmented", "quicktime"))
        assert "moof" not in str(posted[:4000])
        assert "smaller copy" not in clip.content
        clips = studio.data / "clips"  # the copy is deleted once it is posted, the original is kept
        await studio.wait_until(lambda: [path.read_bytes() for path in clips.iterdir()] == [sample_video(kind)])


async def test_lost_content_credentials_are_mentioned(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.provider.serve_instead = with_credentials(sample_video("quicktime"))
        clip = await generate(studio)
        assert "Only the original has the content credentials." in clip.content


async def test_a_clip_over_the_upload_limit_is_transcoded_and_explained(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        original = await test_clips.heavy(12, seconds=3)
        studio.provider.serve_instead = original
        with studio.discord.recorded() as events:
            clip = await generate(studio)
        size = original.stat().st_size
        posted = clip.attachments[0].data
        assert len(posted) <= 10 * MIB
        message = f"{round(size / 1e6)} MB is over the limit here (10 MB). This is a smaller copy; "
        assert message + "you can get the original from /jobs for 7 days." in clip.content
        facts, before = await probe(posted), await probe(original)
        assert facts.has_audio
        assert facts.duration_s == pytest.approx(before.duration_s, abs=0.1)
        assert f"🗜 {round(size / 1e6)} MB, reducing it to less than 10 MB …" in str(events)
        (kept,) = (studio.data / "clips").iterdir()
        assert kept.stat().st_size == size


async def test_a_boosted_server_has_the_limit_of_its_tier(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as studio:
        studio.guild.premium_tier, studio.guild.upload_limit_bytes = 2, 50 * MIB
        studio.provider.serve_instead = original = await test_clips.heavy(12, seconds=3)
        await studio.start()
        clip = await generate(studio)
        assert len(clip.attachments[0].data) == original.stat().st_size


async def test_a_413_lowers_the_limit_for_later_clips(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        studio.guild.upload_limit_bytes = 3 * MIB  # less than the limit of the server's tier
        studio.provider.serve_instead = await test_clips.heavy(5, seconds=2)
        first = await generate(studio)
        assert len(first.attachments[0].data) <= 2 * MIB
        refusals = len([request for request in studio.discord.wire.seen if request.status == 413])
        assert refusals == 3  # 5 MB, once more, and then the copy for 4 MiB
        learned = await job_store(studio).get_flag(f"upload-limit:{studio.guild.id}")
        assert learned is not None
        assert int(learned[0]) == 2 * MIB
        second = await generate(studio, "a second clip of some weight")
        assert len(second.attachments[0].data) <= 2 * MIB
        assert len([request for request in studio.discord.wire.seen if request.status == 413]) == refusals


async def test_a_clip_without_an_acceptable_copy_is_posted_as_a_link(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        await job_store(studio).set_flag(f"upload-limit:{studio.guild.id}", "20000", studio.discord.now())
        await job_store(studio).set_flag(f"upload-small:{studio.guild.id}", "30000,40000", studio.discord.now())
        interaction = await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
        message = await studio.wait_for_message("[Watch it at the provider](http")
        assert message.attachments == []
        assert "a smaller copy would look bad" in message.content
        assert "You can get the file from /jobs for 7 days." in message.content
        assert message.mention_ids == [studio.alice.id]
        labels = [button["label"] for button in message.components[0]["components"]]
        assert labels == ["Remix", "Again", "Details", "Delete"]
        await studio.wait_until(lambda: status_message(studio.discord, interaction) is None)
        job = await delivered(studio, message)
        assert "http" not in (job.note or "")  # a signed link is posted but never stored
        assert len(list((studio.data / "clips").iterdir())) == 1
        await studio.bob.reply(message, "make it snow, softly and slowly")  # and it can be remixed
        await studio.wait_until(lambda: len(studio.provider.charges) == 2 or None)


@pytest.fixture
def break_ffmpeg(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Return a function from whose call on every run of ffmpeg fails."""
    broken = tmp_path / "bin" / "ffmpeg"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:

        def begin() -> None:
            patch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
            find_ffmpeg.cache_clear()

        yield begin
    find_ffmpeg.cache_clear()


async def test_a_failed_copy_is_not_told_as_a_bad_one(tmp_path: Path, break_ffmpeg: Callable[[], None]) -> None:
    async with open_harness(tmp_path, start=False) as studio:
        studio.provider.serve_instead = await test_clips.heavy(12, seconds=3)
        break_ffmpeg()
        await studio.start()
        await studio.alice.slash(studio.channel, "generate", prompt=PROMPT)
        message = await studio.wait_for_message("[Watch it at the provider](http")
        assert "I couldn't make a smaller copy" in message.content
        assert "look bad" not in message.content


async def test_an_archived_thread_is_reopened(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.6) as studio:
        thread = studio.channel.add_thread("night shots")
        await studio.alice.slash(thread, "generate", prompt=PROMPT)
        thread.archive()
        clip = await studio.wait_for_clip(PROMPT)
        assert clip.channel is thread
        assert not thread.archived


async def test_a_spoiler_prompt_makes_spoiler_files_in_remixes_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt="||the ending|| of it")
        clip = await studio.wait_until(lambda: next(iter(studio.clips), None))
        assert clip.attachments[0].filename.startswith("SPOILER_video-")
        await studio.bob.reply(clip, "make it snow, softly and slowly")
        remix = await studio.wait_for_clip("make it snow")
        assert remix.attachments[0].filename.startswith("SPOILER_video-")


async def test_a_remix_waits_if_its_channel_is_no_longer_age_restricted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.6) as studio:
        den = studio.guild.add_channel("den", nsfw=True)
        other = studio.guild.add_channel("other", nsfw=True)
        clip = await generate(studio, channel=den)
        code = clip.content.splitlines()[1].split(" · ")[-1]
        await studio.bob.slash(other, "remix", prompt="make it snow, softly", video=code)
        await studio.wait_until(lambda: len(studio.provider.charges) == 2 or None)
        other.set_nsfw(False)
        await wait_until_parked(studio)
        assert studio.clips_with_prompt("make it snow") == []


async def wait_until_parked(studio: BotHarness) -> Job:
    """Return the open job once it is rescheduled for much later."""
    async with asyncio.timeout(60):
        while True:
            jobs = await job_store(studio).open_jobs()
            for job in jobs:
                if job.state is State.DELIVERING and (job.due_at or 0.0) > studio.discord.now() + 400.0:
                    return job
            await asyncio.sleep(0.02)
