"""Cancelling a video that its provider renders, through the whole bot: what is sent, what it costs, what is said."""

import asyncio
import itertools
from pathlib import Path
from typing import cast

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalFal, LocalGemini, LocalOwnServer, LocalRunway
from bot.sandbox.providers.server import LocalProvider
from tests.harness import BotHarness, open_harness, status_message

FOX = "a fox of folded paper"
OMNI = "gemini_omni_flash_1.1"
DELETE = "DELETE /v1/tasks/*"
FREE = "Cancelled. The provider has stopped this video. Not charged."
COUNTED = "Cancelled. The provider had already accepted this request. The provider charged $0.50."
RENDERED = "Cancelled, but the provider had already made this video. I won't post it. The provider charged $0.50."
CANCELLING = "Cancelling. I'm waiting for the provider to confirm"


def runway(harness: BotHarness) -> LocalRunway:
    return cast(LocalRunway, harness.other_providers[0])


async def start_video(harness: BotHarness, model: str = OMNI) -> LocalMessage:
    """Order a video, wait until its provider has it, and return its status message."""
    (provider,) = harness.other_providers
    interaction = await harness.alice.slash(harness.channel, "generate", prompt=FOX, model=model)
    await harness.wait_until(lambda: provider.tasks or None)
    status = await harness.status_of(interaction)
    await harness.wait_until(lambda: "Rendering" in status.content or None)
    return status


async def ledger(harness: BotHarness) -> list[str]:
    assert harness.database is not None
    return [row["kind"] for row in await harness.database.run("SELECT kind FROM ledger ORDER BY rowid")]


@pytest.mark.parametrize(
    ("queue_s", "sentence", "moves"),
    [(60.0, FREE, ["reserve", "release"]), (0.0, COUNTED, ["reserve", "capture", "adjust"])],
)
async def test_runway_refunds_what_it_had_not_begun(
    tmp_path: Path, queue_s: float, sentence: str, moves: list[str]
) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        runway(harness).queue_s = queue_s
        status = await start_video(harness)
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message(sentence)
        assert await ledger(harness) == moves
        assert round(sum(charge.usd for charge in runway(harness).charges), 2) == (0.0 if queue_s else 0.5)
        assert len(runway(harness).wire.requests(DELETE)) == 1
        assert not status.components


async def test_a_lost_answer_is_looked_at_and_not_sent_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        runway(harness).queue_s = 60.0
        status = await start_video(harness)
        runway(harness).wire.fail(Fault(route=DELETE, when="after", drop=True))
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message(FREE)
        assert len(runway(harness).wire.requests(DELETE)) == 1


async def test_a_cancellation_that_did_not_arrive_is_sent_again_after_a_look(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        runway(harness).queue_s = 60.0
        status = await start_video(harness)
        runway(harness).wire.fail(Fault(route=DELETE, status=503, times=2))
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message(FREE)
        routes = [f"{each.method}" for each in runway(harness).wire.seen]
        last = routes[len(routes) - routes[::-1].index("POST") :]
        assert last.count("DELETE") == 3
        assert not any(pair == ("DELETE", "DELETE") for pair in itertools.pairwise(last))


async def test_a_press_while_the_provider_is_down_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        runway(harness).queue_s = 60.0
        status = await start_video(harness)
        runway(harness).down = "drop"
        await harness.alice.press(status, "Cancel")
        await harness.wait_until(lambda: CANCELLING in status.content or None)
        assert not status.components
        await harness.restart()
        runway(harness).down = False
        await harness.wait_for_message(FREE)
        assert len(runway(harness).wire.requests(DELETE)) == 1


async def test_a_video_that_was_rendered_meanwhile_is_not_posted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        status = await start_video(harness)
        runway(harness).down = "drop"
        await harness.alice.press(status, "Cancel")
        await harness.wait_until(lambda: CANCELLING in status.content or None)
        (task,) = runway(harness).tasks.values()
        await runway(harness).finish(task.id)
        runway(harness).down = False
        await harness.wait_for_message(RENDERED)
        assert not harness.clips
        assert runway(harness).wire.requests(DELETE) == []
        assert await ledger(harness) == ["reserve", "capture", "adjust"]


async def test_a_second_press_sends_nothing_more(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalRunway(render_s=60.0),)) as harness:
        status = await start_video(harness)
        code = status.content.split("-# ")[1].split(" ")[0]
        await harness.alice.slash(harness.channel, "jobs")
        listed = await harness.wait_for_message(f"{code} · rendering")
        slow = runway(harness).wire.fail(Fault(route=DELETE, delay_s=0.5))
        await asyncio.gather(
            harness.alice.press(listed, f"Cancel {code}"),
            harness.alice.press(status, "Cancel"),
            harness.alice.press(status, "Cancel"),
        )
        await harness.wait_for_message(f"I'm cancelling {code}. Its status message will say whether it was charged.")
        await harness.wait_until(lambda: slow.hits or None)
        await harness.alice.slash(harness.channel, "jobs")
        cancelling = await harness.wait_for_message(f"{code} · being cancelled")
        assert f"Cancel {code}" not in str(cancelling.components)
        await harness.wait_for_message(COUNTED)
        await asyncio.sleep(0.2)
        assert len(runway(harness).wire.requests(DELETE)) == 1


