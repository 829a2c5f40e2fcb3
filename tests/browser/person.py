"""A person in front of a browser. Generic: it can use any command, button, select or form that the bot shows."""

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.web import server

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 20_000
STILL = """() => {
  const ends = (one) => one.effect.getTiming().iterations !== Infinity;
  const moves = document.getAnimations().some((one) => one.playState === "running" && ends(one));
  const loads = [...document.querySelectorAll("video")].some((one) => one.readyState < 2 || one.networkState === 2)
    || [...document.images].some((one) => !one.complete);
  return !moves && !loads;
}"""
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class House:
    """A world, its page, and the browser that people look through."""

    world: LocalEnvironment
    stage: DemoGuild
    site: server.Page
    browser: Browser

    @property
    def provider(self) -> LocalToAPIs:
        return cast(LocalToAPIs, self.world.providers[0])

    async def enter(
        self, name: str = "alice", *, size: ViewportSize = DESK, theme: Literal["light", "dark"] = "light"
    ) -> "Person":
        """Open the page as a member."""
        context = await self.browser.new_context(viewport=size, color_scheme=theme, locale="en-GB")
        page = await context.new_page()
        person = Person(page=page, house=self)
        page.on("pageerror", lambda error: person.errors.append(str(error)))
        page.on("console", lambda line: person.errors.append(line.text) if line.type == "error" else None)
        await page.goto(self.site.address)
        await expect(page.locator("#server")).to_have_text("Paper Moon Studio")
        if name != "alice":
            await person.be(name)
        return person

    async def clip(self, prompt: str) -> LocalMessage:
        """The posted clip of a prompt, as the world has it."""
        discord = self.world.discord
        return await discord.wait_for(
            lambda: next((m for m in discord.all_messages if m.attachments and m.is_bot and prompt in m.content), None),
            60.0,
        )


@dataclass
class Person:
    """What they do is done with the keyboard and the pointer only."""

    page: Page
    house: House
    errors: list[str] = field(default_factory=list)

    async def be(self, name: str) -> None:
        await self.page.get_by_role("radio", name=name).check()
        await expect(self.page.locator("#people")).not_to_have_attribute("aria-busy", "true")
        await expect(self.page.get_by_role("radio", name=name)).to_be_checked()

    def message(self, words: str) -> Locator:
        """The newest message that holds these words."""
        return self.page.locator("article").filter(has_text=words).last

    def shown(self, message: LocalMessage) -> Locator:
        return self.page.locator(f"#m{message.id}")

    async def write(self, text: str) -> None:
        await self.page.locator("#text").fill(text)
        await self.page.keyboard.press("Enter")

    async def slash(self, command: str, **options: str | Path) -> None:
        """Pick a command by typing, fill its options in, send it."""
        await self.page.locator("#text").press_sequentially(f"/{command}")
        await expect(self.page.locator("#offers")).to_contain_text(f"/{command}")
        await self.page.keyboard.press("Enter")
        form = self.page.locator("#command")
        await expect(form).to_be_visible()
        for name, value in options.items():
            await self._option(form, name, value)
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_be_hidden()

    async def _option(self, form: Locator, name: str, value: str | Path) -> None:
        box = form.locator(f"[data-option={name}]")
        if not await box.count():
            await form.get_by_role("button", name=f"+ {name}", exact=True).click()
        if isinstance(value, Path):
            await box.set_input_files(value)
        elif await box.evaluate("box => box.tagName") == "SELECT":
            await box.select_option(label=value)
        else:
            await box.fill(value)
            if await box.get_attribute("role") == "combobox":
                await expect(box).not_to_have_attribute("aria-busy", "true")
                if await self.page.locator("#offers").is_visible():  # a new name is offered nothing
                    await self.page.keyboard.press("Enter")

    async def reply(self, message: LocalMessage, text: str, *, ping: bool = True) -> None:
        shown = self.shown(message)
        await shown.hover()
        await shown.get_by_role("button", name="Reply").click()
        if not ping:
            await self.page.locator("#ping").click()
        await self.write(text)

    async def forward(self, message: LocalMessage, to: str) -> None:
        """Forward a message to a channel, by its name."""
        await self._tool(message, "Forward", rf"^#?{re.escape(to)}")

    async def react(self, message: LocalMessage, emoji: str) -> None:
        await self._tool(message, "React", emoji)

    async def _tool(self, message: LocalMessage, tool: str, option: str) -> None:
        shown = self.shown(message)
        await shown.hover()
        await shown.get_by_role("button", name=tool, exact=True).click()
        await self.page.get_by_role("option", name=re.compile(option)).click()

    async def go(self, channel: str) -> None:
        """Open a channel or a thread by its name."""
        await self.page.locator("#channels").get_by_role("link", name=channel).click()
        await expect(self.page.locator("#place")).to_contain_text(channel)

    async def menu(self, message: LocalMessage, item: str) -> None:
        """Apps ▸ item."""
        shown = self.shown(message)
        await shown.hover()
        await shown.get_by_role("button", name="More").click()
        await self.page.get_by_role("option", name=re.compile(rf"^\W*{re.escape(item)}")).click()

    async def press(self, message: Locator, label: str) -> None:
        await message.get_by_role("button", name=label, exact=True).click()

    async def choose(self, message: Locator, custom_id: str, *labels: str) -> None:
        await message.locator(f"[data-custom-id='{custom_id}']").click()
        for label in labels:
            await self.page.get_by_role("option", name=re.compile(rf"^\W*{re.escape(label)}")).click()
        if len(labels) > 1:
            await self.page.get_by_role("button", name="Choose", exact=True).click()

    async def fill(self, **fields: str) -> None:
        """Fill the open form in, by custom id, and send it."""
        dialog = self.page.get_by_role("dialog")
        for name, value in fields.items():
            await dialog.locator(f"[data-custom-id='{name}']").fill(value)
        await dialog.get_by_role("button", name="Submit").click()
        await expect(dialog).to_be_hidden()

    async def holds(self, thing: Locator, what: str) -> None:
        """Wait until a function of the element returns true. Polled from outside, as in `still`."""
        async with asyncio.timeout(60):
            while not await thing.evaluate(what):
                await self.page.wait_for_timeout(30)

    async def still(self) -> None:
        """Wait until nothing moves or loads. Polled from outside: the page's policy forbids wait_for_function."""
        async with asyncio.timeout(60):
            while not await self.page.evaluate(STILL):
                await self.page.wait_for_timeout(50)

    async def axe(self, source: str) -> list[str]:
        """The serious and critical findings of an accessibility check of the page as it is."""
        await self.page.evaluate(source)
        found: dict[str, Any] = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
