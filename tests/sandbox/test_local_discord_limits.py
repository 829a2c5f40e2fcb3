"""What the local Discord refuses, as the real one does: identifies, request rates, AutoMod, locked threads, sizes."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from bot.sandbox.discord import LocalDiscord, Refused, Rule
from bot.sandbox.discord.state.boosts import MIB
from tests.sandbox.studio import Bot, Studio, furnished, point_at, refused
from tests.sandbox.test_local_discord_gateway import greeted

INVALID_SESSION = 9


@contextlib.asynccontextmanager
async def limited(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    """A furnished local Discord with all its limits."""
    async with LocalDiscord() as local:
        point_at(local, monkeypatch)
        yield furnished(local)


def authorized(studio: Studio) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(headers={"Authorization": f"Bot {studio.discord.token}"})


async def test_identifying_twice_within_5_s_invalidates_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    async with limited(monkeypatch) as studio, aiohttp.ClientSession() as session:
        first = await greeted(session, studio.discord, shard=[0, 2])
        assert (await first.receive_json())["t"] == "READY"
        same_bucket = await greeted(session, studio.discord, shard=[1, 2])
        refusal = await same_bucket.receive_json()
        assert (refusal["op"], refusal["d"]) == (INVALID_SESSION, False)
        studio.discord.advance(5.1)
        later = await greeted(session, studio.discord, shard=[1, 2])
        assert (await later.receive_json())["t"] == "READY"
        studio.discord.advance(5.1)
        studio.discord.gateway.identifies.max_concurrency = 2
        for shard in (0, 1):
            own_bucket = await greeted(session, studio.discord, shard=[shard, 2])
            assert (await own_bucket.receive_json())["t"] == "READY"


async def test_discord_py_identifies_again_after_one_that_came_too_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    async with limited(monkeypatch) as studio:
        studio.discord.gateway.identifies.take(0)
        studio.discord.gateway.identifies.spacing_s = 0.3

        async def pausing(bot: Bot) -> None:
            async def pause(shard_id: int | None, *, initial: bool = False) -> None:
                await asyncio.sleep(0.0 if initial else 0.5)

            bot.before_identify_hook = pause  # type: ignore[method-assign]

        async with studio.bot(pausing) as bot:
            assert bot.is_ready()
        limit = studio.discord.gateway.identifies.session_start_limit()
        assert limit["remaining"] == limit["total"] - 3


async def test_the_daily_identifies_are_counted_and_the_last_one_costs_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with limited(monkeypatch) as studio, aiohttp.ClientSession() as session:
        gateway = studio.discord.gateway
        gateway.identifies.leave(1)
        open_socket = await greeted(session, studio.discord)
        await open_socket.receive_json()
        await open_socket.receive_json()
        async with authorized(studio) as api, api.get(f"{studio.discord.api_base}/gateway/bot") as answer:
            limit = (await answer.json())["session_start_limit"]
        assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (1000, 0, 1)
        assert 0 < limit["reset_after"] <= 86_400_000
        old_token = studio.discord.token
        one_too_many = await greeted(session, studio.discord)
        assert (await one_too_many.receive()).data == 4004
        assert (await open_socket.receive()).data == 4004
        assert studio.discord.token != old_token
        bot = Bot()
        with pytest.raises(discord.LoginFailure):
            await bot.login(old_token)
        await bot.close()
        studio.discord.advance(86_401)
        assert gateway.identifies.session_start_limit()["remaining"] == 1000


async def test_50_requests_a_second_are_the_limit_of_the_whole_bot(studio: Studio) -> None:
    url = f"{studio.discord.api_base}/users/@me"
    studio.discord.limits.whole_bot = Rule(50, 5.0)
    async with authorized(studio) as api:
        for _ in range(50):
            async with api.get(url) as answer:
                assert answer.status == 200
        async with api.get(url) as answer:
            body = await answer.json()
    assert (answer.status, answer.headers["X-RateLimit-Global"], body["global"]) == (429, "true", True)
    assert answer.headers["X-RateLimit-Scope"] == "global"
    assert 0 < body["retry_after"] <= 5
    studio.discord.limits.whole_bot = Rule(3, 0.3)
    studio.discord.advance(5)
    async with studio.bot() as bot:
        for number in range(8):
            await bot.text(studio.channel).send(str(number))
    assert [message.content for message in studio.channel.messages] == [str(number) for number in range(8)]
    assert studio.discord.limits.hits > 1


async def test_10_000_invalid_requests_are_answered_with_error_pages(studio: Studio) -> None:
    url = f"{studio.discord.api_base}/users/@me"
    invalid = studio.discord.invalid_requests
    assert invalid.limit == 10_000
    for _ in range(9_999):
        invalid.record(429, {})
        invalid.record(429, {"X-RateLimit-Scope": "shared"})
        invalid.record(404, {})
    async with authorized(studio) as api:
        async with api.get(url) as answer:
            assert answer.status == 200
        async with api.get(url, headers={"Authorization": "Bot wrong"}) as answer:
            assert answer.status == 401
        async with api.get(url) as answer:
            page = await answer.text()
    assert (answer.status, answer.content_type) == (429, "text/html")
    assert "Error 1015" in page
    assert "Via" not in answer.headers
    bot = Bot()
    with pytest.raises(discord.HTTPException) as error:
        await bot.login(studio.discord.token)
    await bot.close()
    assert (error.value.status, error.value.code) == (429, 0)
    studio.discord.advance(3601)
    async with studio.bot() as bot:
        assert bot.is_ready()


async def test_invalid_requests_are_forgotten_after_10_minutes(studio: Studio) -> None:
    invalid = studio.discord.invalid_requests
    for _ in range(9_999):
        invalid.record(403, {})
    studio.discord.advance(601)
    invalid.record(403, {})
    assert (invalid.count, invalid.page()) == (1, None)


async def test_automod_blocks_the_bots_own_messages_and_titles(studio: Studio) -> None:
    studio.guild.automod.words = {"clown"}
    async with studio.bot() as bot:
        channel = bot.text(studio.channel)
        assert await refused(channel.send("A CLOWN, juggling")) == 200000
        assert await refused(channel.send(embed=discord.Embed(title="clown"))) == 200000
        message = await channel.send("a juggler")
        assert await refused(message.edit(content="a clown")) == 200000
        public = discord.ChannelType.public_thread
        assert await refused(channel.create_thread(name="clowns", type=public)) == 200001
        studio.guild.bot_role.grant("manage_guild")
        await channel.send("the clown of a manager")
    with pytest.raises(Refused):
        await studio.alice.say(studio.channel, "a clown")
    assert [m.content for m in studio.channel.messages] == ["a juggler", "the clown of a manager"]
    assert studio.guild.automod.blocked == 5


async def test_a_locked_thread_takes_no_posts(studio: Studio) -> None:
    thread = studio.channel.add_thread("night shots")
    async with studio.bot() as bot:
        known = bot.get_channel(thread.id)
        assert isinstance(known, discord.Thread)
        thread.lock()
        with pytest.raises(discord.HTTPException) as error:
            await known.send("too late")
        assert (error.value.status, error.value.code, error.value.text) == (400, 160005, "Thread is locked")
        thread.unarchive()
        await known.send("open again")
    assert [message.content for message in thread.messages] == ["open again"]


@pytest.mark.parametrize(("tier", "limit"), [(0, 10 * MIB), (1, 10 * MIB), (2, 50 * MIB), (3, 100 * MIB)])
async def test_the_upload_limit_follows_the_boost_level(studio: Studio, tier: int, limit: int) -> None:
    def file(size: int) -> discord.File:
        return discord.File(io.BytesIO(bytes(size)), filename="video.mp4")

    async with studio.bot() as bot:
        studio.guild.boost(tier)
        guild = bot.get_guild(studio.guild.id)
        assert guild is not None
        await studio.discord.wait_for(lambda: guild.premium_tier == tier)
        assert guild.filesize_limit == limit
        await bot.text(studio.channel).send(file=file(limit))
        with pytest.raises(discord.HTTPException) as error:
            await bot.text(studio.channel).send(file=file(limit + 1))
    assert (error.value.status, error.value.code) == (413, 40005)
    assert error.value.text == "Request entity too large"
    assert len(studio.channel.messages) == 1
