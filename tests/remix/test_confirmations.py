"""Confirmations of remixes: when they appear, who can answer, and how they are removed, also after a restart."""

import asyncio
from pathlib import Path

import pytest

from bot.chat.requests import confirmations
from bot.jobs.server_settings import ReplyMode
from tests.harness import open_harness
from tests.remix.helpers import create_clip, open_confirmations, set_server_settings, wait_for_confirmation


async def test_a_short_reply_is_confirmed_and_remixed_when_its_author_agrees(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        order = await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        assert question.content == "Remix this? ≈ $0.05"
        assert question.reference_id == order.id
        assert [b["label"] for b in question.components[0]["components"]] == ["Remix", "Not now"]
        await harness.alice.press(question, "Remix")
        await harness.wait_for_message("Only the person who wrote that reply can answer this question.")
        await harness.restart()
        pressed = await harness.bob.press(question, "Remix")
        remix = await harness.wait_for_clip("heavy snow")
        assert remix.reference_id == order.id
        assert pressed.error is None
        await harness.wait_until(lambda: question.deleted)
        assert len(harness.provider.charges) == 2


async def test_not_now_deletes_the_confirmation(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        await harness.bob.press(question, "Not now")
        await harness.wait_until(lambda: question.deleted)
        assert len(harness.provider.charges) == 1


async def test_a_confirmation_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "OPEN_FOR_S", 0.2)
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        await harness.bob.reply(clip, "heavy snow")
        await harness.wait_until(
            lambda: any("Remix this?" in m.content and m.deleted for m in harness.discord.all_messages)
        )


async def test_a_confirmation_of_an_earlier_process_expires_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        assert harness.database is not None
        await harness.wait_until(lambda: question.components or None)
        await harness.database.run("UPDATE question SET expires_at = 1")
        await harness.restart()
        await harness.wait_until(lambda: question.deleted)
        async with asyncio.timeout(60):  # the row is deleted after the message
            while await harness.database.run("SELECT * FROM question"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_the_text_at_the_time_of_the_confirmation_counts(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        order = await harness.bob.reply(clip, "heavy snoww")
        question = await wait_for_confirmation(harness)
        await harness.bob.edit(order, "heavy snow")
        await harness.bob.press(question, "Remix")
        await harness.wait_until(
            lambda: next((t for t in harness.provider.tasks.values() if t.prompt == "heavy snow"), None)
        )


async def test_a_deleted_reply_deletes_its_confirmation(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.SMART)
        order = await harness.bob.reply(clip, "heavy snow")
        question = await wait_for_confirmation(harness)
        await harness.bob.delete(order)
        await harness.wait_until(lambda: question.deleted)


@pytest.mark.parametrize(
    ("mode", "above", "text", "expects_confirmation"),
    [
        (ReplyMode.SMART, 500_000, "make it snow softly", False),
        (ReplyMode.SMART, 10_000, "make it snow softly", True),
        (ReplyMode.SMART, 10_000, "again", True),
        (ReplyMode.SMART, 500_000, "wow that is so beautiful", True),
        (ReplyMode.UNDO, 500_000, "heavy snow", False),
        (ReplyMode.UNDO, 10_000, "heavy snow", True),
        (ReplyMode.UNDO, 500_000, "wow that is so beautiful", True),
        (ReplyMode.INSTANT, 10_000, "heavy snow", False),
        (ReplyMode.INSTANT, 10_000, "wow that is so beautiful", False),
        (ReplyMode.CONFIRM, 500_000, "make it snow softly", True),
    ],
    ids=[
        "three words",
        "above the price",
        "again above the price",
        "smart about talk",
        "undo",
        "undo above the price",
        "undo about talk",
        "instant",
        "instant about talk",
        "confirm",
    ],
)
async def test_the_reply_mode_decides_about_a_confirmation(
    tmp_path: Path, mode: ReplyMode, above: int, text: str, expects_confirmation: bool
) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, mode, above)
        await harness.bob.reply(clip, text)
        if expects_confirmation:
            await wait_for_confirmation(harness)
        else:
            await harness.wait_until(lambda: len(harness.clips) == 2)
        assert bool(open_confirmations(harness)) is expects_confirmation
