"""The copy of a member's video: made once, again after a crash, and deleted with its message or on request."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.chat.delivery import attachments
from bot.jobs.rejections import VideoNotCopied
from bot.jobs.server_settings import DELETED_PROMPT
from bot.ports.host_alarm import NullHostAlarm
from bot.ports.provider import FetchLimits
from bot.ports.sweeps import no_other_process
from bot.sandbox.fault_injection import Fault
from bot.store.repositories import build_repositories
from bot.worker.retention import RetentionSweep
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import NOT_FOUND, create_clip
from tests.remix.own_videos import CAT, SNOW, answer_text, imports, post_video, remix_by_menu


async def test_two_remixes_of_one_video_share_its_copy(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await asyncio.gather(
            remix_by_menu(harness.bob, posted, "make it snow softly"),
            remix_by_menu(harness.alice, posted, "make it rain"),
        )
        await harness.wait_for_clip("make it snow softly")
        await harness.wait_for_clip("make it rain")
        assert len(await imports(harness)) == 1
        fetched = [seen for seen in harness.discord.wire.seen if "cat.mp4" in seen.path]
        assert len(fetched) == 1


async def test_a_form_that_was_opened_before_a_restart_still_works(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        opened = await harness.bob.menu(post_video(harness, harness.alice), "Remix video")
        await opened.answer()
        await harness.restart()
        await harness.bob.submit(opened.modal, prompt=SNOW)
        await harness.wait_for_clip(SNOW)


async def test_a_copy_that_a_crash_interrupted_is_made_again(tmp_path: Path) -> None:
    """Killed while it downloaded, or between the rename and the row: the row still has the link."""
    async with open_harness(tmp_path) as harness:
        opened = await harness.bob.menu(post_video(harness, harness.alice), "Remix video")
        await opened.answer()
        (source,) = await imports(harness)
        await harness.stop()
        clip, part = (tmp_path / "clips" / f"{source.id}{ending}" for ending in (".mp4", ".K7Q2.part"))
        for path in (clip, part):
            path.write_bytes(CAT.data[:1000])
        await harness.start()
        assert not part.exists()
        await harness.bob.submit(opened.modal, prompt=SNOW)
        await harness.wait_for_clip(SNOW)
        assert clip.read_bytes() == CAT.data


async def test_a_file_that_is_larger_than_it_says_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = FetchLimits(max_bytes=10_000, timeout_s=9.0, min_bytes_per_s=1)
    monkeypatch.setattr(attachments, "_VIDEO_LIMITS", limits)
    async with open_harness(tmp_path) as harness:
        refused = await remix_by_menu(harness.bob, post_video(harness, harness.alice))
        assert "cat.mp4 is larger than 100 MB" in await answer_text(refused)
        assert not list((tmp_path / "clips").iterdir())


async def test_only_discords_own_hosts_are_asked_for_a_video(tmp_path: Path) -> None:
    class NoDownloads:
        async def fetch(self, url: str, into: Path, limits: FetchLimits) -> None:
            raise AssertionError(url)

    async def refresh(url: str) -> str | None:
        raise AssertionError(url)

    for host in ("example.org", "cdn.discordapp.com.example.org", "cdn.discordapp.com:444", "user@cdn.discordapp.com"):
        with pytest.raises(VideoNotCopied):
            await attachments.Attachments(NoDownloads()).video(f"https://{host}/a/cat.mp4", tmp_path / "cat", refresh)


async def test_a_copy_that_fails_is_made_by_the_next_request(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        harness.discord.wire.fail(Fault(route="GET */attachments/*", status=503))
        refused = await remix_by_menu(harness.bob, posted)
        assert "I couldn't copy cat.mp4 from Discord. Not charged." in await answer_text(refused)
        assert harness.provider.charges == []
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)


async def test_a_remix_can_be_repeated_and_its_source_is_copied_again_if_the_file_is_gone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        remix = await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        (tmp_path / "clips" / f"{source.id}.mp4").unlink()
        again = await harness.alice.press(remix, "Again")
        assert "I no longer have a copy of cat.mp4." in await answer_text(again)
        await remix_by_menu(harness.alice, posted, "make it rain")
        await harness.wait_for_clip("make it rain")
        await harness.bob.press(remix, "Again")
        await harness.wait_until(lambda: len(harness.clips_with_prompt(SNOW)) == 2 or None)
        assert [job.id for job in await imports(harness)] == [source.id]


async def test_a_deleted_message_cannot_be_remixed_and_its_copy_is_deleted(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        remix = await harness.wait_for_clip(SNOW)
        await harness.alice.delete(posted)
        (source,) = await imports(harness)
        await create_clip(harness, "something later")  # events arrive in order
        assert (await answer_text(await harness.bob.press(remix, "Again"))).startswith(NOT_FOUND)
        assert harness.app is not None
        await _sweep(harness)
        assert not (tmp_path / "clips" / f"{source.id}.mp4").exists()
        (erased,) = await imports(harness)
        assert (erased.prompt, erased.post.result_message_id, erased.image_url) == (DELETED_PROMPT, None, None)


async def _sweep(harness: BotHarness) -> None:
    """Run the hourly sweep as the app builds it, also while the app's own one runs."""
    assert harness.app is not None
    assert harness.database is not None
    services = harness.bot.services
    context = harness.app._job_context(services.submission._publisher, services.foreground, NullHostAlarm())
    context.sweep_lock = no_other_process
    repositories = build_repositories(harness.database)
    give_up = services.job_service.give_up
    await RetentionSweep(context, repositories.retention, give_up, presence=repositories.presence).run_once()


async def test_a_message_deleted_while_the_bot_was_offline_is_noticed_at_the_next_use(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        await harness.stop()
        await harness.alice.delete(posted)
        await harness.start()
        refused = await harness.bob.slash(harness.channel, "remix", prompt="make it rain", video=source.code)
        assert (await answer_text(refused)).startswith(NOT_FOUND)
        assert (await imports(harness))[0].post.deleted_at is not None


async def test_a_video_that_was_never_copied_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        opened = await harness.bob.menu(post_video(harness, harness.alice), "Remix video")
        await opened.answer()
        await _sweep(harness)
        (source,) = await imports(harness)
        assert source.image_url is not None
        assert harness.database is not None
        await harness.database.run("UPDATE job SET created_at = created_at - ?", (2 * 86_400.0,))
        await _sweep(harness)
        (source,) = await imports(harness)
        assert (source.image_url, source.prompt, source.post.result_message_id) == (None, DELETED_PROMPT, None)


async def test_the_author_can_have_the_copy_deleted_and_keeps_the_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        assert "haven't made any videos" in await answer_text(await harness.alice.slash(harness.channel, "jobs"))
        assert harness.database is not None
        memory = build_repositories(harness.database).retention
        (mine,) = await memory.of_member(harness.alice.id, 9)
        assert mine.message_id is None
        await memory.request_deletion(harness.alice.id, time.time())
        await _sweep(harness)
        (source,) = await imports(harness)
        assert source.prompt == DELETED_PROMPT
        assert not (tmp_path / "clips" / f"{source.id}.mp4").exists()
        assert not posted.deleted
        await remix_by_menu(harness.bob, posted, "make it rain")  # in a new row
        await harness.wait_for_clip("make it rain")
