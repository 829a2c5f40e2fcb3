"""Films made shot by shot: each shot is an ordinary job, decided by its author, and joined at the end."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.chat.films.film_dialog import shots_in
from bot.jobs.film_errors import FilmShots
from bot.jobs.server_settings import ServerSettings
from bot.sandbox.discord import Interaction, LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.store.server_settings import SqlServerRepository
from tests.films.helpers import REFUSED, SHOTS, TITLE, place_of, plan, plans, question, questions, seconds
from tests.gallery.helpers import eventually
from tests.harness import open_harness
from tests.remix.helpers import code_of, labels
from tests.remix.own_videos import answer_text


async def test_three_shots_are_kept_one_by_one_and_joined(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness)
        assert "Film of 3 shots** ≈ $0.15" in asked.content
        assert [f"{n}. {shot}" in asked.content for n, shot in enumerate(SHOTS, 1)] == [True] * 3
        assert labels(asked) == ["Start", "Start and run through", "Edit"]
        assert harness.provider.charges == []
        await harness.alice.press(asked, "Start")
        for place, said in (
            (1, "is done. Keep it, and make the next one ≈ $0.05?"),
            (2, "is done"),
            (3, "the last one"),
        ):
            shown = await question(harness, place, said)
            back = ["Back"] if place > 1 else []
            assert labels(shown) == ["Keep", "Again", "Edit", *back, "Stop here"]
            assert len(harness.provider.charges) == place
            await harness.alice.press(shown, "Keep")
        film = await harness.wait_for_clip(TITLE)
        thread = place_of(harness)
        assert thread.is_thread
        assert thread.name == TITLE
        clips = [m for m in harness.clips if m.channel is thread]
        assert [next(shot for shot in SHOTS if shot in m.content) for m in clips] == list(SHOTS)
        assert film.channel is harness.channel
        assert seconds(film) == pytest.approx(sum(map(seconds, clips)), abs=0.6)
        assert f"joined: {', '.join(map(code_of, clips))}" in film.content
        assert all("(from its last frame)" in m.content for m in clips[1:])
        first, second, third = harness.provider.tasks.values()
        assert [len(task.pictures) for task in (first, second, third)] == [0, 1, 1]
        assert len(harness.provider.charges) == 3
        await harness.wait_until(lambda: not questions(harness.discord) or None)
        assert await plans(harness) == 0
        tree = await answer_text(await harness.bob.slash(harness.channel, "tree", video=film.link))
        assert "4 videos" in tree


async def test_a_film_runs_through_without_questions(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start and run through")
        film = await harness.wait_for_clip(TITLE)
        assert seconds(film) == pytest.approx(15.0, abs=0.8)
        assert questions(harness.discord) == []
        assert len(harness.provider.charges) == 3
        assert await plans(harness) == 0


async def test_after_stop_nothing_more_is_spent_and_what_is_there_is_joined(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start")
        await harness.alice.press(await question(harness, 1, "is done"), "Keep")
        await harness.alice.press(await question(harness, 2, "is done"), "Stop here")
        film = await harness.wait_for_clip(TITLE)
        assert seconds(film) == pytest.approx(10.0, abs=0.6)
        assert len(harness.provider.charges) == 2
        assert await plans(harness) == 0
        await harness.alice.press(await plan(harness), "Start")
        await harness.alice.press(await question(harness, 1, "is done"), "Stop here")
        await harness.wait_for_message("Stopped. Nothing more is made.")
        assert len(harness.provider.charges) == 3
        assert await plans(harness) == 0


async def test_again_makes_another_take_and_edit_one_of_other_words(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start")
        first = await question(harness, 1, "is done")
        await harness.alice.press(first, "Again")
        second = await harness.wait_until(lambda: next((m for m in questions(harness.discord) if m is not first), None))
        opened = await harness.alice.press(second, "Edit")
        await opened.answer()
        await harness.alice.submit(opened.modal, prompt="a rough sea at dawn")
        third = await harness.wait_until(
            lambda: next((m for m in questions(harness.discord) if m not in (first, second)), None)
        )
        await harness.alice.submit(opened.modal, prompt="too late for this")  # a form that was left open
        await harness.wait_for_message("This film has moved on")
        await harness.alice.press(third, "Keep")
        await harness.alice.press(await question(harness, 2, "the last one"), "Keep")
        film = await harness.wait_for_clip(TITLE)
        edited = await harness.wait_for_clip("a rough sea at dawn")
        assert f"joined: {code_of(edited)}, " in film.content
        assert len(harness.provider.charges) == 4


async def test_a_refused_shot_is_edited_or_the_film_ends_before_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, (*SHOTS[:2], REFUSED)), "Start and run through")
        shown = await question(harness, 3, "wasn't made")
        assert labels(shown) == ["Again", "Edit", "Back", "Stop here"]
        opened = await harness.alice.press(shown, "Edit")
        await opened.answer()
        await harness.alice.submit(opened.modal, prompt=SHOTS[2])
        await harness.alice.press(await question(harness, 3, "the last one"), "Stop here")
        assert seconds(await harness.wait_for_clip(TITLE)) == pytest.approx(15.0, abs=0.8)
        await harness.alice.press(
            await plan(harness, (*SHOTS[:2], REFUSED), title="another day"), "Start and run through"
        )
        await harness.alice.press(await question(harness, 3, "wasn't made"), "Stop here")
        assert seconds(await harness.wait_for_clip("another day")) == pytest.approx(10.0, abs=0.6)


async def test_only_its_author_decides_and_each_question_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness)
        await asyncio.gather(*(harness.alice.press(asked, "Start") for _ in range(3)))
        shown = await question(harness, 1, "is done")
        await answer_is(await harness.bob.press(shown, "Keep"), "Only the member who ordered this film")
        await asyncio.gather(*(harness.alice.press(shown, "Keep") for _ in range(3)))
        await question(harness, 2, "is done")
        await harness.wait_for_message("This film has moved on")
        assert len(harness.provider.charges) == 2
        assert len([m for m in harness.clips if SHOTS[0] in m.content]) == 1


async def answer_is(interaction: Interaction, sentence: str) -> None:
    assert sentence in await answer_text(interaction)


async def test_without_threads_the_shots_stay_in_the_channel(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.channel.forbid(harness.guild.everyone, "create_public_threads")
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start and run through")
        await harness.wait_for_clip(TITLE)
        assert {message.channel for message in harness.clips} == {harness.channel}


async def test_a_limit_in_the_middle_stops_a_film_that_runs_through_and_asks(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        assert harness.database is not None
        servers = SqlServerRepository(harness.database)
        await servers.save_settings(harness.guild.id, ServerSettings(videos_per_member=2))
        await harness.alice.press(await plan(harness), "Start and run through")
        shown = await question(harness, 2, "is done")
        assert "You have used 2 of 2 videos today." in shown.content
        assert len(harness.provider.charges) == 2
        await harness.alice.press(shown, "Keep")
        await harness.wait_until(
            lambda: next((m for m in harness.discord.all_messages if m.ephemeral_to and "2 of 2" in m.content), None)
        )
        assert not shown.deleted
        await servers.save_settings(harness.guild.id, ServerSettings())
        await harness.alice.press(shown, "Keep")
        await harness.alice.press(await question(harness, 3, "the last one"), "Keep")
        await harness.wait_for_clip(TITLE)


async def test_a_higher_price_is_said_before_it_is_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.films.film_maker.READING_S", 0.0)
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start")
        shown = await question(harness, 1, "is done")
        assert harness.database is not None
        await harness.database.run("UPDATE film SET shot_micros = 10000")
        await harness.alice.press(shown, "Keep")
        await harness.wait_for_message("A shot costs ≈ $0.05 now, more than you confirmed.")
        assert len(harness.provider.charges) == 1
        await harness.alice.press(shown, "Keep")
        await question(harness, 2, "the last one")


async def test_a_place_that_discord_does_not_tell_is_not_called_gone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start")
        shown = await question(harness, 1, "is done")
        thread = place_of(harness)
        guild = harness.bot.get_guild(harness.guild.id)
        assert guild is not None
        guild._remove_thread(guild.get_thread(thread.id))  # type: ignore[arg-type]  # as an archived one isn't cached
        down = harness.discord.wire.fail(Fault(route=f"GET */channels/{thread.id}", status=500, times=None))
        await harness.alice.press(shown, "Keep")
        await harness.wait_for_message("Discord didn't tell me where this film is made.")
        assert len(harness.provider.charges) == 1
        down.times = 0
        await harness.alice.press(shown, "Keep")
        await question(harness, 2, "the last one")


async def test_a_film_ends_where_nobody_can_decide(tmp_path: Path) -> None:
    """Its thread is gone before the first shot is posted, so nothing more is asked or spent."""
    async with open_harness(tmp_path, render_s=1.0) as harness:
        await harness.alice.press(await plan(harness), "Start and run through")
        thread = await harness.wait_until(lambda: place_of(harness) if place_of(harness).is_thread else None)
        await harness.wait_until(lambda: harness.provider.charges or None)
        harness.discord.world.remove_channel(thread)

        async def gone() -> bool:
            return not await plans(harness)

        await eventually(harness, gone)
        assert len(harness.provider.charges) == 1


@pytest.mark.parametrize(
    ("shots", "options", "sentence"),
    [
        (SHOTS[:1], {}, "A film has 2 to 8 shots, one on each line; yours has 1."),
        (["a calm sea"] * 9, {}, "A film has 2 to 8 shots, one on each line; yours has 9."),
        (SHOTS, {"seconds": 7}, "Grok 3 supports 5 or 10 s, not 7 s."),
        (("a calm sea", "a storm --seed 4"), {}, "No model here has the option"),
        (("a calm sea", "x"), {}, "Prompts must be 3"),
        (SHOTS, {"model": "grok-video-1.5-preview", "seconds": 10}, "Grok 1.5 preview needs a picture"),
    ],
)
async def test_what_cannot_be_made_is_refused_before_anything_is_spent(
    tmp_path: Path, shots: Sequence[str], options: dict[str, object], sentence: str
) -> None:
    async with open_harness(tmp_path) as harness:
        refused = await plan(harness, shots, **options)
        assert sentence in refused.content
        assert labels(refused) == ["Edit"]
        opened = await harness.alice.press(refused, "Edit")
        await opened.answer()
        assert opened.modal is not None
        assert opened.modal.components[0]["component"]["value"] == "\n".join(shots)
        assert harness.provider.charges == []


async def test_a_model_without_a_first_frame_and_options_of_a_join_are_refused(tmp_path: Path) -> None:
    async with open_harness(tmp_path, remix_rungs=("native",)) as harness:
        refused = await plan(harness)
        assert "Grok 3 can't begin a shot with the last frame of another one." in refused.content
        sent = await harness.alice.slash(harness.channel, "film", video1="K7Q2", video2="J2M9", seconds=5)
        await answer_is(sent, "The options model, aspect and seconds are for new shots.")


async def test_numbers_and_blank_lines_are_left_out_of_the_shots() -> None:
    assert shots_in("1. one\n\n 2) two \n- three\n4 boats sail by") == ["one", "two", "three", "4 boats sail by"]
    with pytest.raises(FilmShots):
        shots_in("\n \n1. \n")


async def test_the_plan_is_deleted_with_its_members_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start")
        shown = await question(harness, 1, "is done")
        await harness.bot.services.repositories.retention.request_deletion(harness.alice.id, 1.0)
        assert await plans(harness) == 0
        await answer_is(await harness.alice.press(shown, "Keep"), "This film has moved on")
        assert len(harness.provider.charges) == 1


async def test_killed_again_and_again_a_film_is_charged_and_joined_once(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.3)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        opened = await alice.slash(channel, "film", title=TITLE, seconds=5)
        await opened.answer()
        asked = await (await alice.submit(opened.modal, prompt="\n".join(SHOTS))).answer(20)
        assert isinstance(asked, LocalMessage)
        await alice.press(asked, "Start and run through")

        def clips() -> list[LocalMessage]:
            return [message for message in world.discord.all_messages if message.attachments and message.is_bot]

        for shots in (1, 2, 3):
            await world.discord.wait_for(lambda: len(clips()) >= shots, 60)  # noqa: B023
            await world.bot.kill()
            await world.start_bot()
        await world.discord.wait_for(lambda: [m for m in clips() if TITLE in m.content], 60)
        await world.discord.wait_for(
            lambda: all(m.attachments or m.deleted or m.ephemeral_to for m in world.discord.all_messages), 30
        )
        assert len(clips()) == 4
        assert len(provider.charges) == 3
        assert seconds(clips()[3]) == pytest.approx(15.0, abs=0.8)
