"""The cost that a provider reports replaces the estimate: in the ledger, in every text, and in /usage."""

import csv
import io
import logging
from pathlib import Path

import pytest

from bot.cli.usage import usage_lines
from bot.sandbox.discord import LocalMessage
from bot.sandbox.providers import LocalOpenRouter, LocalRunware, LocalRunway, LocalXAI
from bot.sandbox.providers.server import LocalProvider
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import add_manager, database_of, response_message
from tests.stores import location_in

FOX = "a fox of folded paper"
PROVIDERS: dict[str, tuple[type[LocalProvider], str]] = {
    "openrouter": (LocalOpenRouter, "wan-3.0"),
    "runway": (LocalRunway, "gen4.5"),
    "runware": (LocalRunware, "gemini-omni-flash-1.1"),
    "xai": (LocalXAI, "grok-imagine-video"),
}


async def order(harness: BotHarness, name: str, prompt: str = FOX) -> None:
    model = PROVIDERS[name][1]
    await harness.alice.slash(harness.channel, "generate", prompt=prompt, model=model, seconds=5)


async def entries(harness: BotHarness) -> list[tuple[str, int]]:
    rows = await database_of(harness).run("SELECT kind, micros, credit FROM ledger ORDER BY rowid")
    return [(row["kind"], row["micros"] if row["credit"] != "free" else -row["micros"]) for row in rows]


async def used(harness: BotHarness) -> tuple[int, int]:
    """Return what counts toward the budgets: the micro-dollars and the videos."""
    (row,) = await database_of(harness).run("SELECT sum(micros), sum(videos) FROM day_use")
    return row[0], row[1]


def cost_line(message: LocalMessage) -> str:
    return message.content.splitlines()[1]


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("real_usd", [0.07, 3.5, 0.0])
async def test_the_real_cost_is_booked_and_told(tmp_path: Path, name: str, real_usd: float) -> None:
    provider = PROVIDERS[name][0](render_s=0.1, price_usd=real_usd)
    async with open_harness(tmp_path, other_providers=(provider,)) as harness:
        await order(harness, name)
        line = cost_line(await harness.wait_for_clip(FOX))
        assert f" · ${real_usd:.2f} · " in line
        assert "≈" not in line
        real = round(real_usd * 1_000_000)
        (_, estimate), (_, captured), (kind, difference) = await entries(harness)
        assert (kind, captured, estimate + difference) == ("adjust", estimate, real)
        assert await used(harness) == (real, 1)


@pytest.mark.parametrize(("name", "prompt"), [("openrouter", "[fail]"), ("runway", "[fail]"), ("runway", "[withhold]")])
async def test_a_failure_counts_what_it_really_cost(tmp_path: Path, name: str, prompt: str) -> None:
    provider = PROVIDERS[name][0](render_s=0.1, price_usd=0.03)
    async with open_harness(tmp_path, other_providers=(provider,)) as harness:
        await order(harness, name, f"{prompt} a fox")
        await harness.wait_for_message("The provider charged $0.03.")
        assert await used(harness) == (30_000, 1)


async def test_a_key_of_the_hosts_own_keeps_the_estimate(tmp_path: Path) -> None:
    provider = LocalOpenRouter(render_s=0.1, price_usd=0.02)
    provider.is_byok = True
    async with open_harness(tmp_path, other_providers=(provider,)) as harness:
        await order(harness, "openrouter")
        assert " · ≈ $" in cost_line(await harness.wait_for_clip(FOX))
        assert [kind for kind, _ in await entries(harness)] == ["reserve", "capture"]


async def test_a_cost_that_cannot_be_right_is_logged_and_not_booked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    provider = LocalRunway(render_s=0.1, price_usd=5_000.0, balance_usd=1e6)
    async with open_harness(tmp_path, other_providers=(provider,)) as harness:
        with caplog.at_level(logging.ERROR, "retake.jobs"):
            await order(harness, "runway")
            assert " · ≈ $" in cost_line(await harness.wait_for_clip(FOX))
        assert [kind for kind, _ in await entries(harness)] == ["reserve", "capture"]
        assert [record.message for record in caplog.records if "can't be right" in record.message] != []


async def test_usage_shows_real_and_estimated_apart(tmp_path: Path) -> None:
    provider = LocalRunway(render_s=0.1, price_usd=0.07)
    async with open_harness(tmp_path, other_providers=(provider,)) as harness:
        maud = add_manager(harness)
        await order(harness, "runway")
        await harness.wait_for_clip(FOX)
        own = await response_message(await harness.alice.slash(harness.channel, "usage"))
        assert own.content.splitlines()[-1] == "-# Amounts are what the providers charged."
        await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="grok-video-3", seconds=10)
        await harness.wait_for_clip("a boat")
        apart = "The providers charged $0.07; $0.10 is estimated. What may have been charged is included."
        own = await response_message(await harness.alice.slash(harness.channel, "usage"))
        assert own.content.splitlines()[-1] == f"-# {apart}"
        answer = await response_message(await maud.slash(harness.channel, "usage"))
        assert answer.content.count(apart) == 1
        assert "today 2 videos, $0.17" in answer.content
        rows = list(csv.DictReader(io.StringIO(answer.attachments[1].data.decode("utf-8-sig"))))
        amounts = {(row["account"], row["usd"], row["usd_real"], row["usd_estimated"]) for row in rows}
        assert amounts == {("runway", "0.07", "0.07", "0.00"), ("toapis", "0.10", "0.00", "0.10")}
        assert harness.app is not None
        report = usage_lines(location_in(harness.data), harness.app._clock.now(), 7)
        assert [line for line in report if line.startswith(("real", "estimated"))] == ["real $0.07", "estimated $0.10"]
        (line,) = [line for line in report if "at runway" in line]
        assert line.endswith("$0.07 (real $0.07)")
        assert report[-1] == "total $0.17"
