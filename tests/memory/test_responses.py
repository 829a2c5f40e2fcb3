"""An encoded response costs bounded memory and doesn't stop the bot. A paid one is never requested again."""

import gzip
import json
import zlib
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from tests.memory.process_tree import MIB, peak_memory

LIMIT_BYTES = 32 * MIB
CREATE, STATUS = "POST /v1/videos/*", "GET /v1/videos/*"


def zeros(wbits: int, size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


BOMBS = {
    "gzip, gzip": gzip.compress(zeros(31, 1024 * MIB)),
    "gzip": zeros(31, 1024 * MIB),
    "deflate": zeros(15, 256 * MIB),
    "br": b"\x5b\xff\xff\x6f\x00",
    "objects": b"[" + b"{}," * 262_100 + b"{}]",
    "deep": b"[" * 1_000_000,
}


def fault(name: str, route: str, times: int | None = 1) -> Fault:
    headers = {"Content-Encoding": name} if name in ("gzip, gzip", "gzip", "deflate", "br") else {}
    return Fault(route=route, when="after", status=200, body=BOMBS[name], headers=headers, times=times)


def question(message: LocalMessage) -> bool:
    """Whether the requester is asked what to do about an unknown outcome."""
    return "Send again" in json.dumps(message.components, default=str)


def posted(message: LocalMessage) -> bool:
    return bool(message.attachments)


@pytest.mark.parametrize("route", [CREATE, STATUS], ids=["create", "poll"])
@pytest.mark.parametrize("name", BOMBS)
async def test_a_response_costs_at_most_32_mib_and_other_members_are_answered(
    name: str, route: str, tmp_path: Path
) -> None:
    provider = LocalToAPIs(render_s=0.5)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice, bob = guild.add_channel("videos"), guild.add_member("alice"), guild.add_member("bob")
        await world.start_bot()
        await bob.slash(channel, "help")
        bomb = provider.wire.fail(fault(name, route, times=1 if route == CREATE else 3))
        async with peak_memory(world.bot.pid) as peak:
            await alice.slash(channel, "generate", prompt="a boat at sea")
            await world.discord.wait_for(lambda: bomb.hits)
            answer = await bob.slash(channel, "help")
            ended = question if route == CREATE else posted
            await world.discord.wait_for(lambda: [m for m in world.discord.all_messages if ended(m)])
        assert answer is not None
        assert len(provider.charges) == 1
        assert len(provider.wire.requests(CREATE)) == 1
    assert peak.above_idle_bytes <= LIMIT_BYTES


async def test_every_request_asks_for_an_unencoded_response(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="a boat at sea")
        await world.discord.wait_for(lambda: [m for m in world.discord.all_messages if m.attachments])
        assert {each.headers.get("Accept-Encoding") for each in provider.wire.seen} == {"identity"}
