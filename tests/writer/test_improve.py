"""`/generate improve:` through the local Discord: what is offered, and what the buttons make of it."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.providers.writer import ADDED
from tests.harness import open_harness, plain
from tests.limits.helpers import database_of, response_message, response_text, set_server_settings
from tests.writer.world import BOAT, button, improve, labels, open_writer_harness, prompts_sent, redrawn

BETTER = BOAT + ADDED
SLOW_WORDS = "The writer didn't answer within 5 seconds."


async def texts_of_jobs(harness: object) -> list[tuple[str, str | None, str | None]]:
    rows = await database_of(harness).run("SELECT prompt, typed, offered FROM job ORDER BY created_at")  # type: ignore[arg-type]
    return [(row[0], row[1], row[2]) for row in rows]


async def test_better_words_are_shown_before_anything_is_made_and_made_on_a_press(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        dialog = await improve(harness)
        assert dialog.ephemeral_to == harness.alice.id
        assert dialog.content == (
            f"You wrote:\n> {BOAT}\n**Improved:**\n> {BETTER}\n"
            "-# Nothing is charged for the video before you press Make it."
        )
        assert labels(dialog) == ["Make it ≈ $0.10", "Edit", "Once more", "Keep mine"]
        assert (harness.provider.charges, await texts_of_jobs(harness)) == ([], [])
        await harness.alice.press(dialog, "Make it ≈ $0.10")
        clip = await harness.wait_for_clip(BETTER)
        assert clip.ephemeral_to is None
        assert prompts_sent(harness) == [BETTER]
        assert await texts_of_jobs(harness) == [(BETTER, BOAT, BETTER)]
        await harness.wait_until(lambda: dialog.deleted or None)
        assert (len(writer.requests), writer.complaints) == (1, [])


async def test_one_s_own_words_can_be_kept(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        dialog = await improve(harness)
        await harness.alice.press(dialog, "Keep mine")
        await harness.wait_for_clip(BOAT)
        assert prompts_sent(harness) == [BOAT]
        assert await texts_of_jobs(harness) == [(BOAT, BOAT, BETTER)]


async def test_words_can_be_edited_and_are_shown_again_before_they_are_made(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        dialog = await improve(harness)
        opened = await harness.alice.press(dialog, "Edit")
        await opened.answer()
        assert opened.modal is not None
        assert opened.modal.components[0]["component"]["value"] == BETTER
        edited = "a paper boat on a frozen pond"
        await harness.alice.submit(opened.modal, prompt=edited)
        await redrawn(harness, dialog, "Edited words:")
        assert prompts_sent(harness) == []
        await harness.alice.press(dialog, button(dialog, "Make it"))
        await harness.wait_for_clip(edited)
        assert await texts_of_jobs(harness) == [(edited, BOAT, BETTER)]


async def test_the_writer_is_asked_once_more_about_one_s_own_words(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        dialog = await improve(harness)
        writer.answer = "A boat of folded paper rests on a pond at dawn"
        await harness.alice.press(dialog, "Once more")
        await redrawn(harness, dialog, writer.answer)
        assert [request["messages"][1]["content"] for request in writer.requests] == [BOAT, BOAT]
        await harness.alice.press(dialog, button(dialog, "Make it"))
        await harness.wait_for_clip(writer.answer)


async def test_a_double_press_asks_the_writer_once(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        dialog = await improve(harness)
        writer.answer = "A boat of folded paper rests on a pond at dawn"
        presses = [await harness.alice.press(dialog, "Once more") for _ in range(2)]
        for press in presses:
            await press.answer()
        await redrawn(harness, dialog, writer.answer)
        assert len(writer.requests) == 2


async def test_a_second_press_makes_no_second_video(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        dialog = await improve(harness)
        presses = [await harness.alice.press(dialog, label) for label in (button(dialog, "Make it"), "Keep mine")]
        answers = [await press.answer() for press in presses]
        said = [plain(answer.content) for answer in answers if isinstance(answer, LocalMessage)]
        assert "You've already requested this video. Use /generate to make another one." in said
        await harness.wait_until(lambda: harness.clips or None)
        assert len(harness.provider.charges) == 1


async def test_the_buttons_work_after_a_restart(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        dialog = await improve(harness, aspect="9:16")
        await harness.restart()
        await harness.alice.press(dialog, button(dialog, "Make it"))
        await harness.wait_for_clip(BETTER)
        (task,) = harness.provider.tasks.values()
        assert task.request["aspect_ratio"] == "9:16"


async def test_options_in_the_prompt_stay_options(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        dialog = await improve(harness, f"{BOAT} --ar 9:16")
        assert writer.requests[0]["messages"][1]["content"] == BOAT
        await harness.alice.press(dialog, button(dialog, "Make it"))
        await harness.wait_for_clip(BETTER)
        (task,) = harness.provider.tasks.values()
        assert task.request["aspect_ratio"] == "9:16"


@pytest.mark.parametrize("options", ["--ar 9:16 --seconds 5", "--seconds 15", "--seed 4", "—ar 9:16", "9:16"])
async def test_the_writer_chooses_no_options(tmp_path: Path, options: str) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        writer.answer = f"{BETTER} {options}"
        dialog = await improve(harness)
        assert f"**Improved:**\n> {BETTER}\n" in dialog.content
        await harness.alice.press(dialog, "Make it ≈ $0.10")
        await harness.wait_for_clip(BETTER)
        (task,) = harness.provider.tasks.values()
        assert (task.request["prompt"], task.request["aspect_ratio"]) == (BETTER, "16:9")
        assert await texts_of_jobs(harness) == [(BETTER, BOAT, BETTER)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [("--ar 9:16", "The writer's answer wasn't a prompt."), (f"{BOAT} --ar 9:16", "found nothing to improve.")],
)
async def test_options_alone_are_no_better_words(tmp_path: Path, answer: str, said: str) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        writer.answer = answer
        dialog = await improve(harness)
        assert said in dialog.content
        assert labels(dialog) == ["Make it ≈ $0.10", "Edit", "Once more"]


async def test_a_style_is_added_to_the_better_words(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        saved = await harness.alice.slash(harness.channel, "style save", name="noir", words="film noir, {prompt}")
        await saved.answer()
        dialog = await improve(harness, style="noir")
        assert writer.requests[0]["messages"][1]["content"] == BOAT
        await harness.alice.press(dialog, button(dialog, "Make it"))
        await harness.wait_for_clip(f"film noir, {BETTER}")


async def test_a_writer_that_is_down_slow_or_silly_leaves_one_s_own_words(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        for answer, said in (
            ("I'm sorry, but I can't help with that.", "The writer refused this prompt."),
            ("x" * 2001, "The writer's answer was over 2,000 characters long."),
            ("", "The writer's answer was empty."),
            ("一艘纸船漂浮在池塘上", "The writer answered in another language."),
            ('{"error": 5}', "The writer's answer wasn't a prompt."),
        ):
            writer.answer = answer
            dialog = await improve(harness)
            assert dialog.content.splitlines()[:3] == [said, "**Your own words:**", f"> {BOAT}"]
            assert labels(dialog) == ["Make it ≈ $0.10", "Edit", "Once more"]
        writer.answer, writer.status = None, 500
        assert "The writer isn't answering." in (await improve(harness)).content
        writer.status, writer.silent = 200, True
        dialog = await improve(harness)
        assert SLOW_WORDS in dialog.content
        await harness.alice.press(dialog, button(dialog, "Make it"))
        await harness.wait_for_clip(BOAT)
        assert await texts_of_jobs(harness) == [(BOAT, BOAT, None)]


async def test_words_that_the_server_forbids_are_neither_sent_to_the_writer_nor_offered(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        await set_server_settings(harness, words=("clown",))
        asked = await harness.alice.slash(harness.channel, "generate", prompt="a clown on a pond", improve=True)
        await harness.wait_until(lambda: asked.original if asked.original and not asked.original.loading else None)
        assert writer.requests == []
        writer.answer = "a paper boat with a clown"
        dialog = await improve(harness)
        assert dialog.content.startswith("The improved words can't be used:")
        assert "**Your own words:**" in dialog.content
        writer.answer = None
        dialog = await improve(harness)
        opened = await harness.alice.press(dialog, "Edit")
        await opened.answer()
        refused = await harness.alice.submit(opened.modal, prompt="a clown boat")
        assert "rule" in (await response_text(refused)).lower()
        assert labels(await response_message(refused)) == ["Edit and retry"]
        await set_server_settings(harness, words=("golden",))  # since the words were offered
        refused = await harness.alice.press(dialog, button(dialog, "Make it"))
        assert "rule" in (await response_text(refused)).lower()
        assert (harness.provider.charges, await texts_of_jobs(harness)) == ([], [])


async def test_only_the_member_can_press(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        dialog = await improve(harness)
        custom_id = dialog.components[0]["components"][0]["custom_id"]
        clip_free = await harness.bob.slash(harness.channel, "generate", prompt="a kite", improve=True)
        await harness.wait_until(
            lambda: clip_free.original if clip_free.original and not clip_free.original.loading else None
        )
        assert clip_free.original is not None
        clip_free.original.components[0]["components"][0]["custom_id"] = custom_id  # as a modified client sends it
        answer = await response_text(await harness.bob.press_id(clip_free.original, custom_id))
        assert answer == "Only the person who made this request can edit it."
        assert harness.provider.charges == []


async def test_without_a_writer_the_request_says_so(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        said = await response_text(await harness.alice.slash(harness.channel, "generate", prompt=BOAT, improve=True))
        assert said == (
            "This bot's host hasn't set up a writer, so I can't improve prompts. Send the request without improve."
        )
        assert harness.provider.charges == []


async def test_the_texts_are_deleted_with_the_prompt(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, _):
        await harness.alice.press(dialog := await improve(harness), button(dialog, "Make it"))
        await harness.wait_for_clip(BETTER)
        await improve(harness, "another boat")  # not decided
        await harness.bot.services.repositories.retention.request_deletion(harness.alice.id, 0.0)
        assert await database_of(harness).run("SELECT 1 FROM draft") == []
        retention = harness.bot.services.repositories.retention

        async def erased() -> bool:
            await retention.erase(await retention.of_member(harness.alice.id, 10))
            return [row[1:] for row in await texts_of_jobs(harness)] == [(None, None)]

        for _ in range(100):
            if await erased():
                break
            await harness.discord.wait_for(lambda: True, 1.0)
        assert [row[1:] for row in await texts_of_jobs(harness)] == [(None, None)]


async def test_the_writer_s_cost_is_shown_counted_and_bounded_by_the_budget(tmp_path: Path) -> None:
    prices: dict[str, Any] = {"writer_input_usd": "10", "writer_output_usd": "40"}
    async with open_writer_harness(tmp_path, **prices) as (harness, _):
        dialog = await improve(harness)
        assert button(dialog, "Once more").startswith("Once more ≈ $0.0")
        usage = await harness.bot.services.repositories.usage.by_day(harness.guild.id, 0.0)
        ((account, model, videos, micros),) = [(row.account, row.model, row.videos, row.micros) for row in usage]
        assert (account, model, videos) == ("writer", "local-writer", 0)
        assert 0 < micros < 10_000
        assert "local-writer" in await response_text(await harness.alice.slash(harness.channel, "usage"))
        await set_server_settings(harness, budget_day_micros=50_000)
        dialog = await improve(harness)
        assert "budget" in dialog.content.splitlines()[0]
        assert "**Your own words:**" in dialog.content
