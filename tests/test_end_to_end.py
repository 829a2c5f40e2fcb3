"""From a prompt to a clip in the channel, as members use it."""

from pathlib import Path

import pytest

from bot.sandbox.discord import Refused, Upload
from bot.sandbox.ffmpeg import probe
from tests.harness import open_harness, status_message

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"


async def test_a_prompt_becomes_a_clip_in_the_channel(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        lines = clip.content.splitlines()
        assert lines[0] == f"{harness.alice.mention} **{LIGHTHOUSE}**"
        assert lines[1].startswith("-# Grok 3 · 10 s · 16:9 · ")
        assert "≈ $0.10 · AI-generated" in lines[1]
        assert clip.mention_ids == [harness.alice.id]
        assert clip.attachments[0].description == LIGHTHOUSE
        assert interaction.answered_after_s is not None
        assert interaction.answered_after_s < 3.0
        facts = await probe(clip.attachments[0].data)
        assert (facts.codec, round(facts.duration_s), facts.has_audio) == ("h264", 10, True)
        await harness.wait_until(lambda: status_message(harness.discord, interaction) is None)
        assert len(harness.provider.charges) == 1
        assert harness.provider.complaints == []


async def test_every_option_reaches_the_provider(tmp_path: Path, png_bytes: bytes) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(
            harness.channel, "generate", prompt=LIGHTHOUSE, model="grok-video-3", aspect="9:16", seconds=5,
            image=Upload("boat.png", png_bytes, "image/png"),
        )  # fmt: skip
        await harness.wait_for_clip(LIGHTHOUSE)
        (task,) = harness.provider.tasks.values()
        (upload,) = harness.provider.uploads
        assert task.request == {
            "model": "grok-video-3", "prompt": LIGHTHOUSE, "duration": 5, "aspect_ratio": "9:16",
            "image_urls": [upload.url],
        }  # fmt: skip


async def test_a_reply_in_plain_words_is_a_remix(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        order = await harness.bob.reply(clip, "make it snow, softly and slowly")
        remix = await harness.wait_for_clip("make it snow")
        source, task = harness.provider.tasks.values()
        assert (task.kind, task.source_id) == ("remix", source.id)
        assert remix.reference_id == order.id
        assert remix.mention_ids[0] == harness.bob.id
        assert f"remix of [{clip.content.split(' · ')[-1]}]({clip.link}) by {harness.alice.mention}" in remix.content


async def test_a_reply_without_a_ping_or_without_words_is_ignored(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "make it snow, softly and slowly", ping=False)
        await harness.bob.reply(clip, "wow")
        await harness.bob.reply(clip, "🔥🔥🔥 🔥")
        await harness.bob.reply(clip, f"{harness.alice.mention} look at this one please")
        await harness.alice.slash(harness.channel, "generate", prompt="a second lighthouse")
        await harness.wait_for_clip("a second lighthouse")
        assert len(harness.provider.tasks) == 2


async def test_a_remix_by_link_by_code_and_by_default(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        code = clip.content.splitlines()[1].split(" · ")[-1]
        for prompt, video in (("first by link", clip.link), ("second by code", code), ("third by default", None)):
            options = {} if video is None else {"video": video}
            await harness.bob.slash(harness.channel, "remix", prompt=prompt, **options)
            await harness.wait_for_clip(prompt)
        first, by_link, by_code, by_default = harness.provider.tasks.values()
        assert [by_link.source_id, by_code.source_id] == [first.id, first.id]
        assert by_default.source_id == by_code.id


async def test_the_menu_and_the_button_open_a_modal_that_remixes(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        opened = await harness.bob.menu(clip, "Remix video")
        await opened.answer()
        await harness.restart()  # a modal works after a restart
        await harness.bob.submit(opened.modal, prompt="through the message menu")
        await harness.wait_for_clip("through the message menu")
        pressed = await harness.bob.press(clip, "Remix")
        await pressed.answer()
        await harness.bob.submit(pressed.modal, prompt="through the button")
        await harness.wait_for_clip("through the button")
        assert len(harness.provider.charges) == 3


async def test_again_repeats_a_video_for_the_member_who_presses(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, seconds=5)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.press(clip, "Again")
        again = await harness.wait_until(
            lambda: next((c for c in harness.clips_with_prompt(LIGHTHOUSE) if c.id != clip.id), None)
        )
        assert again.mention_ids == [harness.bob.id]
        assert [task.request["duration"] for task in harness.provider.tasks.values()] == [5, 5]


async def test_a_rejected_prompt_is_reported_and_not_charged(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="[refuse] a thing")
        message = await harness.wait_for_message("The provider rejected this prompt (safety). Not charged.")
        assert message.components[0]["components"][0]["label"] == "Edit and retry"
        assert harness.provider.charges == []
        opened = await harness.alice.press(message, "Edit and retry")
        await opened.answer()
        await harness.alice.submit(opened.modal, prompt="a kinder thing")
        await harness.wait_for_clip("a kinder thing")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"model": "grok-video-9"}, "There's no model called grok-video-9 here. Enabled models: grok-video-3"),
        ({"aspect": "1:1"}, "Grok 3 supports 16:9 or 9:16, not 1:1."),
        ({"seconds": 7}, "Grok 3 supports 5 or 10 s, not 7 s."),
        ({"resolution": "4k"}, "Grok 3 doesn't have the option resolution. Remove it, or choose another model."),
        ({"image": Upload("notes.txt", b"hello", "text/plain")}, "notes.txt isn't a picture that I can use."),
        ({"image": Upload("fake.png", b"hello", "image/png")}, "fake.png isn't a picture that I can use."),
    ],
    ids=["unknown model", "aspect", "seconds", "resolution", "text as image", "text that says it is an image"],
)
async def test_bad_input_is_answered_before_anything_is_spent(
    tmp_path: Path, options: dict[str, object], sentence: str
) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, **options)
        await harness.wait_for_message(sentence)
        assert harness.provider.charges == []
        assert harness.provider.tasks == {}


