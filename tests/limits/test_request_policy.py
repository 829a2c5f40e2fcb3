"""What a server's rules refuse, in which words, before anything is written or spent; and what they let through."""

from pathlib import Path
from typing import Any, cast

import discord
import pytest

from bot.jobs.server_settings import ReplyMode
from tests.harness import Studio, open_studio
from tests.limits.helpers import LIGHTHOUSE, database_of, rules_of, set_rules, shown, told


async def nothing_was_written(studio: Studio, jobs: int = 0) -> None:
    rows = await database_of(studio).run("SELECT count(*) FROM job")
    assert rows[0][0] == jobs
    assert len(studio.provider.charges) == jobs


async def test_a_channel_that_is_not_allowed_names_those_that_are(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        den = studio.guild.add_channel("den")
        await set_rules(studio, channels=(den.id,))
        answer = await told(await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE))
        assert answer == f"Videos are not made in this channel. Here they are: <#{den.id}>."
        await nothing_was_written(studio)
        thread = den.add_thread("a thread of it")
        await studio.alice.slash(thread, "generate", prompt=LIGHTHOUSE)
        await studio.clip_of(LIGHTHOUSE)


async def test_a_member_without_the_role_is_told_which(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        artists = studio.guild.add_role("Artists")
        await set_rules(studio, roles=(artists.id,))
        answer = await told(await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE))
        assert answer == f"On this server videos are for members with one of these roles: <@&{artists.id}>."
        await nothing_was_written(studio)
        studio.alice.give(artists)
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.clip_of(LIGHTHOUSE)


async def test_a_pause_stops_new_orders_and_lets_what_runs_go_on(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=0.5) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.until(lambda: studio.provider.tasks or None)
        await set_rules(studio, paused=True)
        answer = await told(await studio.bob.slash(studio.channel, "generate", prompt="a boat"))
        assert answer == "New videos are paused on this server. What was asked for before goes on."
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "make it snow, softly and slowly")
        await studio.said("New videos are paused on this server.")
        assert answer == await told(await studio.bob.press(clip, "Again"))
        await nothing_was_written(studio, 1)


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
async def test_word_rules_and_those_that_hold_outside_age_restricted_channels(
    tmp_path: Path, prompt: str, restricted: bool, allowed: bool
) -> None:
    async with open_studio(tmp_path) as studio:
        studio.channel.set_nsfw(restricted)
        await set_rules(studio, words=("gun*",), words_outside=("naked",))
        asked = await studio.alice.slash(studio.channel, "generate", prompt=prompt)
        if allowed:
            await studio.clip_of(prompt)
        else:
            sentence = "This server's rules do not allow that prompt. Not charged. Say it in other words."
            assert await told(asked) == sentence
            assert asked.ephemeral
            await nothing_was_written(studio)


