"""Extensions by models that have none of their own: from the last frame, joined to the video that they continue."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.jobs.job import Job
from bot.media.mp4.reader import VideoFacts, read_bytes
from bot.ports.provider import RemixMethod
from bot.sandbox.discord import LocalDiscord, LocalMessage, Upload
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.store.jobs import SqlJobStore
from tests.harness import BotHarness, open_harness
from tests.media.sample_videos import sample_video
from tests.pictures.helpers import upload
from tests.remix.helpers import code_of
from tests.remix.own_videos import CAT, SNOW, answer_text, post_video, remix_by_menu

FOX, STORM, DAWN = "a fox of folded paper", "the storm goes by", "the sun comes up"
ALONE = "I couldn't add this to the video that it continues, so it's only the new part."
ONLY_FRAMES: tuple[RemixMethod, ...] = ("image",)  # as where no model has an extension of its own


async def make_source(harness: BotHarness) -> LocalMessage:
    await harness.alice.slash(harness.channel, "generate", prompt=FOX, seconds=5)
    return await harness.wait_for_clip(FOX)


async def extend(harness: BotHarness, source: LocalMessage, prompt: str = STORM) -> LocalMessage:
    await harness.bob.slash(harness.channel, "extend", prompt=prompt, video=source.link, seconds=5)
    return await harness.wait_for_clip(prompt)


async def known_video(harness: BotHarness, upload: Upload) -> LocalMessage:
    """Post a member's video and remix it by the menu, because a link alone doesn't show its files to the bot."""
    message = post_video(harness, harness.alice, upload)
    await remix_by_menu(harness.bob, message)
    await harness.wait_for_clip(SNOW)
    return message


def posted(message: LocalMessage) -> VideoFacts:
    return read_bytes(message.attachments[0].data)


async def job_of(harness: BotHarness, message: LocalMessage) -> Job:
    assert harness.database is not None
    job = await SqlJobStore(harness.database).by_message(message.id)
    assert job is not None
    return job


async def test_without_a_native_extension_the_last_frame_is_continued_and_both_parts_are_posted(
    tmp_path: Path,
) -> None:
    async with open_harness(tmp_path, remix_rungs=ONLY_FRAMES) as harness:
        source = await make_source(harness)
        longer = await extend(harness, source)
        assert f"[{code_of(source)}]({source.link}) by <@{harness.alice.id}>, continued from its last frame" in (
            longer.content
        )
        assert "5 s added · 10 s in total · 16:9" in longer.content
        assert ALONE not in longer.content
        one, both = posted(source), posted(longer)
        assert both.duration_s == pytest.approx(10.0, abs=0.6)
        assert (both.width, both.height) == (one.width, one.height)
        assert both.has_audio == one.has_audio
        first, second = harness.provider.tasks.values()
        assert (first.kind, second.kind, second.aspect) == ("create", "create", first.aspect)
        assert len(second.pictures) == 1
        assert len(harness.provider.charges) == 2


async def test_an_extension_is_continued_as_a_whole_and_never_by_its_last_part_alone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        cat = await known_video(harness, CAT)
        longer = await extend(harness, cat)  # by Grok 3, which extends its own videos natively
        assert "continued from its last frame" in longer.content
        longest = await extend(harness, longer, DAWN)
        assert "continued from its last frame" in longest.content
        assert posted(longest).duration_s == pytest.approx(2 * posted(longer).duration_s - 1.0, abs=1.0)
        await harness.alice.reply(longest, "now in the snow, softly")
        assert "(from its last frame)" in (await harness.wait_for_clip("now in the snow, softly")).content
        assert {task.kind for task in harness.provider.tasks.values()} == {"create"}


async def test_a_portrait_video_of_a_member_stays_upright(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        tall = await known_video(harness, Upload("tall.mp4", sample_video("portrait")))
        longer = await extend(harness, tall)
        assert " · 9:16 · " in longer.content
        assert [task.aspect for task in harness.provider.tasks.values()] == ["9:16", "9:16"]
        assert posted(longer).height > posted(longer).width


async def test_a_picture_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    async with open_harness(tmp_path, remix_rungs=ONLY_FRAMES) as harness:
        source = await make_source(harness)
        await harness.bob.reply(source, f"extend: {STORM}", attachments=[upload("navy")])
        await harness.wait_for_message(
            "An extension begins where the video ends, so it takes no picture. Remove the image, or make a remix with"
        )
        assert len(harness.provider.charges) == 1


async def test_more_than_ten_minutes_are_refused_before_anything_is_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ordering.quote.MAX_JOINED_S", 9)
    async with open_harness(tmp_path, remix_rungs=ONLY_FRAMES) as harness:
        source = await make_source(harness)
        sent = await harness.bob.slash(harness.channel, "extend", prompt=STORM, video=source.link, seconds=5)
        assert "s, and I join videos of at most" in await answer_text(sent)
        assert len(harness.provider.charges) == 1


async def _delete_copy(harness: BotHarness, source: LocalMessage) -> None:
    (harness.data / "clips" / f"{(await job_of(harness, source)).id}.mp4").unlink()


async def _delete_both(harness: BotHarness, source: LocalMessage) -> None:
    await _delete_copy(harness, source)
    await harness.guild.add_member("moderator", manage=True).delete(source)


async def _break_copy(harness: BotHarness, source: LocalMessage) -> None:
    path = harness.data / "clips" / f"{(await job_of(harness, source)).id}.mp4"
    data = path.read_bytes()
    at = data.index(b"mdat") + 4
    path.write_bytes(data[:at] + bytes(len(data) - at))


async def _withdraw(harness: BotHarness, source: LocalMessage) -> None:
    assert harness.database is not None
    job = await job_of(harness, source)
    await SqlJobStore(harness.database).set_flag(f"withdraw:{job.user_id}", "", job.created_at + 1.0)


async def _extend_while(
    harness: BotHarness, source: LocalMessage, meanwhile: Callable[[BotHarness, LocalMessage], Awaitable[None]]
) -> LocalMessage:
    """Extend a video; while the new part renders and can't be downloaded yet, let something happen to the source."""
    held = harness.provider.wire.fail(Fault(route="GET /cdn/*", drop=True, times=None))
    await harness.bob.slash(harness.channel, "extend", prompt=STORM, video=source.link, seconds=5)
    await harness.wait_until(lambda: held.hits)
    await meanwhile(harness, source)
    held.times = 0
    return await harness.wait_for_clip(STORM)


