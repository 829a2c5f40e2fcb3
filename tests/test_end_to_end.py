"""From a prompt to a clip in the channel, as members live it."""

from pathlib import Path

import pytest

from bot.sandbox.discord import Refused, Upload
from bot.sandbox.ffmpeg import probe
from tests.harness import open_studio

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"


async def test_a_prompt_becomes_a_clip_in_the_channel(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        asked = await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        lines = clip.content.splitlines()
        assert lines[0] == f"{studio.alice.mention} **{LIGHTHOUSE}**"
        assert lines[1].startswith("-# Grok 3 · 10 s · 16:9 · ")
        assert "≈ $0.10 · AI-generated" in lines[1]
        assert clip.mention_ids == [studio.alice.id]
        assert clip.attachments[0].description == LIGHTHOUSE
        assert asked.answered_after_s is not None
        assert asked.answered_after_s < 3.0
        facts = await probe(clip.attachments[0].data)
        assert (facts.codec, round(facts.duration_s), facts.has_audio) == ("h264", 10, True)
        await studio.until(lambda: asked.message is None)  # the status line is gone
        assert len(studio.provider.charges) == 1
        assert studio.provider.complaints == []


async def test_every_option_reaches_the_provider(tmp_path: Path, a_picture: bytes) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(
            studio.channel, "generate", prompt=LIGHTHOUSE, model="grok-video-3", aspect="9:16", seconds=5,
            image=Upload("boat.png", a_picture, "image/png"),
        )  # fmt: skip
        await studio.clip_of(LIGHTHOUSE)
        (task,) = studio.provider.tasks.values()
        (upload,) = studio.provider.uploads
        assert task.request == {
            "model": "grok-video-3", "prompt": LIGHTHOUSE, "duration": 5, "aspect_ratio": "9:16",
            "image_urls": [upload.url],
        }  # fmt: skip


async def test_a_reply_in_plain_words_is_a_remix(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        order = await studio.bob.reply(clip, "make it snow, softly and slowly")
        remix = await studio.clip_of("make it snow")
        source, task = studio.provider.tasks.values()
        assert (task.kind, task.source_id) == ("remix", source.id)
        assert remix.reference_id == order.id
        assert remix.mention_ids[0] == studio.bob.id
        assert f"remix of [{clip.content.split(' · ')[-1]}]({clip.link}) by {studio.alice.mention}" in remix.content


async def test_a_reply_without_ping_or_without_words_is_nothing(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "make it snow, softly and slowly", ping=False)
        await studio.bob.reply(clip, "wow")
        await studio.bob.reply(clip, "🔥🔥🔥 🔥")
        await studio.bob.reply(clip, f"{studio.alice.mention} look at this one please")
        await studio.alice.slash(studio.channel, "generate", prompt="a second lighthouse")
        await studio.clip_of("a second lighthouse")
        assert len(studio.provider.tasks) == 2


async def test_a_remix_by_link_by_code_and_by_default(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        code = clip.content.splitlines()[1].split(" · ")[-1]
        for prompt, video in (("first by link", clip.link), ("second by code", code), ("third by default", None)):
            options = {} if video is None else {"video": video}
            await studio.bob.slash(studio.channel, "remix", prompt=prompt, **options)
            await studio.clip_of(prompt)
        first, by_link, by_code, by_default = studio.provider.tasks.values()
        assert [by_link.source_id, by_code.source_id] == [first.id, first.id]
        assert by_default.source_id == by_code.id


async def test_the_menu_and_the_button_open_a_modal_that_remixes(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        opened = await studio.bob.menu(clip, "Remix video")
        await opened.answer()
        await studio.restart()  # a modal outlives the process that sent it
        await studio.bob.submit(opened.modal, prompt="through the message menu")
        await studio.clip_of("through the message menu")
        pressed = await studio.bob.press(clip, "Remix")
        await pressed.answer()
        await studio.bob.submit(pressed.modal, prompt="through the button")
        await studio.clip_of("through the button")
        assert len(studio.provider.charges) == 3


async def test_again_makes_the_same_video_for_whoever_presses(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE, seconds=5)
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.press(clip, "Again")
        again = await studio.until(lambda: next((c for c in studio.clips_of(LIGHTHOUSE) if c.id != clip.id), None))
        assert again.mention_ids == [studio.bob.id]
        assert [task.request["duration"] for task in studio.provider.tasks.values()] == [5, 5]


async def test_a_refused_prompt_is_told_and_not_charged(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt="[refuse] a thing")
        told = await studio.said("The provider refused this prompt (safety). Not charged.")
        assert told.components[0]["components"][0]["label"] == "Edit and retry"
        assert studio.provider.charges == []
        opened = await studio.alice.press(told, "Edit and retry")
        await opened.answer()
        await studio.alice.submit(opened.modal, prompt="a kinder thing")
        await studio.clip_of("a kinder thing")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"model": "grok-video-9"}, "There is no model called grok-video-9 here. Enabled: grok-video-3"),
        ({"aspect": "1:1"}, "grok-video-3 makes 16:9 or 9:16, not 1:1."),
        ({"seconds": 7}, "grok-video-3 makes 5 or 10 s, not 7 s."),
        ({"resolution": "4k"}, "grok-video-3 has no option resolution. Leave it out, or choose another model."),
        ({"image": Upload("notes.txt", b"hello", "text/plain")}, "notes.txt is not a picture I can use."),
        ({"image": Upload("fake.png", b"hello", "image/png")}, "fake.png is not a picture I can use."),
    ],
    ids=["unknown model", "aspect", "seconds", "resolution", "text as image", "text that says it is an image"],
)
async def test_bad_input_is_answered_before_anything_is_spent(
    tmp_path: Path, options: dict[str, object], sentence: str
) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE, **options)
        await studio.said(sentence)
        assert studio.provider.charges == []
        assert studio.provider.tasks == {}


