"""Replies that were written while the bot was off, and replies whose text Discord withholds from it."""

from pathlib import Path

from tests.harness import BotHarness, open_harness
from tests.remix.helpers import create_clip, open_confirmations, wait_for_confirmation

BELL = "\N{BELL}"


async def online_before(harness: BotHarness, seconds: float) -> None:
    """Set the time at which the bot was last online back."""
    await harness.wait_until(lambda: harness.bot.services.reply_events._caught_up or None)
    await harness.bot.services.reply_events.record_online()
    assert harness.database is not None
    await harness.database.run("UPDATE fact SET at = at - ? WHERE name = 'online'", (seconds,))


async def test_a_reply_written_while_the_bot_was_off_is_asked_about_after_the_start(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await online_before(harness, 0.0)
        await harness.stop()
        order = await harness.bob.reply(clip, "make it snow softly")
        await harness.bob.reply(clip, "a second wish of the night")
        await harness.start()
        await harness.wait_until(lambda: len(open_confirmations(harness)) == 2 or None)
        question = next(each for each in open_confirmations(harness) if each.reference_id == order.id)
        assert len(harness.provider.charges) == 1
        await harness.bob.press(question, "Remix")
        await harness.wait_for_clip("make it snow softly")
        assert len(harness.provider.charges) == 2


async def test_it_is_asked_about_once_whatever_the_number_of_starts(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await online_before(harness, 60.0)
        await harness.stop()
        await harness.bob.reply(clip, "make it snow softly")
        await harness.start()
        question = await wait_for_confirmation(harness)
        await harness.bob.press(question, "Not now")
        await harness.wait_until(lambda: question.deleted)
        await online_before(harness, 600.0)
        await harness.restart()
        await online_before(harness, 0.0)
        assert open_confirmations(harness) == []


async def test_replies_that_were_handled_before_the_stop_are_left_alone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_for_clip("make it snow softly")
        await harness.alice.reply(clip, "info")
        await harness.wait_for_message("requested by")
        await online_before(harness, 600.0)
        await harness.restart()
        await online_before(harness, 0.0)
        assert len([m for m in harness.discord.all_messages if "requested by" in m.content]) == 1
        assert open_confirmations(harness) == []
        assert len(harness.provider.charges) == 2


async def test_a_reply_older_than_an_hour_is_left_alone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await online_before(harness, 3 * 3600.0)
        await harness.stop()
        order = await harness.bob.reply(clip, "make it snow softly")
        order.id -= 2 * 3600 * 1000 << 22  # as if it had been written two hours ago
        await harness.start()
        await online_before(harness, 0.0)
        assert open_confirmations(harness) == []


async def test_chat_and_a_withheld_text_are_treated_as_usual_after_the_start(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await online_before(harness, 0.0)
        await harness.stop()
        await harness.bob.reply(clip, "🔥🔥")
        quiet = await harness.alice.reply(clip, "make it snow softly", ping=False)
        await harness.start()
        await harness.wait_until(lambda: quiet.reactions.get(BELL))
        assert open_confirmations(harness) == []


async def test_the_bell_is_shown_each_time_until_the_member_has_ordered_by_reply(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        for _ in range(3):
            reply = await harness.bob.reply(clip, "make it snow softly", ping=False)
            await harness.wait_until(lambda reply=reply: reply.reactions.get(BELL))  # type: ignore[misc]
        await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_for_clip("make it snow softly")
        silent = await harness.bob.reply(clip, "and one more", ping=False)
        other = await harness.alice.reply(clip, "and one more", ping=False)
        await harness.wait_until(lambda: other.reactions.get(BELL))
        assert silent.reactions == {}