@pytest.mark.parametrize(
    ("kind", "model", "route"),
    [(LocalFal, "grok-imagine-video", "PUT */cancel"), (LocalGemini, "gemini-omni-1.2-flash", "POST */cancel")],
)
async def test_a_provider_that_tells_no_cost_is_asked_once_and_nothing_is_released(
    tmp_path: Path, kind: type[LocalFal | LocalGemini], model: str, route: str
) -> None:
    async with open_harness(tmp_path, other_providers=(kind(render_s=60.0),)) as harness:
        harness.other_providers[0].queue_s = 60.0
        status = await start_video(harness, model)
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message("had already accepted this request. It may have been charged; I counted")
        assert len(harness.other_providers[0].wire.requests(route)) == 1
        assert await ledger(harness) == ["reserve", "capture"]


@pytest.mark.parametrize("server", ["vllm", "sglang"])
async def test_a_server_of_the_hosts_own_is_freed(tmp_path: Path, server: str) -> None:
    """vLLM-Omni aborts the generation. SGLang only forgets it, so the job ends at once."""
    local: LocalProvider = LocalOwnServer("vllm" if server == "vllm" else "sglang", render_s=60.0)
    account: dict[str, dict[str, object]] = {"openai_videos": {"flavour": server, "price": "free"}}
    async with open_harness(tmp_path, other_providers=(local,), account_overrides=account) as harness:
        status = await start_video(harness, f"{server}-cosmos3-nano")
        await harness.alice.press(status, "Cancel")
        await harness.wait_for_message("Cancelled. The provider had already accepted this request.")
        await harness.wait_until(lambda: local.wire.requests("DELETE /v1/videos/*") or None)
        assert len(local.wire.requests("DELETE /v1/videos/*")) == 1
        assert local.tasks == {}


async def test_killed_while_a_video_is_being_cancelled(tmp_path: Path) -> None:
    """The cancellation takes effect, its answer never comes, and the process dies: the next one finds out."""
    provider = LocalRunway(render_s=60.0)
    provider.queue_s = 60.0
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        alice = guild.add_member("alice")
        await world.start_bot()
        interaction = await alice.slash(guild.add_channel("videos"), "generate", prompt=FOX, model=OMNI)
        await world.discord.wait_for(lambda: provider.tasks)
        status = await world.discord.wait_for(lambda: status_message(world.discord, interaction))
        held = provider.wire.fail(Fault(route=DELETE, when="after", delay_s=30.0))
        await alice.press(status, "Cancel")
        await world.discord.wait_for(lambda: held.hits and provider.cancelled)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: FREE in status.content)
        assert len(provider.wire.requests(DELETE)) <= 1  # the held one is recorded when it ends
        assert len(provider.tasks) == 1
        assert await world.bot.terminate() == 0, world.bot.words()
