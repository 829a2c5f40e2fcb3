"""`/film` of finished videos: joined in their order, for nothing, by one job that has its parts as parents."""

from pathlib import Path

import pytest

from bot.jobs.job import Job, Kind
from bot.jobs.server_settings import ServerSettings
from bot.media.mp4.reader import read_bytes
from bot.sandbox.discord import Interaction, LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs, LocalXAI
from bot.store.jobs import SqlJobStore
from bot.store.server_settings import SqlServerRepository
from tests.harness import BotHarness, open_harness
from tests.remix.access_cases import DENIED, Setup
from tests.remix.helpers import NOT_FOUND, code_of, create_clip, labels
from tests.remix.own_videos import SNOW, answer_text, post_video, remix_by_menu
from tests.remix.test_access import case_id

TITLE = "the three storms"
SHOTS = ("a calm sea at dawn", "clouds come up at noon", "a storm at night")


async def make_shots(harness: BotHarness, count: int = 3) -> list[LocalMessage]:
    return [await create_clip(harness, prompt) for prompt in SHOTS[:count]]


async def join(harness: BotHarness, videos: list[LocalMessage], **options: object) -> Interaction:
    named = {f"video{place}": code_of(video) for place, video in enumerate(videos, 1)}
    return await harness.bob.slash(harness.channel, "film", **named, **{"title": TITLE, **options})


async def job_of(harness: BotHarness, message: LocalMessage) -> Job:
    assert harness.database is not None
    job = await SqlJobStore(harness.database).by_code(harness.guild.id, code_of(message))
    assert job is not None
    return job


def seconds(message: LocalMessage) -> float:
    return read_bytes(message.attachments[0].data).duration_s


