"""The request policy of a server: rejections, their messages, and that nothing is stored or charged before them."""

import re
from itertools import cycle, islice
from pathlib import Path
from typing import Any, cast

import discord
import pytest

from bot.jobs.server_settings import ReplyMode
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import (
    LIGHTHOUSE,
    database_of,
    response_message,
    response_text,
    server_settings_of,
    set_server_settings,
)
from tests.stores import on_postgres


async def assert_nothing_stored(harness: BotHarness, jobs: int = 0) -> None:
    rows = await database_of(harness).run("SELECT count(*) FROM job")
    assert rows[0][0] == jobs
    assert len(harness.provider.charges) == jobs


async def test_a_rejected_channel_lists_the_allowed_channels(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        den = harness.guild.add_channel("den")
        await set_server_settings(harness, channels=(den.id,))
        answer = await response_text(await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE))
        assert answer == f"You can't request videos in this channel. Try <#{den.id}>."
        await assert_nothing_stored(harness)
        thread = den.add_thread("a thread of it")
        await harness.alice.slash(thread, "generate", prompt=LIGHTHOUSE)
        await harness.wait_for_clip(LIGHTHOUSE)


async def test_a_member_without_the_role_is_told_which_roles_are_allowed(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        artists = harness.guild.add_role("Artists")
        await set_server_settings(harness, roles=(artists.id,))
        answer = await response_text(await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE))
        assert answer == f"Only members with one of these roles can request videos here: <@&{artists.id}>."
        await assert_nothing_stored(harness)
        harness.alice.give(artists)
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_for_clip(LIGHTHOUSE)


async def test_a_pause_stops_new_requests_and_lets_running_jobs_finish(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.5) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        await set_server_settings(harness, paused=True)
        answer = await response_text(await harness.bob.slash(harness.channel, "generate", prompt="a boat"))
        assert answer == "New videos are paused on this server. Earlier requests continue."
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "make it snow, softly and slowly")
        await harness.wait_for_message("New videos are paused on this server.")
        assert answer == await response_text(await harness.bob.press(clip, "Again"))
        await assert_nothing_stored(harness, 1)


@pytest.mark.parametrize(
    ("prompt", "restricted", "allowed"),
    [
        ("a gunfight at noon", False, False),
        ("a gunfight at noon", True, False),
        ("naked trees in winter", False, False),
        ("naked trees in winter", True, True),
        ("begun and done", False, True),
    ],
)
async def test_word_rules_and_rules_outside_age_restricted_channels(
    tmp_path: Path, prompt: str, restricted: bool, allowed: bool
) -> None:
    async with open_harness(tmp_path) as harness:
        harness.channel.set_nsfw(restricted)
        await set_server_settings(harness, words=("gun*",), words_outside=("naked",))
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=prompt)
        if allowed:
            await harness.wait_for_clip(prompt)
        else:
            sentence = "This server's rules don't allow that prompt. Not charged. Try different words."
            assert await response_text(interaction) == sentence
            assert interaction.ephemeral
            await assert_nothing_stored(harness)


async def test_a_reply_is_checked_before_its_confirmation(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await set_server_settings(harness, words=("snow",), reply_mode=ReplyMode.CONFIRM)
        await harness.bob.reply(clip, "make it snow, softly and slowly")
        await harness.wait_for_message("This server's rules don't allow that prompt.")
        assert not [m for m in harness.discord.all_messages if "Remix this?" in m.content]


async def test_a_limit_states_its_reset_and_applies_to_buttons_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, videos_per_member=1)
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        sentence = "You have used 1 of 1 videos today. You can request the next one <t:"
        assert (await response_text(await harness.alice.press(clip, "Again"))).startswith(sentence)
        assert (
            await response_text(await harness.alice.slash(harness.channel, "generate", prompt="a boat"))
        ).startswith(sentence)
        await harness.bob.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.clips) == 2 or None)
        await assert_nothing_stored(harness, 2)


