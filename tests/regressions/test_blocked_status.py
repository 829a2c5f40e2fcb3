"""A prompt that AutoMod blocks in a status message costs the job nothing: the status goes on without the prompt."""

from pathlib import Path

from tests.harness import BotHarness, open_harness
from tests.remix.helpers import create_clip, labels

PROMPT = "a fox of paper"


def block(harness: BotHarness) -> None:
    harness.guild.automod.words = {"fox"}


async def test_a_blocked_prompt_is_left_out_of_the_answer_to_a_command(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        block(harness)
        line = await harness.status_of(await harness.alice.slash(harness.channel, "generate", prompt=PROMPT))
        status = await harness.wait_for_message("this server's AutoMod blocks the message")
        assert line is status
        assert "fox" not in status.content
        assert labels(status) == ["Post", "Get"]
        assert len(harness.provider.tasks) == 1


async def test_a_blocked_prompt_is_left_out_of_the_answer_to_a_reply(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness, PROMPT)
        paid = len(harness.provider.tasks)
        block(harness)
        await harness.bob.reply(clip, "again")
        status = await harness.wait_for_message("Sending this <t:")
        assert "fox" not in status.content
        await harness.wait_until(lambda: "this server's AutoMod blocks the message" in status.content)
        assert len(harness.provider.tasks) == paid + 1


async def test_a_status_whose_prompt_is_blocked_later_is_still_edited_to_its_end(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=60.0) as harness:
        status = await harness.status_of(await harness.alice.slash(harness.channel, "generate", prompt=PROMPT))
        await harness.wait_until(lambda: PROMPT in status.content and harness.provider.tasks)
        block(harness)
        await harness.alice.press(status, "Cancel")
        await harness.wait_until(lambda: status.content.startswith("Cancelled."))
        assert "fox" not in status.content
        assert labels(status) == []
