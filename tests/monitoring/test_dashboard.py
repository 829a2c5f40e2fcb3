"""The dashboard and the alerts use existing series, and each alert is documented."""

import re
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.metrics import Gateway, Metrics
from tests.compatibility.test_names import METRICS_OF_THE_DATABASE
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


def test_figures_of_the_database_are_never_added_up_over_processes() -> None:
    """Each process exports the same ones."""
    shared = "|".join(METRICS_OF_THE_DATABASE.split())
    text = "\n".join([*dashboard.queries().values(), dashboard.ALERTS.read_text()])
    series = re.findall(rf"(.{{0,40}})\b(?:{shared})\b", text)
    assert len(series) > 12
    assert [before for before in series if not re.search(r"max(?: by \(\w+\) )?\([^)]*$", before)] == []


@pytest.mark.parametrize("alert", dashboard.alerts())
def test_every_alert_is_documented(alert: str) -> None:
    assert f"`{alert}`" in OPERATIONS.read_text()
