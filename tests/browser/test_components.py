"""The components of a message and the forms that they open can be used."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.sandbox.discord import Upload
from tests.browser.person import House
from tests.browser.puppet import Puppet

pytestmark = pytest.mark.timeout(60)


async def test_an_ephemeral_answer_is_seen_by_one(quiet_house: House) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    posted = puppet.post(
        house.stage.videos,
        "press",
        components=[{"type": 1, "components": [{"type": 2, "style": 3, "label": "Go", "custom_id": "go"}]}],
    )
    alice, bob = await house.enter(), await house.enter("bob")
    await alice.press(alice.shown(posted), "Go")
    await expect(alice.message("Seen.")).to_contain_text("Only you can see this")
    await expect(bob.page.locator("article")).to_have_count(1)
    await alice.page.get_by_role("button", name="Dismiss message").click()
    await expect(alice.page.locator("article")).to_have_count(1)


async def test_selects_send_what_was_chosen(quiet_house: House) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    options = [
        {"label": name, "value": name.lower(), "description": f"about {name}"} for name in ("One", "Two", "Three")
    ]
    posted = puppet.post(
        house.stage.videos,
        "choose",
        components=[
            {
                "type": 1,
                "components": [{"type": 3, "custom_id": "single", "placeholder": "One of", "options": options}],
            },
            {"type": 1, "components": [{"type": 3, "custom_id": "many", "max_values": 3, "options": options}]},
            {"type": 1, "components": [{"type": 5, "custom_id": "person"}]},
        ],
    )
    alice = await house.enter()
    shown = alice.shown(posted)
    await shown.get_by_role("button", name="One of").focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        await alice.page.keyboard.press(key)
    await expect(alice.message("Seen.")).to_be_visible()
    await alice.choose(shown, "many", "One", "Three")
    await alice.choose(shown, "person", "@bob")
    await expect(alice.page.get_by_text("Seen.")).to_have_count(3)
    assert [interaction.data["values"] for interaction in puppet.interactions] == [
        ["two"],
        ["one", "three"],
        [str(house.stage.bob.id)],
    ]


async def test_a_form_with_every_kind_of_field(quiet_house: House, tmp_path: Path, png_bytes: bytes) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    picture = tmp_path / "frame.png"
    picture.write_bytes(png_bytes)
    alice = await house.enter()
    await alice.slash("form")
    dialog = alice.page.get_by_role("dialog", name="Everything a form can ask")
    await expect(dialog.get_by_label("Prompt")).to_be_focused()
    await dialog.get_by_label("Prompt").fill("a boat of glass")
    await dialog.get_by_label("Model").select_option(label="Grok 3")
    await dialog.get_by_label("Tall").check()
    await dialog.get_by_label("Sound").check()
    await dialog.get_by_label("First frame").set_input_files(picture)
    await dialog.get_by_role("button", name="Submit").click()
    await expect(alice.message("Thank you.")).to_be_visible()
    await expect(dialog).to_be_hidden()
    sent = [part["component"] for part in puppet.interactions[-1].data["components"]]
    assert [part.get("value", part.get("values")) for part in sent[:4]] == [
        "a boat of glass",
        ["grok"],
        "9:16",
        ["sound"],
    ]
    assert len(puppet.interactions[-1].data["resolved"]["attachments"]) == 1


async def test_a_sub_command_with_every_kind_of_option(quiet_house: House) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    alice = await house.enter()
    await alice.slash("settings model", name="gro", count="3", loud="True", who="@bob", where="#lounge")
    await expect(alice.message("Seen.")).to_be_visible()
    (inner,) = puppet.interactions[-1].data["options"]
    values = {option["name"]: option["value"] for option in inner["options"]}
    bob, lounge = str(house.stage.bob.id), str(house.stage.lounge.id)
    assert values == {"name": "grok", "count": 3, "loud": True, "who": bob, "where": lounge}


async def test_components_v2_and_embeds_are_laid_out(quiet_house: House, png_bytes: bytes) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    puppet.post(
        house.stage.videos,
        v2=True,
        files=(Upload("boat.png", png_bytes, "image/png"), Upload("notes.txt", b"hello", "text/plain")),
        components=[
            {
                "type": 17, "accent_color": 0x4752C4,
                "components": [
                    {"type": 10, "content": "## Settings of this server"},
                    {
                        "type": 9, "components": [{"type": 10, "content": "**Model** Grok 3"}],
                        "accessory": {"type": 2, "style": 2, "label": "Change", "custom_id": "change"},
                    },
                    {"type": 14},
                    {"type": 12, "items": [{"media": {"url": "attachment://boat.png"}, "description": "a red boat"}]},
                    {"type": 13, "file": {"url": "attachment://notes.txt"}},
                ],
            }
        ],
    )  # fmt: skip
    puppet.post(
        house.stage.videos, embeds=[{"title": "Spend", "color": 0x1A7F4B, "fields": [{"name": "Today", "value": "$1"}]}]
    )
    alice = await house.enter()
    await expect(alice.page.get_by_role("img", name="a red boat")).to_be_visible()
    assert await alice.page.get_by_role("img", name="a red boat").evaluate("img => img.naturalWidth") == 128
    async with alice.page.expect_download() as saved:
        await alice.page.get_by_role("link", name="notes.txt").click()
    assert (await saved.value).suggested_filename == "notes.txt"
    await expect(alice.page.locator(".embed")).to_contain_text("Spend")
    await alice.page.get_by_role("button", name="Change").click()
    await expect(alice.message("Seen.")).to_be_visible()
    assert alice.errors == []
