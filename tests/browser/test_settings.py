"""A manager changes a server's settings through the page, and they apply to every member."""

import asyncio

import pytest
from playwright.async_api import Locator, expect

from bot.sandbox.discord.errors import Json
from bot.sandbox.web.session import Session
from tests.browser.person import House, Person

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"
pytestmark = pytest.mark.timeout(120)


async def turn_to(who: Person, page: str) -> None:
    """Open another page of the panel with its menu."""
    panel = who.message("Settings · ")
    await who.choose(panel, "v1s:nav:to", page)
    await expect(panel).to_contain_text(f"Settings · {page}")


async def enter_manager(house: House) -> tuple[Person, Locator]:
    """Open the settings panel as a manager; return the person and the panel."""
    carol = await house.enter("carol")
    await carol.slash("settings panel")
    await expect(carol.message("Settings · Overview")).to_be_visible()
    return carol, carol.message("Settings · ")


async def test_the_panel_is_shown_to_the_manager_alone(house: House) -> None:
    carol, panel = await enter_manager(house)
    await expect(panel).to_contain_text("Only you can see this")
    await expect(panel).to_contain_text("carol used /settings panel")
    await expect(panel).to_contain_text("Budget $5.00 per day, no limit per month")
    assert carol.errors == []


async def test_a_manager_sets_budgets_replies_words_and_limits(house: House) -> None:
    carol, panel = await enter_manager(house)
    await turn_to(carol, "Money")
    await carol.press(panel, "Change")
    await carol.fill(day="two fifty", month="20")
    await expect(carol.message("two fifty isn't an amount such as 2.50")).to_contain_text("Nothing was changed")
    await carol.press(panel, "Change")
    await carol.fill(day="2.50", month="20")
    await expect(panel).to_contain_text("Today $0.00 of $2.50, this month $0.00 of $20.00")

    await turn_to(carol, "Replies")
    await carol.choose(panel, "v1s:replies:mode", "Confirm Asks")
    await expect(panel).to_contain_text("✅ Saved.")
    await expect(panel.get_by_role("button", name="Mode: Confirm")).to_be_visible()

    await turn_to(carol, "Words")
    await carol.press(panel, "Change")
    await carol.fill(words="clown*\nred room")
    await expect(panel).to_contain_text("Never: clown*, red room")

    await turn_to(carol, "Limits")
    await carol.choose(panel, "v1s:limits:role", "@Managers")
    await carol.fill(videos="7")
    await expect(panel).to_contain_text("Limits by role: @Managers 7")
    await _expect_rules(carol, panel)
    assert carol.errors == []


async def _expect_rules(carol: Person, panel: Locator) -> None:
    """Expect the new rules in the overview and in the list of changes."""
    await turn_to(carol, "Overview")
    await expect(panel).to_contain_text("Replies confirm, confirm above")
    await expect(panel).to_contain_text("Budget $2.50 per day, $20.00 per month")
    await expect(panel).to_contain_text("word rules 2")
    await carol.slash("settings audit")
    audit = carol.message("Settings changes")
    for line in (
        "@carol · budget per day: $5.00 → $2.50",
        "@carol · replies: undo → confirm",
        "@carol · word rules: none → clown*, red room",
    ):
        await expect(audit).to_contain_text(line)


async def test_members_are_held_to_the_rules(house: House) -> None:
    carol, panel = await enter_manager(house)
    await turn_to(carol, "Words")
    await carol.press(panel, "Change")
    await carol.fill(words="clown*")
    await turn_to(carol, "Overview")
    await carol.press(panel, "Pause")
    await expect(panel).to_contain_text("Paused: no new videos")
    alice = await house.enter("alice")
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await expect(alice.message("paused")).to_contain_text("Only you can see this")
    await carol.press(panel, "Resume")
    await expect(panel).to_contain_text("Active")
    await alice.slash("generate", prompt="two CLOWNS on a bicycle")
    await expect(alice.message("rules don't allow that prompt")).to_contain_text("Only you can see this")
    assert house.provider.tasks == {}
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await house.clip(LIGHTHOUSE)
    await carol.slash("settings audit")
    await expect(carol.message("Settings changes")).to_contain_text("@carol · paused: no → yes")
    assert carol.errors == alice.errors == []


async def test_the_settings_are_for_those_who_manage_the_server(house: House) -> None:
    alice = await house.enter("alice")
    await alice.page.locator("#text").press_sequentially("/")
    await expect(alice.page.locator("#offers")).to_contain_text("/generate")
    await expect(alice.page.locator("#offers")).not_to_contain_text("/settings")
    carol = await house.enter("carol")
    await carol.slash("settings panel")
    panel = carol.message("Settings · ")
    await expect(panel).to_be_visible()
    house.stage.carol.take(house.stage.carol.roles[0])
    await carol.press(panel, "Pause")
    await expect(carol.message("You need the Manage Server permission")).to_be_visible()
    await expect(panel).to_contain_text("Active")


async def test_who_types_while_the_page_still_changes_the_member_is_not_disturbed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, arrived = Session._execute, asyncio.Event()

    async def slowly(seat: Session, act: str, fields: Json) -> Json | None:
        if act == "be":
            await arrived.wait()
        return await done(seat, act, fields)

    monkeypatch.setattr(Session, "_execute", slowly)
    carol = await house.enter()
    await carol.page.get_by_role("radio", name="carol").check()
    await carol.page.locator("#text").press_sequentially("/settings pa")
    await expect(carol.page.locator("#offers")).to_be_hidden()
    arrived.set()
    await expect(carol.page.locator("#offers")).to_contain_text("/settings panel")
    await expect(carol.page.locator("#text")).to_be_focused()
    await carol.page.keyboard.press("Enter")
    await expect(carol.page.locator("#command")).to_be_visible()


async def test_commands_that_come_while_one_types_are_offered_at_once(quiet_house: House) -> None:
    alice = await quiet_house.enter()
    await alice.page.locator("#text").press_sequentially("/gen")
    await quiet_house.world.start_bot()
    await expect(alice.page.locator("#offers")).to_contain_text("/generate")
