"""A new server: its limits, the welcome after the invitation, and the setup in three steps."""

import sqlite3
from pathlib import Path

from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import Guild, LocalMessage
from bot.sandbox.discord.application.components import walk
from bot.store.database import Database
from bot.store.migrations import schema_files, upgrade
from bot.store.repositories import build_repositories
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import (
    add_manager,
    panel_text,
    repositories_of,
    response_message,
    response_text,
    selected_values,
    set_server_settings,
)
from tests.stores import only_sqlite

THANKS = "Thanks for inviting me"


def new_server(harness: BotHarness, name: str = "Atelier") -> Guild:
    return harness.discord.add_guild(name, with_bot=False)


def welcomes(harness: BotHarness) -> list[LocalMessage]:
    return [message for message in harness.discord.all_messages if THANKS in message.content]


async def test_a_new_server_has_a_budget_and_a_limit_until_its_managers_set_others(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        settings = await repositories_of(harness).servers.settings(harness.guild.id)
        assert (settings.budget_day_micros, settings.videos_per_member) == (5_000_000, 10)
        await set_server_settings(harness, budget_day_micros=None, videos_per_member=None)
        settings = await repositories_of(harness).servers.settings(harness.guild.id)
        assert (settings.budget_day_micros, settings.videos_per_member) == (None, None)


@only_sqlite
async def test_a_server_with_settings_of_an_earlier_version_keeps_them(tmp_path: Path) -> None:
    file = tmp_path / "retake.sqlite3"
    with sqlite3.connect(file, isolation_level=None) as old:
        upgrade(old, [step for step in schema_files() if step[0] <= 7])
        for guild_id, rules in ((1, "{}"), (2, '{"budget_day_micros": 2000000, "videos_per_member": 3}')):
            old.execute(
                "INSERT INTO server (guild_id, reply_mode, confirm_above_micros, rules) VALUES (?, 'smart', 500000, ?)",
                (guild_id, rules),
            )
    old.close()
    database = await Database.open(file)
    servers = build_repositories(database).servers
    kept = [await servers.settings(guild_id) for guild_id in (1, 2, 3)]
    await database.close()
    assert [each.budget_day_micros for each in kept] == [None, 2_000_000, 5_000_000]
    assert [each.videos_per_member for each in kept] == [None, 3, 10]


async def test_the_first_message_thanks_the_inviter_and_opens_a_setup_in_three_steps(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        guild = new_server(harness)
        guild.add_channel("rules")
        lobby = guild.system_channel = guild.add_channel("lobby")
        maud, bob = guild.add_member("maud", manage=True), guild.add_member("bob")
        guild.bot_role.grant("view_audit_log")
        guild.add_bot(by=maud)
        hello = await harness.wait_for_message(THANKS)
        assert hello.channel is lobby
        assert f"<@{maud.id}>" in hello.content
        assert "**$5.00** per day" in hello.content
        assert "**10** videos per member per day" in hello.content
        no = "You need the Manage Server permission to see or change the settings."
        assert await response_text(await bob.press(hello, "Set up")) == no

        page = await response_message(await maud.press(hello, "Set up"))
        assert page.ephemeral_to == maud.id
        assert "step 1 of 3" in panel_text(page)
        page = await response_message(await maud.select(page, "v1s:setupone:channels", [str(lobby.id)]))
        assert selected_values(page, "v1s:setupone:channels") == [str(lobby.id)]
        page = await response_message(await maud.press(page, "Next"))
        assert "step 2 of 3" in panel_text(page)
        opened = await maud.press(page, "Change")
        await opened.answer()
        page = await response_message(await maud.submit(opened.modal, day="2.50", month="40", member="3"))
        assert "**$2.50** per day, **$40.00** per month, **3** videos" in panel_text(page)
        page = await response_message(await maud.press(page, "Next"))
        assert "step 3 of 3" in panel_text(page)
        page = await response_message(await maud.select(page, "v1s:setupthree:mode", ["confirm"]))
        offers = [
            o["value"] for c in walk(page.components) for o in c.get("options") or [] if "grok" in str(o["value"])
        ]
        page = await response_message(await maud.select(page, "v1s:setupthree:on0", [str(offers[0])]))
        assert sum("type" in component for component in walk(page.components)) <= 40
        page = await response_message(await maud.press(page, "Done"))
        assert "**Budget** $2.50 per day, $40.00 per month" in panel_text(page)

        rules = await repositories_of(harness).servers.settings(guild.id)
        assert (rules.channels, rules.reply_mode) == ((lobby.id,), ReplyMode.CONFIRM)
        assert (rules.budget_day_micros, rules.budget_month_micros, rules.videos_per_member) == (
            2_500_000,
            40_000_000,
            3,
        )
        assert offers[0] not in rules.models_off
        assert rules.models_off


async def test_without_the_audit_log_it_thanks_in_the_first_channel_that_it_may_write_in(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        guild = new_server(harness)
        locked, hall = guild.add_channel("locked"), guild.add_channel("hall")
        locked.forbid(guild.everyone, "send_messages")
        locked.forbid(guild.bot_role, "send_messages")
        guild.add_bot(by=guild.add_member("maud", manage=True))
        hello = await harness.wait_for_message(THANKS)
        assert hello.channel is hall
        assert "<@" not in hello.content


async def test_it_greets_once_per_invitation_and_also_one_made_while_it_was_down(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.stop()
        guild = new_server(harness)
        guild.add_channel("hall")
        guild.add_bot()
        await harness.start()
        await harness.wait_for_message(THANKS)
        await harness.restart()
        guild.remove_bot()
        guild.add_bot()
        maud = add_manager(harness)
        await response_message(await maud.slash(harness.channel, "settings panel"))
        assert len(welcomes(harness)) == 1  # not for the restart, not for the old server, not twice a day


async def test_the_welcome_speaks_the_language_of_the_server(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        guild = new_server(harness)
        guild.locale = "de"
        guild.add_channel("halle")
        guild.add_bot()
        hello = await harness.wait_for_message("/erstellen")
        assert "Danke für die Einladung" in hello.content
        assert ServerSettings().videos_per_member == 10
