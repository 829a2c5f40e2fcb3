"""Results don't wait behind edits of status messages where a process keeps to its share of Discord's requests."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from bot.chat.gateway.rest_client import RestClient
from bot.chat.gateway.rest_pace import paced
from bot.client import configure_endpoints
from bot.sandbox.discord import LocalDiscord

EDITS, PER_S = 120, 1.0
WITHIN_S = 60.0  # half of what all edits take
Edited = tuple[discord.PartialMessageable, list[asyncio.Task[discord.Message]]]


@pytest.fixture
async def edited() -> AsyncIterator[Edited]:
    """A channel, and edits of a message in it that all wait already."""
    async with LocalDiscord(rate_limits=False) as local:
        configure_endpoints(local.api_base, local.gateway_url, local.cdn_base)
        guild = local.add_guild("Studio")
        async with paced(RestClient(), PER_S) as client:
            await client.login(local.token)
            channel = client.get_partial_messageable(guild.add_channel("general").id, guild_id=guild.id)
            message = await channel.send("queued")
            edits = [asyncio.create_task(message.edit(content=f"{number} %")) for number in range(EDITS)]
            await asyncio.sleep(0)  # they begin
            yield channel, edits
            for edit in edits:
                edit.cancel()
            await asyncio.gather(*edits, return_exceptions=True)


async def test_a_post_goes_before_edits_that_wait(edited: Edited) -> None:
    channel, edits = edited
    async with asyncio.timeout(WITHIN_S):
        await channel.send("the result")
    assert not all(edit.done() for edit in edits)


async def test_edits_that_were_cancelled_take_no_time(edited: Edited) -> None:
    _, edits = edited
    for edit in edits[:-1]:
        edit.cancel()
    async with asyncio.timeout(WITHIN_S):
        assert (await edits[-1]).content == f"{EDITS - 1} %"
