"""Remixes of members' own videos: what is made of them, what is refused, and what lists and the family tree show."""

from pathlib import Path

import pytest

from bot.chat.delivery import attachments
from bot.chat.requests.video_imports import shape_of
from bot.jobs.job import State
from bot.jobs.server_settings import ServerSettings
from bot.media import imported
from bot.media.mp4.reader import read_facts
from bot.sandbox.discord import LocalMessage, Upload
from bot.sandbox.providers import LocalXAI
from bot.store.server_settings import SqlServerRepository
from tests.harness import open_harness
from tests.media.sample_videos import other_container, sample_video
from tests.remix.helpers import NOT_FOUND
from tests.remix.own_videos import (
    CAT,
    SNOW,
    allow_any_video,
    answer_text,
    imports,
    of_seconds,
    post_video,
    remix_by_menu,
)


async def test_a_members_video_is_remixed_from_its_last_frame(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        sent = await remix_by_menu(harness.bob, posted)
        remix = await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        assert (
            f"remix of [{source.code}]({posted.link}) by <@{harness.alice.id}> (from its last frame)" in remix.content
        )
        assert (await answer_text(sent)).startswith("I'm on it: ")
        assert source.clip.clip_seconds == pytest.approx(1.0, abs=0.1)
        assert (source.image_url, source.user_id, source.prompt) == (None, harness.alice.id, "cat.mp4")
        assert (tmp_path / "clips" / f"{source.id}.mp4").read_bytes() == CAT.data
        assert len(harness.provider.charges) == 1


async def test_a_model_that_edits_any_clip_gets_the_members_video(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        await remix_by_menu(harness.bob, post_video(harness, harness.alice))
        remix = await harness.wait_for_clip(SNOW)
        assert "(edit of the clip)" in remix.content
        assert [task.kind for task in xai.tasks.values()] == ["edit"]
        assert harness.provider.tasks == {}


async def test_a_video_that_is_too_long_to_edit_is_continued_from_its_last_frame(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        long = Upload("long.mp4", of_seconds(12))
        await remix_by_menu(harness.bob, post_video(harness, harness.alice, long))
        assert "(from its last frame)" in (await harness.wait_for_clip(SNOW)).content


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cat.webm", other_container("WebM")),
        ("cat.mov", sample_video("quicktime")),
        ("CAT.MOV", sample_video("hevc")),
        ("SPOILER_cat.mp4", sample_video("index at the end")),
    ],
    ids=["webm", "mov", "hevc", "spoiler"],
)
async def test_other_containers_and_codecs_become_an_mp4_that_plays_everywhere(
    tmp_path: Path, name: str, data: bytes
) -> None:
    async with open_harness(tmp_path) as harness:
        await remix_by_menu(harness.bob, post_video(harness, harness.alice, Upload(name, data)))
        remix = await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        facts = read_facts(tmp_path / "clips" / f"{source.id}.mp4")
        assert facts.plays_inline
        assert remix.attachments[0].filename.startswith("SPOILER_") == name.startswith("SPOILER_")


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (Upload("cat.mp4", b"\0" * 4000), "cat.mp4 isn't a video that I can use."),
        (Upload("cat.mp4", other_container("GIF")), "cat.mp4 isn't a video that I can use."),
        (Upload("cat.mp4", sample_video("sound only")), "cat.mp4 isn't a video that I can use."),
        (Upload("cat.png", b"\x89PNG"), "There's no video in that message."),
        (Upload("cat.mp4", sample_video("long")), "cat.mp4 is longer than 2 s"),
        (Upload("cat.webm", other_container("WebM") + b"\0" * 100_000), "cat.webm is larger than 0.1 MB"),
    ],
    ids=["zeros", "gif", "sound", "picture", "long", "large"],
)
async def test_what_cannot_be_remixed_is_refused_before_anything_is_stored_for_a_remix_or_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upload: Upload, sentence: str
) -> None:
    monkeypatch.setattr(imported, "MAX_SECONDS", 2.0)
    monkeypatch.setattr(attachments, "MAX_SECONDS", 2.0)
    if "larger" in sentence:
        monkeypatch.setattr("bot.chat.requests.video_imports.VIDEO_LIMIT_MB", 0.1)
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice, upload)
        refused = await remix_by_menu(harness.bob, posted)
        assert sentence in await answer_text(refused)
        assert all(m.ephemeral_to is not None for m in harness.discord.all_messages if m.is_bot and not m.deleted)
        assert harness.provider.charges == []
        assert not list((tmp_path / "clips").iterdir())


