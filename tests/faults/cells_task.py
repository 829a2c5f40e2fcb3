"""Rows F (poll), G (download) and H (probe and fit) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.jobs.errors import RetakeError
from bot.jobs.job import State
from bot.jobs.provider_errors import (
    AddressBlocked,
    ClipUnusable,
    LinkDead,
    NoSpace,
    RateLimited,
    TaskMissing,
    Unreachable,
)
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, read_facts
from bot.media.transcode import CannotTranscode
from bot.net.ssrf_guard import AddressRefused, SsrfGuard
from bot.net.stream_to_file import write_stream
from bot.ports.provider import FetchLimits, Missing, Pending, Ready, Task, TaskState
from bot.worker import renditions
from tests.faults.cells_paid import FOUND
from tests.faults.lives import CLIP, quiet_folder
from tests.faults.scenes import DAY_S, Scene, play

Said = TaskState | RetakeError


def answering(scene: Scene, *said: Said, for_ever: bool = False) -> list[float]:
    """Let the provider say this to the next questions, then the truth; returns when it was asked."""
    provider, asked = scene.provider, []
    truth, left = provider.check, list(said)

    async def check(task: Task) -> TaskState:
        asked.append(asyncio.get_running_loop().time())
        answer = left[0] if for_ever else (left.pop(0) if left else None)
        if isinstance(answer, RetakeError):
            raise answer
        return await truth(task) if answer is None else answer

    provider.check = check  # type: ignore[method-assign]
    return asked


def fetching(scene: Scene, *errors: RetakeError | bytes, for_ever: bool = False) -> list[int]:
    """Let the next downloads fail, or bring these bytes; returns a list that grows with every try."""
    provider, tries = scene.provider, []
    truth, left = provider.fetch, list(errors)

    async def fetch(ready: Ready, into: Path, limits: FetchLimits) -> None:
        tries.append(1)
        answer = left[0] if for_ever else (left.pop(0) if left else None)
        if isinstance(answer, RetakeError):
            raise answer
        await truth(ready, into, limits)
        if answer is not None:
            into.write_bytes(answer)  # noqa: ASYNC240

    provider.fetch = fetch  # type: ignore[method-assign]
    return tries


def polled(*said: Said, gap_s: float = 0.0) -> Callable[[], None]:
    """These answers change nothing but when it is asked again."""

    def cell() -> None:
        async def act(scene: Scene) -> None:
            asked = answering(scene, *said)
            await FOUND(scene)
            assert len(asked) > len(said)
            assert all(later - sooner >= gap_s for sooner, later in itertools.pairwise(asked[: len(said) + 1]))
            assert "needs_person" not in await scene.states()

        play(act)

    return cell


def asked_again_after_a_kill(when: str) -> Callable[[], None]:
    return lambda: play(FOUND, "none", ("provider.check", when))


def a_refused_key_pauses_the_account_and_fails_no_job() -> None:
    async def act(scene: Scene) -> None:
        scene.provider.key_refused = True
        asked = answering(scene)
        await scene.order()
        await asyncio.sleep(600.0)
        assert (await scene.only()).state is State.POLLING
        assert len(asked) < 8
        scene.provider.key_refused = False
        await FOUND.look(scene)

    play(act)

    async def unknown(scene: Scene) -> None:
        answering(scene, Missing(), for_ever=True)
        await scene.order()
        job = await scene.until(State.NEEDS_PERSON)
        assert job.trouble == TaskMissing.__name__
        assert asyncio.get_running_loop().time() > 300.0
        assert await scene.kinds() == {"reserve", "hold"}

    play(unknown)


def asked_while_the_disk_is_full() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        await scene.until(State.POLLING)
        asked = answering(scene)
        scene.ground.full_until = asyncio.get_running_loop().time() + 400.0
        await asyncio.sleep(390.0)
        assert len(asked) > 5
        assert (await scene.only()).state is State.POLLING
        await FOUND.look(scene)

    play(act)


def asked_soon_after_the_clock_jumped() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def act(scene: Scene, jump_s: float = jump_s) -> None:
            await scene.order()
            await scene.until(State.POLLING)
            scene.ground.clock.error = jump_s
            await scene.until(State.DELIVERED, within_s=300.0)

        play(act)


def two_ask_and_one_wins() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        job = await scene.until(State.POLLING)
        stale = await scene.ground.store().take_over(job.id, (State.POLLING,), scene.life.clock.now(), 60.0)
        assert stale is not None
        await scene.ground.store().update(stale, lease_until=None, due_at=scene.life.clock.now())
        scene.life.engine.wake_up()
        await FOUND.look(scene)
        assert (await scene.states()).count("downloading") == 1

    play(act)


def an_unknown_word_is_still_running_and_a_closed_address_is_never_opened() -> None:
    polled(Pending(raw_status="percolating"), Pending(raw_status="§"))()

    async def act(scene: Scene) -> None:
        fetching(scene, AddressBlocked(), for_ever=True)
        await scene.order()
        job = await scene.until(State.NEEDS_PERSON)
        assert job.trouble == AddressBlocked.__name__

    play(act)


def redone(*errors: RetakeError | bytes) -> Callable[[], None]:
    def cell() -> None:
        async def act(scene: Scene) -> None:
            tries = fetching(scene, *errors)
            await FOUND(scene)
            assert len(tries) == len(errors) + 1
            assert not list(scene.ground.data.glob("clips/*.part"))

        play(act)

    return cell


def swept_and_redone() -> None:
    async def act(scene: Scene) -> None:
        (scene.ground.data / "clips" / "old.7.part").write_bytes(b"half")
        await FOUND(scene)
        assert not list(scene.ground.data.glob("clips/*.part"))

    play(act, "none", ("provider.fetch", "after"))


def a_dead_link_is_asked_for_anew_and_then_a_person() -> None:
    redone(LinkDead(), LinkDead())()

    async def act(scene: Scene) -> None:
        tries = fetching(scene, LinkDead(), for_ever=True)
        await scene.order()
        await scene.until(State.NEEDS_PERSON)
        assert len(tries) >= 5
        assert scene.charges == 1

    play(act)


def two_download_and_one_wins() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        job = await scene.until(State.DOWNLOADING)
        await scene.ground.store().take_over(job.id, (State.DOWNLOADING,), scene.life.clock.now() - 1e6, 0.0)
        await scene.ground.database.run("UPDATE job SET due_at = 0")
        scene.life.engine.wake_up()
        await FOUND.look(scene)

    play(act)


def what_is_no_clip_is_not_posted() -> None:
    for junk in (b"<html>", b"", CLIP[:100]):
        redone(junk)()
    with pytest.raises(AddressRefused):
        SsrfGuard().check_url("http://169.254.169.254/latest")

    async def flood() -> None:
        async def chunks() -> object:
            while True:
                yield bytes(1 << 16)

        with quiet_folder() as folder, pytest.raises(ClipUnusable):
            from bot.net.decoders import IdentityDecoder

            limits = FetchLimits(max_bytes=1 << 18, timeout_s=9.0, min_bytes_per_s=1)
            await write_stream(chunks(), Path(folder, "clip"), limits, IdentityDecoder())  # type: ignore[arg-type]

    asyncio.run(flood())


def fitted_again_after_a_kill(when: str) -> Callable[[], None]:
    return lambda: play(FOUND, "none", ("store.transition.delivering", when))


def no_copy_can_be_made(error: Exception) -> Callable[[], None]:
    """The original is posted where it may be, or kept; the job is never lost over it."""

    def cell() -> None:
        async def fail(*_: object, **__: object) -> int:
            raise error

        with (
            patch.object(renditions, "choose_treatment", lambda *_: "fit"),
            patch.object(renditions, "transcode", fail),
        ):
            play(FOUND)

    return cell


def no_crafted_file_breaks_the_reader() -> None:
    rng = random.Random(5)  # noqa: S311
    with quiet_folder() as folder:
        path = Path(folder, "x.mp4")
        for _ in range(400):
            crafted = bytearray(CLIP)
            for _ in range(rng.randint(1, 12)):
                crafted[rng.randrange(len(crafted))] = rng.choice((0, 255, rng.randrange(256)))
            path.write_bytes(crafted[: rng.randint(0, len(crafted))])
            try:
                read_facts(path)
            except NotAVideo:
                continue


def _h_errors() -> Sequence[Exception]:
    return CannotTranscode(), FfmpegFailed()


CELLS = {
    "F-K1": asked_again_after_a_kill("before"),
    "F-K2": asked_again_after_a_kill("after"),
    "F-TO": polled(Unreachable(), Unreachable(), gap_s=2.0),
    "F-5X": polled(Unreachable(status=503), gap_s=2.0),
    "F-RL": polled(RateLimited(retry_after_s=40.0), gap_s=40.0),
    "F-PX": a_refused_key_pauses_the_account_and_fails_no_job,
    "F-DK": asked_while_the_disk_is_full,
    "F-CK": asked_soon_after_the_clock_jumped,
    "F-ZO": two_ask_and_one_wins,
    "F-HX": an_unknown_word_is_still_running_and_a_closed_address_is_never_opened,
    "G-K1": lambda: play(FOUND, "none", ("provider.fetch", "before")),
    "G-K2": swept_and_redone,
    "G-TO": redone(Unreachable(), Unreachable()),
    "G-5X": redone(Unreachable(status=502)),
    "G-RL": redone(Unreachable(retry_after_s=30.0)),
    "G-PX": a_dead_link_is_asked_for_anew_and_then_a_person,
    "G-DK": redone(NoSpace(), NoSpace(), NoSpace()),
    "G-ZO": two_download_and_one_wins,
    "G-HX": what_is_no_clip_is_not_posted,
    "H-K1": fitted_again_after_a_kill("before"),
    "H-K2": fitted_again_after_a_kill("after"),
    "H-TO": no_copy_can_be_made(_h_errors()[1]),
    "H-DK": no_copy_can_be_made(_h_errors()[0]),
    "H-ZO": two_download_and_one_wins,
    "H-HX": no_crafted_file_breaks_the_reader,
}
