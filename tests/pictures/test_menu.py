"""*Make a video of this* on messages of members and of the bot."""

from pathlib import Path

from bot.jobs.server_settings import ServerSettings
from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.discord.state.interactions import Interaction
from bot.sandbox.providers import LocalOpenRouter, LocalXAI
from bot.store.server_settings import SqlServerRepository
from tests.harness import BotHarness, open_harness
from tests.pictures.helpers import upload
from tests.remix.own_videos import allow_any_video

MENU = "Make a video of this"
BOAT = "the boat sails away"
NO_PICTURE = "I can't find a picture in that message, or you don't have access to it."


def post(by: Member, harness: BotHarness, *colours: str) -> LocalMessage:
    return by.client.say(by, harness.channel, "look", [upload(colour) for colour in colours])


async def open_form(by: Member, message: LocalMessage) -> Interaction:
    opened = await by.menu(message, MENU)
    await opened.answer()
    return opened


async def refusal(by: Member, message: LocalMessage) -> str:
    answer = await (await by.menu(message, MENU)).answer()
    assert isinstance(answer, LocalMessage)
    return answer.content


async def test_another_members_picture_becomes_a_video_also_after_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        opened = await open_form(harness.bob, post(harness.alice, harness, "red"))
        assert opened.modal is not None
        await harness.restart()
        await harness.bob.submit(opened.modal, prompt=BOAT)
        clip = await harness.wait_for_clip(BOAT)
        assert f"<@{harness.bob.id}>" in clip.content
        (task,) = harness.provider.tasks.values()
        assert len(task.pictures) == 1


async def test_the_form_takes_a_model_and_a_last_frame(tmp_path: Path) -> None:
    router = LocalOpenRouter(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        opened = await open_form(harness.alice, post(harness.alice, harness, "red"))
        await harness.alice.submit(opened.modal, prompt=BOAT, model="kling-v3.0-std", files=[upload("blue")])
        clip = await harness.wait_for_clip(BOAT)
        assert "\n-# first and last frame" in clip.content
        (task,) = router.tasks.values()
        assert len(task.pictures) == 2


async def test_the_pictures_can_be_references(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        opened = await open_form(harness.alice, post(harness.bob, harness, "red"))
        await harness.alice.submit(
            opened.modal, prompt=BOAT, model="grok-imagine-video", files=[upload("blue"), upload("green")],
            use="references",
        )  # fmt: skip
        clip = await harness.wait_for_clip(BOAT)
        assert "\n-# 3 references" in clip.content
        (task,) = xai.tasks.values()
        assert len(task.pictures) == 3


async def test_more_frames_than_two_and_a_message_without_a_picture_are_refused(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        opened = await open_form(harness.alice, post(harness.bob, harness, "red"))
        sent = await harness.alice.submit(opened.modal, prompt=BOAT, files=[upload("blue"), upload("green")])
        answer = await sent.answer()
        assert isinstance(answer, LocalMessage)
        assert answer.content.startswith("A video has at most 2 frames of yours: the first and the last one.")
        assert (await refusal(harness.alice, post(harness.bob, harness))).startswith(NO_PICTURE)
        assert harness.provider.charges == []


async def test_a_server_that_allows_only_the_bots_videos_allows_only_ones_own_pictures(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await allow_any_video(harness, False)
        message = post(harness.bob, harness, "red")
        assert (await refusal(harness.alice, message)).startswith(
            "On this server, you can only make a video of your own"
        )
        opened = await open_form(harness.bob, message)
        await harness.bob.submit(opened.modal, prompt=BOAT)
        await harness.wait_for_clip(BOAT)


async def test_a_form_belongs_to_the_member_who_opened_it_and_lasts_a_day(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        opened = await open_form(harness.alice, post(harness.bob, harness, "red"))
        assert harness.database is not None
        await harness.database.run("UPDATE draft SET created_at = created_at - 90000")
        sent = await harness.alice.submit(opened.modal, prompt=BOAT)
        answer = await sent.answer()
        assert isinstance(answer, LocalMessage)
        assert answer.content == "That form is too old. Use Apps ▸ Make a video of this again."
        assert harness.provider.charges == []


async def test_a_server_without_a_model_for_pictures_says_so(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.database is not None
        off = ServerSettings(models_off=("grok-video-3", "grok-video-1.5-preview"))
        await SqlServerRepository(harness.database).save_settings(harness.guild.id, off)
        said = await refusal(harness.alice, post(harness.bob, harness, "red"))
        assert said == "No model here makes a video from a picture."
