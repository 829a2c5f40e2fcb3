"""The reasons that need Discord: who may press what, and what a press came to. Each with a press that isn't refused."""

import asyncio
from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness, plain
from tests.remix.helpers import create_clip, set_server_settings, wait_for_confirmation
from tests.remix.test_kept_clips import keep_a_clip, private_list

DELETE = "DELETE */messages/*"
GONE = {"code": 10008, "message": "Unknown Message"}
NO_ACCESS = {"code": 50001, "message": "Missing Access"}


async def answer(member: Member, message: LocalMessage, label: str) -> str:
    """Press a button and return what the member reads."""
    said = await (await member.press(message, label)).answer()
    return plain(said.content) if isinstance(said, LocalMessage) else ""


async def open_question(harness: BotHarness, prompt: str) -> tuple[LocalMessage, Fault]:
    """Let Bob's reply be asked about. Return the question, which Discord doesn't let us delete once."""
    await set_server_settings(harness, ReplyMode.CONFIRM)
    clip = await create_clip(harness)
    await harness.bob.reply(clip, prompt)
    question = await wait_for_confirmation(harness)
    return question, harness.discord.wire.fail(Fault(route=DELETE, status=403, body=NO_ACCESS))


async def test_an_answered_question_is_not_called_expired_and_asks_for_no_second_order(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        question, _refused = await open_question(harness, "heavy snow")
        assert (await answer(harness.alice, question, "Remix")).startswith("Only the person who wrote that reply can")
        await harness.bob.press(question, "Remix")
        await harness.wait_for_clip("heavy snow")
        said = await answer(harness.bob, question, "Remix")
        assert said == "You have already answered this question, and I took your request."
        assert len(harness.provider.charges) == 2


async def test_a_question_that_was_declined_is_no_longer_open(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        question, refused = await open_question(harness, "heavy snow")
        await harness.bob.press(question, "Not now")
        await harness.wait_until(lambda: refused.hits)
        assert (await answer(harness.bob, question, "Remix")).startswith("This question is no longer open.")
        assert len(harness.provider.charges) == 1


async def test_a_reply_is_called_deleted_only_if_discord_says_so(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        question, _refused = await open_question(harness, "heavy snow")
        route = f"GET */messages/{question.reference_id}"
        harness.discord.wire.fail(Fault(route=route, status=403, body=NO_ACCESS))
        await harness.bob.press(question, "Remix")
        await harness.wait_for_message("Discord didn't let me read your message.")
        harness.discord.wire.fail(Fault(route=route, status=404, body=GONE))
        await harness.bob.press(question, "Remix")
        await harness.wait_for_message("Your message was deleted, so I can't read your request.")
        assert len(harness.provider.charges) == 1


async def test_only_its_author_may_edit_a_refused_reply(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.bob.reply(await create_clip(harness), "make it snow softly --ar 1:1")
        said = await harness.wait_for_message("support")
        refusal = await answer(harness.alice, said, "Edit and retry")
        assert refusal == "Only the person who made this request can edit it."
        pressed = await harness.bob.press(said, "Edit and retry")
        await harness.wait_until(lambda: pressed.modal)


async def test_a_second_press_is_told_so_and_a_later_one_is_an_order(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.alice.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.provider.charges) == 2)
        assert (await answer(harness.alice, clip, "Again")).startswith("I've just taken this request from you.")
        assert harness.database is not None
        await harness.database.run("UPDATE fact SET at = at - 31 WHERE name LIKE 'press:%'")
        await harness.alice.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.provider.charges) == 3)


async def test_cancelling_twice_is_no_later_than_once_but_a_finished_video_is(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=60.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="a fox of paper")
        await harness.wait_until(lambda: harness.provider.tasks or None)
        listed = await private_list(harness.alice, harness.channel)
        for _ in range(2):
            assert (await answer(harness.alice, listed, cancel_of(listed))).startswith("I cancelled ")
        harness.provider.render_s = 0.5
        await harness.alice.slash(harness.channel, "generate", prompt="a crane of paper")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        listed = await private_list(harness.alice, harness.channel)
        await harness.wait_for_clip("a crane of paper")
        assert (await answer(harness.alice, listed, cancel_of(listed))).startswith("It's too late for that.")


def cancel_of(listed: LocalMessage) -> str:
    rows = (row["components"] for row in listed.components)
    return next(str(button["label"]) for row in rows for button in row if button["label"].startswith("Cancel"))


async def test_a_file_is_gone_too_large_or_sent(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        line = await keep_a_clip(harness)
        (clip,) = (tmp_path / "clips").glob("*.mp4")
        film = clip.read_bytes()
        clip.unlink()
        assert await answer(harness.alice, line, "Get") == "I no longer have the file of this video."
        await asyncio.to_thread(clip.write_bytes, bytes(11 << 20))
        await harness.alice.press(line, "Get")
        await harness.wait_for_message("uploads here are limited to 10 MB, and I couldn't make a smaller copy.")
        await asyncio.to_thread(clip.write_bytes, film)
        await harness.alice.press(line, "Get")
        await harness.wait_until(lambda: any(each.attachments for each in harness.discord.all_messages))


async def test_a_deletion_without_a_clear_answer_is_not_called_refused(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await (await harness.alice.press(await create_clip(harness), "Delete")).answer()
        assert isinstance(asked, LocalMessage)
        refused = harness.discord.wire.fail(Fault(route=DELETE, status=403, body=NO_ACCESS, times=None))
        await harness.alice.press(asked, "Delete")
        await harness.wait_for_message("Discord didn't let me delete this video. Nothing was changed.")
        harness.discord.wire.clear(refused)
        harness.discord.wire.fail(Fault(route=DELETE, when="after", status=403, body="<h1>Forbidden</h1>"))
        await harness.alice.press(asked, "Delete")
        await harness.wait_for_message("Discord gave no clear answer, so this video may be deleted already.")