async def test_200_concurrent_discord_commands_never_overspend_a_budget(tmp_path: Path) -> None:
    async with open_harness(tmp_path, first_check_s=0.02) as harness:
        await set_server_settings(harness, budget_day_micros=550_000)
        members = [harness.guild.add_member(f"person {n}") for n in range(20)]
        at_once = 50 if on_postgres() else 200  # each must be answered within Discord's three seconds
        refused = []
        for wave in range(200 // at_once):
            interactions = [
                await member.slash(harness.channel, "generate", prompt=f"boat {wave}.{n}", seconds=10)
                for n, member in enumerate(islice(cycle(members), at_once))
            ]
            refused += [each for each in interactions if "budget" in (await response_message(each)).content]
        assert len(refused) == 195
        assert {a.message.content.split(" <t:")[0] for a in refused if a.message is not None} == {
            "This video costs ≈ $0.10, but only $0.05 of this server's $0.55 budget for today is left. It resets"
        }
        await harness.wait_until(lambda: len(harness.clips) == 5 or None, 40)
        rows = await database_of(harness).run("SELECT sum(micros) FROM ledger WHERE kind = 'capture'")
        assert rows[0][0] == 500_000
        assert len(harness.provider.charges) == 5


async def test_the_log_channel_is_warned_once_at_80_percent(tmp_path: Path) -> None:
    async with open_harness(tmp_path, budget_month_usd="0.11") as harness:
        log = harness.guild.add_channel("log")
        await set_server_settings(harness, budget_day_micros=250_000, log_channel_id=log.id)
        assert harness.app is not None
        assert harness.app._bot is not None
        assert harness.app._bot.application is not None
        harness.app._bot.application.owner = cast(Any, discord.Object(id=harness.bob.id))
        for n in range(2):
            await harness.alice.slash(harness.channel, "generate", prompt=f"boat {n}")
            if n == 0:
                await harness.wait_for_clip("boat 0")
        await harness.wait_for_message("more than is left of this bot's video budget for this month. It resets <t:")
        await harness.wait_until(lambda: harness.bob.dm().messages or None)
        (warning,) = harness.bob.dm().messages
        assert warning.content.startswith(
            "⚠️ 90 % of the whole bot's video budget for this month is used: $0.10 of $0.11."
        )
        assert not log.messages  # 40 % of this server's budget
    async with open_harness(tmp_path / "second") as harness:
        log = harness.guild.add_channel("log")
        await set_server_settings(harness, budget_day_micros=250_000, log_channel_id=log.id)
        for n in range(3):
            await harness.alice.slash(harness.channel, "generate", prompt=f"boat {n}")
            await harness.wait_until(lambda: len(harness.provider.tasks) > 0 or None)
        await harness.wait_until(lambda: log.messages or None)
        assert log.messages[0].content.startswith(
            "⚠️ 80 % of this server's video budget for today is used: $0.20 of $0.25. It resets <t:"
        )
        assert len(log.messages) == 1


async def test_a_members_third_job_waits_for_the_first_two(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=4.0) as harness:
        assert (await server_settings_of(harness)).jobs_per_member == 2
        for n in range(2):
            await harness.alice.slash(harness.channel, "generate", prompt=f"boat {n}")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2 or None)  # both have left the queue
        await harness.alice.slash(harness.channel, "generate", prompt="boat 2")
        waiting = await harness.wait_for_message("Two of yours are running.")
        happening, place, made = waiting.content.splitlines()
        assert (happening, place) == ("⏳ Two of yours are running. I queued this one.", "-# 1st of 1")
        assert re.fullmatch(rf"-# [2-9A-Z]{{4}} · Grok 3 · 10 s · ≈ \$0\.10 · boat \d · {harness.alice.mention}", made)
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2 or None)
        await harness.wait_until(lambda: len(harness.clips) == 3 or None)


async def test_a_member_with_forty_queued_jobs_does_not_starve_another(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=0.05) as harness:
        await set_server_settings(harness, jobs_per_member=None)
        assert harness.app is not None
        for provider in harness.app._providers.values():
            provider.jobs_at_once = 1
        for n in range(40):
            await harness.alice.slash(harness.channel, "generate", prompt=f"one of forty, {n}", seconds=5)
        await harness.wait_until(lambda: len(harness.provider.tasks) >= 3 or None)
        before = len(harness.provider.tasks)
        interaction = await harness.bob.slash(harness.channel, "generate", prompt="only this one", seconds=5)
        clip = await harness.wait_for_clip("only this one")
        prompts = [task.prompt for task in harness.provider.tasks.values()]
        assert prompts.index("only this one") <= before + 3
        assert clip.mention_ids == [harness.bob.id]
        assert interaction.error is None
        assert len(prompts) < 40


async def test_a_report_is_sent_to_the_log_channel_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        log = harness.guild.add_channel("log")
        await set_server_settings(harness, log_channel_id=log.id)
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        details = await response_message(await harness.bob.press(clip, "Details"))
        opened = await harness.bob.press(details, "Report")
        await opened.answer()
        await harness.restart()
        answer = await harness.bob.submit(opened.modal, why="@everyone it is **mine**")
        assert await response_text(answer) == "Thank you. The server's moderators have been notified."
        (report,) = log.messages
        assert report.content.startswith(f"🚩 <@{harness.bob.id}> reported [")
        assert f"by <@{harness.alice.id}> in <#{harness.channel.id}>." in report.content
        assert report.mention_ids == []
        assert (
            await response_text(await harness.bob.submit(opened.modal, why="again"))
            == "You have already reported this video."
        )
        own = await response_message(await harness.alice.press(clip, "Details"))
        assert "Report" not in str(own.components)


async def test_a_report_without_a_log_channel_is_sent_to_the_owner(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        details = await response_message(await harness.bob.press(clip, "Details"))
        opened = await harness.bob.press(details, "Report")
        await opened.answer()
        answer = await response_text(await harness.bob.submit(opened.modal))
        assert answer in (
            "Thank you. The server's moderators have been notified.",
            "This server has no place for reports yet. Please contact a moderator directly.",
        )
