"""Pictures in replies: a second one is the last frame, and one without words is asked about."""

from pathlib import Path

from bot.sandbox.providers import LocalOpenRouter
from tests.harness import BotHarness, open_harness
from tests.pictures.helpers import upload
from tests.remix.helpers import create_clip, labels, wait_for_confirmation


async def test_the_second_picture_of_a_reply_is_the_last_frame(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        clip = await create_clip(harness)
        mention = harness.discord.bot_user.mention
        await harness.bob.reply(clip, f"{mention} now the storm ends", attachments=[upload("red"), upload("blue")])
        question = await wait_for_confirmation(harness)
        assert question.content == "Remix this? ≈ $0.63\n-# first and last frame"
        await harness.bob.press(question, "Remix")
        remix = await harness.wait_for_clip("now the storm ends")
        assert "(from a picture)" in remix.content
        assert "\n-# first and last frame" in remix.content
        (task,) = router.tasks.values()
        assert len(task.pictures) == 2


async def test_more_pictures_than_frames_are_refused(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        files = [upload("red"), upload("blue"), upload("green")]
        await harness.bob.reply(clip, f"{harness.discord.bot_user.mention} now the storm ends", attachments=files)
        await harness.wait_for_message(
            "A video has at most 2 frames of yours: the first and the last one. Not charged."
        )
        assert len(harness.provider.tasks) == 1


async def answered(harness: BotHarness, *colours: str) -> None:
    clip = await create_clip(harness)
    files = [upload(colour) for colour in colours]
    await harness.bob.reply(clip, harness.discord.bot_user.mention, attachments=files)


async def test_a_picture_alone_is_animated_if_its_author_says_so(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await answered(harness, "red")
        question = await wait_for_confirmation(harness)
        assert question.content == "Animate this? ≈ $0.10"
        assert labels(question) == ["Animate", "Not now"]
        assert len(harness.provider.charges) == 1
        await harness.alice.press(question, "Animate")
        await harness.wait_for_message("Only the person who wrote that reply can answer this question.")
        await harness.bob.press(question, "Animate")
        clip = await harness.wait_for_clip("Bring this picture to life")
        assert "(from a picture)" in clip.content
        assert [len(task.pictures) for task in harness.provider.tasks.values()] == [0, 1]


async def test_a_file_alone_that_is_no_picture_is_ignored(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        mention = harness.discord.bot_user.mention
        gif = upload("red")
        await harness.bob.reply(clip, mention, attachments=[type(gif)("laugh.gif", gif.data, "image/gif")])
        await harness.bob.reply(clip, f"{mention} make it snow")  # answered after the first
        await harness.wait_for_clip("make it snow")
        assert not any("Animate this?" in message.content for message in harness.discord.all_messages)