@pytest.mark.parametrize("prompt", ["", "ab", "x" * 3000], ids=["empty", "two letters", "3,000 characters"])
async def test_discord_itself_refuses_a_prompt_of_the_wrong_length(tmp_path: Path, prompt: str) -> None:
    async with open_studio(tmp_path) as studio:
        with pytest.raises(Refused):
            await studio.alice.slash(studio.channel, "generate", prompt=prompt)
        assert studio.provider.charges == []


async def test_a_reply_of_3000_characters_gets_the_sentence(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "snow " * 399 + "snows")
        await studio.until(lambda: len(studio.provider.charges) == 2 or None)
        assert len(studio.provider.charges) == 2


async def test_a_link_to_another_server_is_as_good_as_none(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        elsewhere = studio.discord.add_guild("Elsewhere")
        zoe, backroom = elsewhere.add_member("zoe"), elsewhere.add_channel("backroom")
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        code = clip.content.splitlines()[1].split(" · ")[-1]
        for video in (clip.link, code, "https://discord.com/channels/1/2/3", "nonsense"):
            asked = await zoe.slash(backroom, "remix", prompt="mine now", video=video)
            answer = await asked.answer()
            assert getattr(answer, "content", "").startswith("I cannot find a video there that you may use.")
        assert len(studio.provider.charges) == 1


async def test_missing_permissions_are_named_before_anything_is_spent(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        studio.channel.forbid(studio.discord.bot_user, "attach_files")
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.said("I need Attach Files here.")
        assert studio.provider.tasks == {}


async def test_a_video_in_a_thread_stays_in_the_thread(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        thread = studio.channel.add_thread("night shots")
        await studio.alice.slash(thread, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        assert clip.channel is thread


async def test_cancel_before_and_after_the_request(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        asked = await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.until(lambda: studio.provider.tasks or None)
        status = await studio.until(lambda: asked.message)
        await studio.bob.press(status, "Cancel")
        await studio.said("Only the person who asked for this video can do that.")
        await studio.alice.press(status, "Cancel")
        await studio.said("Cancelled. The provider had it already and may still charge.")
