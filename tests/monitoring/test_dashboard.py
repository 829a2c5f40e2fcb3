"""The dashboard and the alerts use existing series, and each alert is documented."""

from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.metrics import Gateway, Metrics
from tests.monitoring import dashboard
from tests.monitoring.factories import create_database
from tests.stores import location_in

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


async def test_every_series_of_the_dashboard_and_the_alerts_is_exported(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    gateway = Gateway(shards=1, connected=1, latency_s=0.04)
    metrics = Metrics(location_in(tmp_path), lambda: gateway, ["toapis"])
    page = (await metrics.text()).decode()
    there = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE retake_")}
    histograms = {f"{name}_bucket" for name in there}
    wanted = dashboard.series_in("\n".join(dashboard.queries().values())) | dashboard.series_in(
        dashboard.ALERTS.read_text()
    )
    assert len(wanted) > 15
    assert wanted - there - histograms == set()


@pytest.mark.parametrize("alert", dashboard.alerts())
def test_every_alert_is_documented(alert: str) -> None:
    assert f"`{alert}`" in OPERATIONS.read_text()
