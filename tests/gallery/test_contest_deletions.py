"""What a contest's result shows of a video leaves the channel with the video, its prompt or its member's data."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage, Member
from bot.sandbox.fault_injection import Fault
from tests.gallery.helpers import STAR, eventually
from tests.gallery.test_contests import end_contest, enter, result_of, start_contest, wait_for_entries
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import add_manager, database_of, repositories_of, response_message, response_text
from tests.remix.helpers import code_of, create_clip, delete_by_button

MINE, THEIRS = "leaves on a pond", "a fox in the mist"


async def _two_entries(harness: BotHarness) -> tuple[Member, LocalMessage, LocalMessage]:
    """Start a contest with a video of alice, who has a vote, and one of bob. Return its manager and the videos."""
    maud = add_manager(harness)
    announced = await start_contest(harness, maud)
    mine, theirs = await create_clip(harness, MINE), await create_clip(harness, THEIRS, by=harness.bob)
    await enter(harness.alice, announced, mine)
    await enter(harness.bob, announced, theirs)
    await wait_for_entries(harness, mine, theirs)
    await maud.react(mine, STAR)

    async def counted() -> bool:
        return bool(await database_of(harness).run("SELECT 1 FROM star"))

    await eventually(harness, counted)
    return maud, mine, theirs


async def _result(harness: BotHarness) -> LocalMessage:
    return await harness.wait_for_message("The contest has ended")


async def _results_are_stored(harness: BotHarness, count: int) -> bool:
    return len(await database_of(harness).run("SELECT 1 FROM contest_result")) == count


async def _delete_data(harness: BotHarness, member: Member, what: str) -> None:
    jobs = await response_message(await member.slash(harness.channel, "jobs"))
    question = await response_message(await member.press(jobs, "Delete my data"))
    done = await member.press(question, what)
    await harness.wait_until(
        lambda: (done.message is not None and done.message.content.startswith("Your data has been deleted")) or None
    )


@pytest.mark.parametrize("what", ["Delete data and videos", "Delete data, keep videos"])
async def test_delete_my_data_takes_the_words_and_the_name_out_of_a_result(tmp_path: Path, what: str) -> None:
    async with open_harness(tmp_path) as harness:
        maud, mine, theirs = await _two_entries(harness)
        assert MINE in await end_contest(harness, maud)
        await _delete_data(harness, harness.alice, what)
        lines = (await _result(harness)).content.splitlines()
        assert lines[1] == "The winner is (deleted)."
        assert MINE not in "\n".join(lines)
        assert str(harness.alice.id) not in "\n".join(lines)
        assert lines[2].startswith("1\\. ⭐ 1 · ")
        assert lines[3] == f"2\\. ⭐ 0 · [{code_of(theirs)}]({theirs.link}) · <@{harness.bob.id}> · {THEIRS}"
        assert (code_of(mine) in lines[2]) and ((mine.link in lines[2]) is ("keep" in what))
        await _delete_data(harness, harness.bob, what)
        assert THEIRS not in (await _result(harness)).content
        assert await _results_are_stored(harness, 0)  # nothing of a member is in it any more
        assert len([m for m in harness.discord.all_messages if "The contest has ended" in m.content]) == 1


async def test_a_deleted_video_leaves_a_result_without_its_words_and_its_link_until_it_is_undone(
    tmp_path: Path,
) -> None:
    async with open_harness(tmp_path) as harness:
        maud, mine, _ = await _two_entries(harness)
        await end_contest(harness, maud)
        question = await delete_by_button(harness.alice, mine)
        await harness.wait_until(lambda: question.content.startswith("Deleted") or None)
        results = harness.bot.services.contests.results
        await results.work_off()
        line = (await _result(harness)).content.splitlines()[2]
        assert line == f"1\\. ⭐ 1 · {code_of(mine)} · <@{harness.alice.id}> · (deleted)"
        await harness.alice.press(question, "Undo")
        again = await harness.wait_until(
            lambda: next((m for m in harness.clips_with_prompt(MINE) if m is not mine), None)
        )

        async def shown() -> bool:
            await results.work_off()
            return again.link in (await _result(harness)).content

        await eventually(harness, shown)
        assert MINE in (await _result(harness)).content


async def test_a_prompt_whose_time_has_passed_leaves_a_result(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, mine, _ = await _two_entries(harness)
        await end_contest(harness, maud)
        retention = repositories_of(harness).retention
        videos = await retention.of_member(harness.alice.id, 10)
        await retention.erase(videos)
        harness.guild.locale = "de"
        await harness.bot.services.contests.results.work_off()
        line = (await _result(harness)).content.splitlines()[2]
        assert line.startswith(f"1\\. ⭐ 1 · [{code_of(mine)}]({mine.link}) · <@{harness.alice.id}> · ")
        assert MINE not in line


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403, "body": {"code": 50001}}, {"drop": True}])
async def test_an_edit_that_discord_refuses_or_loses_is_tried_again(tmp_path: Path, fault: dict[str, object]) -> None:
    async with open_harness(tmp_path) as harness:
        maud, _, _ = await _two_entries(harness)
        await end_contest(harness, maud)
        result = await _result(harness)
        failing = harness.discord.wire.fail(Fault(route=f"PATCH */messages/{result.id}", times=None, **fault))  # type: ignore[arg-type]
        await _delete_data(harness, harness.alice, "Delete data, keep videos")
        assert MINE in result.content
        assert failing.hits >= 1
        failing.times = 0
        await database_of(harness).run("UPDATE contest_result SET due_at = 0")
        await harness.restart()
        await harness.wait_until(lambda: MINE not in result.content or None)


async def test_a_result_that_a_person_deletes_is_forgotten(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, _, _ = await _two_entries(harness)
        await end_contest(harness, maud)
        assert await _results_are_stored(harness, 1)
        await maud.delete(await _result(harness))
        await eventually(harness, lambda: _results_are_stored(harness, 0))


async def test_a_result_that_was_deleted_while_the_bot_was_off_is_forgotten(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, mine, _ = await _two_entries(harness)
        await end_contest(harness, maud)
        await harness.stop()
        await maud.delete(await _result(harness))
        await harness.start()
        await _delete_data(harness, harness.alice, "Delete data and videos")
        assert await _results_are_stored(harness, 0)
        assert mine.deleted


async def test_results_are_deleted_with_the_server_s_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, _, _ = await _two_entries(harness)
        await end_contest(harness, maud)
        await repositories_of(harness).retention.erase_server(harness.guild.id)
        assert await _results_are_stored(harness, 0)
        assert not await database_of(harness).run("SELECT 1 FROM contest_line")


@pytest.mark.parametrize("change", ["readers", "not for remixing", "deleted", "withdrawn"])
async def test_a_result_that_is_posted_late_checks_its_entries_again(tmp_path: Path, change: str) -> None:
    """The bot has decided the contest and was off before Discord took the result."""
    async with open_harness(tmp_path) as harness:
        stage = harness.guild.add_channel("stage")
        await harness.wait_until(lambda: harness.bot.get_channel(stage.id))
        maud = add_manager(harness)
        announced = await start_contest(harness, maud)
        mine = await create_clip(harness, MINE, channel=stage)
        theirs = await create_clip(harness, THEIRS, by=harness.bob)
        await enter(harness.alice, announced, mine)
        await enter(harness.bob, announced, theirs)
        await wait_for_entries(harness, mine, theirs)
        refused = harness.discord.wire.fail(
            Fault(route=f"POST */channels/{harness.channel.id}/messages", status=403, body={"code": 50013}, times=None)
        )
        await response_text(await maud.slash(harness.channel, "contest end"))
        await harness.wait_until(lambda: refused.hits or None)

        async def decided() -> bool:
            return bool(await database_of(harness).run("SELECT 1 FROM contest WHERE result IS NOT NULL"))

        await eventually(harness, decided)
        if change == "not for remixing":
            details = await response_message(await harness.alice.press(mine, "Details"))
            await response_message(await harness.alice.press(details, "Not for remixing"))
        elif change == "withdrawn":
            await _delete_data(harness, harness.alice, "Delete data, keep videos")
        await harness.stop()
        if change == "readers":
            stage.forbid(harness.bob, "view_channel")
        elif change == "deleted":
            await maud.delete(mine)
        refused.times = 0
        await harness.launch()
        if change == "deleted":  # it is noticed by what looks for the message
            await harness.discord.bot_ready()
            await harness.bot.services.job_service.record_deletion(
                (await database_of(harness).run("SELECT id FROM job WHERE code = ?", (code_of(mine),)))[0][0]
            )
        text = await result_of(harness)
        assert MINE not in text
        assert THEIRS in text


async def test_a_result_that_was_posted_before_a_kill_loses_what_was_deleted_since(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, mine, _ = await _two_entries(harness)
        lost = harness.discord.wire.fail(
            Fault(route=f"POST */channels/{harness.channel.id}/messages", when="after", drop=True, times=None)
        )
        await response_text(await maud.slash(harness.channel, "contest end"))
        result = await _result(harness)
        assert MINE in result.content
        await harness.stop()
        assert lost.hits
        lost.times = 0
        await maud.delete(mine)
        await harness.launch()
        await database_of(harness).run("UPDATE job SET deleted_at = delivered_at WHERE code = ?", (code_of(mine),))
        await harness.wait_until(lambda: MINE not in result.content or None)
        text = await result_of(harness)
        assert THEIRS in text


async def test_a_video_that_is_not_for_remixing_cannot_enter(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        announced = await start_contest(harness, add_manager(harness))
        mine = await create_clip(harness, MINE)
        details = await response_message(await harness.alice.press(mine, "Details"))
        await response_message(await harness.alice.press(details, "Not for remixing"))
        refused = await response_text(await harness.alice.press(announced, "Enter"))
        assert refused.startswith("You have no video that can enter.")
        assert "open to remixing" in refused
