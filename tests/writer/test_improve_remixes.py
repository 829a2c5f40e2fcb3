"""Better words for remixes: `/remix improve:`, and *Improve* below the question about a reply."""

from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import LocalMessage
from bot.sandbox.providers.writer import ADDED
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import response_text
from tests.remix.helpers import code_of, create_clip, set_server_settings, wait_for_confirmation
from tests.writer.world import BOAT, button, labels, open_writer_harness, prompts_sent

SNOW = "let heavy snow fall on it"


async def dialog_of(harness: BotHarness) -> LocalMessage:
    """Return the words that are offered to a member."""
    return await harness.wait_until(
        lambda: next(
            (m for m in harness.discord.all_messages if m.ephemeral_to and "Make it" in str(m.components)), None
        )
    )


async def test_a_remix_is_made_of_better_words(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        clip = await create_clip(harness)
        await harness.bob.slash(harness.channel, "remix", prompt=SNOW, video=clip.link, improve=True)
        dialog = await dialog_of(harness)
        assert dialog.ephemeral_to == harness.bob.id
        await harness.bob.press(dialog, button(dialog, "Make it"))
        remix = await harness.wait_for_clip(SNOW + ADDED)
        assert "remix of" in remix.content


async def test_an_extension_is_made_of_better_words(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        clip = await create_clip(harness)
        await harness.bob.slash(harness.channel, "extend", prompt=SNOW, video=clip.link, improve=True)
        dialog = await dialog_of(harness)
        assert dialog.ephemeral_to == harness.bob.id
        assert len(harness.provider.charges) == 1
        assert len(writer.requests) == 1
        await harness.bob.press(dialog, button(dialog, "Make it"))
        longer = await harness.wait_for_clip(SNOW + ADDED)
        assert f"[{code_of(clip)}]({clip.link}) by {harness.alice.mention}, continued natively" in longer.content
        assert len(harness.provider.charges) == 2


async def test_an_extension_that_cannot_be_made_asks_no_writer(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        clip = await create_clip(harness)
        asked = await harness.bob.slash(
            harness.channel, "extend", prompt=SNOW, video=clip.link, seconds=47, improve=True
        )
        assert "don't have the option seconds" in await response_text(asked)
        assert writer.requests == []
        assert len(harness.provider.charges) == 1


async def test_a_reply_is_improved_only_if_its_author_presses_so(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await harness.bob.reply(clip, SNOW)
        question = await wait_for_confirmation(harness)
        assert labels(question) == ["Remix", "Improve", "Not now"]
        assert writer.requests == []
        said = await response_text(await harness.alice.press(question, "Improve"))
        assert said == "Only the person who wrote that reply can answer this question."
        await harness.bob.press(question, "Improve")
        dialog = await dialog_of(harness)
        await harness.wait_until(lambda: question.deleted or None)
        await harness.bob.press(dialog, button(dialog, "Make it"))
        remix = await harness.wait_for_clip(SNOW + ADDED)
        assert "remix of" in remix.content
        assert len(prompts_sent(harness)) == 2


async def test_a_question_that_is_improved_cannot_be_answered_as_well(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await harness.bob.reply(clip, SNOW)
        question = await wait_for_confirmation(harness)
        presses = [await harness.bob.press(question, label) for label in ("Improve", "Improve")]
        for press in presses:
            await press.answer()
        await dialog_of(harness)
        assert len(writer.requests) == 1
        assert len(prompts_sent(harness)) == 1


async def test_without_a_writer_or_words_nothing_can_be_improved(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await harness.bob.reply(clip, SNOW)
        assert labels(await wait_for_confirmation(harness)) == ["Remix", "Not now"]


async def test_making_a_video_again_is_not_improved(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        clip = await create_clip(harness, BOAT)
        await set_server_settings(harness, ReplyMode.CONFIRM)
        await harness.bob.reply(clip, "again")
        assert labels(await wait_for_confirmation(harness)) == ["Make", "Not now"]
        assert writer.requests == []
