"""`/tree` shows a film below every video that it joins, in the families of all of them."""

from dataclasses import replace
from pathlib import Path

from bot.chat.views.family_tree import in_order
from bot.jobs.job import Job, Kind, Outcome, State
from bot.sandbox.discord import LocalMessage, Member
from tests.films.helpers import SHOTS, TITLE, plan
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import code_of, create_clip
from tests.remix.own_videos import answer_text
from tests.sample_job import JOB

DONE = replace(JOB, state=State.DELIVERED, outcome=Outcome.SUCCEEDED)


async def tree(harness: BotHarness, by: Member, video: LocalMessage) -> str:
    return await answer_text(await by.slash(harness.channel, "tree", video=video.link))


async def test_a_film_is_in_the_family_of_each_video_and_hidden_from_whom_its_channel_is(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        first, second = [await create_clip(harness, prompt) for prompt in SHOTS[:2]]
        await harness.alice.slash(harness.channel, "film", video1=first.link, video2=second.link, title=TITLE)
        film = await harness.wait_for_clip(TITLE)
        for part in (first, second):
            lines = (await tree(harness, harness.bob, part)).splitlines()
            assert "2 videos" in lines[0]
            assert lines[1].startswith(f"[{code_of(part)}]")
            assert f"↳ [{code_of(film)}]" in lines[2]
        den = harness.guild.add_channel("den")
        den.forbid(harness.bob, "view_channel")
        await harness.alice.slash(den, "film", video1=second.link, video2=first.link, title="a secret")
        await harness.wait_for_clip("a secret")
        shown = await tree(harness, harness.bob, first)
        assert "a secret" not in shown
        assert "(not visible to you)" in shown


async def test_a_film_of_shots_is_below_each_of_them_and_counts_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start and run through")
        film = await harness.wait_for_clip(TITLE)
        await harness.alice.reply(film, "now everything in red")
        remix = await harness.wait_for_clip("now everything in red")
        shown = await tree(harness, harness.alice, film)
        assert "5 videos" in shown
        assert shown.count(f"[{code_of(film)}]") == 3
        assert shown.count(f"[{code_of(remix)}]") == 1


def job(job_id: str, parent: str | None = None, **changes: object) -> Job:
    return replace(DONE, id=job_id, parent_id=parent, **changes)  # type: ignore[arg-type]


def shape(members: object) -> list[tuple[str, int]]:
    assert isinstance(members, list)
    return [(member.job.id, member.depth) for member in members]


def test_remixes_of_a_film_are_listed_once_below_its_first_video() -> None:
    film = job("film", "one", kind=Kind.FILM)
    jobs = [job("one"), job("two", "one"), film, job("remix", "film")]
    looks = dict.fromkeys((each.id for each in jobs), "video")
    members = in_order(jobs, looks, [(film, "one"), (film, "two")])  # type: ignore[arg-type]
    assert shape(members) == [("one", 0), ("two", 1), ("film", 2), ("film", 1), ("remix", 2)]


def test_a_film_that_was_not_made_is_left_out_and_one_from_elsewhere_brings_its_video_in() -> None:
    failed = job("failed", "other", kind=Kind.FILM, outcome=Outcome.FAILED, state=State.REJECTED)
    made = job("made", "other", kind=Kind.FILM)
    jobs = [job("one"), job("lost", "one", outcome=Outcome.FAILED, state=State.REJECTED)]
    looks = dict.fromkeys(("one", "lost", "failed", "made"), "video")
    members = in_order(jobs, looks, [(failed, "one"), (made, "lost")])  # type: ignore[arg-type]
    assert shape(members) == [("one", 0), ("lost", 1), ("made", 2)]
