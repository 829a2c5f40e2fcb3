"""`make cluster --restart` starts what ends; the bucket, the provider and Discord come back with what they had."""

import os
import re
import signal
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.web.play import EXIT_CONFIG
from tests.cluster.__main__ import starts_again
from tests.cluster.local_processes import ClusterProcess
from tests.cluster.page_tab import Tab, make_cluster, open_tab, read_until

STORM, CALM = "a lighthouse in a storm", "a lighthouse on a calm evening"

pytestmark = pytest.mark.timeout(600)


def pid(tab: Tab, name: str) -> int:
    """Return the pid that the panel shows, or 0."""
    return next((each["pid"] or 0 for each in tab.panel["processes"] if each["name"] == name), 0)


def runs_again(tab: Tab, name: str, before: int) -> bool:
    """Return whether a process runs, and not as the one that it was."""
    return tab.state(name) == "running" and pid(tab, name) not in (0, before)


async def test_what_ends_is_started_again_and_outages_lose_nothing(folder: Path) -> None:
    async with make_cluster(folder, "--gateways", "1", "--workers", "1", "--restart") as command:
        address = (await read_until(command, "Open ")).split()[1]
        await read_until(command, "Everything runs")
        async with open_tab(address) as tab:
            channel = await tab.channel()
            await order(tab, channel, STORM)
            await tab.until(lambda: tab.clips(STORM))
            for name in ("worker 1", "gateway 1"):
                before = pid(tab, name)
                os.kill(before, signal.SIGKILL)
                assert "killed" in await read_until(command, f"{name} has ended")
                await tab.until(partial(runs_again, tab, name, before))
            await outages(tab, channel)
            assert [each["charges"] for each in tab.panel["providers"]] == [2]
            assert len(set(tab.clips(CALM))) == 1


async def outages(tab: Tab, channel: str) -> None:
    """End the bucket, the provider and Discord while a video renders, and start them again."""
    await tab.request("turn", name="slow", on=True)
    await order(tab, channel, CALM)
    for name in ("bucket", "provider", "Discord"):
        await tab.process(name, "kill")
    kept = objects(tab)
    assert kept > 0
    assert "killed, keeps" in detail(tab, "bucket")
    await tab.until(lambda: tab.state("gateway 1") == "connecting")  # its sockets are cut
    await tab.request("turn", name="slow", on=False)
    for name in ("Discord", "bucket", "provider"):
        await tab.process(name, "start")
        assert objects(tab) >= kept
    await tab.until(lambda: tab.clips(CALM))
    await tab.until(lambda: tab.panel["jobs"][0]["state"] == "delivered")
    await tab.until(lambda: tab.state("gateway 1") == "running")


async def order(tab: Tab, channel: str, prompt: str) -> None:
    """Order a video and wait until it renders."""
    await tab.request("slash", channel=channel, command="generate", options={"prompt": prompt})
    await tab.until(lambda: any(job["prompt"] == prompt and job["task_id"] for job in tab.panel.get("jobs", ())))


def detail(tab: Tab, name: str) -> str:
    return next(str(each["detail"]) for each in tab.panel["processes"] if each["name"] == name)


def objects(tab: Tab) -> int:
    """Return how many objects are in the bucket."""
    return int(re.findall(r"(\d+) object", detail(tab, "bucket"))[0])


async def test_a_process_that_refuses_its_settings_is_not_started_again(tmp_path: Path) -> None:
    async with LocalEnvironment(data=tmp_path) as world:
        bot = ClusterProcess(world, "worker", 1, RETAKE_ROLE="juggler")
        assert starts_again(bot)
        await bot.start()
        await bot.exited()
        assert (bot.exit_code, bot.state(), bot.detail()) == (EXIT_CONFIG, "ended", "exit code 78")
        assert not starts_again(bot)
