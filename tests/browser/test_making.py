"""More than one clip, made in the page: pictures, takes, comparisons, films, extensions, styles, better words."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import ViewportSize, expect

from bot.sandbox.discord import LocalMessage
from bot.sandbox.providers.writer import ADDED
from tests.browser.person import PHONE, House, Person
from tests.browser.sketches import boat
from tests.browser.test_looks import AXE, OVERFLOW, picture

KITE = "a kite over a green hill"
POND = "a paper boat on a pond"
WIDE: ViewportSize = {"width": 1040, "height": 860}
PATIENCE_MS = 60_000
pytestmark = pytest.mark.timeout(240)


async def shot(person: Person, name: str, height: int = 860) -> None:
    """Take a picture for the documentation, in both themes, of a page that is in order. `height` is in pixels."""
    await person.page.set_viewport_size({"width": WIDE["width"], "height": height})
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        await person.page.emulate_media(color_scheme=theme)
        await person.still()
        await picture(person, f"{name}-{theme}")
        assert await person.axe(AXE) == [], theme
    assert await person.page.evaluate(OVERFLOW) == 0
    assert person.errors == []


async def post_picture(bob: Person, house: House, file: Path, words: str) -> LocalMessage:
    await bob.page.get_by_label("Attach files").set_input_files(file)
    await bob.write(words)
    discord = house.world.discord
    return await discord.wait_for(lambda: next((m for m in discord.all_messages if m.content == words), None), 30.0)


async def test_a_picture_in_a_message_becomes_a_video(large_house: House, tmp_path: Path) -> None:
    house = large_house
    bob = await house.enter("bob")
    posted = await post_picture(bob, house, boat(tmp_path), "my paper boat")
    alice = await house.enter(size=WIDE)
    await expect(alice.shown(posted).locator("img")).to_be_visible()
    await alice.menu(posted, "Make a video of this")
    dialog = alice.page.get_by_role("dialog", name="Make a video of this")
    await dialog.locator("[data-custom-id=prompt]").fill("the boat sails out into the waves")
    await dialog.locator("[data-custom-id=files]").set_input_files(boat(tmp_path, "night"))
    await dialog.locator("[data-custom-id=use]").select_option(label="References of what to show")
    model = dialog.locator("[data-custom-id=model]")
    imagine = model.locator("option", has_text="Grok Imagine ·")
    await model.select_option(value=await imagine.get_attribute("value"))
    await shot(alice, "picture-form", 740)
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_be_hidden()
    clip = alice.shown(await house.clip("the boat sails out"))
    await expect(clip).to_contain_text("2 references")
    await expect(clip.locator("video")).to_be_visible()
    await shot(alice, "picture-video")


async def test_one_of_four_takes_is_chosen_and_remixed(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    await alice.slash("generate", prompt=KITE, seconds="5", takes="4")
    clips = await house.clip(KITE)
    shown = alice.shown(clips)
    await expect(shown.locator("video")).to_have_count(4)
    await alice.press(shown, "3")
    await expect(shown.get_by_role("button", name="3", exact=True)).to_have_class("button success")
    await shot(alice, "takes", 790)
    await alice.page.set_viewport_size(PHONE)
    boxes = [await video.bounding_box() for video in await shown.locator("video").all()]
    assert len({round(box["x"]) for box in boxes if box}) == len({round(box["y"]) for box in boxes if box}) == 2
    assert await alice.page.evaluate(OVERFLOW) == 0
    bob = await house.enter("bob")
    await bob.reply(clips, "let a storm come up behind it")
    remix = bob.shown(await house.clip("let a storm come up"))
    third = clips.attachments[2].filename.removeprefix("video-").removesuffix(".mp4")
    await expect(remix).to_contain_text(f"remix of {third}")


async def test_two_models_are_compared_without_their_names(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    await alice.slash("compare", prompt=POND, a="grok-video-3", b="grok-imagine-video")
    clips = await house.clip(POND)
    shown = alice.shown(clips)
    await expect(shown.locator("video")).to_have_count(2)
    await expect(shown).not_to_contain_text("Grok")
    bob = await house.enter("bob", size=WIDE)
    await bob.press(bob.shown(clips), "👍 2")
    await expect(bob.message("counts for 2")).to_be_visible()
    await shot(bob, "compare-hidden", 690)
    await alice.press(shown, "Reveal")
    await expect(shown).to_contain_text("has more votes")
    await expect(shown).to_contain_text("Grok Imagine · ")
    await shot(alice, "compare-revealed", 750)


async def test_a_film_is_reviewed_shot_by_shot_and_joined(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    await alice.slash("film", title="a day at sea", seconds="5")
    await alice.fill(prompt="a calm sea at dawn\na storm at noon\nstars at night")
    plan = alice.message("Film of 3 shots")
    await shot(alice, "film-plan", 450)
    await alice.press(plan, "Start")
    await alice.go("a day at sea")
    question = alice.message("Shot 1 of 3 is done")
    await expect(question).to_be_visible(timeout=PATIENCE_MS)
    await shot(alice, "film-review", 720)
    await alice.press(question, "Keep")
    question = alice.message("Shot 2 of 3 is done")
    await expect(question).to_be_visible(timeout=PATIENCE_MS)
    await alice.press(question, "Stop here")
    await alice.go("videos")
    film = alice.shown(await house.clip("a day at sea"))
    await expect(film).to_contain_text("film · 10 s")
    await expect(film.locator("video")).to_be_visible()
    await shot(alice, "film-joined", 740)


async def test_a_video_of_a_model_without_extensions_is_extended(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    await alice.slash("generate", prompt="a train crosses a bridge", model="1.5 lite", seconds="10")
    bridge = await house.clip("a train crosses a bridge")
    await alice.reply(bridge, "extend: it goes into a tunnel")
    longer = alice.shown(await house.clip("it goes into a tunnel"))
    await expect(longer).to_contain_text("continued from its last frame")
    await expect(longer.locator("video")).to_be_visible()
    await shot(alice, "extend")


async def test_a_style_is_saved_and_offered(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    await alice.slash("style save", name="noir", words="film noir, {prompt}", aspect="9:16 portrait")
    await expect(alice.message("film noir, {prompt}")).to_be_visible()
    await alice.slash("generate", prompt="a cat on a roof", style="noir", seconds="5")
    clip = alice.shown(await house.clip("film noir, a cat on a roof"))
    await expect(clip).to_contain_text("style: noir")
    await expect(clip.locator("video")).to_be_visible()
    await shot(alice, "style", 960)


async def test_better_words_are_shown_before_anything_is_paid(large_house: House) -> None:
    house = large_house
    alice = await house.enter(size=WIDE)
    await alice.slash("generate", prompt=POND, improve="True", seconds="5")
    dialog = alice.message("Improved:")
    await expect(dialog).to_contain_text(POND + ADDED)
    assert house.provider.charges == []
    await shot(alice, "improve", 450)
    await alice.press(dialog, "Make it ≈ $0.05")
    await expect(alice.shown(await house.clip(POND + ADDED)).locator("video")).to_be_visible()
