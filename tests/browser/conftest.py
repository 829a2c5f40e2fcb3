"""A world with its page and its bot, and people with browsers. Needs /usr/bin/chromium (or RETAKE_TEST_CHROMIUM)."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from bot.jobs.server_settings import ServerSettings
from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs, LocalXAI
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.writer import LocalWriter
from bot.sandbox.web.server import Page
from tests.browser.history import live
from tests.browser.person import House

# A plain `pytest` leaves these out: they want a browser and take minutes.
collect_ignore_glob = [] if any("browser" in argument for argument in sys.argv) else ["test_*.py"]

CHROMIUM = os.environ.get("RETAKE_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
)  # fmt: skip


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        await chromium.close()


@contextlib.asynccontextmanager
async def _built(
    data: Path, browser: Browser, *others: LocalProvider, env: Mapping[str, str] | None = None
) -> AsyncIterator[House]:
    providers = (LocalToAPIs(render_s=1.5), *others)
    async with LocalEnvironment(*providers, discord=LocalDiscord(rate_limits=False), data=data, env=env) as world:
        stage = DemoGuild.built(world.discord)
        async with Page(world, stage) as site:
            yield House(world=world, stage=stage, site=site, browser=browser)


@pytest.fixture
async def quiet_house(tmp_path: Path, browser: Browser) -> AsyncIterator[House]:
    """The page and its world, without the bot."""
    async with _built(tmp_path, browser) as house:
        yield house


@pytest.fixture
async def old_house(tmp_path: Path, browser: Browser) -> AsyncIterator[House]:
    """With two accounts, three weeks of a server's life, and the bot."""
    async with _built(tmp_path, browser, LocalXAI(render_s=1.5)) as house:
        await live(house, 21, ServerSettings(videos_per_server=12, budget_day_micros=3_500_000, words=("clown*",)))
        await house.world.start_bot()
        yield house


@pytest.fixture
async def large_house(tmp_path: Path, browser: Browser) -> AsyncIterator[House]:
    """With two accounts, a writer, and the bot."""
    async with LocalWriter() as writer, _built(tmp_path, browser, LocalXAI(render_s=1.5), env=writer.env()) as house:
        for provider in house.world.providers:
            provider.camera.varied = True
        await house.world.start_bot()
        yield house


@pytest.fixture
async def house(quiet_house: House) -> House:
    """With the unmodified bot, as a process of its own."""
    await quiet_house.world.start_bot()
    return quiet_house
