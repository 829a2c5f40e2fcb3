"""*Back* leads to an earlier shot: another take of it leaves the later ones as they are, until they're asked about."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from tests.films.helpers import SHOTS, TITLE, place_of, plan, question, questions, seconds
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import code_of, labels

STALE = "It continues an earlier take of shot"


async def last_question(harness: BotHarness) -> LocalMessage:
    """Start a film of three shots and keep two of them."""
    await harness.alice.press(await plan(harness), "Start")
    for place in (1, 2):
        await harness.alice.press(await question(harness, place, "is done"), "Keep")
    return await question(harness, 3, "the last one")


async def press(harness: BotHarness, shown: LocalMessage, button: str, place: int, said: str) -> LocalMessage:
    """Press a button and return the question that follows."""
    await harness.alice.press(shown, button)

    def following() -> LocalMessage | None:
        others = [m for m in questions(harness.discord) if m is not shown and f"**Shot {place} of" in m.content]
        return next((m for m in others if said in m.content), None)

    return await harness.wait_until(following)


def codes(harness: BotHarness) -> list[str]:
    """Return the codes of the shots in the thread, in the order in which they were posted."""
    return [code_of(clip) for clip in harness.clips if clip.channel is place_of(harness)]


async def test_another_take_of_the_second_shot_leaves_the_third_until_it_is_made_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        third = await last_question(harness)
        assert labels(third) == ["Keep", "Again", "Edit", "Back", "Stop here"]
        second = await press(harness, third, "Back", 2, "which is made already?")
        assert "earlier take" not in second.content
        assert len(harness.provider.charges) == 3
        second = await press(harness, second, "Again", 2, "which is made already?")
        assert "Shot 3 continues an earlier take. It's made again only if you say so." in second.content
        third = await press(harness, second, "Keep", 3, "the last one")
        assert f"{STALE} 2." in third.content
        assert len(harness.provider.charges) == 4
        third = await press(harness, third, "Again", 3, "the last one")
        assert STALE not in third.content
        await harness.alice.press(third, "Keep")
        film = await harness.wait_for_clip(TITLE)
        first, _, _, new_second, new_third = codes(harness)
        assert f"joined: {first}, {new_second}, {new_third}" in film.content
        assert len(harness.provider.charges) == 5


async def test_a_shot_of_an_earlier_take_can_be_kept_and_costs_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        second = await press(harness, await last_question(harness), "Back", 2, "which is made already?")
        first = await press(harness, second, "Back", 1, "which is made already?")
        assert "Back" not in labels(first)
        first = await press(harness, first, "Again", 1, "which is made already?")
        assert "Shots 2, 3 continue an earlier take. They're made again only if you say so." in first.content
        second = await press(harness, first, "Keep", 2, "which is made already?")
        assert f"{STALE} 1." in second.content
        third = await press(harness, second, "Keep", 3, "the last one")
        assert STALE not in third.content
        await harness.alice.press(third, "Keep")
        film = await harness.wait_for_clip(TITLE)
        _, old_second, old_third, new_first = codes(harness)
        assert f"joined: {new_first}, {old_second}, {old_third}" in film.content
        assert len(harness.provider.charges) == 4


async def test_stop_at_an_earlier_shot_joins_none_after_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        second = await press(harness, await last_question(harness), "Back", 2, "which is made already?")
        await harness.alice.press(second, "Stop here")
        film = await harness.wait_for_clip(TITLE)
        assert f"joined: {', '.join(codes(harness)[:2])}\n" in f"{film.content}\n"
        assert seconds(film) == pytest.approx(10.0, abs=0.6)


async def test_killed_on_the_way_back_a_film_asks_about_the_earlier_shot(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()

        def asked_about(place: int, said: str, *old: LocalMessage) -> LocalMessage | None:
            shown = [m for m in questions(world.discord) if f"**Shot {place} of" in m.content and said in m.content]
            return next((m for m in shown if m not in old), None)

        opened = await alice.slash(channel, "film", title=TITLE, seconds=5)
        await opened.answer()
        planned = await (await alice.submit(opened.modal, prompt="\n".join(SHOTS[:2]))).answer(20)
        assert isinstance(planned, LocalMessage)
        await alice.press(planned, "Start")
        await alice.press(await world.discord.wait_for(lambda: asked_about(1, "is done"), 60), "Keep")
        second = await world.discord.wait_for(lambda: asked_about(2, "the last one"), 60)
        route = f"POST */channels/{second.channel.id}/messages"
        held = world.discord.wire.fail(Fault(route=route, delay_s=3600.0, times=None))
        await alice.press(second, "Back")
        await world.discord.wait_for(lambda: held.hits, 60)
        await world.bot.kill()
        world.discord.wire.clear()
        await world.start_bot()
        first = await world.discord.wait_for(lambda: asked_about(1, "which is made already?", second), 60)
        await alice.press(first, "Again")
        first = await world.discord.wait_for(lambda: asked_about(1, "Shot 2 continues an earlier take", first), 60)
        assert len(provider.charges) == 3
        await alice.press(first, "Keep")
        await world.discord.wait_for(lambda: asked_about(2, STALE, second), 60)
        assert len(provider.charges) == 3
