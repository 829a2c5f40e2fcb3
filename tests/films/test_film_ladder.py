"""How a shot continues the one before: by its model's own extension where it has one, else from the last frame."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import Job, JobClip, Kind, Outcome
from bot.ordering.film_ladder import can_extend_again, start_in_clip
from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalFal, LocalToAPIs, LocalXAI
from tests.films.helpers import SHOTS, TITLE, place_of, plan, question, seconds
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import labels
from tests.sample_job import JOB

NATIVELY = "continued natively"


def shots_of(harness: BotHarness) -> list[LocalMessage]:
    return [clip for clip in harness.clips if clip.channel is place_of(harness)]


async def prices(harness: BotHarness) -> list[int]:
    """Return the prices of the shots in millionths of a dollar, oldest first."""
    assert harness.database is not None
    sql = "SELECT price_micros FROM job WHERE kind <> 'film' ORDER BY created_at"
    return [int(row[0]) for row in await harness.database.run(sql)]


async def test_a_model_that_extends_its_videos_continues_each_shot_and_none_is_shown_twice(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness, seconds=None)
        assert f"2. {SHOTS[1]} · {NATIVELY}\n" in asked.content
        assert f"3. {SHOTS[2]} · {NATIVELY}\n" in asked.content
        await harness.alice.press(asked, "Start and run through")
        film = await harness.wait_for_clip(TITLE)
        assert [task.kind for task in harness.provider.tasks.values()] == ["create", "extend", "extend"]
        first, second, third = shots_of(harness)
        assert NATIVELY not in first.content
        assert f"by {harness.alice.mention}, {NATIVELY}" in second.content
        assert NATIVELY in third.content
        assert seconds(third) > seconds(second) + 4.0 > seconds(first) + 8.0
        assert seconds(film) == pytest.approx(seconds(third), abs=0.6)


async def test_the_question_says_how_the_next_shot_is_made_and_what_it_costs(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, seconds=None), "Start")
        shown = await question(harness, 1, "is done. Keep it, and make the next one ≈ $0.10?")
        assert f"2. {SHOTS[1]} · {NATIVELY}" in shown.content


async def test_a_clip_too_long_for_its_model_is_continued_from_the_last_frame(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        asked = await plan(harness, model="grok-imagine-video")
        assert f"2. {SHOTS[1]} · {NATIVELY} · " in asked.content
        assert f"3. {SHOTS[2]} · from the last frame · " in asked.content
        await harness.alice.press(asked, "Start and run through")
        film = await harness.wait_for_clip(TITLE)
        assert [task.kind for task in xai.tasks.values()] == ["create", "extend", "create"]
        assert seconds(film) == pytest.approx(15.0, abs=0.8)
        assert "(from its last frame)" in shots_of(harness)[2].content


async def test_the_seconds_that_an_extension_continues_are_in_its_price_before_it_is_confirmed(tmp_path: Path) -> None:
    fal = LocalFal(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(fal,)) as harness:
        asked = await plan(harness, SHOTS[:2], model="grok-imagine-video")
        # 5 s of 720p are $0.35; a clip of 5 s and some frames counts as 6 s of input, $0.06
        assert "**Film of 2 shots** ≈ $0.76" in asked.content
        assert f"1. {SHOTS[0]} · ≈ $0.35\n2. {SHOTS[1]} · {NATIVELY} · ≈ $0.41\n" in asked.content
        await harness.alice.press(asked, "Start and run through")
        await harness.wait_for_clip(TITLE)
        assert [task.kind for task in fal.tasks.values()] == ["create", "extend"]
        first, second = await prices(harness)
        assert first == 350_000
        assert 400_000 <= second <= 410_000
        assert fal.complaints == []


async def test_another_take_of_an_extension_that_failed_begins_with_the_last_frame(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.provider.wire.fail(Fault(route="POST /v1/videos/*/extend", status=400))
        await harness.alice.press(await plan(harness, SHOTS[:2], seconds=None), "Start and run through")
        shown = await question(harness, 2, "wasn't made")
        assert labels(shown) == ["Again", "Edit", "Back", "Stop here"]
        await harness.alice.press(shown, "Again")
        await question(harness, 2, "the last one")
        assert [task.kind for task in harness.provider.tasks.values()] == ["create", "create"]
        assert "(from its last frame)" in shots_of(harness)[1].content


async def test_a_deleted_shot_is_not_shown_by_the_one_that_extends_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, seconds=None), "Start")
        for place in (1, 2):
            await harness.alice.press(await question(harness, place, "is done"), "Keep")
        last = await question(harness, 3, "the last one")
        first, _, third = shots_of(harness)
        asked = await (await harness.alice.press(first, "Delete")).answer()
        assert isinstance(asked, LocalMessage)
        await harness.alice.press(asked, "Delete")
        await harness.wait_until(lambda: first.deleted or None)
        length_s = seconds(first)
        await harness.alice.press(last, "Keep")
        film = await harness.wait_for_clip(TITLE)
        assert seconds(film) == pytest.approx(seconds(third) - length_s, abs=0.6)


async def test_a_length_in_a_later_shot_is_refused_with_its_reason(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for chosen in (None, 5):
            refused = await plan(harness, (SHOTS[0], f"{SHOTS[1]} --seconds 10"), seconds=chosen)
            assert "The shots of a film have one length, so only the first may say --seconds." in refused.content
        agreed = await plan(harness, (f"{SHOTS[0]} --seconds 5", f"{SHOTS[1]} --seconds 5"), seconds=None)
        assert "≈ $0.10" in agreed.content
        assert harness.provider.charges == []


async def test_killed_while_extended_shots_are_joined_a_film_shows_each_once(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.2)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        opened = await alice.slash(channel, "film", title=TITLE)
        await opened.answer()
        asked = await (await alice.submit(opened.modal, prompt="\n".join(SHOTS[:2]))).answer(20)
        assert isinstance(asked, LocalMessage)
        await alice.press(asked, "Start and run through")
        await world.discord.wait_for(lambda: any("Joining" in m.content for m in world.discord.all_messages), 60)
        await world.bot.kill()
        await world.start_bot()
        film = await world.discord.wait_for(
            lambda: next((m for m in world.discord.all_messages if m.attachments and TITLE in m.content), None), 60
        )
        second = next(m for m in world.discord.all_messages if m.attachments and SHOTS[1] in m.content)
        assert seconds(film) == pytest.approx(seconds(second), abs=0.6)
        assert len(provider.charges) == 2


def clip(job: Job, seconds: float | None, **changes: object) -> Job:
    return replace(job, clip=JobClip(clip_seconds=seconds), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "whole_s", "own_s", "before_s", "start_s"),
    [
        (Kind.EXTEND, 10.1, 5, 5.04, 5.04),
        (Kind.EXTEND, 15.2, 5, 10.1, 10.1),
        (Kind.EXTEND, 20.0, None, 10.0, 10.0),
        (Kind.EXTEND, 5.0, 5, 10.0, 0.0),  # only the new part
        (Kind.EXTEND, 9.0, 9, 3.0, 0.0),
        (Kind.EXTEND, 10.2, None, 10.0, 0.0),  # nothing was added
        (Kind.EXTEND, None, 5, 5.0, 0.0),
        (Kind.EXTEND, 10.0, 5, None, 0.0),
        (Kind.REMIX, 10.0, 10, 5.0, 0.0),
    ],
)
def test_an_extension_begins_after_what_its_clip_continues(
    kind: Kind, whole_s: float | None, own_s: int | None, before_s: float | None, start_s: float
) -> None:
    shot = clip(replace(JOB, kind=kind, seconds=own_s), whole_s)
    assert start_in_clip(shot, clip(JOB, before_s)) == start_s


def test_only_an_extension_that_failed_is_not_tried_again() -> None:
    assert can_extend_again(None)
    assert can_extend_again(replace(JOB, kind=Kind.REMIX, outcome=Outcome.FAILED))
    assert can_extend_again(replace(JOB, kind=Kind.EXTEND, outcome=Outcome.SUCCEEDED))
    assert not can_extend_again(replace(JOB, kind=Kind.EXTEND, outcome=Outcome.FAILED))
