"""Rows G (download) and H (probe and transcode) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.jobs.errors import RetakeError
from bot.jobs.job import State
from bot.jobs.provider_errors import ClipUnusable, LinkDead, NoSpace, Unreachable
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, read_facts
from bot.media.transcode import CannotTranscode
from bot.net.decoders import IdentityDecoder
from bot.net.ssrf_guard import AddressRefused, SsrfGuard
from bot.net.stream_to_file import write_stream
from bot.ports.provider import FetchLimits, Ready
from bot.worker import renditions
from tests.faults.clip import CLIP
from tests.faults.expected_outcome import DELIVERED
from tests.faults.process_runs import memory_folder
from tests.faults.scenarios import Scenario, run_scenario


def script_downloads(scenario: Scenario, *errors: RetakeError | bytes, repeat: bool = False) -> list[int]:
    """Make the next downloads fail or return the given bytes. Return a list that grows with every attempt."""
    provider, tries = scenario.provider, []
    original, remaining = provider.fetch, list(errors)

    async def fetch(ready: Ready, into: Path, limits: FetchLimits) -> None:
        tries.append(1)
        answer = remaining[0] if repeat else (remaining.pop(0) if remaining else None)
        if isinstance(answer, RetakeError):
            raise answer
        await original(ready, into, limits)
        if answer is not None:
            into.write_bytes(answer)  # noqa: ASYNC240

    provider.fetch = fetch  # type: ignore[method-assign]
    return tries


def download_is_retried(*errors: RetakeError | bytes) -> Callable[[], None]:
    def cell() -> None:
        async def steps(scenario: Scenario) -> None:
            tries = script_downloads(scenario, *errors)
            await DELIVERED(scenario)
            assert len(tries) == len(errors) + 1
            assert not list(scenario.environment.data.glob("clips/*.part"))

        run_scenario(steps)

    return cell


def a_partial_download_is_deleted_and_retried() -> None:
    async def steps(scenario: Scenario) -> None:
        (scenario.environment.data / "clips" / "old.7.part").write_bytes(b"half")
        await DELIVERED(scenario)
        assert not list(scenario.environment.data.glob("clips/*.part"))

    run_scenario(steps, "none", ("provider.fetch", "after"))


def a_dead_link_is_renewed_and_then_needs_a_person() -> None:
    download_is_retried(LinkDead(), LinkDead())()

    async def steps(scenario: Scenario) -> None:
        tries = script_downloads(scenario, LinkDead(), repeat=True)
        await scenario.request_video()
        await scenario.wait_for_state(State.NEEDS_PERSON)
        assert len(tries) >= 5
        assert scenario.charges == 1

    run_scenario(steps)


def two_workers_download_and_one_wins() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        job = await scenario.wait_for_state(State.DOWNLOADING)
        await scenario.environment.store().take_over(
            job.id, (State.DOWNLOADING,), scenario.process.clock.now() - 1e6, 0.0
        )
        await scenario.environment.database.run("UPDATE job SET due_at = 0")
        scenario.process.worker.wake_up()
        await DELIVERED.check(scenario)

    run_scenario(steps)


def a_file_that_is_not_a_clip_is_not_posted() -> None:
    for junk in (b"<html>", b"", CLIP[:100]):
        download_is_retried(junk)()
    with pytest.raises(AddressRefused):
        SsrfGuard().check_url("http://169.254.169.254/latest")

    async def flood() -> None:
        async def chunks() -> AsyncIterator[bytes]:
            while True:
                yield bytes(1 << 16)

        with memory_folder() as folder, pytest.raises(ClipUnusable):
            limits = FetchLimits(max_bytes=1 << 18, timeout_s=9.0, min_bytes_per_s=1)
            await write_stream(chunks(), Path(folder, "clip"), limits, IdentityDecoder())

    asyncio.run(flood())


def transcoding_is_repeated_after_a_kill(when: str) -> Callable[[], None]:
    return lambda: run_scenario(DELIVERED, "none", ("store.transition.delivering", when))


def transcoding_fails(error: Exception) -> Callable[[], None]:
    """The original is posted if it fits, or kept. The job is never lost."""

    def cell() -> None:
        async def fail(*_: object, **__: object) -> int:
            raise error

        with (
            patch.object(renditions, "choose_treatment", lambda *_: "fit"),
            patch.object(renditions, "transcode", fail),
        ):
            run_scenario(DELIVERED)

    return cell


def a_corrupt_file_does_not_break_the_parser() -> None:
    rng = random.Random(5)  # noqa: S311
    with memory_folder() as folder:
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
    "G-K1": lambda: run_scenario(DELIVERED, "none", ("provider.fetch", "before")),
    "G-K2": a_partial_download_is_deleted_and_retried,
    "G-TO": download_is_retried(Unreachable(), Unreachable()),
    "G-5X": download_is_retried(Unreachable(status=502)),
    "G-RL": download_is_retried(Unreachable(retry_after_s=30.0)),
    "G-PX": a_dead_link_is_renewed_and_then_needs_a_person,
    "G-DK": download_is_retried(NoSpace(), NoSpace(), NoSpace()),
    "G-ZO": two_workers_download_and_one_wins,
    "G-HX": a_file_that_is_not_a_clip_is_not_posted,
    "H-K1": transcoding_is_repeated_after_a_kill("before"),
    "H-K2": transcoding_is_repeated_after_a_kill("after"),
    "H-TO": transcoding_fails(_h_errors()[1]),
    "H-DK": transcoding_fails(_h_errors()[0]),
    "H-ZO": two_workers_download_and_one_wins,
    "H-HX": a_corrupt_file_does_not_break_the_parser,
}
