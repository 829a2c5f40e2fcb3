"""What a requester reads when Discord refuses a post: the one reason that its code and the server's state give."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.discord import Channel, LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of

PROMPT = "a fox of paper"
POST = "POST */channels/*/messages"
KEPT = "The video is ready, but I couldn't post it here ({reason}). You can get it from /jobs for 7 days."
PARKED = "The video is ready. I need {missing} here, and I'll post it as soon as I have access."
TROUBLE = "The video is ready, but Discord is having trouble. I'll keep trying to post it."
PAGE = "<html><h1>Sorry, you have been blocked</h1></html>"


def refusal(code: int, status: int = 400) -> Fault:
    return Fault(route=POST, status=status, body={"code": code, "message": "no"}, times=None)


CASES = {
    "AutoMod": (refusal(200000), KEPT.format(reason="this server's AutoMod blocks the message")),
    "AutoMod, title": (refusal(200001), KEPT.format(reason="this server's AutoMod blocks the message")),
    "explicit": (refusal(20009), KEPT.format(reason="Discord's filter for explicit media rejected it")),
    "links": (refusal(240000), KEPT.format(reason="Discord's filter for harmful links rejected it")),
    "invalid form": (
        refusal(50035),
        KEPT.format(reason="Discord didn't accept my message, error 50035; the host can look it up"),
    ),
    "no channel": (refusal(10003, 404), KEPT.format(reason="the channel was deleted")),
    "not on the server": (refusal(10004, 404), PARKED.format(missing="View Channel")),
    "no access": (refusal(50001, 403), PARKED.format(missing="View Channel")),
    "locked": (refusal(160005), PARKED.format(missing="this thread to be unlocked")),
    "no history": (refusal(160002), PARKED.format(missing="Read Message History")),
    "unnamed": (refusal(50013, 403), PARKED.format(missing="a permission that Discord doesn't name")),
}


async def order(harness: BotHarness, channel: Channel | None = None, fault: Fault | None = None) -> None:
    """Order a video, and refuse its post from then on."""
    await harness.bob.slash(channel or harness.channel, "generate", prompt=PROMPT)
    await harness.wait_until(lambda: harness.provider.tasks or None)
    if fault is not None:
        harness.discord.wire.fail(fault)


@pytest.mark.parametrize("case", CASES)
async def test_the_reason_is_the_one_of_the_code(tmp_path: Path, case: str) -> None:
    fault, expected = CASES[case]
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await order(harness, fault=fault)
        await harness.wait_for_message(expected)
        assert len(harness.provider.charges) == 1


@pytest.mark.parametrize(
    ("permission", "words"),
    [("attach_files", "Attach Files"), ("send_messages", "Send Messages")],
)
async def test_only_the_missing_permission_is_named(tmp_path: Path, permission: str, words: str) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await order(harness)
        harness.channel.forbid(harness.discord.bot_user, permission)
        line = await harness.wait_until(lambda: status_line(harness, "I need"))
        assert (
            line.splitlines()[0]
            == "The video is ready. I need " + words + " here, and I'll post it as soon as I have access."
        )


def status_line(harness: BotHarness, text: str) -> str | None:
    return next((each.content for each in harness.discord.all_messages if text in each.content), None)


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_page_without_a_code_is_trouble_and_is_tried_again_soon(tmp_path: Path, status: int) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        script = Fault(route=POST, status=status, body=PAGE, times=None)
        await order(harness, fault=script)
        await harness.wait_for_message(TROUBLE)
        script.times = 0
        await harness.wait_for_clip(PROMPT)
        assert len(harness.clips_with_prompt(PROMPT)) == 1


async def test_an_internal_error_of_discord_is_tried_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        fault = refusal(40333, 403)
        fault.times = 2
        await order(harness, fault=fault)
        await harness.wait_for_clip(PROMPT)


async def test_a_page_for_the_answer_does_not_abandon_the_order(tmp_path: Path) -> None:
    """A firewall's 403 says nothing about whether the answer arrived, so Discord is asked again."""
    async with open_harness(tmp_path) as harness:
        harness.discord.wire.fail(Fault(route="POST */interactions/*/callback", when="after", drop=True, times=None))
        harness.discord.wire.fail(Fault(route="GET */@original", status=403, body=PAGE, times=1))
        await harness.bob.slash(harness.channel, "generate", prompt=PROMPT)
        await harness.wait_for_clip(PROMPT)
        assert len(harness.provider.charges) == 1


