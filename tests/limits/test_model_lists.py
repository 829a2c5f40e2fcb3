"""Lists of models of a provider, through the whole bot: vanished, new, other prices, hostile, stored."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.catalogue.listed import GONE
from bot.sandbox.providers import LocalFal, LocalGemini, LocalOpenRouter
from bot.sandbox.providers.openrouter_models import Listed
from bot.worker.model_lists import MAX_STORED_CHARS
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import add_manager, open_page, panel_text, response_message, response_text, selected_values

NEW = "veo-3.1-fast@openrouter"  # listed by the local OpenRouter, and not in the catalogue


async def refreshed(harness: BotHarness) -> None:
    assert harness.app is not None
    harness.app._model_lists._read_at.clear()
    await harness.app._model_lists.refresh()


@pytest.fixture
def router() -> Iterator[LocalOpenRouter]:
    yield LocalOpenRouter()


async def test_a_vanished_model_says_so_and_costs_nothing(tmp_path: Path, router: LocalOpenRouter) -> None:
    router.retired_models.add(next(name for name in router.models if name.endswith("/gen-4.5")))
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await refreshed(harness)
        said = await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="gen-4.5")
        assert GONE in await response_text(said)
        assert router.charges == []


async def test_a_new_model_is_ordered_only_where_managers_enabled_it(tmp_path: Path, router: LocalOpenRouter) -> None:
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await refreshed(harness)
        refused = await harness.alice.slash(harness.channel, "generate", prompt="a boat", model=NEW)
        assert "haven't enabled it" in await response_text(refused)
        maud = add_manager(harness)
        panel = await response_message(await maud.slash(harness.channel, "settings panel"))
        panel = await open_page(harness, maud, panel, "new")
        assert selected_values(panel, "v1s:new:on0") == []
        panel = await response_message(await maud.select(panel, "v1s:new:on0", [NEW]))
        assert selected_values(panel, "v1s:new:on0") == [NEW]
        offered = await harness.alice.autocomplete(
            harness.channel, "generate", "model", "veo-3.1-fast", prompt="a boat"
        )
        assert [choice.value for choice in offered] == [NEW]
        await harness.alice.slash(harness.channel, "generate", prompt="a boat", model=NEW)
        await harness.wait_for_clip("a boat")
        assert len(router.charges) == 1


async def test_a_new_price_counts_for_new_orders_and_is_shown(tmp_path: Path, router: LocalOpenRouter) -> None:
    name = next(name for name in router.models if name.endswith("/gen-4.5"))
    router.models[name] = {**router.models[name], "pricing_skus": {"duration_seconds": "0.2"}}
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await refreshed(harness)
        maud = add_manager(harness)
        panel = await response_message(await maud.slash(harness.channel, "settings panel"))
        text = panel_text(await open_page(harness, maud, panel, "new"))
        assert "keep their price" in text
        assert "→ $1" in text


async def test_the_stored_list_counts_after_a_restart_without_the_provider(
    tmp_path: Path, router: LocalOpenRouter
) -> None:
    router.retired_models.add(next(name for name in router.models if name.endswith("/gen-4.5")))
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await refreshed(harness)
        router.down = True
        await harness.restart()
        said = await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="gen-4.5")
        assert GONE in await response_text(said)


async def test_fal_is_asked_about_the_catalogues_models(tmp_path: Path) -> None:
    fal = LocalFal()
    fal.retired_models.add("alibaba/wan-3.0/text-to-video")
    fal.deprecated.add("fal-ai/ltx-2.3/text-to-video")  # still there
    async with open_harness(tmp_path, other_providers=(fal,)) as harness:
        await refreshed(harness)
        said = await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="wan-3.0")
        assert GONE in await response_text(said)
        assert fal.charges == []
        await harness.alice.slash(harness.channel, "generate", prompt="[fast] a boat", model="ltx-2.3")
        await harness.wait_for_clip("a boat")
        assert fal.complaints == []


async def test_a_model_that_googles_list_lost_says_so_and_comes_back(tmp_path: Path) -> None:
    gemini = LocalGemini()
    gemini.retired_models.add("gemini-omni-1.1-flash")
    async with open_harness(tmp_path, other_providers=(gemini,)) as harness:
        await refreshed(harness)
        said = await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="gemini-omni-1.1-flash")
        assert GONE in await response_text(said)
        assert gemini.charges == []
        assert harness.app is not None
        assert [offer.key for offer in harness.app._offers.new() if offer.account == "gemini"] == []
        gemini.retired_models.clear()
        await refreshed(harness)
        await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="gemini-omni-1.1-flash")
        await harness.wait_for_clip("a boat")
        assert len(gemini.charges) == 1


@pytest.mark.parametrize(
    "models",
    [{"lab/m": {"id": "lab/m", "description": "x" * (10 << 20)}}, {f"m{n}": {"id": f"m{n}"} for n in range(100_000)}],
    ids=["10 MB", "100,000 models"],
)
async def test_a_huge_list_changes_nothing_and_is_said_once(
    tmp_path: Path, router: LocalOpenRouter, models: dict[str, Listed], caplog: pytest.LogCaptureFixture
) -> None:
    async with open_harness(tmp_path, other_providers=(router,)) as harness:
        await refreshed(harness)
        assert harness.app is not None
        assert harness.database is not None
        before = harness.app._offers.all()
        router.models = models
        caplog.clear()
        with caplog.at_level(logging.WARNING, "retake.models"):
            await refreshed(harness)
            await refreshed(harness)
        assert harness.app._offers.all() == before
        assert len([each for each in caplog.records if each.name == "retake.models"]) == 1
        rows = await harness.database.run("SELECT value FROM fact WHERE name = 'models:openrouter'")
        assert len(rows[0][0]) < MAX_STORED_CHARS
