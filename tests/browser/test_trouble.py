"""The side panel: watch a clip survive what goes wrong around it."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.person import House

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"
pytestmark = pytest.mark.timeout(120)


async def turn(page: Page, name: str) -> None:
    await page.locator(f"[data-switch={name}]").click()


async def open_inspector(page: Page) -> None:
    await page.get_by_role("button", name="Inspector").click()
    await expect(page.locator("[data-switch=slow]")).to_be_visible()


async def test_a_clip_survives_the_death_of_the_bot_while_one_watches(house: House) -> None:
    alice = await house.enter()
    await open_inspector(alice.page)
    await turn(alice.page, "slow")
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await expect(alice.page.locator("#panel-jobs .card")).to_contain_text("polling")
    await expect(alice.page.locator("#panel-providers")).to_contain_text("1 charge, $0.10")
    await alice.page.get_by_role("button", name="kill -9 and restart").click()
    await turn(alice.page, "slow")
    await expect(alice.page.locator("article video")).to_be_visible(timeout=40_000)
    await expect(alice.page.locator("#panel-jobs .card")).to_contain_text("delivered")
    await expect(alice.page.locator("#panel-wire")).to_contain_text("toapis POST /v1/videos/generations")
    assert len(house.provider.charges) == 1


async def test_a_refusal_is_a_sentence_and_costs_nothing(house: House) -> None:
    alice = await house.enter()
    await open_inspector(alice.page)
    await turn(alice.page, "refuse")
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await expect(alice.message("rejected this prompt")).to_contain_text("Not charged")
    await turn(alice.page, "refuse")
    await alice.press(alice.message("rejected this prompt"), "Edit and retry")
    await expect(alice.page.get_by_role("dialog")).to_be_visible()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    await expect(alice.page.locator("article video")).to_be_visible(timeout=40_000)


async def test_expired_links_and_a_lost_socket_heal(house: House) -> None:
    alice = await house.enter()
    await open_inspector(alice.page)
    await turn(alice.page, "expired")
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await expect(alice.page.locator("#panel-wire .bad", has_text="403").first).to_be_visible(timeout=30_000)
    await alice.page.get_by_role("button", name="Close the bot's socket").click()
    await turn(alice.page, "expired")
    await expect(alice.page.locator("article video")).to_be_visible(timeout=60_000)
    assert len(house.provider.charges) == 1


async def test_the_page_comes_back_by_itself(quiet_house: House) -> None:
    house = quiet_house
    alice = await house.enter("bob")
    port = house.site.port
    await house.site.stop()
    await expect(alice.page.locator("body")).to_have_class("offline")
    await house.stage.carol.say(house.stage.videos, "said while you were away")
    await house.site.start(port)
    await expect(alice.message("said while you were away")).to_be_visible()
    await expect(alice.page.get_by_role("radio", name="bob")).to_be_checked()


async def test_a_clip_too_large_for_the_server_arrives_smaller(house: House) -> None:
    alice = await house.enter()
    await open_inspector(alice.page)
    await turn(alice.page, "small")
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await expect(alice.page.locator("#panel-wire .bad", has_text="413").first).to_be_visible(timeout=30_000)
    await expect(alice.page.locator("article video")).to_be_visible(timeout=60_000)
    await expect(alice.message(LIGHTHOUSE)).to_contain_text("This is a smaller copy")


async def test_a_provider_that_fails_while_it_is_asked_leaves_the_choice_to_a_person(house: House) -> None:
    alice = await house.enter()
    await open_inspector(alice.page)
    await turn(alice.page, "broken")
    await alice.slash("generate", prompt=LIGHTHOUSE)
    unclear = alice.message("The provider answered, but not whether")
    await expect(unclear).to_contain_text("I won't send it again automatically")
    await expect(alice.page.locator("#panel-wire .bad", has_text="500").first).to_be_visible()
    await turn(alice.page, "broken")
    await alice.press(unclear, "Send again (may cost twice)")
    await expect(alice.page.locator("article video")).to_be_visible(timeout=40_000)
    assert len(house.provider.charges) == 1
