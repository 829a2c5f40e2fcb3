"""Orders by reply wait so that they can be undone: by their author only, and also after a restart."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs import undo
from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.sandbox.discord import LocalMessage
from bot.store.jobs import SqlJobStore
from bot.store.migrations import schema_files
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import create_clip, set_server_settings, wait_for_confirmation
from tests.sample_job import JOB
from tests.stores import open_database

LONG_S = 600.0


def labels(message: LocalMessage) -> list[str]:
    return [button["label"] for row in message.components for button in row["components"]]


async def order_and_wait(harness: BotHarness, text: str = "make it snow softly") -> LocalMessage:
    """Order by reply with a long wait, and return the status message."""
    clip = await create_clip(harness)
    await harness.bob.reply(clip, text)
    return await harness.wait_for_message("Sending this <t:")


def test_undo_is_the_default_mode() -> None:
    assert ServerSettings().reply_mode is ReplyMode.UNDO


async def test_an_order_by_reply_is_undone_by_its_author_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    async with open_harness(tmp_path) as harness:
        mod = harness.guild.add_member("mod", permissions=("manage_messages",))
        line = await order_and_wait(harness)
        assert labels(line) == ["Undo"]
        assert "≈ $0.05" in line.content
        assert harness.database is not None
        (row,) = await harness.database.run("SELECT state FROM job WHERE source_message_id IS NOT NULL")
        assert row[0] in ("received", "accepted")
        (reserved,) = await harness.database.run(
            "SELECT count(*) FROM ledger JOIN job ON job.id = job_id WHERE source_message_id IS NOT NULL"
        )
        assert reserved[0] == 1
        await harness.alice.press(line, "Undo")
        await harness.wait_for_message("Only the person who requested this video can do that.")
        await mod.press(line, "Undo")
        await harness.bob.press(line, "Undo")
        await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged.\n"))
        assert len(harness.provider.charges) == 1
        moves = await harness.database.run(
            "SELECT ledger.kind FROM ledger JOIN job ON job.id = job_id WHERE source_message_id > 0"
        )
        assert sorted(row[0] for row in moves) == ["release", "reserve"]


async def test_a_second_press_of_undo_is_no_complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    async with open_harness(tmp_path) as harness:
        line = await order_and_wait(harness)
        presses = await asyncio.gather(harness.bob.press(line, "Undo"), harness.bob.press(line, "Undo"))
        await harness.wait_until(lambda: all(press.answered for press in presses))
        await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged.\n"))
        assert not [each for each in harness.discord.all_messages if "too late" in each.content]
        assert len(harness.provider.charges) == 1


async def test_an_order_that_is_not_undone_is_sent(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="a lighthouse")
        await harness.wait_until(lambda: harness.provider.tasks or None)
        next(iter(harness.provider.tasks.values())).hurry.set()
        clip = await harness.wait_for_clip("a lighthouse")
        await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        line = await harness.wait_for_message("Rendering")
        assert labels(line) == ["Cancel"]


async def test_the_wait_survives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    async with open_harness(tmp_path) as harness:
        line = await order_and_wait(harness)
        await harness.restart()
        assert harness.database is not None
        store = SqlJobStore(harness.database)
        job = await store.by_message(line.id)
        assert job is not None
        assert job.send_after is not None
        await store.mark_due([job.id], job.created_at)  # woken early, as by a free slot, it goes on waiting
        await create_clip(harness, "something later")
        assert len(harness.provider.charges) == 2
        await harness.bob.press(line, "Undo")
        await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged.\n"))


@pytest.mark.parametrize("undone", [True, False])
async def test_a_wait_that_ended_while_the_bot_was_off_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undone: bool
) -> None:
    """A press while nobody could answer has failed, so it can be repeated."""
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    async with open_harness(tmp_path) as harness:
        line = await order_and_wait(harness)
        await harness.stop()
        database = await open_database(tmp_path / "retake.sqlite3")
        await database.run("UPDATE job SET send_after = 1, due_at = 1 WHERE send_after IS NOT NULL")
        await database.close()
        monkeypatch.setattr(undo, "UNDO_S", LONG_S if undone else 0.5)
        await harness.start()
        if undone:
            await harness.bob.press(line, "Undo")
            await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged.\n"))
        else:
            await harness.wait_for_clip("make it snow softly")
        assert len(harness.provider.charges) == (1 if undone else 2)


async def test_a_waiting_order_takes_no_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    overrides: dict[str, dict[str, object]] = {"toapis": {"jobs_at_once": 1}}
    async with open_harness(tmp_path, account_overrides=overrides) as harness:
        line = await order_and_wait(harness)
        await create_clip(harness, "something later")
        assert labels(line) == ["Undo"]


async def test_deleting_the_reply_also_undoes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        order = await harness.bob.reply(clip, "make it snow softly")
        line = await harness.wait_for_message("Sending this <t:")
        await harness.bob.delete(order)
        await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged.\n"))


@pytest.mark.parametrize("mode", [ReplyMode.SMART, ReplyMode.INSTANT])
async def test_the_other_modes_do_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: ReplyMode) -> None:
    monkeypatch.setattr(undo, "UNDO_S", LONG_S)
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, mode)
        await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_for_clip("make it snow softly")


@pytest.mark.parametrize(
    "text",
    [
        "this is so cool haha, how did you make it?",
        "wtf 😂😂 that is amazing",
        "give me the prompt please",
        "これどうやって作ったの？",
        "upscale: everything in it",
        "longer",
    ],
)
async def test_chat_is_asked_about_and_costs_nothing(tmp_path: Path, text: str) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, text)
        question = await wait_for_confirmation(harness)
        await harness.bob.press(question, "Not now")
        await harness.wait_until(lambda: question.deleted)
        assert len(harness.provider.charges) == 1


async def test_longer_extends_after_the_question(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "make it longer")
        question = await wait_for_confirmation(harness)
        assert question.content.startswith("Extend this?")
        await harness.bob.press(question, "Extend")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        assert [task.kind for task in harness.provider.tasks.values()] == ["create", "extend"]


async def test_help_and_stop_answer(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.alice.reply(clip, "help")
        await harness.wait_for_message("Reply with what should change")
        await harness.alice.reply(clip, "stop")
        await harness.wait_for_message("This video is done, so there's nothing to cancel.")
        assert len(harness.provider.charges) == 1


@pytest.mark.parametrize(
    ("edited", "asks"),
    [
        ("extend: the storm goes by", "Your message has changed. Extend this? ≈ $"),
        ("again", "Your message has changed. Make this video again? ≈ $"),
    ],
)
async def test_an_edited_reply_of_another_kind_is_asked_about_again(tmp_path: Path, edited: str, asks: str) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        order = await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        await harness.bob.edit(order, edited)
        await harness.bob.press(question, "Remix")
        await harness.wait_until(lambda: question.content.startswith(asks))
        assert len(harness.provider.charges) == 1
        await harness.bob.press(question, labels(question)[0])
        await harness.wait_until(lambda: len(harness.provider.charges) == 2)
        assert [task.kind for task in harness.provider.tasks.values()][1:] == (
            ["extend"] if edited.startswith("extend") else ["create"]
        )


async def test_a_reply_edited_into_talk_makes_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        order = await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        await harness.bob.edit(order, "delete")
        await harness.bob.press(question, "Remix")
        await harness.wait_for_message("Your message no longer asks for a video, so I made none.")
        assert len(harness.provider.charges) == 1
        assert not clip.deleted


async def test_a_price_that_changed_is_asked_about_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        assert harness.database is not None
        await harness.database.run("UPDATE question SET price_micros = 1")
        await harness.bob.press(question, "Remix")
        await harness.wait_until(lambda: question.content.startswith("Your message has changed. Remix this?"))
        await harness.bob.press(question, "Remix")
        await harness.wait_until(lambda: len(harness.provider.charges) == 2)


def test_a_clock_that_was_set_back_does_not_prolong_the_wait() -> None:
    job = replace(JOB, send_after=1000.0, task=replace(JOB.task, attempt=0))
    assert undo.undo_left_s(job, 999.99) == pytest.approx(0.01)
    assert undo.undo_left_s(job, 1000.0) == 0.0
    assert undo.undo_left_s(job, -86_400.0) == undo.UNDO_S
    taken_at = 1000.0 - undo.UNDO_S
    assert undo.undo_left_s(job, 1000.0, taken_at) == 0.0  # this process took the order
    assert undo.undo_left_s(job, 2000.0, 2000.0 - undo.UNDO_S / 4) == pytest.approx(undo.UNDO_S * 3 / 4)
    assert undo.undo_left_s(job, 2000.0, 2000.0 - undo.UNDO_S) == 0.0
    assert undo.undo_left_s(replace(job, task=replace(job.task, attempt=1)), 2000.0, 2000.0) == 0.0  # was sent


async def test_servers_that_chose_smart_keep_it_and_the_others_get_undo(tmp_path: Path) -> None:
    step = next(sql for _, sql in schema_files() if "reply_mode = 'undo'" in sql)
    update = re.search(r"UPDATE server.*?;", step, re.DOTALL)
    assert update is not None
    database = await open_database(tmp_path / "retake.sqlite3")
    for guild_id, mode in ((1, "smart"), (2, "smart"), (3, "instant")):
        await database.run("INSERT INTO server VALUES (?, ?, 500000, '{}')", (guild_id, mode))
    await database.run(
        "INSERT INTO audit (guild_id, user_id, at, what, was, became)"
        " VALUES (2, 5, 1.0, 'reply_mode', '\"off\"', '\"smart\"')"
    )
    await database.run(update[0])
    rows = await database.run("SELECT reply_mode FROM server ORDER BY guild_id")
    assert [row[0] for row in rows] == ["undo", "smart", "instant"]
    await database.close()


async def test_a_reply_that_was_deleted_while_the_bot_was_away_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo, "UNDO_S", 2.0)
    async with open_harness(tmp_path) as harness:
        line = await order_and_wait(harness)
        (reply,) = [message for message in harness.channel.messages if message.content == "make it snow softly"]
        await harness.stop()
        await harness.bob.delete(reply)
        await harness.start()
        await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged."))
        assert len(harness.provider.charges) == 1
