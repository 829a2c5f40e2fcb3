"""Commands are compared before they are written, and written as Discord allows, beside the connection."""

import asyncio
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.chat.gateway.command_sync import CREATES_PER_DAY, DAY_S, SyncState, differences, flag_of
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.database import Database
from bot.store.host_reads import read_flag
from bot.store.jobs import SqlJobStore
from tests.harness import BotHarness, open_harness
from tests.monitoring.test_health import free_port
from tests.outages.answers import COMMANDS, daily_limit
from tests.stores import location_in
from tests.test_doctor import run_doctor

HANG_S = 30.0


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(HANG_S):
        while not condition():  # noqa: ASYNC110 - files have no events
            await asyncio.sleep(0.02)


def writes(harness: BotHarness) -> int:
    return len(harness.discord.wire.requests(COMMANDS))


def comparisons(harness: BotHarness) -> int:
    return len(harness.discord.wire.requests(COMMANDS.replace("PUT", "GET")))


def state(data: Path, application_id: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_flag(location_in(data), flag_of(application_id)) or "{}")
    return found


async def test_unchanged_commands_are_not_written_even_without_a_memory_of_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with open_harness(first) as harness:
        await until(lambda: state(harness.data, harness.discord.application_id).get("versions"))
        await harness.stop()
        harness.data = second  # the database is gone, and Discord has the commands
        await harness.start()
        await until(lambda: state(harness.data, harness.discord.application_id).get("versions"))
        assert (comparisons(harness), writes(harness)) == (2, 1)


@pytest.mark.parametrize("change", ["removed", "edited"])
async def test_a_command_that_was_changed_at_discord_is_restored(tmp_path: Path, change: str) -> None:
    async with open_harness(tmp_path) as harness:
        await until(lambda: state(tmp_path, harness.discord.application_id).get("versions"))
        before = copy.deepcopy(harness.discord.commands)
        await harness.stop()
        if change == "removed":
            harness.discord.commands.pop()
        else:
            harness.discord.commands[0] |= {"description": "Something else", "version": "1"}
        await harness.start()
        await until(lambda: writes(harness) == 2)
        await harness.wait_until(lambda: len(harness.discord.commands) == len(before))
        assert differences(harness.discord.commands, {command["name"]: command for command in before}) == []


async def test_a_wait_that_discord_asked_for_holds_across_a_restart(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        refused = harness.discord.wire.fail(daily_limit())
        await harness.launch()
        await until(lambda: state(tmp_path, harness.discord.application_id).get("why"))
        await harness.stop()
        await harness.launch()
        await until(lambda: harness.discord.gateway.connected)
        assert refused.hits == 1
        found = state(tmp_path, harness.discord.application_id)
        assert found["not_before"] - found["creates"][-1][0] == pytest.approx(40_000.0, abs=HANG_S)


async def test_a_refused_write_does_not_count_toward_the_daily_limit(tmp_path: Path) -> None:
    async with open_harness(tmp_path, start=False) as harness:
        harness.discord.wire.fail(daily_limit(retry_after_s=70.0, times=1))
        await harness.launch()
        await until(lambda: state(tmp_path, harness.discord.application_id).get("why"))
        await harness.stop()
        await allow_at_once(harness)
        await harness.start()
        await until(lambda: state(tmp_path, harness.discord.application_id).get("versions"))
        found = state(tmp_path, harness.discord.application_id)
        assert [count for _, count in found["creates"]] == [len(harness.discord.commands)]


async def allow_at_once(harness: BotHarness) -> None:
    """End the wait that Discord asked for."""
    flag = flag_of(harness.discord.application_id)
    found = state(harness.data, harness.discord.application_id)
    database = await Database.open(harness.data / "retake.sqlite3")
    await SqlJobStore(database).set_flag(flag, json.dumps(found | {"not_before": 0.0}), 0.0)
    await database.close()


async def test_no_more_commands_are_written_in_a_day_than_discord_takes(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await until(lambda: state(tmp_path, harness.discord.application_id).get("versions"))
        assert harness.app is not None
        now = harness.app._clock.now()
        flag = flag_of(harness.discord.application_id)
        full = json.dumps({"creates": [[now, CREATES_PER_DAY]]})
        await harness.app._store.set_flag(flag, full, now)
        await harness.stop()
        harness.discord.commands.clear()
        await harness.launch()
        await until(lambda: state(tmp_path, harness.discord.application_id).get("why"))
        found = state(tmp_path, harness.discord.application_id)
        assert writes(harness) == 1  # that of the first start
        assert found["not_before"] == pytest.approx(now + DAY_S, abs=HANG_S)
        assert "generate" in found["not_in_sync"]


async def test_readyz_and_doctor_say_which_commands_are_not_in_sync(tmp_path: Path) -> None:
    port = free_port()
    env = {"RETAKE_HEALTH_PORT": str(port)}
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, env=env) as world, aiohttp.ClientSession() as browser:
        world.discord.add_guild("Studio")
        world.discord.wire.fail(daily_limit())
        await world.bot.start()
        await until(lambda: state(tmp_path, world.discord.application_id).get("why"))
        await world.discord.wait_for(lambda: world.discord.gateway.connected, HANG_S)
        async with browser.get(f"http://127.0.0.1:{port}/readyz") as answer:
            (remark,) = (await answer.json())["remarks"]
        for words in ("not in sync", "generate", "usage", "40000 s", "Next try at"):
            assert words in remark
        code, found = await run_doctor(world)
        assert code == 0  # it's a remark: the bot works
        assert remark in {finding["says"] for finding in found}
        assert await world.bot.terminate() == 0


def test_what_discord_adds_to_a_command_is_no_difference() -> None:
    wanted = {
        "name": "go", "type": 1, "description": "Go", "nsfw": False, "default_member_permissions": 32,
        "contexts": [0], "integration_types": [0], "options": [{"name": "far", "type": 4, "min_value": 0}],
    }  # fmt: skip
    stored: dict[str, Any] = {
        **wanted, "id": "1", "application_id": "2", "version": "3", "default_member_permissions": "32",
        "dm_permission": True, "name_localizations": None, "description_localizations": {},
        "options": [{"name": "far", "type": 4, "min_value": 0, "required": False, "choices": []}],
    }  # fmt: skip
    assert differences([wanted], {"go": stored}) == []
    changes: tuple[dict[str, Any], ...] = (
        {"description": "Come"},
        {"contexts": [0, 1]},
        {"description_localizations": {"de": "Geh"}},
        {"options": [{"name": "far", "type": 4}]},
        {"options": []},
    )
    for change in changes:
        assert differences([wanted], {"go": stored | change}) == ["go"]
    assert differences([wanted], {"go": stored, "old": stored}) == ["old"]
    assert differences([wanted], {}) == ["go"]


def test_writes_count_for_a_day() -> None:
    state = SyncState(creates=[(0.0, 190), (DAY_S / 2, 5)])
    assert state.created(DAY_S - 1.0) == 195
    assert state.created(DAY_S) == 5
