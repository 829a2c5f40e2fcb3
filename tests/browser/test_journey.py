"""A person with no account makes a video, watches it, and remixes it in every way."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.person import House

LIGHTHOUSE = "a lighthouse in a storm, waves made of paper"
PLAYED = """async (video) => {
  video.muted = true;
  await video.play();
  await new Promise((seen) => video.requestVideoFrameCallback(seen));
  video.pause();
  const canvas = document.createElement("canvas");
  canvas.width = 32; canvas.height = 18;
  const paint = canvas.getContext("2d");
  paint.drawImage(video, 0, 0, 32, 18);
  const bytes = paint.getImageData(0, 0, 32, 18).data;
  const colours = new Set();
  for (let i = 0; i < bytes.length; i += 4) colours.add(`${bytes[i] >> 4},${bytes[i + 1] >> 4},${bytes[i + 2] >> 4}`);
  return {ready: video.readyState, width: video.videoWidth, seconds: video.duration, colours: colours.size};
}"""
pytestmark = pytest.mark.timeout(120)


async def test_a_prompt_becomes_a_clip_that_plays_in_the_page(house: House) -> None:
    house.provider.render_s = 60.0
    alice = await house.enter()
    await alice.slash("generate", prompt=LIGHTHOUSE)
    await expect(alice.message("Rendering")).to_contain_text("0:0", timeout=30_000)
    await expect(alice.message("Rendering").get_by_role("button", name="Cancel")).to_be_visible()
    for task in house.provider.tasks.values():
        task.hurry.set()
    clip = alice.message(LIGHTHOUSE).locator("video")
    await expect(clip).to_be_visible(timeout=40_000)
    await expect(alice.page.locator("article", has_text="Rendering")).to_have_count(0)
    seen = await clip.evaluate(PLAYED)
    assert seen["ready"] >= 2
    assert (seen["width"], round(seen["seconds"])) == (480, 10)
    assert seen["colours"] > 4, "a real picture, not a black one"
    assert await clip.get_attribute("aria-label") == LIGHTHOUSE
    assert alice.errors == []


async def test_every_option_can_be_given_with_the_keyboard(house: House, tmp_path: Path, png_bytes: bytes) -> None:
    picture = tmp_path / "boat.png"
    picture.write_bytes(png_bytes)
    alice = await house.enter()
    await alice.slash("generate", prompt=LIGHTHOUSE, model="grok", aspect="9:16 portrait", seconds="5", image=picture)
    await house.clip(LIGHTHOUSE)
    (task,) = house.provider.tasks.values()
    assert (task.aspect, task.seconds, len(house.provider.uploads)) == ("9:16", 5, 1)


async def test_what_the_client_refuses_is_said_at_the_command(house: House) -> None:
    alice = await house.enter()
    await alice.page.locator("#text").fill("/generate ab")
    form = alice.page.locator("#command")
    await expect(form.locator("[data-option=prompt]")).to_have_value("ab")
    await alice.page.keyboard.press("Enter")
    await expect(form.get_by_role("alert")).to_contain_text("at least 3 characters")
    await alice.page.keyboard.press("Escape")
    await expect(alice.page.locator("#text")).to_be_focused()
    assert house.provider.charges == []


async def test_a_reply_is_a_remix_and_without_ping_it_is_talk(house: House) -> None:
    alice = await house.enter()
    await alice.slash("generate", prompt=LIGHTHOUSE)
    clip = await house.clip(LIGHTHOUSE)
    bob = await house.enter("bob")
    await bob.reply(clip, "make the waves out of silk please", ping=False)
    await bob.reply(clip, "the same bay in winter, snow falling")
    await expect(bob.message("the same bay in winter").locator("video")).to_be_visible(timeout=40_000)
    remix = await house.clip("the same bay in winter")
    await expect(alice.shown(remix).locator(".preview")).to_contain_text("@bob")
    assert [task.kind for task in house.provider.tasks.values()] == ["create", "remix"]


async def test_the_message_menu_opens_a_form_that_remixes(house: House) -> None:
    alice = await house.enter()
    await alice.slash("generate", prompt=LIGHTHOUSE)
    clip = await house.clip(LIGHTHOUSE)
    await alice.menu(clip, "Remix video")
    dialog = alice.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await dialog.locator("textarea, input[type=text]").first.fill("now by moonlight, with owls")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_be_hidden()
    await house.clip("now by moonlight, with owls")
    assert alice.errors == []


async def test_the_buttons_of_a_clip_work_after_the_bot_was_killed(house: House) -> None:
    carol = await house.enter("carol")
    await carol.slash("generate", prompt=LIGHTHOUSE)
    clip = await house.clip(LIGHTHOUSE)
    await carol.page.get_by_role("button", name="Inspector").click()
    await carol.page.get_by_role("button", name="kill -9 the bot").click()
    await expect(carol.page.locator("#panel-bot")).to_contain_text("not running")
    await expect(carol.page.locator("#bot-state")).to_contain_text("offline")
    await carol.press(carol.shown(clip), "Again")
    await expect(carol.page.locator("#notice")).to_contain_text("interaction failed")
    await carol.page.get_by_role("button", name="Start the bot").click()
    await expect(carol.page.locator("#bot-state")).to_contain_text("online")
    await carol.press(carol.shown(clip), "Again")
    await expect(carol.page.locator("article video")).to_have_count(2, timeout=40_000)
    assert len(house.provider.charges) == 2