async def test_a_page_for_a_source_does_not_record_its_deletion(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await order(harness)
        clip = await harness.wait_for_clip(PROMPT)
        harness.discord.wire.fail(Fault(route=f"GET */messages/{clip.id}", status=404, body=PAGE, times=None))
        await harness.bob.slash(harness.channel, "remix", prompt="now at night, in the rain")
        await harness.wait_for_clip("now at night")


async def test_a_locked_thread_wakes_its_clip_when_it_is_unlocked(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        thread = harness.channel.add_thread("night shots")
        await order(harness, thread)
        thread.lock()
        await harness.wait_until(lambda: status_line(harness, "I need this thread to be unlocked"))
        thread.unarchive()
        assert (await harness.wait_for_clip(PROMPT)).channel is thread


async def test_a_role_of_the_bot_wakes_a_parked_clip(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        allowed = harness.guild.add_role("may attach")
        await order(harness)
        harness.channel.allow(allowed, "attach_files")
        harness.channel.forbid(harness.guild.bot_role, "attach_files")
        await harness.wait_until(lambda: status_line(harness, "I need Attach Files"))
        assert harness.guild.bot is not None
        harness.guild.bot.give(allowed)
        await harness.wait_for_clip(PROMPT)


async def test_the_list_of_jobs_says_what_a_clip_waits_for(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        elsewhere = harness.guild.add_channel("elsewhere")
        await order(harness)
        harness.channel.forbid(harness.discord.bot_user, "view_channel")
        answer = await harness.wait_until(lambda: harness.provider.tasks or None)

        async def listed() -> str:
            while True:
                shown = await (await harness.bob.slash(elsewhere, "jobs")).answer()
                assert isinstance(shown, LocalMessage)
                if "ready; I need View Channel to post it" in shown.content:
                    return shown.content
                await asyncio.sleep(0.3)

        assert PROMPT in await asyncio.wait_for(listed(), 60)
        harness.channel.clear(harness.discord.bot_user)
        await harness.wait_for_clip(PROMPT)
        assert len(answer) == 1


async def test_a_timeout_of_the_bot_is_named(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await order(harness)
        assert harness.guild.bot is not None
        harness.guild.bot.time_out(datetime.now(UTC) + timedelta(hours=1))
        await harness.wait_until(lambda: status_line(harness, "I need my timeout to end"))
        harness.guild.bot.time_out(None)
        await harness.wait_for_clip(PROMPT)


@pytest.mark.parametrize("body", [PAGE, {"code": 40005, "message": "Request entity too large"}])
async def test_one_413_is_no_verdict_for_a_small_clip(tmp_path: Path, body: object) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await order(harness, fault=Fault(route=POST, status=413, body=body))  # type: ignore[arg-type]
        clip = await harness.wait_for_clip(PROMPT)
        assert "over the limit" not in clip.content


async def test_a_clip_is_posted_when_the_bot_is_invited_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await order(harness)
        harness.guild.remove_bot()
        await harness.wait_until(lambda: [each for each in harness.discord.wire.seen if each.status == 403] or None)
        harness.guild.add_bot()
        await harness.wait_for_clip(PROMPT)


async def test_a_page_that_says_how_long_it_stays_is_not_asked_before(tmp_path: Path) -> None:
    """Each request that Cloudflare refuses would prolong its ban."""
    async with open_harness(tmp_path, render_s=0.5) as harness:
        script = Fault(route=POST, status=429, body=PAGE, headers={"Retry-After": "600"}, times=None)
        await order(harness, fault=script)
        await harness.wait_until(lambda: script.hits or None)

        async def wait_s() -> float:
            """Return how long the job waits, once it isn't held by the step that posts."""
            while True:
                sql = "SELECT due_at FROM job WHERE state = 'delivering' AND lease_until IS NULL"
                for row in await database_of(harness).run(sql):
                    return float(row["due_at"] - harness.bot.services.clock.now())
                await asyncio.sleep(0.05)

        assert 500.0 < await asyncio.wait_for(wait_s(), 60) <= 600.0
        assert script.hits == 1
