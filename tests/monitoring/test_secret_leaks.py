"""Canary secrets: the real process at DEBUG, under many kinds of failure, leaks none of them."""

import json
import shutil
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.discord import Channel, LocalMessage, Member, Upload
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.store import maintenance
from tests.monitoring import canary_secrets
from tests.monitoring.canary_secrets import CANARY, ECHOED_ERROR
from tests.monitoring.test_health import free_port

CREATE, STATUS, POST = "POST /v1/videos/generations", "GET /v1/videos/generations/*", "POST */channels/*/messages"

COLUMNS_WITH_PROMPT = (
    "draft.prompt",  # the words of a refused request, for a day
    "job.prompt",
    "job.facts",
)  # a provider's answer may quote the prompt; both are deleted with the job


async def wait_for_final_status(world: LocalEnvironment, jobs: int) -> None:
    """Wait until this many jobs have a final status: a clip, or a status message without Cancel."""

    def done(message: LocalMessage) -> bool:
        return bool(message.attachments) or message.deleted or "Cancel" not in json.dumps(message.components)

    messages = world.discord.all_messages
    await world.discord.wait_for(
        lambda: (
            sum(m.is_bot and m.ephemeral_to is None and done(m) for m in messages) >= jobs
            and all(done(m) for m in messages if m.is_bot and m.ephemeral_to is None)
        ),
        40,
    )


async def wait_for_fault(world: LocalEnvironment, fault: Fault) -> None:
    await world.discord.wait_for(lambda: fault.hits)


async def exercise_bot(
    world: LocalEnvironment, provider: LocalToAPIs, channel: Channel, alice: Member, picture: bytes
) -> None:
    """Request videos and a remix, and cause rejections and failures."""
    upload = Upload("boat.png", picture, "image/png")
    await alice.slash(channel, "generate", prompt=f"{CANARY} with a picture", image=upload)
    clip = await world.discord.wait_for(lambda: next((m for m in channel.messages if m.attachments and m.is_bot), None))
    await alice.reply(clip, f"make the {CANARY} fly at night")
    await alice.press(clip, "Details")
    for word in ("[refuse]", "[fail]", "[withhold]"):
        await alice.slash(channel, "generate", prompt=f"{CANARY} {word} please")
        await wait_for_final_status(world, 1)
    provider.wire.fail(Fault(route=STATUS, status=500, body=ECHOED_ERROR))
    provider.wire.fail(Fault(route=STATUS, status=200, body=ECHOED_ERROR, skip=1))
    provider.wire.fail(Fault(route="GET /cdn/*", status=403, body=ECHOED_ERROR))
    await alice.slash(channel, "generate", prompt=f"{CANARY} through bad weather")
    await wait_for_final_status(world, 1)
    for fault in (
        Fault(route=CREATE, status=401, body={"error": {"message": ECHOED_ERROR}}),
        Fault(route=CREATE, status=400, body={"error": {"message": ECHOED_ERROR, "code": ECHOED_ERROR}}),
        Fault(route=CREATE, status=502, body=ECHOED_ERROR),
        Fault(route=CREATE, when="after", drop=True),
    ):
        provider.wire.fail(fault)
        await alice.slash(channel, "generate", prompt=f"{CANARY} is sent in vain")
        await wait_for_fault(world, fault)
        await wait_for_final_status(world, 1)


async def press_details(world: LocalEnvironment, alice: Member, clip: LocalMessage, fault: Fault) -> Fault:
    world.discord.wire.fail(fault)
    await alice.press(clip, "Details")
    return fault


async def cause_unexpected_errors(world: LocalEnvironment, channel: Channel, alice: Member) -> None:
    """Cause unexpected errors with tracebacks: a missing folder and invalid responses from Discord."""
    clips = world.data / "clips"
    shutil.rmtree(clips)
    clips.write_text("not a folder")
    await alice.slash(channel, "generate", prompt=f"{CANARY} without a folder")
    await world.discord.wait_for(lambda: "step failed" in world.bot.words())
    clips.unlink()
    clips.mkdir()
    nonsense = {"message": f"bad {canary_secrets.TOKEN}", "code": 50035}
    callback = "POST */interactions/*/callback"
    clip = next(m for m in channel.messages if m.attachments and m.is_bot)
    await wait_for_fault(
        world, await press_details(world, alice, clip, Fault(route=callback, status=400, body=nonsense))
    )
    world.discord.wire.fail(Fault(route=callback, status=400, body=nonsense))
    await alice.slash(channel, "generate", prompt=f"{CANARY} is not taken by Discord")
    world.discord.wire.fail(Fault(route=POST, status=500, body={"message": f"{canary_secrets.TOKEN}"}))
    await alice.slash(channel, "generate", prompt=f"{CANARY} is posted at the second try")
    await wait_for_final_status(world, 1)


async def fetch_health_pages(port: int) -> str:
    async with aiohttp.ClientSession() as browser:
        found = [await (await browser.get(f"http://127.0.0.1:{port}/{path}")).text() for path in ("metrics", "readyz")]
    return "\n".join(found)


def find_leaks(world: LocalEnvironment, numbers: str) -> dict[str, list[str]]:
    """Return every place with a secret that must not be there."""
    links = canary_secrets.link_signatures(world) | canary_secrets.discord_link_signatures(world)
    keys, tokens = canary_secrets.api_keys(world), canary_secrets.interaction_tokens(world)
    copy = maintenance.back_up(world.data, world.data / "copy.sqlite3").path
    found = {
        "log": canary_secrets.find_secrets(keys | tokens | links | {CANARY}, world.bot.words()),
        "numbers": canary_secrets.find_secrets(keys | tokens | links | {CANARY}, numbers),
        "discord": canary_secrets.find_secrets(
            keys | canary_secrets.link_signatures(world), canary_secrets.bodies_sent_to_discord(world)
        ),
        "backup": canary_secrets.find_secrets(keys | tokens | canary_secrets.link_signatures(world), copy.read_bytes()),
        "columns": [
            place
            for place, text in canary_secrets.text_columns(copy)
            if CANARY in text and place not in COLUMNS_WITH_PROMPT
        ],
    }
    for name, content in canary_secrets.stored_files(world.data):
        found[name] = canary_secrets.find_secrets(keys | canary_secrets.link_signatures(world), content)
    return {place: words for place, words in found.items() if words}


@pytest.mark.timeout(180)
async def test_no_canary_secret_leaks(tmp_path: Path, png_bytes: bytes) -> None:
    port = free_port()
    world, provider = canary_secrets.make_world(tmp_path, port)
    async with world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await exercise_bot(world, provider, channel, alice, png_bytes)
        await cause_unexpected_errors(world, channel, alice)
        numbers = await fetch_health_pages(port)
        assert await world.bot.terminate() == 0
        words = world.bot.words()
        assert "Traceback" in words  # otherwise nothing was tested
        assert "[secret]" in words
        assert canary_secrets.link_signatures(world)
        assert canary_secrets.discord_link_signatures(world)
        assert canary_secrets.interaction_tokens(world)
        assert "retake_submits_total" in numbers
        assert any(CANARY in text for _, text in canary_secrets.text_columns(tmp_path / "retake.sqlite3"))
        assert find_leaks(world, numbers) == {}