async def test_the_source_is_fetched_again_from_its_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path, remix_rungs=ONLY_FRAMES) as harness:
        source = await make_source(harness)
        longer = await _extend_while(harness, source, _delete_copy)
        assert ALONE not in longer.content
        assert posted(longer).duration_s == pytest.approx(10.0, abs=0.6)


@pytest.mark.parametrize("meanwhile", [_delete_both, _break_copy, _withdraw])
async def test_what_cannot_be_joined_is_posted_alone_and_it_is_said(
    tmp_path: Path, meanwhile: Callable[[BotHarness, LocalMessage], Awaitable[None]]
) -> None:
    async with open_harness(tmp_path, remix_rungs=ONLY_FRAMES) as harness:
        source = await make_source(harness)
        part = await _extend_while(harness, source, meanwhile)
        assert ALONE in part.content
        assert posted(part).duration_s == pytest.approx(5.0, abs=0.5)
        assert len(harness.provider.charges) == 2
        assert not list((tmp_path / "clips").glob("*.part"))


async def test_killed_before_the_parts_are_joined_it_is_posted_once_and_whole(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path, env={"RETAKE_REMIX_RUNGS": "image"}) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt=FOX, seconds=5)
        await world.discord.wait_for(lambda: clips(world.discord))
        held = provider.wire.fail(Fault(route="GET /cdn/*", delay_s=60.0))
        await alice.slash(channel, "extend", prompt=STORM, seconds=5)
        await world.discord.wait_for(lambda: held.hits)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: len(clips(world.discord)) == 2)
        longer = clips(world.discord)[1]
        assert "continued from its last frame" in longer.content
        assert posted(longer).duration_s == pytest.approx(10.0, abs=0.6)
        regular = [message for message in world.discord.all_messages if message.ephemeral_to is None]
        await world.discord.wait_for(lambda: all(m.attachments or m.deleted for m in regular))
        assert len(provider.charges) == 2
        assert len(clips(world.discord)) == 2


def clips(discord: LocalDiscord) -> list[LocalMessage]:
    return [message for message in discord.all_messages if message.attachments and message.is_bot]
