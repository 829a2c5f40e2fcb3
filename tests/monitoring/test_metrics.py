"""Metrics: counters, gauges read from the database, and no personal data."""

import asyncio
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import prometheus_client
import pytest

from bot.jobs import provider_errors as errors
from bot.jobs.errors import RetakeError
from bot.jobs.job import State
from bot.metrics import Gateway, Metrics
from bot.ports.clock import SystemClock
from bot.ports.metrics import NullJobMetrics, outcome_of, timed
from bot.store.database import Database
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.readonly import TooSlow
from bot.store.stats import Stats, StatsReader
from tests.monitoring.factories import NOW, PATHS, create_database, insert_in_state
from tests.stores import location_in

LABELS = {"account", "model", "outcome", "error", "state", "pot", "version", "le"}


def make_metrics(data: Path, gateway: Gateway | None = None) -> Metrics:
    return Metrics(location_in(data), lambda: gateway or Gateway(), ["toapis"])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "accepted"),
        (errors.OutcomeUnknown(), "unknown"),
        (errors.NotSent(), "not_sent"),
        (errors.RateLimited(), "busy"),
        (errors.KeyRefused(), "account"),
        (errors.NoBalance(), "account"),
        (errors.PolicyRefused(), "refused"),
        (errors.Refused(), "refused"),
    ],
)
def test_a_paid_request_has_one_outcome(error: RetakeError | None, outcome: str) -> None:
    assert outcome_of(error) == outcome


async def test_the_workers_reports_are_counted(tmp_path: Path) -> None:
    await create_database(tmp_path)
    metrics = make_metrics(tmp_path)
    metrics.submitted("toapis", 0.3)
    metrics.submitted("toapis", 0.3, errors.PolicyRefused())
    metrics.polled("toapis", 0.2, errors.Unreachable())
    metrics.poll_started_late(-1.0)
    metrics.unknown_status("toapis")
    metrics.downloaded("toapis", 3.0)
    metrics.rendered("toapis", "grok-video-3", 61.0)
    metrics.delivered(4.0)
    page = (await metrics.text()).decode()
    assert 'retake_submits_total{account="toapis",outcome="accepted"} 1.0' in page
    assert 'retake_submits_total{account="toapis",outcome="unknown"} 0.0' in page  # exported before its first increase
    assert 'retake_provider_errors_total{account="toapis",error="PolicyRefused"} 1.0' in page
    assert 'retake_provider_errors_total{account="toapis",error="Unreachable"} 1.0' in page
    assert 'retake_unknown_status_total{account="toapis"} 1.0' in page
    assert 'retake_render_seconds_sum{account="toapis",model="grok-video-3"} 61.0' in page
    assert "retake_delivery_seconds_count 1.0" in page
    assert 'retake_poll_late_seconds_bucket{le="0.001"} 1.0' in page