async def test_a_server_can_allow_remixes_of_the_bots_videos_only(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted, other = post_video(harness, harness.alice), post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        clip = await harness.wait_for_clip(SNOW)
        await allow_any_video(harness, False)
        for message in (other, posted):
            refused = await remix_by_menu(harness.bob, message)
            assert "This server allows remixes of my videos only." in await answer_text(refused)
        await harness.bob.reply(clip, "now make it rain")
        await harness.wait_for_clip("now make it rain")
        assert len(await imports(harness)) == 1


async def test_a_refusal_after_the_copy_is_private_and_keeps_the_words(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.database is not None
        rules = ServerSettings(videos_per_member=0)
        await SqlServerRepository(harness.database).save_settings(harness.guild.id, rules)
        sent = await remix_by_menu(harness.bob, post_video(harness, harness.alice))
        answer = await sent.answer(20)
        assert isinstance(answer, LocalMessage)
        assert "your limit is 0 videos a day" in answer.content
        assert answer.ephemeral_to == harness.bob.id
        assert harness.provider.charges == []
        await SqlServerRepository(harness.database).save_settings(harness.guild.id, ServerSettings())
        opened = await harness.bob.press(answer, "Edit and retry")
        await opened.answer()
        await harness.bob.submit(opened.modal, prompt="make it rain")
        assert "(from its last frame)" in (await harness.wait_for_clip("make it rain")).content


async def test_the_family_tree_shows_the_members_video_with_its_author(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await remix_by_menu(harness.bob, post_video(harness, harness.alice))
        remix = await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        tree = await answer_text(await harness.bob.slash(harness.channel, "tree", video=remix.link))
        assert f"[{source.code}](" in tree
        assert f" · uploaded · <@{harness.alice.id}> · cat.mp4" in tree
        assert "2 videos" in tree
        assert "↳ " in tree


async def test_lists_and_sums_do_not_count_members_videos(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        history = await answer_text(await harness.bob.slash(harness.channel, "history"))
        assert history.startswith("**1 video**")
        assert "cat.mp4" not in history
        details = await answer_text(await harness.alice.menu(posted, "Video details"))
        assert "not made by me · uploaded" in details
        assert "charged" not in details
        choices = await harness.bob.autocomplete(harness.channel, "remix", "video", "")
        assert len(choices) == 1


async def test_the_author_can_mark_the_video_not_for_remixing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        assert (await imports(harness))[0].state is State.IMPORTED
        details = await (await harness.alice.menu(posted, "Video details")).answer()
        assert isinstance(details, LocalMessage)
        await harness.alice.press(details, "Not for remixing")
        await harness.wait_until(lambda: "not for remixing" in details.content or None)
        assert (await answer_text(await remix_by_menu(harness.bob, posted))).startswith(NOT_FOUND)


async def test_a_model_that_extends_any_clip_extends_a_members_video(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        posted = post_video(harness, harness.alice, Upload("cat.mp4", of_seconds(4)))
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        await harness.bob.slash(harness.channel, "extend", prompt="and then it rains", video=posted.link)
        clip = await harness.wait_for_clip("and then it rains")
        assert "continues [" in clip.content
        assert [task.kind for task in xai.tasks.values()] == ["edit", "extend"]


async def test_no_model_for_a_members_video_is_said_before_it_is_copied(tmp_path: Path) -> None:
    async with open_harness(tmp_path, remix_rungs=("native",)) as harness:
        refused = await remix_by_menu(harness.bob, post_video(harness, harness.alice))
        assert "No model here can start from a video that I didn't make." in await answer_text(refused)
        assert not [seen for seen in harness.discord.wire.seen if "cat.mp4" in seen.path]


async def test_a_length_that_no_model_takes_is_said_before_anything_is_spent(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,), remix_rungs=("native", "edit")) as harness:
        long = Upload("long.mp4", of_seconds(12))
        refused = await remix_by_menu(harness.bob, post_video(harness, harness.alice, long))
        assert "No model here can start from a video of 12 s that I didn't make." in await answer_text(refused)
        assert xai.charges == []


async def test_a_portrait_video_stays_upright_where_its_last_frame_is_continued(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice, Upload("tall.mp4", sample_video("portrait")))
        await remix_by_menu(harness.bob, posted)
        assert " · 9:16 · " in (await harness.wait_for_clip(SNOW)).content
        assert [task.aspect for task in harness.provider.tasks.values()] == ["9:16"]
        await harness.bob.slash(harness.channel, "remix", prompt="make it wide", video=posted.link, aspect="16:9")
        assert " · 16:9 · " in (await harness.wait_for_clip("make it wide")).content


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (1920, 1080, "16:9"),
        (1080, 1920, "9:16"),
        (1080, 1080, "1:1"),
        (1000, 990, "1:1"),
        (640, 480, "4:3"),
        (1, 99, "9:16"),
    ],
)
def test_the_shape_of_a_picture_is_its_nearest_usual_one(width: int, height: int, shape: str) -> None:
    assert shape_of(width, height) == shape
