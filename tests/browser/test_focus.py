"""The page shows what a member sent, keeps the keyboard focus and counts characters; on a phone as on a desktop."""

import pytest
from playwright.async_api import ViewportSize, expect

from tests.browser.person import DESK, PHONE, House, Person
from tests.browser.puppet import BUTTONS, Puppet

pytestmark = pytest.mark.timeout(90)
AT_THE_END = "log => Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight) < 2"
both = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desktop", "phone"])


async def _scrolled_up(alice: Person) -> None:
    log = alice.page.locator("#log")
    await log.hover()
    await alice.page.mouse.wheel(0, -1500)
    await alice.holds(log, f"log => !({AT_THE_END})(log)")


@both
async def test_the_page_jumps_to_what_a_member_sent(quiet_house: House, size: ViewportSize) -> None:
    house, stage, puppet = quiet_house, quiet_house.stage, Puppet(quiet_house.world.discord)
    for number in range(60):
        await stage.bob.say(stage.videos, f"message {number}")
    alice = await house.enter(size=size)
    text = alice.page.locator("#text")
    await _scrolled_up(alice)
    await alice.write("here is mine")
    await expect(alice.message("here is mine")).to_be_in_viewport()
    await expect(text).to_be_focused()
    await _scrolled_up(alice)
    await alice.slash("settings model", name="grok")
    await expect(alice.message("Seen.")).to_be_in_viewport()
    await expect(text).to_be_focused()
    await alice.slash("form")
    await alice.page.locator("#log").evaluate("log => { log.scrollTop = 0 }")
    await alice.page.get_by_role("dialog").get_by_label("Tall").check()
    await alice.fill(prompt="a boat")
    await expect(alice.message("Thank you.")).to_be_in_viewport()
    await expect(text).to_be_focused()
    assert len(puppet.interactions) and alice.errors == []


@both
async def test_the_pressed_button_keeps_the_focus_after_an_update(quiet_house: House, size: ViewportSize) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    posted = puppet.post(house.stage.videos, "before", components=BUTTONS)
    alice = await house.enter(size=size)
    button = alice.shown(posted).get_by_role("button", name="Update once more")
    await button.focus()
    for time in ("1", "2"):
        await alice.page.keyboard.press("Enter")
        await expect(alice.shown(posted)).to_contain_text(f"Updated {time} times")
        await expect(button).to_be_focused()


async def test_a_reconnect_keeps_the_command_that_is_being_typed(quiet_house: House) -> None:
    Puppet(quiet_house.world.discord)
    alice = await quiet_house.enter()
    await alice.page.locator("#text").press_sequentially("/settings model gro")
    name = alice.page.locator("#command [data-option=name]")
    port = quiet_house.site.port
    await quiet_house.site.stop()
    await expect(alice.page.locator("body")).to_have_class("offline")
    await quiet_house.site.start(port)
    await expect(alice.page.locator("body")).not_to_have_class("offline")
    await expect(name).to_have_value("gro")
    await expect(name).to_be_focused()


@both
async def test_characters_are_counted_against_the_limits_of_discord(quiet_house: House, size: ViewportSize) -> None:
    Puppet(quiet_house.world.discord)
    alice = await quiet_house.enter(size=size)
    text, count = alice.page.locator("#text"), alice.page.locator(".write .count")
    await text.fill("🎬 two")
    await expect(count).to_have_text("5 / 2000")
    await alice.write("x" * 2001)
    await expect(count).to_have_text("2001 / 2000")
    await expect(text).to_have_attribute("aria-invalid", "true")
    await expect(alice.page.locator("#notice")).to_contain_text("at most 2000 characters; this one has 2001")
    await expect(text).to_be_focused()
    await alice.write("x" * 2000)
    await expect(alice.page.locator("article")).to_have_count(1)
    await expect(count).to_have_text("")
    await text.press_sequentially("/settings model gro")
    await expect(alice.page.locator("#command .count")).to_have_text("3 / 40")
    await alice.page.keyboard.press("Escape")
    await alice.page.keyboard.press("Escape")
    await alice.slash("form")
    await expect(alice.page.get_by_role("dialog").locator(".count")).to_have_text("6 / 4000")


@both
async def test_everything_can_be_read_on_every_screen(quiet_house: House, size: ViewportSize) -> None:
    quiet_house.stage.videos.topic = "Ask for a video with the command generate, then reply to it to change it. " * 2
    alice = await quiet_house.enter(size=size)
    for thing in ("#topic", "#people .who >> nth=0", "#people .who >> nth=2", "#open-panel span", "#bot-state"):
        shown = alice.page.locator(thing)
        await expect(shown).to_be_in_viewport()
        assert await shown.evaluate("one => one.scrollWidth <= one.clientWidth + 1 || one.clientWidth === 0"), thing
    for one in await alice.page.locator("#open-panel, #theme, #people label").all():
        await expect(one).to_be_in_viewport(ratio=0.99)