async def test_nothing_is_registered_globally_and_labels_contain_no_personal_data(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    metrics = make_metrics(tmp_path)
    metrics.rendered("toapis", "grok-video-3", 61.0)
    page = (await metrics.text()).decode()
    assert "retake" not in prometheus_client.generate_latest(prometheus_client.REGISTRY).decode()
    own = "\n".join(line for line in page.splitlines() if line.startswith("retake_"))
    assert set(re.findall(r'(\w+)="', own)) <= LABELS
    assert "a paper boat" not in page


async def test_jobs_and_money_are_read_from_the_database(tmp_path: Path) -> None:
    states = (State.ACCEPTED, State.POLLING, State.POLLING, State.DOWNLOADING, State.REJECTED, State.NEEDS_PERSON)
    await create_database(tmp_path, *states)
    seen = StatsReader(location_in(tmp_path)).read(NOW + 90.0)
    assert {state: count for state, count in seen.jobs.items() if count} == {
        State.ACCEPTED: 1,
        State.POLLING: 2,
        State.DOWNLOADING: 1,
        State.REJECTED: 1,
        State.NEEDS_PERSON: 1,
    }
    assert (seen.reserved, seen.held, seen.spent, seen.released) == (300_000, 100_000, 100_000, 100_000)
    assert (seen.oldest_open_s, seen.late_s, seen.starts) == (90.0, 90.0, 1)


async def test_an_ended_job_is_not_an_open_job(tmp_path: Path) -> None:
    await create_database(tmp_path, State.REJECTED, State.NEEDS_PERSON)
    assert StatsReader(location_in(tmp_path)).read(NOW + 90.0).oldest_open_s == 0.0


async def test_a_slow_read_is_interrupted_and_caught_up_later(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    gauges = StatsReader(location_in(tmp_path))
    assert gauges.read(NOW).jobs[State.POLLING] == 1
    with sqlite3.connect(tmp_path / "retake.sqlite3") as filling:
        (job_id,) = filling.execute("SELECT id FROM job").fetchone()
        filling.executemany(
            "INSERT INTO event VALUES (?, ?, 0, 'polling', 'polling', '', 0)",
            ((job_id, 100 + n) for n in range(20_000)),
        )
    filling.close()
    with pytest.raises(TooSlow):
        gauges.read(NOW, max_s=0.0)
    assert gauges.read(NOW).jobs[State.POLLING] == 1


async def test_incremental_sums_equal_the_tables(tmp_path: Path) -> None:
    gauges = StatsReader(location_in(tmp_path))
    database = await Database.open(tmp_path / "retake.sqlite3")
    for state in (*PATHS, *PATHS):
        await insert_in_state(SqlJobStore(database), state)
        seen = gauges.read(NOW)
    rows = await database.run("SELECT state, count(*) FROM job GROUP BY state")
    assert {state: count for state, count in seen.jobs.items() if count} == {State(row[0]): row[1] for row in rows}
    assert seen == replace(StatsReader(location_in(tmp_path)).read(NOW), took_s=seen.took_s)
    await database.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list that grows with every read of the database."""
    seen: list[float] = []
    real = StatsReader.read

    def counted(gauges: StatsReader, now: float) -> Stats:
        seen.append(now)
        return real(gauges, now)

    monkeypatch.setattr(StatsReader, "read", counted)
    return seen


async def test_concurrent_scrapes_share_one_read_of_the_database(tmp_path: Path, reads: list[float]) -> None:
    await create_database(tmp_path, State.POLLING)
    metrics = make_metrics(tmp_path)
    pages = await asyncio.gather(*(metrics.text() for _ in range(20)))
    assert len(reads) == 1
    assert all(b'retake_jobs{state="polling"} 1.0' in page for page in pages)


async def test_an_unreadable_database_leaves_the_other_metrics(tmp_path: Path) -> None:
    (tmp_path / "retake.sqlite3").write_bytes(b"no database" * 1000)
    page = (await make_metrics(tmp_path, Gateway(shards=2, connected=1)).text()).decode()
    assert "retake_scrape_failures_total 1.0" in page
    assert "retake_jobs{" not in page
    assert "retake_gateway_up 0.0" in page
    assert "retake_disk_free_bytes" in page


async def test_a_read_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")

    def look(tx: Transaction) -> None:
        tx.run("INSERT INTO fact VALUES ('x', 'y', 0)")
        assert StatsReader(location_in(tmp_path)).read(NOW).jobs[State.POLLING] == 0

    await database.transaction(look)
    await insert_in_state(SqlJobStore(database), State.POLLING)
    assert StatsReader(location_in(tmp_path)).read(NOW).jobs[State.POLLING] == 1
    await database.close()


async def test_a_timed_call_reports_its_end_and_keeps_its_error() -> None:
    recorded: list[RetakeError | None] = []

    async def fails() -> None:
        raise errors.NotSent

    async def gives() -> int:
        return 4

    def tell(took_s: float, error: RetakeError | None) -> None:
        assert took_s >= 0.0
        recorded.append(error)

    assert await timed(gives(), SystemClock(), tell) == 4
    with pytest.raises(errors.NotSent):
        await timed(fails(), SystemClock(), tell)
    assert recorded[0] is None
    assert isinstance(recorded[1], errors.NotSent)


def test_both_metrics_implementations_have_the_same_methods(tmp_path: Path) -> None:
    names = {name for name in vars(NullJobMetrics) if not name.startswith("_")}
    assert names <= set(vars(Metrics))
