"""Log-in, sync, shards, resume and rate limits, against an unmodified discord.py."""

import asyncio
import time
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from bot.sandbox.discord import LocalDiscord, LocalMessage, Rule
from tests.sandbox.studio import Bot, Studio, furnished, point_at, quick_shards


async def test_a_bot_logs_in_syncs_and_finds_its_guild(studio: Studio) -> None:
    async def furnish(bot: Bot) -> None:
        @bot.tree.command(description="Help")
        async def help(interaction: discord.Interaction[Any]) -> None: ...

    async with studio.bot(furnish) as bot:
        await studio.discord.bot_ready()
        guild = bot.get_guild(studio.guild.id)
        assert guild is not None
        assert guild.name == "Studio"
        assert guild.me.guild_permissions.attach_files
        assert [channel.name for channel in guild.text_channels] == ["videos"]
        later = studio.guild.add_channel("later", nsfw=True)
        await studio.discord.wait_for(lambda: bot.get_channel(later.id))
        assert bot.text(later).is_nsfw()
        studio.guild.everyone.revoke("attach_files")
        studio.guild.bot_role.revoke("attach_files")
        await studio.discord.wait_for(lambda: not guild.me.guild_permissions.attach_files)
        other = studio.discord.add_guild("Other")
        await studio.discord.wait_for(lambda: bot.get_guild(other.id))
        other.remove_bot()
        await studio.discord.wait_for(lambda: bot.get_guild(other.id) is None)
    assert [command["name"] for command in studio.discord.commands] == ["help"]
    assert studio.discord.wire.requests("GET */gateway/bot")


async def test_a_wrong_token_is_refused(studio: Studio) -> None:
    bot = Bot()
    with pytest.raises(discord.LoginFailure):
        await bot.start("wrong")
    await bot.close()


def option(name: str = "x", **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "x", "type": 3, **more}


def choices(count: int, width: int = 1) -> list[dict[str, str]]:
    return [{"name": f"{n:0{width}}", "value": f"{n:0{width}}"} for n in range(count)]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ([option("Upper")], "name"),
        ([option(description="x" * 101)], "description"),
        ([option(f"o{n}") for n in range(26)], "options"),
        ([option(), option()], "NAME_DUPLICATED"),
        ([option(choices=choices(26))], "choices"),
        ([option(), option("y", required=True)], "REQUIRED"),
        ([option(f"o{n}", choices=choices(25, 90)) for n in range(2)], "8000"),
    ],
)
async def test_a_bad_command_is_refused_at_sync(studio: Studio, options: list[dict[str, Any]], path: str) -> None:
    command = {"name": "generate", "description": "x", "type": 1, "options": options}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {studio.discord.token}"}) as session:
        url = f"{studio.discord.api_base}/applications/{studio.discord.application_id}/commands"
        async with session.put(url, json=[command]) as answer:
            body = await answer.json()
    assert (answer.status, body["code"]) == (400, 50035)
    assert path in str(body["errors"])
    assert studio.discord.commands == []


async def test_discord_py_reports_a_refused_sync(studio: Studio) -> None:
    async def furnish(bot: Bot) -> None:
        for n in range(6):

            @bot.tree.command(name=f"many{n}", description="x")
            @app_commands.choices(one=[app_commands.Choice(name="n" * 100 + str(n), value="1") for n in range(2)])
            async def command(interaction: discord.Interaction[Any], one: str) -> None: ...

    with pytest.raises(app_commands.CommandSyncFailure):
        async with studio.bot(furnish):
            pass


async def answering(bot: Bot) -> None:
    @bot.tree.command(description="Ping")
    async def ping(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("pong")


async def test_a_dropped_socket_is_resumed_and_misses_nothing(studio: Studio) -> None:
    async with studio.bot(answering) as bot:
        studio.discord.drop_gateway()
        await studio.discord.wait_for(lambda: not studio.discord.gateway.connected)
        mention = studio.discord.bot_user.mention
        for n in range(5):
            await studio.alice.say(studio.channel, f"{mention} {n}")
        interaction = await studio.alice.slash(studio.channel, "ping")
        message = await interaction.answer()
        assert isinstance(message, LocalMessage)
        assert [m.content for m in bot.received] == [f"{mention} {n}" for n in range(5)]
    assert studio.discord.gateway.resumed == 1
    assert studio.discord.gateway.identified == 1


async def test_discord_asks_for_a_reconnect(studio: Studio) -> None:
    async with studio.bot(answering) as bot:
        studio.discord.ask_reconnect()
        await studio.discord.wait_for(lambda: bot.resumes)
        await (await studio.alice.slash(studio.channel, "ping")).answer()
    assert studio.discord.gateway.identified == 1


async def test_events_reach_their_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalDiscord(rate_limits=False, shards=2) as discord_:
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "_initial_identify", True, raising=False)
        point_at(discord_, monkeypatch)
        studio = furnished(discord_)
        second = discord_.add_guild("Second")
        channel = second.add_channel("videos")
        alice = second.add_member(user=studio.alice.user)
        async with studio.bot(quick_shards) as bot:
            assert len(bot.shards) == 2
            for member, where in ((studio.alice, studio.channel), (alice, channel)):
                await member.say(where, discord_.bot_user.mention)
            await discord_.wait_for(lambda: len(bot.received) == 2)
            guilds = [message.guild for message in bot.received]
            assert {guild.shard_id for guild in guilds if guild} == {0, 1}


