"""The processes of a cluster in the side panel: by keyboard, read aloud, on every screen; and the pictures of it."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.web.server import Page
from tests.browser.person import DESK, PHONE, House, Person
from tests.browser.test_looks import AXE, OVERFLOW, picture
from tests.cluster.local_cluster import local_cluster

START_MS = 180_000
PROMPT = "a lighthouse in a storm, waves made of paper"
KILLED = ("worker 1", "gateway 1", "PostgreSQL", "bucket", "provider", "Discord")
SAID = """() => {
  window.said = [];
  const region = document.querySelector("#panel-processes [role=status]");
  new MutationObserver(() => window.said.push(region.textContent)).observe(region, {childList: true});
}"""
pytestmark = pytest.mark.timeout(600)


@contextlib.asynccontextmanager
async def cluster_house(browser: Browser, gateways: int, workers: int) -> AsyncIterator[House]:
    """The page of a cluster whose processes are starting."""
    with contextlib.closing(LocalPostgres(fast=True)) as server:
        running = local_cluster(server, gateways=gateways, workers=workers)
        async with running as cluster, Page(cluster.world, cluster.stage, cluster.view()) as site:
            for bot in cluster.bots:
                await cluster.processes.act(bot.name, "start")
            yield House(world=cluster.world, stage=cluster.stage, site=site, browser=browser)


async def open_processes(person: Person) -> None:
    """Open the side panel and wait until every process runs."""
    await person.page.get_by_role("button", name="Inspector").click()
    await all_run(person)


async def all_run(person: Person) -> None:
    rows = person.page.locator(".process")
    await expect(rows.first).to_be_visible()
    await expect(rows.filter(has_text="running")).to_have_count(await rows.count(), timeout=START_MS)


async def test_the_keyboard_kills_and_starts_every_process(browser: Browser) -> None:
    async with cluster_house(browser, gateways=1, workers=1) as house:
        alice = await house.enter()
        await open_processes(alice)
        await expect(alice.page.locator("#panel-bot")).to_be_hidden()
        await expect(alice.page.locator(".process strong")).to_have_text(
            ["gateway 1", "worker 1", "PostgreSQL", "bucket", "provider", "Discord"]
        )
        await alice.page.evaluate(SAID)
        for name in KILLED:
            await kill_and_start(alice, name)
            await all_run(alice)
        said = await alice.page.evaluate("window.said.join('\\n')")
        assert [name for name in KILLED if f"{name}: ended" not in said or f"{name}: running" not in said] == []
        await alice.slash("generate", prompt=PROMPT)
        await expect(alice.page.locator("article video")).to_be_visible(timeout=60_000)
        await expect(alice.page.locator(".process", has_text="worker 1")).to_contain_text("posted 1")
        assert alice.errors == []


async def kill_and_start(person: Person, name: str) -> None:
    """Press Enter on the button of a process twice. It keeps the focus."""
    row = person.page.locator(f"[data-process='{name}']")
    await row.get_by_role("button", name=f"Kill {name}", exact=True).focus()
    for pressed, state in (("Start", "ended"), ("Kill", "running")):
        await person.page.keyboard.press("Enter")
        await expect(row).to_contain_text(state, timeout=START_MS)
        button = row.get_by_role("button", name=f"{pressed} {name}", exact=True)
        await expect(button).to_have_text(pressed)
        await expect(button).to_be_focused()
        await expect(button).not_to_have_attribute("aria-busy", "true")


async def test_a_whole_cluster_reads_well_everywhere(browser: Browser) -> None:
    async with cluster_house(browser, gateways=3, workers=5) as house:
        alice = await house.enter()
        await open_processes(alice)
        for prompt in (PROMPT, "a paper boat on a pond"):
            await alice.slash("generate", prompt=prompt)
        await expect(alice.page.locator("article video")).to_have_count(2, timeout=60_000)
        await alice.page.locator("[data-switch=slow]").click()
        await alice.slash("generate", prompt="a heron made of paper lifts off")
        await expect(alice.page.locator("#panel-jobs .card").first).to_contain_text("polling")
        idle = alice.page.locator(".process", has_text="worker").filter(has_not_text=", has ").first
        await idle.get_by_role("button").click()
        await expect(alice.page.locator(".process", has_text="killed")).to_have_count(1)
        for size in (DESK, PHONE):
            for theme in ("light", "dark"):
                person = await house.enter(size=size, theme=theme)
                await person.page.get_by_role("button", name="Inspector").click()
                await expect(person.page.locator(".process")).to_have_count(12)
                await person.still()
                if size is DESK:
                    await picture(person, f"cluster-{theme}")
                assert await person.axe(AXE) == [], (size, theme)
                assert await person.page.evaluate(OVERFLOW) == 0, (size, theme)
                for button in await person.page.locator(".process button").all():
                    await button.scroll_into_view_if_needed()
                    await expect(button).to_be_in_viewport(ratio=0.99)
                assert person.errors == []
                await person.page.context.close()
