"""Two workers on one database: each may be killed, stand still or have a wrong clock, and nothing is paid twice."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.store.open import open_store
from bot.store.postgres_errors import WorkerRuns
from tests.cluster.dark_proxy import DarkProxy
from tests.cluster.processes import Cluster, Worker, cluster, socket_path, url_through
from tests.pictures.helpers import upload

CREATE, STATUS, CLIP = "POST /v1/videos/*", "GET /v1/videos/*", "GET /cdn/*"
UPLOAD, POST = "POST /v1/uploads/images", "POST */channels/*/messages"
HOLD_S = 300.0
UPLOAD_S = 4.0  # that the upload of a picture takes, while its worker stands still
SLOW = {"RETAKE_ACCOUNTS__TOAPIS__REQUESTS_PER_S": "0.15"}  # a second paid request waits 7 s for its turn

pytestmark = pytest.mark.timeout(300)


async def test_two_workers_share_the_videos_and_a_stop_hands_them_on(tmp_path: Path) -> None:
    async with cluster(tmp_path, render_s=1.0) as found:
        first, _ = await found.worker("a"), await found.worker("b")
        held = found.provider.wire.fail(Fault(route=STATUS, status=503, times=None))
        for number in range(2):
            await found.order(f"boat {number}")
        await found.eventually(lambda: held.hits and found.charges == 2)
        assert await first.terminate() == 0
        found.provider.wire.clear()
        await found.delivered(2)


@pytest.mark.parametrize(
    ("server", "route"), [("provider", STATUS), ("provider", CLIP), ("discord", POST)], ids=["polls", "loads", "posts"]
)
async def test_what_a_killed_worker_had_in_hand_goes_on_at_the_other(tmp_path: Path, server: str, route: str) -> None:
    async with cluster(tmp_path) as found:
        first = await found.worker("a")
        wire = found.provider.wire if server == "provider" else found.world.discord.wire
        held = wire.fail(Fault(route=route, when="after", delay_s=HOLD_S, times=None))
        await found.order()
        await found.eventually(lambda: held.hits)
        await found.worker("b")
        await first.kill()
        wire.clear()
        await found.delivered(1)


@pytest.mark.parametrize("wrong_s", [0.0, 600.0, -600.0])
async def test_a_worker_that_is_killed_while_it_pays_pays_no_second_time(tmp_path: Path, wrong_s: float) -> None:
    """Also if the clock of the one that takes the video over is set wrong."""
    clock = {"CLOCK_FILE": str(tmp_path / "wrong"), "CLOCK_S": str(wrong_s)}
    async with cluster(tmp_path) as found:
        first = await found.worker("a")
        held = found.provider.wire.fail(Fault(route=CREATE, when="after", delay_s=HOLD_S))
        await found.order()
        await found.eventually(lambda: held.hits and found.charges)
        await found.worker("b", **clock)
        (tmp_path / "wrong").touch()
        await first.kill()
        await found.eventually(lambda: found.states() == ["needs_person"])
        await found.order("another boat")
        await found.eventually(lambda: found.states().count("delivered") == 1)
        assert (found.charges, len(found.clips), found.wrong_money()) == (2, 1, [])


@pytest.mark.parametrize("without", ["", "stop", "stop,fence"])
async def test_a_worker_that_stood_still_before_it_paid_pays_nothing(tmp_path: Path, without: str) -> None:
    """It goes on where it stood. It may notice; if it doesn't, the row refuses its intent."""
    async with cluster(tmp_path) as found:
        first = await found.worker("a", ABLATE=without)
        held = found.provider.wire.fail(Fault(route=UPLOAD, delay_s=UPLOAD_S))
        await found.order(image=upload("blue"))
        await found.eventually(lambda: held.hits)
        first.stand_still()
        second = await found.worker("b")
        await found.delivered(1)
        first.go_on()
        await works_alone(found, second)
        assert found.charges == (3 if "fence" in without else 2)
        assert len(found.clips) == 2


@pytest.mark.parametrize("rule", ["", "stop"], ids=["with its check", "without"])
async def test_a_worker_that_stood_still_while_its_request_waited_sends_nothing(tmp_path: Path, rule: str) -> None:
    """The intent is committed, so that no row refuses it: it must notice without one."""
    async with cluster(tmp_path, env=SLOW) as found:
        first = await found.worker("a", ABLATE=rule)
        await found.order()
        await found.delivered(1)
        await found.order("another boat")
        await found.eventually(lambda: found.states() == ["delivered", "submitting"])
        first.stand_still()
        assert found.charges == 1
        second = await found.worker("b")
        await found.eventually(lambda: found.states() == ["delivered", "needs_person"])
        asked = await found.eventually(lambda: question(found))
        assert asked is not None
        await found.alice.press(asked, "Send again (may cost twice)")
        await found.delivered(2)
        first.go_on()
        await works_alone(found, second)
        assert found.charges == (3 if not rule else 4)


def question(found: Cluster) -> LocalMessage | None:
    messages = [message for message in found.channel.messages if message.is_bot and not message.deleted]
    return next((each for each in messages if "Send again" in str(each.components)), None)


async def works_alone(found: Cluster, other: Worker) -> None:
    """Wait until the worker that stood still makes a video, after the other one has ended."""
    clips = len(found.clips)
    await other.terminate()
    await found.order("a last boat")
    await found.eventually(lambda: found.states().count("delivered") == clips + 1 or len(found.clips) > clips + 1)


async def test_a_worker_alone_and_workers_that_share_exclude_each_other(tmp_path: Path) -> None:
    async with cluster(tmp_path) as found:
        await found.worker("a")
        for role in ("worker", "all"):
            with pytest.raises(WorkerRuns, match="RETAKE_WORKERS"):
                await open_store(found.location, role)
        shared = await open_store(found.location, "worker", shared=True)
        await shared.close()


async def test_a_worker_without_the_database_pays_and_posts_nothing_and_takes_up_again(tmp_path: Path) -> None:
    """Nothing that it sends arrives, and no connection ends: it must notice by the time."""
    async with cluster(tmp_path) as found, DarkProxy(socket_path()) as proxy:
        first = await found.worker("a", RETAKE_DATABASE_URL=url_through(found.location, proxy.port))
        held = found.provider.wire.fail(Fault(route=STATUS, status=503, times=None))
        await found.order()
        await found.eventually(lambda: held.hits)
        proxy.go_dark()
        second = await found.worker("b")
        await found.eventually(lambda: "nothing is paid or posted until" in first.words())
        found.provider.wire.clear()
        await found.delivered(1)
        proxy.go_light()
        await found.eventually(lambda: "the leases are renewed again" in first.words())
        await second.terminate()
        await found.order("another boat")
        await found.delivered(2)


async def test_a_worker_with_a_wrong_clock_is_refused_at_its_start(tmp_path: Path) -> None:
    async with cluster(tmp_path) as found:
        (tmp_path / "wrong").touch()
        late = Worker(found.world, "late", CLOCK_FILE=str(tmp_path / "wrong"), CLOCK_S="600")
        await late.start()
        assert await asyncio.wait_for(late.exited(), 60.0) == 78
        assert "clock and PostgreSQL's differ" in late.words()
