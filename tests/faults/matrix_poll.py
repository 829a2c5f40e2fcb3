"""Rows F (poll), G (download) and H (probe and fit) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.jobs.errors import (
    AddressBlocked,
    ClipUnusable,
    LinkDead,
    NoSpace,
    RateLimited,
    RetakeError,
    TaskMissing,
    Unreachable,
)
from bot.jobs.job import State
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, read_facts
from bot.media.transcode import CannotTranscode
from bot.net.decoders import write_stream
from bot.net.ssrf_guard import AddressRefused, SsrfGuard
from bot.ports.provider import FetchLimits, Missing, Pending, Ready, Task, TaskState
from bot.worker import renditions
from tests.faults.matrix_submit import DELIVERED
from tests.faults.process_runs import CLIP, memory_folder
from tests.faults.scenarios import DAY_S, Scenario, run_scenario

PollAnswer = TaskState | RetakeError


def script_polls(scenario: Scenario, *answers: PollAnswer, repeat: bool = False) -> list[float]:
    """Let the provider say this to the next questions, then the truth; returns when it was asked."""
    provider, poll_times = scenario.provider, []
    original, remaining = provider.check, list(answers)

    async def check(task: Task) -> TaskState:
        poll_times.append(asyncio.get_running_loop().time())
        answer = remaining[0] if repeat else (remaining.pop(0) if remaining else None)
        if isinstance(answer, RetakeError):
            raise answer
        return await original(task) if answer is None else answer

    provider.check = check  # type: ignore[method-assign]
    return poll_times


def script_downloads(scenario: Scenario, *errors: RetakeError | bytes, repeat: bool = False) -> list[int]:
    """Let the next downloads fail, or bring these bytes; returns a list that grows with every try."""
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


def polls_survive(*answers: PollAnswer, gap_s: float = 0.0) -> Callable[[], None]:
    """These answers change nothing but when it is asked again."""

    def cell() -> None:
        async def steps(scenario: Scenario) -> None:
            poll_times = script_polls(scenario, *answers)
            await DELIVERED(scenario)
            assert len(poll_times) > len(answers)
            assert all(later - sooner >= gap_s for sooner, later in itertools.pairwise(poll_times[: len(answers) + 1]))
            assert "needs_person" not in await scenario.state_history()

        run_scenario(steps)

    return cell


def poll_is_repeated_after_a_kill(when: str) -> Callable[[], None]:
    return lambda: run_scenario(DELIVERED, "none", ("provider.check", when))


def a_refused_key_pauses_the_account_and_fails_no_job() -> None:
    async def steps(scenario: Scenario) -> None:
        scenario.provider.key_refused = True
        poll_times = script_polls(scenario)
        await scenario.request_video()
        await asyncio.sleep(600.0)
        assert (await scenario.require_job()).state is State.POLLING
        assert len(poll_times) < 8
        scenario.provider.key_refused = False
        await DELIVERED.check(scenario)

    run_scenario(steps)

    async def unknown(scenario: Scenario) -> None:
        script_polls(scenario, Missing(), repeat=True)
        await scenario.request_video()
        job = await scenario.wait_for_state(State.NEEDS_PERSON)
        assert job.trouble == TaskMissing.__name__
        assert asyncio.get_running_loop().time() > 300.0
        assert await scenario.ledger_kinds() == {"reserve", "hold"}

    run_scenario(unknown)


def polls_while_the_disk_is_full() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.POLLING)
        poll_times = script_polls(scenario)
        scenario.environment.disk_full_until = asyncio.get_running_loop().time() + 400.0
        await asyncio.sleep(390.0)
        assert len(poll_times) > 5
        assert (await scenario.require_job()).state is State.POLLING
        await DELIVERED.check(scenario)

    run_scenario(steps)


def polls_soon_after_a_clock_jump() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def steps(scenario: Scenario, jump_s: float = jump_s) -> None:
            await scenario.request_video()
            await scenario.wait_for_state(State.POLLING)
            scenario.environment.clock.error_s = jump_s
            await scenario.wait_for_state(State.DELIVERED, within_s=300.0)

        run_scenario(steps)


def two_workers_poll_and_one_wins() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        job = await scenario.wait_for_state(State.POLLING)
        stale = await scenario.environment.store().take_over(
            job.id, (State.POLLING,), scenario.process.clock.now(), 60.0
        )
        assert stale is not None
        await scenario.environment.store().update(stale, lease_until=None, due_at=scenario.process.clock.now())
        scenario.process.worker.wake_up()
        await DELIVERED.check(scenario)
        assert (await scenario.state_history()).count("downloading") == 1

    run_scenario(steps)


def an_unknown_status_keeps_polling_and_a_private_address_is_never_opened() -> None:
    polls_survive(Pending(raw_status="percolating"), Pending(raw_status="§"))()

    async def steps(scenario: Scenario) -> None:
        script_downloads(scenario, AddressBlocked(), repeat=True)
        await scenario.request_video()
        job = await scenario.wait_for_state(State.NEEDS_PERSON)
        assert job.trouble == AddressBlocked.__name__

    run_scenario(steps)


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
        async def chunks() -> object:
            while True:
                yield bytes(1 << 16)

        with memory_folder() as folder, pytest.raises(ClipUnusable):
            from bot.net.decoders import Plain

            limits = FetchLimits(max_bytes=1 << 18, wall_s=9.0, min_bytes_per_s=1)
            await write_stream(chunks(), Path(folder, "clip"), limits, Plain())  # type: ignore[arg-type]

    asyncio.run(flood())


def transcoding_is_repeated_after_a_kill(when: str) -> Callable[[], None]:
    return lambda: run_scenario(DELIVERED, "none", ("store.transition.delivering", when))


def transcoding_fails(error: Exception) -> Callable[[], None]:
    """The original is posted where it may be, or kept; the job is never lost over it."""

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
    "F-K1": poll_is_repeated_after_a_kill("before"),
    "F-K2": poll_is_repeated_after_a_kill("after"),
    "F-TO": polls_survive(Unreachable(), Unreachable(), gap_s=2.0),
    "F-5X": polls_survive(Unreachable(status=503), gap_s=2.0),
    "F-RL": polls_survive(RateLimited(retry_after_s=40.0), gap_s=40.0),
    "F-PX": a_refused_key_pauses_the_account_and_fails_no_job,
    "F-DK": polls_while_the_disk_is_full,
    "F-CK": polls_soon_after_a_clock_jump,
    "F-ZO": two_workers_poll_and_one_wins,
    "F-HX": an_unknown_status_keeps_polling_and_a_private_address_is_never_opened,
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