async def test_messages_are_limited_by_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalDiscord() as local:
        point_at(local, monkeypatch)
        local.limits.rules["message_create"] = Rule(2, 0.3)
        studio = furnished(local)
        async with studio.bot() as bot:
            began = time.monotonic()
            await asyncio.gather(*(bot.text(studio.channel).send(str(n)) for n in range(5)))
            took = time.monotonic() - began
            assert local.limits.hits == 0
            await raw_posts(studio, 3)
    assert took > 0.5
    assert local.limits.hits == 1
    assert len(studio.channel.messages) == 7


async def raw_posts(studio: Studio, count: int) -> None:
    """More posts than allowed, by a client that ignores the headers."""
    await asyncio.sleep(0.3)
    url = f"{studio.discord.api_base}/channels/{studio.channel.id}/messages"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {studio.discord.token}"}) as session:
        for n in range(count):
            async with session.post(url, json={"content": str(n)}) as answer:
                body = await answer.json()
        assert answer.status == 429
        assert answer.headers["Via"]
        assert 0 < body["retry_after"] <= 0.3


async def test_old_messages_are_edited_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalDiscord() as local:
        point_at(local, monkeypatch)
        local.limits.old_edits = Rule(1, 60)
        studio = furnished(local)
        async with studio.bot() as bot:
            message = await bot.text(studio.channel).send("status")
            local.advance(3601)
            await message.edit(content="once")
            bot.http.max_ratelimit_timeout = 1
            with pytest.raises(discord.RateLimited):
                await message.edit(content="twice")
    assert studio.channel.messages[0].content == "once"


async def greeted(session: aiohttp.ClientSession, local: LocalDiscord, **identify: Any) -> Any:
    """A socket that has sent IDENTIFY."""
    socket = await session.ws_connect(local.gateway_url)
    assert (await socket.receive_json())["op"] == 10
    await socket.send_json({"op": 2, "d": {"token": local.token, "intents": 513, **identify}})
    return socket


async def test_bad_identifies_are_closed_with_their_code(studio: Studio) -> None:
    bad: list[tuple[dict[str, Any], int]] = [
        ({"token": "x"}, 4004),
        ({"intents": 1 << 15}, 4014),
        ({"shard": [2, 2]}, 4010),
    ]
    async with aiohttp.ClientSession() as session:
        for identify, code in bad:
            socket = await greeted(session, studio.discord, **identify)
            assert (await socket.receive()).data == code


async def test_a_scripted_gateway_fails_its_handshake_and_forgets_a_session(studio: Studio) -> None:
    studio.discord.refuse_handshakes(1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(studio.discord.gateway_url)
        socket = await greeted(session, studio.discord)
        ready = await socket.receive_json()
        created = await socket.receive_json()
        assert (ready["t"], created["t"]) == ("READY", "GUILD_CREATE")
        studio.discord.invalidate_session()
        assert await socket.receive_json() == {"op": 9, "d": False}
        await socket.close()
        back = await session.ws_connect(studio.discord.gateway_url)
        await back.receive_json()
        resume = {"token": studio.discord.token, "session_id": ready["d"]["session_id"], "seq": 2}
        await back.send_json({"op": 6, "d": resume})
        assert (await back.receive_json())["op"] == 9


async def test_a_killed_process_can_be_followed_by_its_resume(studio: Studio) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await greeted(session, studio.discord)
        ready = await socket.receive_json()
        await socket.receive_json()
        socket._response.connection.transport.abort()
        await studio.discord.wait_for(lambda: not studio.discord.gateway.connected)
        await studio.alice.say(studio.channel, "while you were away")
        back = await session.ws_connect(studio.discord.gateway_url)
        await back.receive_json()
        resume = {"token": studio.discord.token, "session_id": ready["d"]["session_id"], "seq": 2}
        await back.send_json({"op": 6, "d": resume})
        missed, resumed = await back.receive_json(), await back.receive_json()
        await back.close()
    assert (missed["t"], missed["s"], missed["d"]["content"]) == ("MESSAGE_CREATE", 3, "")
    assert (resumed["t"], resumed["d"]) == ("RESUMED", {})
