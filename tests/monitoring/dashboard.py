"""The published dashboard and alerts, as data."""

import json
import re
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
ALERTS = DEPLOY / "prometheus-alerts.yaml"
_GRAFANAS = {"$__rate_interval": "10s", "$account": ".*"}


def queries() -> dict[str, str]:
    """Return every query by panel title and ref id, with Grafana's variables filled in."""
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    found: dict[str, str] = {}
    for panel in board["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in _GRAFANAS.items():
                query = query.replace(name, value)
            assert "$" not in query, query
            found[f"{panel['title']}: {target['refId']}"] = query
    return found


def series_in(text: str) -> set[str]:
    """Return the names of Retake's series in queries or rules."""
    return set(re.findall(r"\bretake_[a-z_]+", text))


def alerts() -> list[str]:
    return re.findall(r"- alert: (\w+)", ALERTS.read_text())
