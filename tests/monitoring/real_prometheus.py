"""A real Prometheus scrapes the running bot: every query of the dashboard and every alert works.

Not part of the default run, because it needs a Debian package: `make test-prometheus` installs and runs it.
"""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from tests.monitoring import dashboard
from tests.monitoring.prometheus import Prometheus, running_prometheus
from tests.monitoring.test_health import free_port


async def produce_metrics(world: LocalEnvironment, prometheus: Prometheus) -> None:
    """Deliver one video, get one rejected and let one fail, while Prometheus scrapes."""
    guild = world.discord.add_guild("Studio")
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    await world.start_bot()
    await prometheus.until('up{job="retake"}', lambda value: value == 1.0)
    for prompt in ("a paper boat", "a boat [refuse] please", "a boat [fail] please"):
        await alice.slash(channel, "generate", prompt=prompt)
    for state in ("delivered", "rejected", "provider_failed"):
        await prometheus.until(f'retake_jobs{{state="{state}"}}', lambda value: value == 1.0)
    await asyncio.sleep(3.0)  # a rate needs two scrapes


@pytest.mark.timeout(180)
async def test_every_query_and_every_alert_works_with_a_running_bot(tmp_path: Path) -> None:
    port = free_port()
    data = tmp_path / "data"
    data.mkdir()
    world = LocalEnvironment(LocalToAPIs(render_s=0.5), data=data, env={"RETAKE_HEALTH_PORT": str(port)})
    async with world, running_prometheus(port, dashboard.ALERTS, tmp_path / "prometheus") as prometheus:
        await produce_metrics(world, prometheus)
        empty = [name for name, query in dashboard.queries().items() if not await prometheus.query(query)]
        assert empty == []
        (group,) = (await prometheus.get("rules"))["groups"]
        assert {rule["name"]: rule["health"] for rule in group["rules"]} == dict.fromkeys(dashboard.alerts(), "ok")
        assert await prometheus.until('retake_money_usd{pot="spent"}', lambda _: True) == pytest.approx(
            0.20  # the failed one may have been charged, so it counts
        )
        assert await prometheus.until('retake_submits_total{outcome="refused"}', lambda _: True) == 1.0
        assert await prometheus.until("retake_delivery_seconds_count", lambda _: True) == 1.0
        await world.bot.kill()
        await prometheus.until('up{job="retake"}', lambda value: value == 0.0)
