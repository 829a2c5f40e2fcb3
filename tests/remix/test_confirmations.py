"""`Remix this?`: when it is asked, who may answer, and how it goes away, after a restart too."""

import asyncio
from pathlib import Path

import pytest

from bot.chat.requests import confirmations
from bot.jobs.server_settings import ReplyMode
from tests.harness import open_studio
from tests.remix.helpers import a_clip, asks, set_rules, the_question


async def test_two_words_are_asked_about_and_made_once_the_author_agrees(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        order = await studio.bob.reply(clip, "heavy snow")
        question = await the_question(studio)
        assert question.content == "Remix this? ≈ $0.05"
        assert question.reference_id == order.id
        assert [b["label"] for b in question.components[0]["components"]] == ["Remix", "Not now"]
        await studio.alice.press(question, "Remix")
        await studio.said("Only the person who asked for this video can do that.")
        await studio.restart()
        pressed = await studio.bob.press(question, "Remix")
        remix = await studio.clip_of("heavy snow")
        assert remix.reference_id == order.id
        assert pressed.error is None
        await studio.until(lambda: question.deleted)
        assert len(studio.provider.charges) == 2


async def test_not_now_takes_the_question_away(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "heavy snow")
        question = await the_question(studio)
        await studio.bob.press(question, "Not now")
        await studio.until(lambda: question.deleted)
        assert len(studio.provider.charges) == 1


async def test_a_question_takes_itself_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "OPEN_FOR_S", 0.2)
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "heavy snow")
        await studio.until(lambda: any("Remix this?" in m.content and m.deleted for m in studio.discord.all_messages))


async def test_a_question_of_an_earlier_process_is_taken_away_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "heavy snow")
        question = await the_question(studio)
        assert studio._database is not None
        await studio.until(lambda: question.components or None)
        await studio._database.run("UPDATE question SET expires_at = 1")
        await studio.restart()
        await studio.until(lambda: question.deleted)
        async with asyncio.timeout(5.0):  # the row goes after the message
            while await studio._database.run("SELECT * FROM question"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_what_counts_is_the_text_as_it_stands_when_the_question_is_answered(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        order = await studio.bob.reply(clip, "heavy snoww")
        question = await the_question(studio)
        await studio.bob.edit(order, "heavy snow")
        await studio.bob.press(question, "Remix")
        await studio.until(lambda: next((t for t in studio.provider.tasks.values() if t.prompt == "heavy snow"), None))


async def test_a_deleted_reply_takes_its_question_along(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        order = await studio.bob.reply(clip, "heavy snow")
        question = await the_question(studio)
        await studio.bob.delete(order)
        await studio.until(lambda: question.deleted)


@pytest.mark.parametrize(
    ("mode", "above", "text", "asked"),
    [
        (ReplyMode.SMART, 500_000, "make it snow softly", False),
        (ReplyMode.SMART, 10_000, "make it snow softly", True),
        (ReplyMode.SMART, 10_000, "again", True),
        (ReplyMode.INSTANT, 10_000, "heavy snow", False),
        (ReplyMode.CONFIRM, 500_000, "make it snow softly", True),
    ],
    ids=["three words", "above the price", "again above the price", "instant", "confirm"],
)
async def test_the_reply_mode_says_whether_it_is_asked(
    tmp_path: Path, mode: ReplyMode, above: int, text: str, asked: bool
) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await set_rules(studio, mode, above)
        await studio.bob.reply(clip, text)
        if asked:
            await the_question(studio)
        else:
            await studio.until(lambda: len(studio.clips) == 2)
        assert bool(asks(studio)) is asked
