"""An account's deadline: after it, a job that still renders is held for a person to decide."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.errors import TooSlow
from bot.jobs.job import State
from bot.ports.provider import Pending
from bot.settings import load
from bot.store.database import Database
from tests.faults.expected_outcome import DELIVERED
from tests.faults.matrix_poll import script_polls
from tests.faults.scenarios import Scenario, run_scenario

HOUR_S = 3600.0
STILL_RENDERING = Pending(raw_status="in_progress", progress=None)


def test_a_job_is_held_after_the_deadline_of_its_account() -> None:
    async def act(scenario: Scenario) -> None:
        scenario.process.context.deadlines_s = {"none": 2 * HOUR_S}
        script_polls(scenario, STILL_RENDERING, repeat=True)
        await scenario.request_video()
        await asyncio.sleep(1.9 * HOUR_S)
        assert (await scenario.require_job()).state is State.POLLING
        job = await scenario.wait_for_state(State.NEEDS_PERSON, within_s=0.2 * HOUR_S)
        assert job.trouble == TooSlow.__name__
        assert json.loads(job.facts)["hours"] == 2
        assert await scenario.ledger_kinds() == {"reserve", "hold"}

    run_scenario(act)


def test_the_deadline_of_another_account_changes_nothing() -> None:
    async def act(scenario: Scenario) -> None:
        scenario.process.context.deadlines_s = {"list": 2 * HOUR_S}
        true_status = scenario.provider.check
        script_polls(scenario, STILL_RENDERING, repeat=True)
        await scenario.request_video()
        await asyncio.sleep(3 * HOUR_S)
        assert (await scenario.require_job()).state is State.POLLING
        scenario.provider.check = true_status  # type: ignore[method-assign]
        await DELIVERED.check(scenario)

    run_scenario(act)


async def test_the_setting_of_an_account_reaches_the_poller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "DISCORD_TOKEN": "token-of-the-bot",
        "DATA": str(tmp_path),
        "ACCOUNTS__TOAPIS__KEY": "key-of-toapis",
        "ACCOUNTS__TOAPIS__DEADLINE_H": "2",
        "ACCOUNTS__XAI__KEY": "key-of-xai",
    }.items():
        monkeypatch.setenv(f"RETAKE_{name}", value)
    database = await Database.open(tmp_path / "retake.sqlite3")
    app = App(load(env_file=None), database)
    try:
        assert app._build().worker.context.deadlines_s == {"toapis": 2 * HOUR_S, "xai": 24 * HOUR_S}
    finally:
        await app.close()
        await database.close()
