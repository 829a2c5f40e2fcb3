"""Three gateways of one bot: each server is answered once, and a gateway that dies is followed by the next."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.discord import Interaction, LocalMessage
from tests.films.helpers import SHOTS, TITLE
from tests.gallery.helpers import STAR
from tests.shards.gateways import SHARDS, WAIT_S, Gateways, Place, gateways, held_by

AUTO = "auto/16/3"

pytestmark = pytest.mark.timeout(420)


async def order(place: Place, prompt: str) -> Interaction:
    return await place.alice.slash(place.channel, "generate", prompt=prompt)


def clips_of(found: Gateways, prompt: str) -> list[LocalMessage]:
    return [message for message in found.clips if prompt in message.content]


async def test_each_server_is_answered_once_also_after_a_gateway_was_killed(tmp_path: Path) -> None:
    async with gateways(tmp_path) as found:
        await found.start_all([AUTO] * 3)
        assert sorted(len(held_by(each)) for each in found.gateways) == [5, 5, 6]
        assert len(found.discord.wire.requests("GET */gateway/bot")) == 1
        orders = [await order(place, "a paper boat") for place in found.places]
        await found.eventually(lambda: len(clips_of(found, "a paper boat")) == SHARDS)
        assert {each.reached for each in orders} == {1}
        assert {clip.channel.id for clip in clips_of(found, "a paper boat")} == {p.channel.id for p in found.places}
        assert len(found.provider.charges) == SHARDS
        assert len(found.discord.wire.requests("PUT */commands")) == 1
        assert [row[0] for row in found.rows("SELECT shard FROM presence ORDER BY shard")] == list(range(SHARDS))
        # The worker has read the upload limits where the gateways wrote them.
        assert found.discord.wire.requests("GET */guilds/*[0-9]") == []

        standby = await found.start(AUTO)
        await found.eventually(lambda: "hold all 3 blocks" in standby.words())
        killed = found.holder(3)
        lost = held_by(killed)
        await killed.kill()
        others = [place for place in found.places if place.shard not in lost]
        during = [await order(place, "a second boat") for place in others]
        await found.eventually(lambda: found.connected() == list(range(SHARDS)))
        assert held_by(standby) == lost
        after = [await order(place, "a second boat") for place in found.places if place.shard in lost]
        await found.eventually(lambda: len(clips_of(found, "a second boat")) == SHARDS)
        assert {each.reached for each in during} == {1}
        answers = found.discord.wire.requests("POST */callback")
        assert (len(answers), {each.status for each in answers}) == (len([*orders, *during, *after]), {200})
        assert len(found.provider.charges) == 2 * SHARDS
        identifies = found.discord.gateway.identifies
        assert (identifies.too_soon, found.discord.gateway.identified) == (0, SHARDS + len(lost))
        assert identifies.smallest_gap_s >= identifies.spacing_s
        assert found.discord.limits.whole_bot_hits == 0


async def test_nothing_of_a_server_is_due_for_erasure_that_another_gateway_sees(tmp_path: Path) -> None:
    async with gateways(tmp_path) as found:
        await found.start_all([AUTO] * 3)
        for place in found.places:
            await order(place, "a paper boat")
        await found.eventually(lambda: len(found.clips) == SHARDS)
        await swept(found)
        assert found.rows("SELECT guild_id FROM gone") == []
        killed = found.holder(3)
        await killed.kill()
        left = next(place for place in found.places if place.shard == 3)
        left.guild.remove_bot()  # nobody hears of it
        await swept(found)
        assert found.rows("SELECT guild_id FROM gone") == []
        await found.start(AUTO)
        await found.eventually(lambda: found.connected() == list(range(SHARDS)))
        await found.eventually(lambda: len(found.rows("SELECT 1 FROM presence")) == SHARDS - 1)
        await swept(found)
        assert found.rows("SELECT guild_id FROM gone") == [(left.guild.id,)]


async def test_a_gateway_ends_with_a_sentence_when_discord_wants_more_shards(tmp_path: Path) -> None:
    async with gateways(tmp_path) as found:
        found.discord.refuse_identifies(4011, times=100)
        gateway = await found.start(AUTO)
        assert await asyncio.wait_for(gateway.exited(), WAIT_S) == 78
        assert "too many servers for RETAKE_SHARDS=0-4/16. Stop all gateways" in gateway.words()


async def swept(found: Gateways) -> None:
    """Make the retention sweep due, and wait until one of the gateways has done it."""
    await found.eventually(lambda: bool(found.rows("SELECT 1 FROM fact WHERE name = 'done:retention'")))
    await found.change("DELETE FROM fact WHERE name = 'done:retention'")
    await found.eventually(lambda: bool(found.rows("SELECT 1 FROM fact WHERE name = 'done:retention'")))


async def test_a_film_a_contest_and_a_star_go_on_with_the_next_gateway(tmp_path: Path) -> None:
    """On every shard a star and a contest, and on one shard of each gateway a film that runs through."""
    async with gateways(tmp_path) as found:
        await found.start_all([AUTO] * 3)
        films = [found.places[held_by(each)[0]] for each in found.gateways]
        for place in found.places:
            await start_contest(place)
            await order(place, "a paper boat")
        await found.eventually(lambda: len(clips_of(found, "a paper boat")) == SHARDS)
        await found.eventually(lambda: len(found.rows("SELECT 1 FROM job WHERE state = 'delivered'")) == SHARDS)
        for clip in clips_of(found, "a paper boat"):
            await clip_place(found, clip).alice.react(clip, STAR)  # her own star enters her video
            await clip_place(found, clip).guild.add_member("bob").react(clip, STAR)
        await found.eventually(lambda: len(found.rows("SELECT 1 FROM contest_entry")) == SHARDS)
        await found.eventually(lambda: len(found.rows("SELECT 1 FROM star")) == SHARDS)
        for place in films:
            await start_film(place)
        started = f"SELECT 1 FROM job WHERE prompt = '{SHOTS[0]}'"  # noqa: S608
        await found.eventually(lambda: len(found.rows(started)) == len(films))
        killed = found.holder(3)
        await killed.kill()
        for place in found.places:
            if place.shard not in held_by(killed):
                await end_contest(place)
        await found.start(AUTO)
        await found.eventually(lambda: found.connected() == list(range(SHARDS)))
        for place in found.places:
            if place.shard in held_by(killed):
                await end_contest(place)
        await found.eventually(lambda: len(results(found)) == SHARDS)
        await found.eventually(lambda: len(clips_of(found, TITLE)) == len(films))
        assert found.rows("SELECT id FROM film") == []
        assert len({message.channel.id for message in results(found)}) == SHARDS
        assert all("1 ⭐" in message.content or "⭐ 1" in message.content for message in results(found))
        assert len(found.provider.charges) == SHARDS + 2 * len(films)
        assert found.discord.gateway.identifies.too_soon == 0


def clip_place(found: Gateways, clip: LocalMessage) -> Place:
    return next(place for place in found.places if place.channel is clip.channel)


def results(found: Gateways) -> list[LocalMessage]:
    return [message for message in found.discord.all_messages if "The contest has ended" in message.content]


async def start_contest(place: Place) -> None:
    maud = place.guild.add_member("maud", manage=True)
    said = await maud.slash(place.channel, "contest start", theme="autumn", hours=24)
    assert await said.answer() is not None


async def end_contest(place: Place) -> None:
    maud = place.guild.add_member("mia", manage=True)
    assert await (await maud.slash(place.channel, "contest end")).answer() is not None


async def start_film(place: Place) -> None:
    opened = await place.alice.slash(place.channel, "film", title=TITLE, seconds=5)
    await opened.answer()
    sent = await place.alice.submit(opened.modal, prompt="\n".join(SHOTS[:2]))
    asked = await sent.answer()
    assert isinstance(asked, LocalMessage)
    await place.alice.press(asked, "Start and run through")
