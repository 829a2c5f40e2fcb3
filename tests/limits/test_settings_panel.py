"""/settings through the local Discord: pages, menus, forms, audit log, restart and permissions."""

from pathlib import Path

import pytest

from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import LocalMessage, Member, Refused
from bot.sandbox.discord.application.components import walk
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import (
    add_manager,
    open_page,
    panel_text,
    repositories_of,
    response_message,
    response_text,
    selected_values,
    server_settings_of,
    submit_form,
)


async def open_panel(harness: BotHarness) -> tuple[Member, LocalMessage]:
    maud = add_manager(harness)
    return maud, await response_message(await maud.slash(harness.channel, "settings panel"))


async def test_the_panel_is_one_ephemeral_message_that_links_every_page(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        assert panel.is_v2
        assert panel.ephemeral_to == maud.id
        assert "10 per member, no limit on this server" in panel_text(panel)
        for page in (
            "access",
            "models",
            "new",
            "replies",
            "limits",
            "money",
            "people",
            "words",
            "gallery",
            "data",
            "top",
        ):
            panel = await open_page(harness, maud, panel, page)
            assert selected_values(panel, "v1s:nav:to") == [page]
            assert sum("type" in component for component in walk(panel.components)) <= 40


async def test_manage_server_is_required_and_checked_at_every_press(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        with pytest.raises(Refused):  # Discord doesn't even offer it
            await harness.bob.slash(harness.channel, "settings panel")
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, "money")
        opened = await maud.press(panel, "Change")
        await opened.answer()
        maud.take(next(role for role in maud.roles if role.name == "Managers"))
        no = "You need the Manage Server permission to see or change the settings."
        assert await response_text(await maud.submit(opened.modal, day="1")) == no
        assert await response_text(await maud.press(panel, "Change")) == no
        assert await response_text(await maud.select(panel, "v1s:nav:to", ["top"])) == no
        assert await server_settings_of(harness) == ServerSettings()


async def test_channels_roles_and_the_log_channel_are_selected_in_menus_and_shown(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        artists, den = harness.guild.add_role("Artists"), harness.guild.add_channel("den")
        panel = await open_page(harness, maud, panel, "access")
        await response_message(await maud.select(panel, "v1s:access:channels", [str(harness.channel.id), str(den.id)]))
        panel = await response_message(await maud.select(panel, "v1s:access:roles", [str(artists.id)]))
        assert set(selected_values(panel, "v1s:access:channels")) == {str(harness.channel.id), str(den.id)}
        assert selected_values(panel, "v1s:access:roles") == [str(artists.id)]
        panel = await open_page(harness, maud, panel, "data")
        await response_message(await maud.select(panel, "v1s:data:log", [str(den.id)]))
        rules = await server_settings_of(harness)
        assert set(rules.channels) == {harness.channel.id, den.id}
        assert (rules.roles, rules.log_channel_id) == ((artists.id,), den.id)
        panel = await open_page(harness, maud, panel, "access")
        await response_message(await maud.select(panel, "v1s:access:roles", []))
        assert (await server_settings_of(harness)).roles == ()


async def test_forms_change_numbers_and_amounts_and_survive_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, "limits")
        opened = await maud.press(panel, "Change")
        await opened.answer()
        await harness.restart()
        panel = await response_message(await maud.submit(opened.modal, member="5", server="50", jobs="3", here=""))
        assert "Videos per day: **5** per member, **50** on this server" in panel_text(panel)
        panel = await open_page(harness, maud, panel, "money")
        panel = await submit_form(harness, maud, await maud.press(panel, "Change"), day="$2.50", month="20")
        assert "Today **$0.00** of $2.50, this month **$0.00** of $20.00." in panel_text(panel)
        rules = await server_settings_of(harness)
        assert (rules.videos_per_member, rules.videos_per_server, rules.jobs_per_member) == (5, 50, 3)
        assert (rules.budget_day_micros, rules.budget_month_micros) == (2_500_000, 20_000_000)


@pytest.mark.parametrize(
    ("page", "fields", "sentence"),
    [
        ("money", {"day": "a lot"}, "US dollars per day: a lot isn't an amount such as 2.50. Nothing was changed."),
        (
            "limits",
            {"member": "many"},
            "Videos per member: many isn't a whole number from 0 to 100000. Nothing was changed.",
        ),
        (
            "limits",
            {"jobs": "0"},
            "Concurrent per member: 0 isn't a whole number from 1 to 100000. Nothing was changed.",
        ),
    ],
)
async def test_an_invalid_form_is_answered_with_a_message(
    tmp_path: Path, page: str, fields: dict[str, str], sentence: str
) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, page)
        opened = await maud.press(panel, "Change")
        await opened.answer()
        assert await response_text(await maud.submit(opened.modal, dict(fields))) == sentence
        assert await server_settings_of(harness) == ServerSettings()


