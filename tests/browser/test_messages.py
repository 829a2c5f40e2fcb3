"""Messages are shown and can be written, edited, replied to and deleted."""

import asyncio

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

    monkeypatch.setattr(Session, "_execute", slowly)
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
    await expect(alice.page.locator("#notice")).to_contain_text("Not connected to the server")
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
