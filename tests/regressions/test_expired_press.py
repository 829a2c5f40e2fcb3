"""A press whose answer Discord no longer takes (10062) orders nothing and leaves the button usable."""

import asyncio
from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.store.jobs import SqlJobStore
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of, response_message, response_text
from tests.remix.helpers import job_id_of

PROMPT = "a fox of paper"


def let_answers_expire(harness: BotHarness, times: int) -> Fault:
    expired = {"code": 10062, "message": "Unknown interaction"}
    return harness.discord.wire.fail(
        Fault(route="POST */interactions/*/callback", status=404, body=expired, times=times)
    )


async def clip_of(harness: BotHarness) -> LocalMessage:
    await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
    return await harness.wait_for_clip(PROMPT)


async def test_an_expired_press_does_not_use_the_button_up(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await clip_of(harness)
        fault = let_answers_expire(harness, 2)  # the order, and the sentence about it
        await harness.alice.press(clip, "Again")
        await harness.wait_until(lambda: fault.hits == 2 or None)
        states = [row["state"] for row in await database_of(harness).run("SELECT state FROM job ORDER BY created_at")]
        assert states == ["delivered", "abandoned"]
        await harness.alice.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.clips) == 2 or None)
        assert len(harness.provider.charges) == 2


async def test_an_expired_command_says_that_nothing_was_ordered(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        let_answers_expire(harness, 1)
        answer = await response_text(await harness.alice.slash(harness.channel, "generate", prompt=PROMPT))
        assert answer == (
            "Discord didn't take my answer in time, so nothing was ordered. Not charged. Please try again."
        )
        assert harness.provider.charges == []


async def test_an_expired_report_is_not_recorded(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        details = await response_message(await harness.bob.press(await clip_of(harness), "Details"))
        opened = await harness.bob.press(details, "Report")
        await opened.answer()
        fault = let_answers_expire(harness, 2)
        await harness.bob.submit(opened.modal, why="it is mine")
        await harness.wait_until(lambda: fault.hits == 2 or None)
        answer = await response_text(await harness.bob.submit(opened.modal, why="it is mine"))
        assert answer != "You have already reported this video."


async def test_an_expired_get_can_be_pressed_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=PROMPT)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        harness.guild.automod.words = {"fox"}
        line = await harness.wait_for_message("this server's AutoMod blocks the message")
        fault = let_answers_expire(harness, 1)
        await harness.alice.press(line, "Get")
        await harness.wait_until(lambda: fault.hits or None)
        flag = f"press:{job_id_of(line)}:get:{harness.alice.id}"
        async with asyncio.timeout(60):  # the failed press gives its right back
            while await SqlJobStore(database_of(harness)).get_flag(flag) != ("", 0.0):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        got = await response_message(await harness.alice.press(line, "Get"))
        await harness.wait_until(lambda: got.attachments)
