"""What members do with clips in the page: stars, the gallery, contests, forwards, GIFs, replies to a status."""

import re

import pytest
from playwright.async_api import expect

from bot.sandbox.discord import LocalMessage
from tests.browser.person import House, Person
from tests.browser.test_making import KITE, PATIENCE_MS, WIDE, shot

SNOW = "make it snow, softly and slowly"
pytestmark = pytest.mark.timeout(240)


async def make(person: Person, house: House, prompt: str) -> LocalMessage:
    await person.slash("generate", prompt=prompt, seconds="5")
    clip = await house.clip(prompt)
    await expect(person.shown(clip).locator("video")).to_be_visible()
    return clip


async def test_stars_bring_a_clip_into_the_gallery_and_to_the_top(large_house: House) -> None:
    house = large_house
    gallery = house.stage.guild.add_channel("gallery", topic="What this server liked best")
    carol = await house.enter("carol", size=WIDE)
    await carol.slash("settings panel")
    panel = carol.message("Settings · ")
    await carol.choose(panel, "v1s:nav:to", "Gallery")
    await carol.choose(panel, "v1s:gallery:channel", "#gallery")
    await expect(panel).to_contain_text("Saved")
    await carol.press(panel, "Stars …")
    await carol.fill(stars="2")
    await expect(panel).to_contain_text("2 ⭐ or more")
    alice, bob = await house.enter(), await house.enter("bob", size=WIDE)
    kite = await make(alice, house, KITE)
    await bob.reply(kite, SNOW)
    snow = await house.clip(SNOW)
    for person in (alice, carol):
        await person.react(snow, "⭐")
        await expect(person.shown(snow).locator(".reaction")).to_have_attribute("aria-pressed", "true")
    discord = house.world.discord
    post = await discord.wait_for(lambda: next((m for m in gallery.messages if m.is_bot), None), 60.0)
    await bob.go("gallery")
    await expect(bob.shown(post)).to_contain_text("@bob")
    await expect(bob.shown(post)).to_contain_text("@alice")
    await bob.slash("top", days="7")
    await expect(bob.message("Most starred videos")).to_contain_text("⭐ 2")
    await shot(bob, "gallery", 740)


async def test_a_contest_has_entries_votes_and_a_result(large_house: House) -> None:
    house = large_house
    carol = await house.enter("carol", size=WIDE)
    await carol.slash("contest start", theme="autumn", hours="24")
    announced = carol.message("Contest: autumn")
    await expect(announced).to_be_visible()
    alice, bob = await house.enter(), await house.enter("bob")
    leaves, fox = await make(alice, house, "leaves on a pond"), await make(bob, house, "a fox in the mist")
    await alice.press(alice.message("Contest: autumn"), "Enter")
    asked = alice.page.locator("article").filter(has=alice.page.locator(".select")).last
    await asked.locator(".select").click()
    await alice.page.get_by_role("option", name=re.compile("leaves on a pond")).click()
    await expect(alice.message("is your entry for autumn")).to_be_visible()
    await bob.react(fox, "⭐")
    await expect(bob.shown(fox).locator(".reaction", has_text="🏆")).to_be_visible()
    for person in (bob, carol):
        await person.react(leaves, "⭐")
    await carol.press(announced, "Entries")
    entries = carol.message("leaves on a pond · ").or_(carol.message("⭐ 2"))
    await expect(entries.first).to_be_visible()
    await carol.slash("contest end")
    result = carol.message("The contest has ended")
    await expect(result).to_contain_text("The winner is @alice")
    await shot(carol, "contest")


async def test_a_forward_is_remixed_by_its_menu_and_leads_to_the_original(large_house: House) -> None:
    house = large_house
    alice = await house.enter()
    kite = await make(alice, house, KITE)
    await alice.forward(kite, "lounge")
    await expect(alice.page.locator("#notice")).to_contain_text("Forwarded to lounge.")
    discord = house.world.discord
    forward = await discord.wait_for(lambda: next((m for m in discord.all_messages if m.forwarded), None), 30.0)
    bob = await house.enter("bob", size=WIDE)
    await bob.go("lounge")
    shown = bob.shown(forward)
    await expect(shown.locator(".forwarded")).to_have_text("Forwarded")
    await expect(shown.locator("video")).to_be_visible()
    await expect(shown).to_contain_text(KITE)
    await expect(shown.get_by_role("button", name="Remix")).to_have_count(0)
    await bob.menu(forward, "Remix video")
    await bob.fill(prompt="the same hill at sunset")
    remix = await house.clip("the same hill at sunset")
    assert remix.channel is house.stage.lounge
    await expect(bob.shown(remix)).to_contain_text("by @alice")
    await expect(bob.shown(remix).locator("video")).to_be_visible()
    await shot(bob, "forward", 1180)
    await shown.get_by_role("button", name="#videos").click()
    await expect(bob.page.locator("#place")).to_have_text("# videos")
    await expect(bob.shown(kite)).to_be_focused()


async def test_where_one_may_not_write_nothing_can_be_forwarded_to(quiet_house: House) -> None:
    house, stage = quiet_house, quiet_house.stage
    stage.workshop.forbid(stage.bob, "send_messages")
    said = await stage.alice.say(stage.videos, "look at this")
    bob = await house.enter("bob")
    await bob.shown(said).hover()
    await bob.shown(said).get_by_role("button", name="Forward").click()
    offered = bob.page.get_by_role("listbox", name="Forward to")
    await expect(offered.get_by_role("option")).to_have_count(3)
    await expect(offered).not_to_contain_text("workshop")
    await bob.page.keyboard.press("Escape")
    await bob.page.locator("#text").focus()
    await bob.page.keyboard.press("ArrowUp")
    await bob.page.keyboard.press("f")
    await expect(bob.page.get_by_role("listbox", name="Forward to")).to_be_focused()
    await bob.page.keyboard.press("Enter")
    await expect(bob.page.locator("article.forward")).to_contain_text("look at this")
    assert bob.errors == []


async def test_a_forward_from_a_channel_that_one_does_not_see_names_no_place(quiet_house: House) -> None:
    house, stage = quiet_house, quiet_house.stage
    stage.workshop.forbid(stage.bob, "view_channel")
    said = await stage.alice.say(stage.workshop, "half-finished")
    forward = await stage.alice.forward(said, stage.videos)
    bob = await house.enter("bob")
    await expect(bob.shown(forward)).to_contain_text("half-finished")
    await expect(bob.shown(forward).locator(".foot")).to_have_count(1)
    await expect(bob.shown(forward).locator(".foot")).to_be_empty()


async def test_a_reply_asks_for_a_gif(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    kite = await make(alice, house, KITE)
    await alice.reply(kite, "gif")
    await expect(alice.message("GIF · ").locator("img")).to_be_visible(timeout=PATIENCE_MS)
    await shot(alice, "gif")


async def test_a_status_is_answered_while_its_video_renders(large_house: House) -> None:
    house = large_house
    house.provider.render_s = 60.0
    alice, bob = await house.enter(), await house.enter("bob", size=WIDE)
    await alice.slash("generate", prompt=KITE, seconds="5")
    discord = house.world.discord
    status = await discord.wait_for(
        lambda: next((m for m in discord.all_messages if "Rendering" in m.content and not m.ephemeral_to), None), 60.0
    )
    await bob.reply(status, SNOW)
    waiting = bob.message(SNOW)
    await expect(waiting).to_contain_text("Starts when the original is done", timeout=PATIENCE_MS)
    await shot(bob, "status-reply", 540)
    await alice.reply(status, "cancel")
    await expect(alice.shown(status)).to_contain_text("Cancelled")
