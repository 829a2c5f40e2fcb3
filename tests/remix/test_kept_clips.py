"""Tests of *Post* and *Get*: a kept clip can be had even if its channel is gone, and each press has a last word."""

import asyncio
from pathlib import Path

from bot.sandbox import test_clips
from bot.sandbox.discord import Channel, LocalMessage, Member
from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import labels

PROMPT = "a clown of paper"
EDIT_ANSWER = "PATCH */webhooks/*/@original"
MIB = 1 << 20


async def keep_a_clip(harness: BotHarness) -> LocalMessage:
    """Let AutoMod block the post of a finished clip. Return the status message that says so."""
    harness.provider.render_s = 0.5
    await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
    await harness.wait_until(lambda: harness.provider.tasks or None)
    harness.guild.automod.words = {"clown"}
    return await harness.wait_for_message("this server's AutoMod blocks the message")


async def private_list(member: Member, channel: Channel) -> LocalMessage:
    answer = await (await member.slash(channel, "jobs")).answer()
    assert isinstance(answer, LocalMessage)
    return answer


async def press(member: Member, message: LocalMessage, label: str) -> LocalMessage:
    answer = await (await member.press(message, label)).answer()
    assert isinstance(answer, LocalMessage)
    return answer


async def test_a_blocked_clip_offers_post_and_get_on_its_status(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        line = await keep_a_clip(harness)
        assert labels(line) == ["Post", "Get"]
        got = await press(harness.alice, line, "Get")
        await harness.wait_until(lambda: got.attachments)
        assert got.ephemeral_to == harness.alice.id
        assert (await press(harness.bob, line, "Get")).attachments == []


async def test_a_press_of_post_tells_how_it_ended(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        line = await keep_a_clip(harness)
        answer = await press(harness.alice, line, "Post")
        await harness.wait_until(lambda: "I couldn't post" in answer.content)
        assert "this server's AutoMod blocks the message" in answer.content
        assert labels(answer) == ["Post", "Get"]
        harness.guild.automod.words = set()
        again = await press(harness.alice, answer, "Post")
        await harness.wait_until(lambda: again.content.startswith("Posted: https://discord.com/channels/"))
        assert len(harness.clips_with_prompt(PROMPT)) == 1


async def test_the_clip_of_a_deleted_channel_is_handed_over(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        harness.channel.delete()
        elsewhere = harness.guild.add_channel("elsewhere")

        async def kept_button() -> tuple[LocalMessage, str]:
            while True:
                listed = await private_list(harness.alice, elsewhere)
                found = next((label for label in labels(listed) if label.startswith("Get ")), None)
                if found is not None:
                    return listed, found
                await asyncio.sleep(0.2)

        listed, button = await asyncio.wait_for(kept_button(), 60)
        assert not any(label.startswith("Post ") for label in labels(listed))
        got = await press(harness.alice, listed, button)
        await harness.wait_until(lambda: got.attachments)


async def test_a_clip_over_the_limit_comes_as_a_smaller_copy(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.provider.serve_instead = original = await test_clips.heavy(12, seconds=3)
        line = await keep_a_clip(harness)
        await harness.alice.press(line, "Get")
        got = await harness.wait_for_message("Here's the file of ")
        assert len(got.attachments[0].data) <= 10 * MIB
        size = round(original.stat().st_size / 1e6)
        assert got.content.endswith(f"It's a smaller copy: the original has {size} MB.")


async def test_a_file_that_discord_refuses_comes_as_a_smaller_copy(tmp_path: Path) -> None:
    """Discord may take less than it reports: what it guarantees everywhere is the second try."""
    async with open_harness(tmp_path) as harness:
        harness.provider.serve_instead = await test_clips.heavy(12, seconds=3)
        line = await keep_a_clip(harness)
        harness.guild.upload_limit_bytes = 50 * MIB
        fault = harness.discord.wire.fail(
            Fault(route=EDIT_ANSWER, status=413, body={"code": 40005, "message": "Request entity too large"})
        )
        await harness.alice.press(line, "Get")
        got = await harness.wait_for_message("Here's the file of ")
        assert fault.hits == 1
        assert len(got.attachments[0].data) <= 10 * MIB


async def test_get_has_a_last_word_if_the_upload_fails(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        line = await keep_a_clip(harness)
        refusal = {"code": 40005, "message": "Request entity too large"}
        for fault, words in (
            (Fault(route=EDIT_ANSWER, status=413, body=refusal), "Discord refused the file of "),
            (
                Fault(route=EDIT_ANSWER, status=400, body="<h1>Bad</h1>"),
                "Discord is having trouble, so I couldn't send",
            ),
        ):
            harness.discord.wire.fail(fault)
            got = await press(harness.alice, line, "Get")
            await harness.wait_until(lambda got=got, words=words: got.content.startswith(words))  # type: ignore[misc]
        got = await press(harness.alice, line, "Get")  # a failed press isn't used up
        await harness.wait_until(lambda: got.attachments)


async def test_get_twice_sends_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        line = await keep_a_clip(harness)
        harness.discord.wire.fail(Fault(route=EDIT_ANSWER, when="after", status=502))  # the library sends it again
        first, second = await asyncio.gather(
            press(harness.alice, line, "Get"), press(harness.alice, line, "Get"), return_exceptions=False
        )
        answers = sorted((first, second), key=lambda each: each.content.startswith("I've just sent you"))
        await harness.wait_until(lambda: answers[0].attachments)
        assert answers[1].content.startswith("I've just sent you the file of ")
        files = [each for each in harness.discord.all_messages if each.attachments]
        assert len(files) == 1
