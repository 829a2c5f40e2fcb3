"""After a login that Discord didn't take, requests fail like those that Discord doesn't answer."""

import discord
import pytest
from discord.ext import commands

from bot.chat.delivery.attachment_links import refresh_link
from bot.chat.gateway.rest_client import RestClient
from bot.chat.gateway.sharded_bot import ShardedBot
from bot.jobs.provider_errors import Unreachable
from bot.ports.clock import SystemClock
from bot.sandbox.discord import LocalDiscord
from tests.outages.answers import ME, ban_page
from tests.sandbox.studio import point_at

ROLES = ("bot", "worker")


def client_of(role: str) -> ShardedBot | RestClient:
    if role == "worker":
        return RestClient()
    return ShardedBot(
        clock=SystemClock(), gateway=None, command_prefix=commands.when_mentioned, intents=discord.Intents.none()
    )


@pytest.mark.parametrize("role", ROLES)
async def test_a_request_after_a_refused_login_finds_discord_unreachable(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    async with LocalDiscord(rate_limits=False) as local:
        point_at(local, monkeypatch)
        refused = local.wire.fail(ban_page(ME))
        client = client_of(role)
        async with client:
            with pytest.raises(discord.HTTPException):
                await client.login(local.token)
            with pytest.raises(Unreachable):
                await refresh_link(client, "https://cdn.discordapp.com/attachments/1/2/boat.png")
            refused.times = 0
            await client.login(local.token)
            assert await refresh_link(client, "https://cdn.discordapp.com/attachments/1/2/boat.png") is None
