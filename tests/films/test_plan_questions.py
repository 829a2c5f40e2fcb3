"""A plan is started as it was last shown, with the price that was confirmed."""

from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.sandbox.providers import LocalXAI
from tests.films.helpers import SHOTS, plan, question
from tests.harness import BotHarness, open_harness
from tests.remix.own_videos import answer_text


async def edit(harness: BotHarness, asked: LocalMessage, *shots: str) -> LocalMessage:
    """Edit the shots of a plan. Return the answer."""
    opened = await harness.alice.press(asked, "Edit")
    await opened.answer()
    answer = await (await harness.alice.submit(opened.modal, prompt="\n".join(shots))).answer(20)
    assert isinstance(answer, LocalMessage)
    return answer


async def test_an_edited_plan_is_not_started_by_its_earlier_question(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        first = await plan(harness, SHOTS[:2])
        refused = await edit(harness, first, *SHOTS * 2, "a storm --seed 4")
        assert "No model here has the option" in refused.content
        assert "moved on" in await answer_text(await harness.alice.press(first, "Start and run through"))
        second = await edit(harness, refused, *SHOTS)
        assert "≈ $0.15" in second.content
        assert "moved on" in await answer_text(await harness.alice.press(first, "Start"))
        assert harness.provider.charges == []
        await harness.alice.press(second, "Start")
        await question(harness, 1, "is done")


async def test_a_question_about_a_higher_price_names_only_that_price(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=1.0) as harness:
        await harness.alice.press(await plan(harness), "Start and run through")
        await harness.wait_until(lambda: harness.provider.charges or None)
        assert harness.database is not None
        await harness.database.run("UPDATE film SET shot_micros = 10000")
        shown = await question(harness, 1, "is done")
        assert "A shot costs ≈ $0.05 now" in shown.content
        assert "make the next one ≈ $0.05?" in shown.content
        assert "$0.01" not in shown.content


async def test_options_in_the_words_of_a_shot_are_kept_until_it_is_made(tmp_path: Path) -> None:
    provider = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(provider,)) as harness:
        shots = (SHOTS[0], f"{SHOTS[1]} --res 720p")
        asked = await plan(harness, shots, model="grok-imagine-video")
        await harness.alice.press(asked, "Start")
        await harness.alice.press(await question(harness, 1, "is done"), "Keep")
        shown = await question(harness, 2, "the last one")
        await harness.alice.press(shown, "Again")
        await harness.wait_until(lambda: len(provider.charges) == 3 or None)
        assert await resolutions(harness) == ["480p", "720p", "720p"]


async def resolutions(harness: BotHarness) -> list[str]:
    assert harness.database is not None
    return [row[0] for row in await harness.database.run("SELECT resolution FROM job ORDER BY created_at")]
