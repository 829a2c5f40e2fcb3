"""A command is answered privately, and its status is a regular message: posted once, also after a crash."""

import functools
import time
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalDiscord, LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.worker.engine import MAX_ANSWER_TRIES
from bot.worker.poll_schedule import Timing
from tests.harness import BotHarness, open_harness, status_message
from tests.remix.helpers import create_clip, labels

BOAT = "a paper boat that sails"
CALLBACK = "POST */interactions/*/callback"
POST = "POST */channels/*/messages"
NO_SEND = {"code": 50013, "message": "Missing Permissions"}


def statuses(discord: LocalDiscord, prompt: str = BOAT) -> list[LocalMessage]:
    """Return the regular messages with a prompt that are no results, deleted ones included."""
    said = [m for m in discord.all_messages if m.is_bot and m.ephemeral_to is None and prompt in m.content]
    return [message for message in said if not message.attachments]


async def finish(harness: BotHarness) -> LocalMessage:
    """Let the provider finish every task, and return the clip."""
    await harness.wait_until(lambda: harness.provider.tasks or None)
    for task in harness.provider.tasks.values():
        task.hurry.set()
    return await harness.wait_for_clip(BOAT)


async def test_a_command_is_answered_privately_and_its_status_is_a_regular_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=300.0) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        answer = await interaction.answer()
        assert isinstance(answer, LocalMessage)
        assert answer.ephemeral_to == harness.alice.id
        assert answer.content.startswith("I'm on it: ")
        status = await harness.status_of(interaction)
        assert not status.from_interaction
        assert status.content.endswith(f"{BOAT} · {harness.alice.mention}")
        assert status.mention_ids == []
        await finish(harness)
        await harness.wait_until(lambda: status.deleted)


async def test_cancel_and_a_change_reach_the_status_of_a_command_by_reply(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=300.0) as harness:
        status = await harness.status_of(await harness.alice.slash(harness.channel, "generate", prompt=BOAT))
        await harness.bob.reply(status, "make it snow, softly and slowly")
        waiting = await harness.wait_for_message("Starts when the original is done")
        await harness.bob.reply(waiting, "cancel")
        await harness.wait_until(lambda: waiting.content.startswith("Cancelled."))
        await harness.alice.reply(status, "cancel")
        await harness.wait_until(lambda: status.content.startswith("Cancelled."))


async def test_again_and_remix_by_button_have_regular_statuses_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness, BOAT)
        harness.provider.render_s = 300.0
        again = await harness.status_of(await harness.bob.press(clip, "Again"))
        form = await harness.bob.press(clip, "Remix")
        await form.answer()
        remix = await harness.status_of(await harness.bob.submit(form.modal, prompt="a boat of glass"))
        for status in (again, remix):
            await harness.bob.reply(status, "cancel")
        await harness.wait_until(lambda: all(s.content.startswith("Cancelled.") for s in (again, remix)))


async def test_the_private_answer_cancels_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=300.0) as harness:
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        status = await harness.status_of(interaction)
        answer = await interaction.answer()
        assert isinstance(answer, LocalMessage)
        await harness.alice.press(answer, "Cancel")
        await harness.wait_until(lambda: status.content.startswith("Cancelled."))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_to_the_status_message_posts_it_once(tmp_path: Path, when: str) -> None:
    async with open_harness(tmp_path, render_s=300.0) as harness:
        lost = harness.discord.wire.fail(Fault(route=POST, when=when, drop=True))  # type: ignore[arg-type]
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        await harness.wait_until(lambda: lost.hits and harness.provider.tasks)
        assert len(statuses(harness.discord)) == 1
        await finish(harness)
        assert len(harness.provider.charges) == 1
        await harness.wait_until(lambda: all(status.deleted for status in statuses(harness.discord)))