@pytest.mark.parametrize("prompt", ["", "ab", "x" * 3000], ids=["empty", "two letters", "3,000 characters"])
async def test_discord_rejects_a_prompt_of_the_wrong_length(tmp_path: Path, prompt: str) -> None:
    async with open_harness(tmp_path) as harness:
        with pytest.raises(Refused):
            await harness.alice.slash(harness.channel, "generate", prompt=prompt)
        assert harness.provider.charges == []


async def test_a_reply_of_3000_characters_is_remixed(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "snow " * 399 + "snows")
        await harness.wait_until(lambda: len(harness.provider.charges) == 2 or None)
        assert len(harness.provider.charges) == 2


async def test_a_link_to_another_server_is_treated_as_not_found(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        elsewhere = harness.discord.add_guild("Elsewhere")
        zoe, backroom = elsewhere.add_member("zoe"), elsewhere.add_channel("backroom")
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        code = clip.content.splitlines()[1].split(" · ")[-1]
        for video in (clip.link, code, "https://discord.com/channels/1/2/3", "nonsense"):
            interaction = await zoe.slash(backroom, "remix", prompt="mine now", video=video)
            answer = await interaction.answer()
            assert getattr(answer, "content", "").startswith("I can't find that video, or you don't have access to it.")
        assert len(harness.provider.charges) == 1


async def test_missing_permissions_are_named_before_anything_is_spent(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.channel.forbid(harness.discord.bot_user, "attach_files")
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_for_message("I need Attach Files here.")
        assert harness.provider.tasks == {}


async def test_a_video_in_a_thread_stays_in_the_thread(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        thread = harness.channel.add_thread("night shots")
        await harness.alice.slash(thread, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        assert clip.channel is thread


async def test_cancel_before_and_after_the_request(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        status = await harness.status_of(interaction)
        await harness.bob.press(status, "Cancel")
        await harness.wait_for_message("Only the person who requested this video, or a member with")
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message("had already accepted this request. It may have been charged; I counted $0")
