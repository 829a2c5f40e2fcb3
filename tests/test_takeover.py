"""A second account takes over a video that the first one surely never got, and never after an unknown outcome."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import JobMoney, JobTask, Kind, State
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.worker.takeover import surely_unsent
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of, repositories_of, set_server_settings
from tests.remix.helpers import code_of, labels
from tests.sample_job import JOB

BOAT = "a paper boat on a pond"
SENT = "POST */videos/generations"
MODEL = "grok-video-3@toapis"


class Backup(LocalToAPIs):
    """A second account at the same provider."""

    name = "toapis_backup"


@asynccontextmanager
async def two_accounts(folder: Path, **backup: object) -> AsyncIterator[tuple[BotHarness, Backup]]:
    second = Backup(render_s=0.1)
    overrides = {"toapis_backup": {"kind": "toapis", **backup}}
    async with open_harness(folder, other_providers=(second,), account_overrides=overrides) as harness:
        yield harness, second


async def order(harness: BotHarness, model: str = MODEL) -> None:
    await harness.alice.slash(harness.channel, "generate", prompt=BOAT, model=model, seconds=5)


async def ledger(harness: BotHarness) -> list[tuple[str, str, str, int]]:
    rows = await database_of(harness).run("SELECT kind, debit, credit, micros FROM ledger ORDER BY rowid")
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def sums_by_account(harness: BotHarness) -> list[tuple[str, int]]:
    rows = await repositories_of(harness).usage.by_day(harness.guild.id, 0.0)
    return [(row.account, row.videos) for row in rows]


async def test_an_empty_account_hands_over_and_the_result_says_so(tmp_path: Path) -> None:
    async with two_accounts(tmp_path) as (harness, second):
        harness.provider.no_balance = True
        await order(harness)
        clip = await harness.wait_for_clip(BOAT)
        assert "toapis couldn't take this video, so toapis_backup made it." in clip.content
        assert (len(harness.provider.charges), len(second.charges)) == (0, 1)
        booked = await ledger(harness)
        assert [(kind, debit, credit) for kind, debit, credit, _ in booked] == [
            ("reserve", "free", "reserved"), ("capture", "reserved", "spent"),
        ]  # fmt: skip
        assert len({micros for *_, micros in booked}) == 1
        assert await sums_by_account(harness) == [("toapis_backup", 1)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route=SENT, status=401, times=None),
        Fault(route=SENT, status=429, times=None),
        Fault(route=SENT, status=429, headers={"Retry-After": "900"}, times=None),
    ],
    ids=["key", "busy", "long"],
)
async def test_a_request_that_was_surely_refused_is_sent_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    if "Retry-After" not in fault.headers:
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
    async with two_accounts(tmp_path) as (harness, second):
        harness.provider.wire.fail(fault)
        await order(harness)
        await harness.wait_for_clip(BOAT)
        assert (len(harness.provider.charges), len(second.charges)) == (0, 1)


async def test_an_unknown_outcome_is_never_sent_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
    async with two_accounts(tmp_path) as (harness, second):
        harness.provider.wire.fail(Fault(route=SENT, when="after", drop=True))
        await order(harness)
        await harness.wait_until(lambda: len(harness.provider.charges) == 1 or None)
        harness.provider.no_balance = True
        await harness.wait_until(
            lambda: (
                next((m for m in harness.discord.all_messages if "lost contact" in m.content), None)
                or next(iter(harness.clips), None)
            )
        )
        assert second.charges == []
        assert second.tasks == {}


@pytest.mark.parametrize(
    ("unsent", "changes"),
    [
        (True, {"state": State.SUBMITTING, "task": JobTask(attempt=1)}),
        (True, {"state": State.ACCEPTED, "task": JobTask(attempt=0)}),
        (True, {"state": State.ACCEPTED, "kind": Kind.REMIX, "rung": "image"}),
        (False, {"state": State.SUBMITTING, "task": JobTask(attempt=1, ambiguous=True)}),
        (False, {"state": State.SUBMITTING, "task": JobTask(attempt=2)}),  # the first one was looked up and not found
        (False, {"state": State.ACCEPTED, "task": JobTask(attempt=1)}),
        (False, {"state": State.ACCEPTED, "money": JobMoney(price_micros=100_000, resent=1)}),
        (False, {"state": State.ACCEPTED, "kind": Kind.REMIX, "rung": "native"}),
        (False, {"state": State.ACCEPTED, "kind": Kind.EXTEND, "rung": "edit"}),
    ],
)
def test_only_a_new_video_without_an_earlier_request_moves(unsent: bool, changes: dict[str, Any]) -> None:
    assert surely_unsent(replace(JOB, **{"task": JobTask(), **changes})) is unsent


@pytest.mark.parametrize(
    "backup",
    [{"price": "0.001"}, {"price": "9"}],
    ids=["cheaper", "dearer"],
)
async def test_another_price_is_not_taken_without_asking(tmp_path: Path, backup: dict[str, object]) -> None:
    async with two_accounts(tmp_path, **backup) as (harness, second):
        harness.provider.no_balance = True
        await order(harness)
        line = await harness.wait_for_message("needs its host's attention")
        assert labels(line) == ["Other model"]
        assert second.tasks == {}
        assert [kind for kind, *_ in await ledger(harness)] == ["reserve", "release"]


async def test_a_model_that_the_server_disabled_does_not_take_over(tmp_path: Path) -> None:
    async with two_accounts(tmp_path) as (harness, second):
        await set_server_settings(harness, models_off=("grok-video-3@toapis_backup",))
        harness.provider.no_balance = True
        await order(harness)
        await harness.wait_for_message("needs its host's attention")
        assert second.tasks == {}


async def test_a_job_moves_once_and_its_end_is_said(tmp_path: Path) -> None:
    async with two_accounts(tmp_path) as (harness, second):
        harness.provider.no_balance = second.no_balance = True
        await order(harness)
        await harness.wait_for_message("needs its host's attention")
        assert (harness.provider.charges, second.charges) == ([], [])
        assert (len(harness.provider.wire.requests(SENT)), len(second.wire.requests(SENT))) == (1, 1)
        assert [kind for kind, *_ in await ledger(harness)] == ["reserve", "release"]


async def test_a_video_that_moved_survives_a_restart_and_is_paid_once(tmp_path: Path) -> None:
    async with two_accounts(tmp_path) as (harness, second):
        harness.provider.no_balance = True
        second.render_s = 1.0
        await order(harness)
        await harness.wait_until(lambda: len(second.charges) == 1 or None)
        await harness.restart()
        clip = await harness.wait_for_clip(BOAT)
        assert len(second.charges) == 1
        assert code_of(clip)
