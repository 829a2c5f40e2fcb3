"""Contests through the local Discord: entries by button and by star, votes, results, and refusals."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage, Member, Refused
from tests.gallery.helpers import STAR, eventually, wait_for_stars
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import (
    add_manager,
    database_of,
    repositories_of,
    response_message,
    response_text,
    set_server_settings,
)
from tests.remix.helpers import code_of, create_clip, delete_by_button, job_id_of

CUP = "🏆"
ENDED = "🏆 **The contest has ended: autumn**"


async def start_contest(harness: BotHarness, maud: Member, theme: str = "autumn") -> LocalMessage:
    """Start a contest and return its announcement, once its row has it."""
    said = await response_text(await maud.slash(harness.channel, "contest start", theme=theme, hours=24))
    assert said.startswith("✅ The contest begins")
    announced = await harness.wait_for_message(f"🏆 **Contest: {theme}**")

    async def stored() -> bool:
        return bool(await database_of(harness).run("SELECT 1 FROM contest WHERE message_id = ?", (announced.id,)))

    await eventually(harness, stored)
    return announced


async def end_contest(harness: BotHarness, maud: Member) -> str:
    """End the contest and return its result, once nothing of it is stored."""
    await response_text(await maud.slash(harness.channel, "contest end"))
    return await result_of(harness)


async def result_of(harness: BotHarness) -> str:
    result = await harness.wait_for_message("The contest has ended")

    async def finished() -> bool:
        return not await database_of(harness).run("SELECT id FROM contest UNION SELECT contest_id FROM contest_entry")

    await eventually(harness, finished)
    assert len([m for m in harness.discord.all_messages if "The contest has ended" in m.content]) == 1
    return result.content


async def enter(member: Member, announced: LocalMessage, clip: LocalMessage) -> str:
    """Enter a video by button and return the answer."""
    asked = await response_message(await member.press(announced, "Enter"))
    menu = asked.components[0]["components"][0]["custom_id"]
    return await response_text(await member.select(asked, menu, [job_id_of(clip)]))


async def wait_for_entries(harness: BotHarness, *clips: LocalMessage) -> None:
    async def check() -> bool:
        rows = await database_of(harness).run("SELECT job_id FROM contest_entry")
        return {row[0] for row in rows} == {job_id_of(clip) for clip in clips}

    await eventually(harness, check)


async def test_a_contest_runs_from_its_announcement_to_its_result(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, carol = add_manager(harness), harness.guild.add_member("carol")
        announced = await start_contest(harness, maud)
        mine = await create_clip(harness, "leaves on a pond")
        theirs = await create_clip(harness, "a fox in the mist", by=harness.bob)
        said = await enter(harness.bob, announced, theirs)
        assert said.startswith(f"✅ {code_of(theirs)} is your entry for autumn.")
        await harness.alice.react(mine, STAR)  # enters it, and is no vote
        await harness.wait_until(lambda: CUP in mine.reactions or None)
        await wait_for_entries(harness, mine, theirs)
        for member in (carol, maud):
            await member.react(mine, STAR)
        await carol.react(theirs, STAR)
        await eventually(harness, lambda: _stars_are(harness, 3))
        listed = await response_text(await carol.press(announced, "Entries"))
        assert f"1\\. ⭐ 2 · [{code_of(mine)}]({mine.link})" in listed
        assert (await end_contest(harness, maud)).splitlines() == [
            ENDED,
            f"The winner is <@{harness.alice.id}>.",
            f"1\\. ⭐ 2 · [{code_of(mine)}]({mine.link}) · <@{harness.alice.id}> · leaves on a pond",
            f"2\\. ⭐ 1 · [{code_of(theirs)}]({theirs.link}) · <@{harness.bob.id}> · a fox in the mist",
        ]
        result = await harness.wait_for_message("The contest has ended")
        assert result.mentions == [harness.alice.user]
        assert await response_text(await carol.press(announced, "Enter")) == "This contest has ended."


async def _stars_are(harness: BotHarness, count: int) -> bool:
    return len(await database_of(harness).run("SELECT 1 FROM star")) == count


async def test_a_tie_has_several_winners_and_a_member_one_entry(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        announced = await start_contest(harness, maud)
        first = await create_clip(harness, "leaves on a pond")
        second = await create_clip(harness, "leaves in the wind")
        theirs = await create_clip(harness, "a fox in the mist", by=harness.bob)
        await enter(harness.alice, announced, first)
        await enter(harness.alice, announced, second)
        await harness.alice.react(first, STAR)  # what was chosen by button stays
        await enter(harness.bob, announced, theirs)
        await wait_for_entries(harness, second, theirs)
        await maud.react(second, STAR)
        await maud.react(theirs, STAR)
        await eventually(harness, lambda: _stars_are(harness, 2))
        lines = (await end_contest(harness, maud)).splitlines()
        assert lines[1] == f"The winners are <@{harness.alice.id}>, <@{harness.bob.id}>."
        assert [line[:3] for line in lines[2:]] == ["1\\.", "1\\."]


async def test_a_star_that_is_taken_back_takes_the_entry_back(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        await start_contest(harness, maud)
        clip = await create_clip(harness, "leaves on a pond")
        await harness.alice.react(clip, STAR)
        await wait_for_entries(harness, clip)
        await harness.wait_until(lambda: CUP in clip.reactions or None)
        await harness.alice.unreact(clip, STAR)
        await wait_for_entries(harness)
        await harness.wait_until(lambda: CUP not in clip.reactions or None)
        assert (await end_contest(harness, maud)).splitlines() == [ENDED, "Nobody entered."]


async def test_a_deleted_video_is_no_entry_and_without_stars_nobody_wins(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        announced = await start_contest(harness, maud)
        mine = await create_clip(harness, "leaves on a pond")
        theirs = await create_clip(harness, "a fox in the mist", by=harness.bob)
        await enter(harness.alice, announced, mine)
        await enter(harness.bob, announced, theirs)
        await delete_by_button(harness.alice, mine)
        await harness.wait_for_message("Deleted")
        lines = (await end_contest(harness, maud)).splitlines()
        assert lines[1] == "No entry has a ⭐, so nobody wins."
        assert len(lines) == 3
        assert code_of(theirs) in lines[2]


async def test_only_new_videos_that_everyone_there_may_see_can_enter(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, hidden = add_manager(harness), harness.guild.add_channel("hidden")
        hidden.forbid(harness.bob, "view_channel")
        old = await create_clip(harness, "made before it began")
        announced = await start_contest(harness, maud)
        secret = await create_clip(harness, "a secret", channel=hidden)
        theirs = await create_clip(harness, "a fox in the mist", by=harness.bob)
        refused = await response_text(await harness.alice.press(announced, "Enter"))
        assert refused.startswith("You have no video that can enter.")
        new = await create_clip(harness, "leaves on a pond")
        asked = await response_message(await harness.alice.press(announced, "Enter"))
        menu = asked.components[0]["components"][0]
        assert [option["value"] for option in menu["options"]] == [job_id_of(new)]
        for clip in (old, secret):
            await harness.alice.react(clip, STAR)
        with pytest.raises(Refused):
            await harness.alice.select(asked, menu["custom_id"], [job_id_of(theirs)])
        await enter(harness.alice, announced, new)
        await wait_for_entries(harness, new)


async def test_what_a_contest_needs_is_said(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        with pytest.raises(Refused):  # Discord doesn't even offer it
            await harness.bob.slash(harness.channel, "contest end")
        assert await response_text(await maud.slash(harness.channel, "contest end")) == (
            "No contest is running on this server."
        )
        asked = await maud.slash(harness.channel, "contest start", theme="…", hours=1)
        assert await response_text(asked) == "A theme needs letters, and at most 100 characters."
        await set_server_settings(harness, words=("clown",))
        asked = await maud.slash(harness.channel, "contest start", theme="clowns and a clown", hours=1)
        assert "rules" in await response_text(asked)
        harness.channel.forbid(harness.discord.bot_user, "send_messages")
        asked = await maud.slash(harness.channel, "contest start", theme="autumn", hours=1)
        assert await response_text(asked) == "I need Send Messages here."
        harness.channel.clear(harness.discord.bot_user)
        await start_contest(harness, maud)
        asked = await maud.slash(harness.channel, "contest start", theme="winter", hours=1)
        assert await response_text(asked) == (
            "A contest is running on this server: autumn. End it with /contest end first."
        )
        for command in harness.discord.commands:
            command["default_member_permissions"] = None  # an administrator lets everyone use it
        asked = await harness.bob.slash(harness.channel, "contest end")
        assert await response_text(asked) == "You need the Manage Server permission to start or end a contest."


async def test_a_blocked_member_cannot_enter(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        announced = await start_contest(harness, maud)
        await create_clip(harness, "leaves on a pond")
        servers = repositories_of(harness).servers
        await servers.block(harness.guild.id, harness.alice.id, None, by_id=maud.id, now=0.0)
        assert "You can't request videos on this server." in await response_text(
            await harness.alice.press(announced, "Enter")
        )


async def test_entries_are_deleted_with_the_member_s_and_the_server_s_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        await start_contest(harness, maud)
        for member in (harness.alice, harness.bob):
            clip = await create_clip(harness, f"leaves of {member.name}", by=member)
            await member.react(clip, STAR)
        await eventually(harness, lambda: _entries_are(harness, 2))
        retention = repositories_of(harness).retention
        await retention.request_deletion(harness.alice.id, harness.bot.services.clock.now())
        assert await _entries_are(harness, 1)
        await retention.erase_server(harness.guild.id)
        assert await database_of(harness).run("SELECT id FROM contest UNION SELECT contest_id FROM contest_entry") == []


async def _entries_are(harness: BotHarness, count: int) -> bool:
    return len(await database_of(harness).run("SELECT 1 FROM contest_entry")) == count


async def test_what_happened_while_the_bot_was_off_counts_and_the_result_follows(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud = add_manager(harness)
        announced = await start_contest(harness, maud)
        clip = await create_clip(harness, "leaves on a pond")
        theirs = await create_clip(harness, "a fox in the mist", by=harness.bob)
        await enter(harness.alice, announced, clip)
        await harness.stop()
        await maud.react(clip, STAR)
        await harness.bob.react(theirs, STAR)
        await harness.start()
        await wait_for_stars(harness, maud)
        await wait_for_entries(harness, clip, theirs)
        await harness.stop()
        await harness.launch()
        await database_of(harness).run("UPDATE contest SET ends_at = 0")
        lines = (await result_of(harness)).splitlines()
        assert lines[1] == f"The winner is <@{harness.alice.id}>."
        assert len(lines) == 4


@pytest.mark.parametrize("later_s", [1.0, 400.0], ids=["within the nonce", "after the nonce"])
async def test_an_announcement_whose_row_does_not_know_it_is_not_doubled(tmp_path: Path, later_s: float) -> None:
    async with open_harness(tmp_path) as harness:
        announced = await start_contest(harness, add_manager(harness))
        await harness.stop()
        harness.discord.advance(later_s)
        await harness.launch()
        await database_of(harness).run("UPDATE contest SET message_id = NULL, tried_at = tried_at - ?", (later_s,))
        await harness.discord.bot_ready()

        async def stored() -> bool:
            return bool(await database_of(harness).run("SELECT 1 FROM contest WHERE message_id = ?", (announced.id,)))

        await eventually(harness, stored)
        assert len([m for m in harness.discord.all_messages if "**Contest: autumn**" in m.content]) == 1
