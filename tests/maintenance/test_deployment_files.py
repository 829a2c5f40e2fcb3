"""The published deployment files keep their restrictions."""

import configparser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from bot.app import DRAIN_S, EXIT_CONFIG
from bot.cli.exits import EXIT_IN_USE

ROOT = Path(__file__).parents[2]


@pytest.fixture(name="service")
def _service() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) == {"retake"}
    found: dict[str, Any] = services["retake"]
    return found


@pytest.fixture(name="unit")
def _unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "docs" / "deploy" / "retake.service")
    return parser["Service"]


def test_the_container_can_only_write_to_its_data(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["data:/data"]
    assert service["user"] == "10001:10001"
    assert service["pids_limit"] > 0
    assert service["mem_limit"] == service["memswap_limit"]
    assert "ports" not in service


def test_a_stop_leaves_time_to_drain(service: dict[str, Any], unit: configparser.SectionProxy) -> None:
    assert service["stop_grace_period"] == "45s"
    assert unit["TimeoutStopSec"] == "45s"
    assert DRAIN_S + 10.0 <= 45.0


def test_no_deployment_file_contains_a_secret(service: dict[str, Any]) -> None:
    assert service["env_file"] == ".env"
    assert not [name for name in service["environment"] if "TOKEN" in name or "KEY" in name]


def test_a_cluster_has_the_same_restrictions_and_no_secret() -> None:
    services = yaml.safe_load((ROOT / "compose.scale.yaml").read_text())["services"]
    gateway, worker = services["retake"], services["worker"]
    assert worker["extends"] == {"file": "compose.yaml", "service": "retake"}
    assert [each["environment"]["RETAKE_ROLE"] for each in (gateway, worker)] == ["gateway", "worker"]
    for each in (gateway, worker):
        assert set(each) <= {"extends", "build", "environment", "volumes", "depends_on"}  # nothing takes one back
        assert each["volumes"] == ["/data"]
        assert each["environment"]["RETAKE_STORAGE_URL"]
        assert set(each["build"]["args"]["EXTRAS"].split()) == {"postgres", "storage"}
    assert services["postgres"]["image"] == "postgres:17"
    assert not [name for name, each in services.items() if "ports" in each]
    values = [value for each in services.values() for value in each.get("environment", {}).items()]
    secrets = [value for name, value in values if name.endswith(("PASSWORD", "KEY", "KEY_ID"))]
    assert len(secrets) == 3
    assert all(value.startswith("${") and value.endswith(":?}") for value in secrets)


def test_the_unit_does_not_restart_after_permanent_errors(unit: configparser.SectionProxy) -> None:
    assert unit["RestartPreventExitStatus"] == f"{EXIT_IN_USE} {EXIT_CONFIG}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("PrivateTmp", "yes"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
    ],
)
def test_the_unit_is_hardened(unit: configparser.SectionProxy, name: str, value: str) -> None:
    assert unit[name] == value