async def test_a_reply_is_checked_before_it_is_asked_about(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        await set_rules(studio, words=("snow",), reply_mode=ReplyMode.CONFIRM)
        await studio.bob.reply(clip, "make it snow, softly and slowly")
        await studio.said("This server's rules do not allow that prompt.")
        assert not [m for m in studio.discord.all_messages if "Remix this?" in m.content]


async def test_a_limit_is_said_with_the_time_of_the_next_one_and_holds_for_buttons_too(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await set_rules(studio, videos_per_member=1)
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        sentence = "You have used 1 of 1 videos today. The next is free <t:"
        assert (await told(await studio.alice.press(clip, "Again"))).startswith(sentence)
        assert (await told(await studio.alice.slash(studio.channel, "generate", prompt="a boat"))).startswith(sentence)
        await studio.bob.press(clip, "Again")
        await studio.until(lambda: len(studio.clips) == 2 or None)
        await nothing_was_written(studio, 2)


async def test_200_commands_at_the_edge_of_a_budget_through_discord(tmp_path: Path) -> None:
    async with open_studio(tmp_path, first_check_s=0.02) as studio:
        await set_rules(studio, budget_day_micros=550_000)
        people = [studio.guild.add_member(f"person {n}") for n in range(20)]
        asked = [
            await people[n % len(people)].slash(studio.channel, "generate", prompt=f"boat {n}", seconds=10)
            for n in range(200)
        ]
        refused = [a for a in asked if "budget" in (await shown(a)).content]
        assert len(refused) == 195
        assert {a.message.content.split(" <t:")[0] for a in refused if a.message is not None} == {
            "This video is ≈ $0.10, and $0.05 is left of this server's budget for today ($0.55). It resets"
        }
        await studio.until(lambda: len(studio.clips) == 5 or None, 40)
        rows = await database_of(studio).run("SELECT sum(micros) FROM ledger WHERE kind = 'capture'")
        assert rows[0][0] == 500_000
        assert len(studio.provider.charges) == 5


async def test_at_80_percent_the_log_channel_is_told_once(tmp_path: Path) -> None:
    async with open_studio(tmp_path, budget_month_usd="0.11") as studio:
        log = studio.guild.add_channel("log")
        await set_rules(studio, budget_day_micros=250_000, log_channel_id=log.id)
        assert studio.app is not None
        assert studio.app._bot is not None
        assert studio.app._bot.application is not None
        studio.app._bot.application.owner = cast(Any, discord.Object(id=studio.bob.id))
        for n in range(2):
            await studio.alice.slash(studio.channel, "generate", prompt=f"boat {n}")
            if n == 0:
                await studio.clip_of("boat 0")
        await studio.said("This bot's video budget for this month is spent. It resets <t:")
        await studio.until(lambda: studio.bob.dm().messages or None)
        (warning,) = studio.bob.dm().messages
        assert warning.content.startswith(
            "⚠️ 90 % of the whole bot's video budget for this month is used: $0.10 of $0.11."
        )
        assert not log.messages  # 40 % of this server's
    async with open_studio(tmp_path / "second") as studio:
        log = studio.guild.add_channel("log")
        await set_rules(studio, budget_day_micros=250_000, log_channel_id=log.id)
        for n in range(3):
            await studio.alice.slash(studio.channel, "generate", prompt=f"boat {n}")
            await studio.until(lambda: len(studio.provider.tasks) > 0 or None)
        await studio.until(lambda: log.messages or None)
        assert log.messages[0].content.startswith(
            "⚠️ 80 % of this server's video budget for today is used: $0.20 of $0.25. It resets <t:"
        )
        assert len(log.messages) == 1


async def test_a_members_third_job_waits_for_the_first_two(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=1.0) as studio:
        assert (await rules_of(studio)).jobs_per_member == 2
        asked = [await studio.alice.slash(studio.channel, "generate", prompt=f"boat {n}") for n in range(3)]
        waiting = await studio.until(lambda: next((a for a in asked if _says(a, "Two of yours are running.")), None))
        assert waiting.message is not None
        assert waiting.message.content.splitlines() == [
            "⏳ Two of yours are running. I queued this one.",
            "-# 1st of 1 · Grok 3 · 10 s · ≈ $0.10",
        ]
        await studio.until(lambda: len(studio.provider.tasks) == 2 or None)
        await studio.until(lambda: len(studio.clips) == 3 or None)


async def test_a_member_with_forty_queued_does_not_starve_one_with_one(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=0.05) as studio:
        await set_rules(studio, jobs_per_member=None)
        assert studio.app is not None
        for provider in studio.app._providers.values():
            provider.jobs_at_once = 1
        for n in range(40):
            await studio.alice.slash(studio.channel, "generate", prompt=f"one of forty, {n}", seconds=5)
        await studio.until(lambda: len(studio.provider.tasks) >= 3 or None)
        before = len(studio.provider.tasks)
        asked = await studio.bob.slash(studio.channel, "generate", prompt="only this one", seconds=5)
        clip = await studio.clip_of("only this one")
        prompts = [task.prompt for task in studio.provider.tasks.values()]
        assert prompts.index("only this one") <= before + 3
        assert clip.mention_ids == [studio.bob.id]
        assert asked.error is None
        assert len(prompts) < 40


async def test_a_report_goes_to_the_log_channel_once(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        log = studio.guild.add_channel("log")
        await set_rules(studio, log_channel_id=log.id)
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        details = await shown(await studio.bob.press(clip, "Details"))
        opened = await studio.bob.press(details, "Report")
        await opened.answer()
        await studio.restart()
        answer = await studio.bob.submit(opened.modal, why="@everyone it is **mine**")
        assert await told(answer) == "Thank you. Those who look after this server were told."
        (report,) = log.messages
        assert report.content.startswith(f"🚩 <@{studio.bob.id}> reported [")
        assert f"by <@{studio.alice.id}> in <#{studio.channel.id}>." in report.content
        assert report.mention_ids == []
        assert await told(await studio.bob.submit(opened.modal, why="again")) == "You have reported this video already."
        own = await shown(await studio.alice.press(clip, "Details"))
        assert "Report" not in str(own.components)


async def test_a_report_without_a_log_channel_goes_to_the_owner(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        clip = await studio.clip_of(LIGHTHOUSE)
        details = await shown(await studio.bob.press(clip, "Details"))
        opened = await studio.bob.press(details, "Report")
        await opened.answer()
        answer = await told(await studio.bob.submit(opened.modal))
        assert answer in (
            "Thank you. Those who look after this server were told.",
            "Nobody here has set up a place for reports. Please tell those who manage this server.",
        )


def _says(asked: object, words: str) -> bool:
    message = getattr(asked, "message", None)
    return message is not None and words in message.content
