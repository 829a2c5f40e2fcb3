"""A gateway answers people, a worker carries the jobs; each may die at any time, and every video is paid once."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.shared_folder import DIFFERS
from bot.store.open import open_store
from bot.store.postgres_errors import GatewayRuns, WorkerRuns
from tests.outages.answers import ME
from tests.roles.processes import PROMPT, WAIT_S, Roles, eventually, process, roles

CREATE, STATUS, POST = "POST /v1/videos/*", "GET /v1/videos/*", "POST */channels/*/messages"
HOLD_S = 120.0

pytestmark = pytest.mark.timeout(240)


async def test_an_order_is_paid_and_posted_once_and_only_the_gateway_is_connected(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        await found.order()
        await found.posted_once()
        assert len(found.world.discord.gateway.connected) == 1
        assert "order" in found.gateway.words()
        assert "submitted" in found.worker.words()
        assert "submitted" not in found.gateway.words()
        await eventually(lambda: health(tmp_path) == "", found)
        assert (await found.worker.terminate(), await found.gateway.terminate()) == (0, 0)


@pytest.mark.parametrize(
    ("server", "route"), [("provider", STATUS), ("discord", POST)], ids=["while it polls", "while it posts"]
)
async def test_a_worker_that_is_killed_is_followed_by_the_next(tmp_path: Path, server: str, route: str) -> None:
    async with roles(tmp_path) as found:
        wire = found.provider.wire if server == "provider" else found.world.discord.wire
        held = wire.fail(Fault(route=route, when="after", delay_s=HOLD_S, times=None))
        await found.order()
        await eventually(lambda: held.hits, found)
        await found.worker.kill()
        wire.clear()
        await found.worker.start()
        await found.posted_once()


async def test_a_worker_that_is_killed_while_it_pays_pays_no_second_time(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        held = found.provider.wire.fail(Fault(route=CREATE, when="after", delay_s=HOLD_S))
        await found.order()
        await eventually(lambda: held.hits and found.provider.charges, found)
        await found.worker.kill()
        found.provider.wire.clear()
        await found.worker.start()
        await eventually(lambda: found.state() in ("submit_unknown", "needs_person", "polling", "delivered"), found)
        await eventually(lambda: found.worker.words().count("logged in") == 2, found)
        assert len(found.provider.charges) == 1
        assert "release" not in found.ledger()


async def test_the_gateway_may_die_and_the_video_is_posted(tmp_path: Path) -> None:
    async with roles(tmp_path, render_s=1.0) as found:
        await found.order()
        await eventually(lambda: found.provider.charges, found)
        await found.gateway.kill()
        await found.posted_once()
        assert found.world.discord.gateway.connected == []
        await found.world.start_bot()
        await found.order("a second boat")
        await eventually(lambda: len(found.clips) == 2, found)


async def test_a_video_ordered_while_no_worker_runs_is_made_when_one_starts(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        await found.worker.kill()
        await found.order()
        await eventually(lambda: found.state() == "accepted", found)
        assert found.provider.charges == []
        await found.worker.start()
        await found.posted_once()


async def test_a_worker_that_stood_still_goes_on_and_pays_no_second_time(tmp_path: Path) -> None:
    """It keeps its lock meanwhile, so that nothing else could have paid for it."""
    async with roles(tmp_path) as found:
        held = found.provider.wire.fail(Fault(route=STATUS, status=503, times=None))
        await found.order()
        await eventually(lambda: held.hits, found)
        os.kill(found.worker.pid, signal.SIGSTOP)
        with pytest.raises(WorkerRuns):
            await open_store(found.location, "worker")
        found.provider.wire.clear()
        os.kill(found.worker.pid, signal.SIGCONT)
        await found.posted_once()


async def test_a_second_gateway_or_worker_is_refused_with_its_sentence(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        for role, kind in (("worker", WorkerRuns), ("gateway", GatewayRuns), ("all", WorkerRuns)):
            with pytest.raises(kind, match="one database has one"):
                await open_store(found.location, role)  # type: ignore[arg-type]


async def test_a_worker_waits_for_a_discord_that_is_down_and_ends_if_its_token_is_refused(tmp_path: Path) -> None:
    async with roles(tmp_path, start=False) as found:
        down = found.world.discord.wire.fail(Fault(route=ME, status=503, times=None))
        await found.worker.start()
        await eventually(lambda: down.hits and "Discord hasn't taken the login" in health(tmp_path), found)
        found.world.discord.wire.clear()
        await eventually(lambda: "logged in" in found.worker.words(), found)
        await eventually(lambda: health(tmp_path) == "", found)
        await found.worker.terminate()
        wrong = process(found.world, "worker", RETAKE_DISCORD_TOKEN=found.world.discord.token[:-1] + "A")
        await wrong.start()
        assert await asyncio.wait_for(wrong.exited(), WAIT_S) == 78
        assert "token" in wrong.words().splitlines()[-1]


def health(data: Path) -> str:
    """Return what the worker says isn't ready."""
    file = data / "alive-worker"
    return file.read_text() if file.exists() else "not started"


async def test_a_gateway_with_another_data_folder_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with roles(tmp_path) as found:
        await eventually(lambda: (tmp_path / "folder-id").exists(), found)
        await found.gateway.terminate()
        other = process(found.world, "gateway", RETAKE_DATA=str(tmp_path / "other"))
        await other.start()
        assert await asyncio.wait_for(other.exited(), WAIT_S) == 78
        assert DIFFERS in other.words()


async def test_a_remix_of_an_age_restricted_video_waits_if_its_channel_no_longer_is(tmp_path: Path) -> None:
    async with roles(tmp_path) as found:
        den, other = (found.guild.add_channel(name, nsfw=True) for name in ("den", "other"))
        await found.alice.slash(den, "generate", prompt=PROMPT)
        await eventually(lambda: found.state() == "delivered", found)
        (clip,) = found.clips
        code = clip.content.splitlines()[1].split(" · ")[-1]
        held = found.provider.wire.fail(Fault(route=STATUS, status=503, times=None))
        await found.alice.slash(other, "remix", prompt="make it snow, softly", video=code)
        await eventually(lambda: held.hits, found)
        other.set_nsfw(False)
        found.provider.wire.clear()
        await eventually(lambda: any("age-restricted" in each.content for each in bots(found)), found)
        assert len(found.clips) == 1
        other.set_nsfw(True)
        await eventually(lambda: len(found.clips) == 2, found)


def bots(found: Roles) -> list[LocalMessage]:
    return [message for message in found.world.discord.all_messages if message.is_bot]