async def test_a_role_can_have_its_own_limit(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        artists = harness.guild.add_role("Artists")
        panel = await open_page(harness, maud, panel, "limits")
        opened = await maud.select(panel, "v1s:limits:role", [str(artists.id)])
        panel = await submit_form(harness, maud, opened, videos="20")
        assert f"Limits by role: <@&{artists.id}> 20" in panel_text(panel)
        assert (await server_settings_of(harness)).videos_per_role == ((artists.id, 20),)
        opened = await maud.select(panel, "v1s:limits:role", [str(artists.id)])
        await submit_form(harness, maud, opened, videos="")
        assert (await server_settings_of(harness)).videos_per_role == ()


async def test_models_can_be_disabled_and_a_default_selected(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, "models")
        on = selected_values(panel, "v1s:models:on0")
        assert "grok-video-3" in on
        left = [key for key in on if key != "grok-video-3"]
        panel = await response_message(await maud.select(panel, "v1s:models:on0", left))
        assert (await server_settings_of(harness)).models_off == ("grok-video-3",)
        assert selected_values(panel, "v1s:models:on0") == left
        answer = await response_text(
            await harness.alice.slash(harness.channel, "generate", prompt="a boat", model="grok-video-3")
        )
        assert answer == "Grok 3 is disabled: it's disabled on this server."
        offered = await harness.alice.autocomplete(harness.channel, "generate", "model", "", prompt="a boat")
        assert "grok-video-3" not in [choice.value for choice in offered]
        assert "Grok 3 · " not in await response_text(await harness.alice.slash(harness.channel, "models"))
        panel = await response_message(await maud.select(panel, "v1s:models:on0", on))
        await response_message(await maud.select(panel, "v1s:models:default", [on[-1]]))
        assert (await server_settings_of(harness)).default_model == on[-1]
        await response_message(await maud.select(panel, "v1s:models:default", ["-"]))
        assert (await server_settings_of(harness)).default_model is None


async def test_members_are_blocked_for_a_time_and_unblocked(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await response_text(await harness.bob.slash(harness.channel, "jobs"))  # stores his name
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, "people")
        opened = await maud.select(panel, "v1s:people:block", [str(harness.bob.id)])
        panel = await submit_form(harness, maud, opened, days="3")
        assert f"<@{harness.bob.id}> until <t:" in panel_text(panel)
        answer = await response_text(await harness.bob.slash(harness.channel, "generate", prompt="a boat"))
        assert answer.startswith("You can't request videos on this server until <t:")
        panel = await response_message(await maud.select(panel, "v1s:people:unblock", [str(harness.bob.id)]))
        assert "No one is blocked." in panel_text(panel)
        opened = await maud.select(panel, "v1s:people:block", [str(harness.bob.id)])
        await submit_form(harness, maud, opened, days="")
        answer = await response_text(await harness.bob.slash(harness.channel, "generate", prompt="a boat"))
        assert answer == "You can't request videos on this server. Server managers can change this in /settings."


async def test_words_replies_retention_and_pause_can_be_set(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, "words")
        await submit_form(harness, maud, await maud.press(panel, "Change"), words="gun*\nred  room", outside="naked")
        panel = await open_page(harness, maud, panel, "replies")
        await response_message(await maud.select(panel, "v1s:replies:mode", ["confirm"]))
        await submit_form(harness, maud, await maud.press(panel, "Confirm above …"), above="0.07")
        panel = await open_page(harness, maud, panel, "data")
        await submit_form(harness, maud, await maud.press(panel, "Days …"), days="30")
        panel = await open_page(harness, maud, panel, "top")
        panel = await response_message(await maud.press(panel, "Pause"))
        assert "**Paused**" in panel_text(panel)
        rules = await server_settings_of(harness)
        assert (rules.words, rules.words_outside) == (("gun*", "red room"), ("naked",))
        assert (rules.reply_mode, rules.confirm_above_micros) == (ReplyMode.CONFIRM, 70_000)
        assert (rules.retention_days, rules.paused) == (30, True)
        await response_message(await maud.press(panel, "Resume"))
        assert not (await server_settings_of(harness)).paused


async def test_every_change_is_in_the_paginated_audit_log(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        panel = await open_page(harness, maud, panel, "money")
        await submit_form(harness, maud, await maud.press(panel, "Change"), day="10")
        text = await response_text(await maud.slash(harness.channel, "settings audit"))
        assert f"<@{maud.id}> · budget per day: $5.00 → $10.00" in text
        for day in range(11, 25):
            await submit_form(harness, maud, await maud.press(panel, "Change"), day=str(day))
        changes = await repositories_of(harness).servers.audit(harness.guild.id, limit=100)
        assert len(changes) == 15
        page = await response_message(await maud.slash(harness.channel, "settings audit"))
        assert "page 1 of 2" in page.content
        await harness.restart()
        older = await response_message(await maud.press(page, "Older ▶"))
        assert "page 2 of 2" in older.content
        assert "$5.00 → $10.00" in older.content


async def test_a_hundred_presses_leave_no_views_in_discord_py(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, panel = await open_panel(harness)
        store = harness.bot._connection._view_store
        registered = set(store._dynamic_items)  # at the start: one for each kind of button
        for page in ("access", "limits") * 10:
            panel = await open_page(harness, maud, panel, page)
        assert set(store._dynamic_items) == registered
        assert store._synced_message_views == {}
        assert all(not items for items in store._views.values())
