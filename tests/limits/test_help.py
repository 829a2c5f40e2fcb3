"""/help is short, begins with /generate, and is made of what the server allows."""

from pathlib import Path

from bot.catalogue.load import load_catalogue
from bot.chat.text.help_text import LABELS, Topic
from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import LocalMessage, Member
from tests.harness import BotHarness, open_harness, plain
from tests.limits.helpers import add_manager, repositories_of, response_message, set_server_settings
from tests.remix.helpers import labels

SHORT = 700  # characters


async def open_help(harness: BotHarness, member: Member) -> LocalMessage:
    return await response_message(await member.slash(harness.channel, "help"))


async def turn_to(harness: BotHarness, member: Member, page: LocalMessage, label: str) -> str:
    """Press a button of a page and return the page's new text."""
    before = page.content
    await member.press(page, label)
    await harness.wait_until(lambda: page.content != before or None)
    return plain(page.content)


async def test_help_is_short_and_begins_with_generate(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        page = await open_help(harness, harness.alice)
        assert plain(page.content).startswith("/generate makes a video.")
        assert len(page.content) < SHORT
        assert "10 videos per day · Grok 3 · " in page.content
        assert page.ephemeral_to == harness.alice.id
        assert labels(page) == [LABELS[topic] for topic in Topic]


async def test_each_topic_is_behind_its_button_also_after_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        page = await open_help(harness, harness.alice)
        await harness.restart()
        assert "Apps ▸ Remix video" in await turn_to(harness, harness.alice, page, "Remixing")
        replies = await turn_to(harness, harness.alice, page, "Replies")
        assert "You have 10 s to undo your reply." in replies
        assert "`extend: …` continues it" in replies
        assert "🔔 below your reply" in replies
        limits = await turn_to(harness, harness.alice, page, "Limits")
        assert "Your videos per day: 10, 2 at once" in limits
        assert "This server's budget: $5.00 per day, no limit per month" in limits
        commands = await turn_to(harness, harness.alice, page, "All commands")
        assert "/usage" in commands
        assert "/settings" not in commands
        assert (await turn_to(harness, harness.alice, page, "Start")).startswith("/generate")


async def test_a_manager_is_told_of_the_settings(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        page = await open_help(harness, maud)
        assert "/settings changes what this server allows" in await turn_to(harness, maud, page, "All commands")


async def test_help_leaves_out_what_the_server_does_not_allow(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        lobby = harness.guild.add_channel("lobby")
        await set_server_settings(
            harness, reply_mode=ReplyMode.OFF, channels=(lobby.id,), videos_per_member=None, paused=True
        )
        page = await open_help(harness, harness.alice)
        assert "reply to it" not in page.content
        assert f"⏸ paused: no new videos · only in <#{lobby.id}>" in page.content
        assert "per day" not in page.content
        assert "Replies" not in labels(page)
        assert "@ ping" not in await turn_to(harness, harness.alice, page, "Remixing")


async def test_a_page_that_no_longer_applies_becomes_the_first_one(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        page = await open_help(harness, harness.alice)
        await set_server_settings(harness, reply_mode=ReplyMode.OFF)
        text = await turn_to(harness, harness.alice, page, "Replies")
        assert text.startswith("/generate")
        assert "Replies" not in labels(page)


async def test_help_without_models_says_so(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        keys = tuple(model.key for model in load_catalogue() if model.kind == "toapis")
        await set_server_settings(harness, models_off=keys)
        page = await open_help(harness, harness.alice)
        assert page.content.startswith("No models are enabled here.")
        assert labels(page) == ["Start", "Limits", "All commands"]
        assert (await repositories_of(harness).servers.settings(harness.guild.id)).models_off == keys