@pytest.mark.parametrize("refused", ["missing permission", "automod"])
async def test_where_no_status_can_be_posted_the_private_answer_shows_it(tmp_path: Path, refused: str) -> None:
    body = NO_SEND if refused == "missing permission" else {"code": 200000, "message": "Blocked by AutoMod"}
    status, times = (403, 1) if refused == "missing permission" else (400, 2)
    async with open_harness(tmp_path, render_s=300.0) as harness:
        harness.discord.wire.fail(Fault(route=POST, status=status, body=body, times=times))
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        shown = await harness.wait_for_message("so only you see it, and replies to it don't reach me.")
        assert shown is await interaction.answer()
        assert labels(shown) == ["Cancel"]
        await harness.wait_until(lambda: "Rendering" in shown.content or None)
        await finish(harness)
        assert statuses(harness.discord) == []
        assert len(harness.provider.charges) == 1


async def test_cancel_works_on_a_status_that_only_its_author_sees(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=300.0) as harness:
        harness.discord.wire.fail(Fault(route=POST, status=403, body=NO_SEND))
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        shown = await harness.wait_for_message("Rendering")
        await harness.alice.press(shown, "Cancel")
        await harness.wait_until(lambda: shown.content.startswith("Cancelled."))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_between_the_private_answer_and_the_status_message(tmp_path: Path, when: str) -> None:
    """Not even the record of the status message is written: the next process finds the answer's record."""
    provider = LocalToAPIs(render_s=0.2)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        held = world.discord.wire.fail(Fault(route=POST, when=when, delay_s=30.0))  # type: ignore[arg-type]
        interaction = await alice.slash(channel, "generate", prompt=BOAT, seconds=5)
        await world.discord.wait_for(lambda: held.hits)
        assert interaction.message is not None
        await world.bot.kill()
        assert not provider.charges
        await world.start_bot()
        clip = await world.discord.wait_for(lambda: next((m for m in channel.messages if m.attachments), None))
        assert BOAT in clip.content
        assert len(provider.charges) == 1
        assert len(statuses(world.discord)) == 1
        await world.discord.wait_for(lambda: status_message(world.discord, interaction) is None)


async def test_an_answer_that_nobody_can_look_up_any_more_is_told_and_not_charged(
    tmp_path: Path,
) -> None:
    """Discord decides when a token has expired: the bot's own clock may be wrong by more than its life."""
    async with open_harness(tmp_path) as harness:
        harness.discord.world.token_lives_s = 0.0
        harness.discord.wire.fail(Fault(route=CALLBACK, when="after", drop=True))
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        said = await harness.wait_for_message("I was offline right after you asked for")
        assert "Nothing was charged. Ask for it again." in said.content
        assert said.mention_ids == [harness.alice.id]
        assert not harness.provider.charges
        await harness.restart()  # it's stored by then
        assert harness.database is not None
        rows = await harness.database.run("SELECT state, (SELECT sum(micros) FROM day_use) AS used FROM job")
        assert [(row["state"], row["used"]) for row in rows] == [("abandoned", 0)]
        assert [message.content for message in harness.discord.all_messages].count(said.content) == 1


async def test_an_answer_is_looked_up_until_discord_says_what_became_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its member has read "I'm on it", so a job is never given up because Discord can't be asked for a while."""
    monkeypatch.setattr("bot.job_context.Timing", functools.partial(Timing, retry_s=0.01))
    async with open_harness(tmp_path) as harness:
        harness.discord.wire.fail(Fault(route=CALLBACK, when="after", drop=True))
        page = Fault(route="GET */messages/@original", status=403, body="<html>a proxy", times=MAX_ANSWER_TRIES + 2)
        failing = harness.discord.wire.fail(page)
        await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        await harness.wait_for_clip(BOAT)
        assert failing.hits == MAX_ANSWER_TRIES + 2
        assert len(harness.provider.charges) == 1


async def test_the_answer_comes_within_three_seconds_while_posting_is_slow(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.discord.wire.fail(Fault(route=POST, delay_s=4.0))
        interaction = await harness.alice.slash(harness.channel, "generate", prompt=BOAT)
        begun = time.monotonic()
        answer = await interaction.answer()
        assert isinstance(answer, LocalMessage)
        assert interaction.answered_after_s is not None
        assert interaction.answered_after_s < 3.0
        await harness.wait_for_clip(BOAT)
        assert time.monotonic() - begun >= 4.0
        assert len(harness.provider.charges) == 1