async def test_videos_are_joined_in_their_order_and_nothing_is_spent(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        shots = await make_shots(harness)
        sent = await join(harness, shots)
        film = await harness.wait_for_clip(TITLE)
        assert (await answer_text(sent)).startswith("I'm on it: ")
        assert seconds(film) == pytest.approx(sum(map(seconds, shots)), abs=0.6)
        codes = ", ".join(map(code_of, shots))
        assert f"joined: {codes}" in film.content
        assert f"begins with [{code_of(shots[0])}]({shots[0].link}) by <@{harness.alice.id}>" in film.content
        assert "film · 15 s · 16:9 · " in film.content
        assert " · free · " in film.content
        assert labels(film) == ["Remix", "Details", "Delete"]
        assert len(harness.provider.charges) == 3
        job = await job_of(harness, film)
        assert job.kind is Kind.FILM
        assert harness.database is not None
        parts = await SqlJobStore(harness.database).film_parts(job.id)
        assert [part.code for part, _cut in parts] == list(map(code_of, shots))
        regular = [m for m in harness.discord.all_messages if m.ephemeral_to is None]
        await harness.wait_until(lambda: all(m.attachments or m.deleted for m in regular) or None)


async def test_a_film_is_remixed_extended_and_shown_like_any_video(tmp_path: Path) -> None:
    xai = LocalXAI(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(xai,)) as harness:
        film_of = await make_shots(harness, 2)
        await join(harness, film_of)
        film = await harness.wait_for_clip(TITLE)
        await harness.alice.reply(film, "now everything in red and gold")
        assert "(from its last frame)" in (await harness.wait_for_clip("now everything in red and gold")).content
        await harness.alice.slash(harness.channel, "extend", prompt="the sun comes out", video=film.link, seconds=5)
        longer = await harness.wait_for_clip("the sun comes out")
        assert seconds(longer) > seconds(film) + 3.0
        tree = await answer_text(await harness.bob.slash(harness.channel, "tree", video=film.link))
        assert f"film · {TITLE}" in tree
        details = await answer_text(await harness.bob.menu(film, "Video details"))
        assert "film" in details
        assert "free" in details
        history = await answer_text(await harness.bob.slash(harness.channel, "history"))
        assert TITLE in history
        await harness.alice.reply(film, "again")
        await harness.wait_for_message("A film is joined, not made from a prompt, so it can't be made again.")


async def test_members_own_videos_can_be_joined_if_the_server_allows_them(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        (shot,) = await make_shots(harness, 1)
        cat = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, cat)  # a link alone doesn't show its files to the bot
        await harness.wait_for_clip(SNOW)
        await harness.bob.slash(harness.channel, "film", video1=shot.link, video2=cat.link, title=TITLE)
        film = await harness.wait_for_clip(TITLE)
        assert seconds(film) == pytest.approx(seconds(shot) + 1.0, abs=0.4)
        assert harness.database is not None
        servers = SqlServerRepository(harness.database)
        await servers.save_settings(harness.guild.id, ServerSettings(any_video=False))
        refused = await harness.bob.slash(harness.channel, "film", video1=shot.link, video2=cat.link)
        assert "This server allows remixes of my videos only." in await answer_text(refused)


@pytest.mark.parametrize("setup", DENIED, ids=case_id)
async def test_access_is_checked_for_each_video(tmp_path: Path, setup: Setup) -> None:
    async with open_harness(tmp_path) as harness:
        case = await setup(harness)
        for name in case.references or [case.clip.link, code_of(case.clip)]:
            refused = await case.viewer.slash(case.channel, "film", video1=name, video2=name, title=TITLE)
            assert (await answer_text(refused)).startswith(NOT_FOUND)
        assert harness.clips_with_prompt(TITLE) == []


async def test_what_cannot_be_joined_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness:
        shots = await make_shots(harness, 2)
        assert harness.database is not None
        servers = SqlServerRepository(harness.database)
        await servers.save_settings(harness.guild.id, ServerSettings(words=("storms",)))
        assert "words" in await answer_text(await join(harness, shots))
        await servers.save_settings(harness.guild.id, ServerSettings(videos_per_member=0))
        assert "your limit is 0 videos a day" in await answer_text(await join(harness, shots))
        await servers.save_settings(harness.guild.id, ServerSettings())
        monkeypatch.setattr("bot.ordering.films.MAX_JOINED_S", 8)
        assert "These videos have 10 s together, and I join at most" in await answer_text(await join(harness, shots))
        assert harness.clips_with_prompt(TITLE) == []


async def test_a_video_that_is_not_finished_is_not_joined(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        (shot,) = await make_shots(harness, 1)
        harness.provider.render_s = 60.0
        await harness.alice.slash(harness.channel, "generate", prompt="a video that renders for long", seconds=5)
        line = await harness.wait_for_message("Rendering")
        assert harness.database is not None
        job = await SqlJobStore(harness.database).by_message(line.id)
        assert job is not None
        refused = await harness.bob.slash(harness.channel, "film", video1=shot.link, video2=job.code)
        assert f"{job.code} isn't finished yet." in await answer_text(refused)


async def test_a_video_that_is_gone_or_broken_ends_the_film_without_a_charge(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        shots = await make_shots(harness, 2)
        second = tmp_path / "clips" / f"{(await job_of(harness, shots[1])).id}.mp4"
        data = second.read_bytes()
        at = data.index(b"mdat") + 4
        second.write_bytes(data[:at] + bytes(len(data) - at))
        await join(harness, shots)
        await harness.wait_for_message("I couldn't join these videos: one of them can't be decoded.")
        second.unlink()
        await join(harness, shots)  # fetched again from its message
        await harness.wait_for_clip(TITLE)
        second.unlink()
        shots[1].attachments.clear()
        await join(harness, shots, title="without the second")
        gone = await harness.wait_for_message(f"I can't get {code_of(shots[1])} any more")
        assert "Not charged." in gone.content
        assert not list((tmp_path / "clips").glob("*.part"))


async def test_a_spoiler_in_a_part_makes_the_film_one(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        (shot,) = await make_shots(harness, 1)
        await harness.alice.slash(harness.channel, "generate", prompt="||the end|| of the story", seconds=5)
        spoiler = await harness.wait_for_clip("of the story")
        await harness.bob.slash(harness.channel, "film", video1=shot.link, video2=spoiler.link, title=TITLE)
        film = await harness.wait_for_clip(TITLE)
        assert film.attachments[0].filename.startswith("SPOILER_")


async def test_killed_while_it_is_joined_a_film_is_posted_once(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()

        def clips() -> list[LocalMessage]:
            return [message for message in world.discord.all_messages if message.attachments and message.is_bot]

        for place, prompt in enumerate(SHOTS[:2], 1):
            await alice.slash(channel, "generate", prompt=prompt, seconds=5)
            await world.discord.wait_for(lambda: len(clips()) == place, 20)  # noqa: B023
        first, second = clips()
        await alice.slash(channel, "film", video1=first.link, video2=second.link, title=TITLE)
        await world.discord.wait_for(lambda: any("Joining" in m.content for m in world.discord.all_messages), 20)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: len(clips()) == 3, 30)
        regular = [m for m in world.discord.all_messages if m.ephemeral_to is None]
        await world.discord.wait_for(lambda: all(m.attachments or m.deleted for m in regular), 20)
        assert len(clips()) == 3
        assert seconds(clips()[2]) == pytest.approx(seconds(first) + seconds(second), abs=0.5)
        assert len(provider.charges) == 2
