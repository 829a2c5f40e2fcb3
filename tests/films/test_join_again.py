"""A film that couldn't be joined is joined again by a button, for nothing: its shots are still there."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from tests.films.helpers import SHOTS, TITLE, seconds
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import code_of, create_clip, delete_by_button, job_id_of, labels
from tests.remix.own_videos import answer_text

FAILED = "I couldn't join these videos"


def clip_file(data: Path, message: LocalMessage) -> Path:
    return next(data.rglob(f"{job_id_of(message)}.mp4"))


def break_clip(path: Path) -> None:
    """Make a clip on disk undecodable."""
    data = path.read_bytes()
    at = data.index(b"mdat") + 4
    path.write_bytes(data[:at] + bytes(len(data) - at))


async def failed_film(harness: BotHarness, tmp_path: Path, **options: object) -> tuple[LocalMessage, LocalMessage]:
    """Let a film of two videos fail. Return its message and the second video, whose copy on disk is gone then."""
    first, second = [await create_clip(harness, prompt) for prompt in SHOTS[:2]]
    file = clip_file(tmp_path, second)
    break_clip(file)
    named = {"video1": first.link, "video2": second.link, "title": TITLE}
    await harness.bob.slash(harness.channel, "film", **named, **options)
    failed = await harness.wait_for_message(FAILED)
    file.unlink()  # Discord still has it
    return failed, second


async def test_a_press_joins_the_same_videos_once_more_and_costs_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        failed, second = await failed_film(harness, tmp_path, transition="crossfade")
        assert labels(failed) == ["Join again"]
        assert "Only the person who requested this video" in await answer_text(
            await harness.alice.press(failed, "Join again")
        )
        await harness.bob.press(failed, "Join again")
        film = await harness.wait_for_clip(TITLE)
        assert "joined with crossfades: " in film.content
        assert code_of(second) in film.content
        assert seconds(film) == pytest.approx(2 * seconds(second) - 0.5, abs=0.3)
        await harness.bob.press(failed, "Join again")
        await harness.wait_for_message("I've just taken this request from you.")
        assert len(harness.clips_with_prompt(TITLE)) == 1
        assert len(harness.provider.charges) == 2


async def test_a_video_deleted_since_then_is_named(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        failed, second = await failed_film(harness, tmp_path)
        await delete_by_button(harness.alice, second)
        await harness.wait_until(lambda: second.deleted or None)
        said = await answer_text(await harness.bob.press(failed, "Join again"))
        assert f"I can't get {code_of(second)} any more, so I can't join these videos." in said
        assert harness.clips_with_prompt(TITLE) == []


async def test_killed_while_it_is_joined_again_a_film_is_posted_once(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()

        def clips() -> list[LocalMessage]:
            return [message for message in world.discord.all_messages if message.attachments and message.is_bot]

        def saying(text: str) -> LocalMessage | None:
            return next((m for m in world.discord.all_messages if text in m.content), None)

        for place, prompt in enumerate(SHOTS[:2], 1):
            await alice.slash(channel, "generate", prompt=prompt, seconds=5)
            await world.discord.wait_for(lambda: len(clips()) == place, 60)  # noqa: B023
        first, second = clips()
        file = clip_file(tmp_path, second)
        break_clip(file)
        await alice.slash(channel, "film", video1=first.link, video2=second.link, title=TITLE)
        failed = await world.discord.wait_for(lambda: saying(FAILED), 60)
        file.unlink()
        await alice.press(failed, "Join again")
        await world.discord.wait_for(lambda: saying("Joining 2 videos"), 60)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: len(clips()) == 3, 60)
        regular = [m for m in world.discord.all_messages if m.ephemeral_to is None and m is not failed]
        await world.discord.wait_for(lambda: all(m.attachments or m.deleted for m in regular), 60)
        assert len(clips()) == 3
        assert len(provider.charges) == 2
