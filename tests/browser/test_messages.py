"""Everything that a message can hold is shown, and everything on it can be used."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from bot.sandbox.discord import Upload
from bot.sandbox.discord.errors import Json
from bot.sandbox.web.session import Session
from tests.browser.person import House
from tests.browser.puppet import Puppet

pytestmark = pytest.mark.timeout(60)
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script> [x](javascript:alert(3)) `</code><b>`"


async def test_markup_in_a_text_is_text_everywhere(quiet_house: House) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    alice = await house.enter()
    dialogs: list[str] = []
    alice.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    house.stage.videos.topic = EVIL
    said = await house.stage.bob.say(house.stage.videos, EVIL)
    puppet.post(
        house.stage.videos,
        EVIL,
        embeds=[
            {"title": EVIL, "description": EVIL, "fields": [{"name": EVIL, "value": EVIL}], "footer": {"text": EVIL}}
        ],
        components=[{"type": 1, "components": [{"type": 2, "style": 1, "label": EVIL[:80], "custom_id": EVIL[:100]}]}],
        files=(Upload('"><img onerror=alert(4)>.png', b"no picture", "image/png", EVIL),),
    )
    await house.stage.alice.reply(said, EVIL)
    await expect(alice.page.locator("article")).to_have_count(3)
    assert await alice.page.locator("article script, article img[onerror], article b, [href^=javascript]").count() == 0
    assert "<img src=x onerror=alert(1)>" in await alice.page.locator("article .body").first.inner_text()
    assert dialogs == []


async def test_markdown_mentions_times_and_small_print(quiet_house: House) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    stage, soon = house.stage, int(house.world.discord.now()) + 7200
    first = puppet.post(stage.lounge, "over here")
    puppet.post(
        stage.videos,
        f"{stage.alice.mention} **bold** *em* __under__ ~~gone~~ `code` ||secret|| \\*plain\\*\n-# fine print · "
        f"[K7Q2]({first.link})\n> quoted\n# Title\n- one\n- two\n```py\nx = 1\n```\n"
        f"free <t:{soon}:R> {stage.lounge.mention}",
    )
    alice = await house.enter()
    said = alice.page.locator("article")
    for tag, words in (
        ("strong", "bold"), ("em", "em"), ("u", "under"), ("s", "gone"), ("p code", "code"),
        ("p.small", "fine print · K7Q2"),
        ("blockquote", "quoted"), (".heading", "Title"), ("li >> nth=1", "two"), ("pre", "x = 1"),
        ("time.stamp", "in 2 hours"), (".mention.mine", "@alice"),
    ):  # fmt: skip
        await expect(said.locator(f".body {tag}").first).to_have_text(words)
    await expect(said).to_contain_text("*plain*")
    await said.get_by_role("link", name="K7Q2").click()
    await expect(alice.page.locator("#place")).to_have_text("# lounge")
    await expect(alice.page.locator(f"#m{first.id}")).to_be_focused()


async def test_messages_change_and_go_while_one_looks(quiet_house: House) -> None:
    house, stage = quiet_house, quiet_house.stage
    alice = await house.enter()
    said = await stage.bob.say(stage.videos, "first thoughts")
    await expect(alice.message("first thoughts")).to_be_visible()
    await stage.bob.edit(said, "second thoughts")
    await expect(alice.shown(said)).to_contain_text("second thoughts (edited)")
    await stage.alice.reply(said, "indeed")
    await alice.shown(said).hover()
    await alice.shown(said).get_by_role("button", name="React").click()
    await alice.page.get_by_role("option", name="🔥").click()
    await expect(alice.shown(said).locator(".reaction")).to_have_text("🔥 1")
    await alice.shown(said).locator(".reaction").click()
    await expect(alice.shown(said).locator(".reaction")).to_have_count(0)
    await stage.bob.delete(said)
    await expect(alice.shown(said)).to_have_count(0)
    await expect(alice.message("indeed")).to_contain_text("The original message was deleted")


async def test_one_may_write_on_while_a_message_is_still_being_sent(
    quiet_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, done, sent = quiet_house, Session._execute, asyncio.Event()

    async def slowly(seat: Session, act: str, fields: Json) -> Json | None:
        if fields.get("text") == "the first":
            await sent.wait()
        return await done(seat, act, fields)

    monkeypatch.setattr(Session, "_done", slowly)
    said = await house.stage.bob.say(house.stage.videos, "who is first?")
    alice = await house.enter()
    await alice.write("the first")
    await alice.shown(said).hover()
    await alice.shown(said).get_by_role("button", name="Reply").click()
    await alice.page.locator("#text").press_sequentially("the second")
    sent.set()
    await expect(alice.message("the first")).to_be_visible()
    await alice.page.keyboard.press("Enter")
    await expect(alice.message("the second").locator(".preview")).to_contain_text("who is first?")
    await house.site.stop()
    await expect(alice.page.locator("body")).to_have_class("offline")
    await alice.write("said to nobody")
    await expect(alice.page.locator("#notice")).to_contain_text("no server")
    await expect(alice.page.locator("#text")).to_have_value("said to nobody")


AT_THE_END = "log => Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight) < 2"


async def test_at_the_end_one_stays_at_the_end_whatever_grows(quiet_house: House) -> None:
    house, stage = quiet_house, quiet_house.stage
    for number in range(40):
        await stage.bob.say(stage.videos, f"message {number}")
    alice = await house.enter()
    log = alice.page.locator("#log")
    await expect(alice.message("message 39")).to_be_visible()
    for grown in ("300px", "700px"):  # as a clip does once it knows its shape
        await alice.message("message 39").evaluate(f"box => {{ box.style.minHeight = '{grown}' }}")
        await alice.holds(log, AT_THE_END)
    await log.hover()
    await alice.page.mouse.wheel(0, -900)
    await alice.holds(log, f"log => !({AT_THE_END})(log)")
    await stage.bob.say(stage.videos, "meanwhile")
    await alice.page.get_by_role("button", name="Newest messages").click()
    await alice.holds(log, AT_THE_END)
    await expect(alice.message("meanwhile")).to_be_in_viewport()


async def test_a_command_before_the_bot_is_there_is_not_talk(quiet_house: House) -> None:
    alice = await quiet_house.enter()
    await alice.write("/generate a paper boat")
    await expect(alice.page.locator("#notice")).to_contain_text("has no commands yet")
    await expect(alice.page.locator("#text")).to_have_value("/generate a paper boat")
    await expect(alice.page.locator("article")).to_have_count(0)


async def test_who_types_is_said_until_the_message_is_there(quiet_house: House) -> None:
    house, discord, puppet = quiet_house, quiet_house.world.discord, Puppet(quiet_house.world.discord)
    alice = await house.enter()
    address = f"{discord.api_base}/channels/{house.stage.videos.id}/typing"
    headers = {"Authorization": f"Bot {discord.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(address) as answer:
        assert answer.status == 204
    typing = alice.page.locator("#typing")
    await expect(typing).to_have_text("Retake is typing …")
    puppet.post(house.stage.videos, "here I am")
    await expect(alice.message("here I am")).to_be_visible()
    await expect(typing).to_have_text("")


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
    assert [each.data["values"] for each in puppet.heard] == [["two"], ["one", "three"], [str(house.stage.bob.id)]]


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
    sent = [part["component"] for part in puppet.heard[-1].data["components"]]
    assert [part.get("value", part.get("values")) for part in sent[:4]] == [
        "a boat of glass",
        ["grok"],
        "9:16",
        ["sound"],
    ]
    assert len(puppet.heard[-1].data["resolved"]["attachments"]) == 1


async def test_a_sub_command_with_every_kind_of_option(quiet_house: House) -> None:
    house, puppet = quiet_house, Puppet(quiet_house.world.discord)
    alice = await house.enter()
    await alice.slash("settings model", name="gro", count="3", loud="True", who="@bob", where="#lounge")
    await expect(alice.message("Seen.")).to_be_visible()
    (inner,) = puppet.heard[-1].data["options"]
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
    assert await alice.page.get_by_role("img", name="a red boat").evaluate("img => img.naturalWidth") == 64
    async with alice.page.expect_download() as saved:
        await alice.page.get_by_role("link", name="notes.txt").click()
    assert (await saved.value).suggested_filename == "notes.txt"
    await expect(alice.page.locator(".embed")).to_contain_text("Spend")
    await alice.page.get_by_role("button", name="Change").click()
    await expect(alice.message("Seen.")).to_be_visible()
    assert alice.errors == []
