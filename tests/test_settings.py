"""Settings: all errors are reported together, and secrets are not shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load

ROOT = Path(__file__).parents[1]
GOOD = {"RETAKE_DISCORD_TOKEN": "token-of-the-bot", "RETAKE_ACCOUNTS__TOAPIS__KEY": "key-of-toapis"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("RETAKE_")]:
        monkeypatch.delenv(name)


def set_environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in (GOOD | values).items():
        monkeypatch.setenv(name, value)


def problems() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(env_file=None)
    return caught.value.problems


def test_two_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch)
    settings = load(env_file=None)
    assert settings.token == "token-of-the-bot"
    assert settings.accounts["toapis"].kind == "toapis"


def test_all_errors_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAKE_KEPT_DAYS", "soon")
    monkeypatch.setenv("RETAKE_LOG_FORMAT", "xml")
    monkeypatch.setenv("RETAKE_DISCROD_TOKEN", "typo")
    found = "\n".join(problems())
    for name in ("RETAKE_KEPT_DAYS", "RETAKE_LOG_FORMAT", "RETAKE_DISCROD_TOKEN"):
        assert name in found


def test_a_missing_token_and_account_are_two_messages() -> None:
    assert [line.split()[0] for line in problems()] == ["RETAKE_DISCORD_TOKEN", "No"]


def test_a_secret_can_come_from_a_file_but_not_from_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("token-from-a-file\n")
    file.chmod(0o600)
    set_environment(monkeypatch, RETAKE_DISCORD_TOKEN_FILE=str(file))
    assert problems() == ["RETAKE_DISCORD_TOKEN and RETAKE_DISCORD_TOKEN_FILE are both set. Keep one of them."]
    monkeypatch.delenv("RETAKE_DISCORD_TOKEN")
    assert load(env_file=None).token == "token-from-a-file"


def test_a_world_readable_secret_file_causes_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "key"
    file.write_text("key-in-a-file")
    file.chmod(0o644)
    set_environment(monkeypatch, RETAKE_ACCOUNTS__XAI__KEY_FILE=str(file))
    load(env_file=None)
    assert "a secret can be read by everybody on this machine" in caplog.text
    assert "key-in-a-file" not in caplog.text


def test_the_environment_overrides_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("RETAKE_KEPT_DAYS=3\nRETAKE_LOG_LEVEL=DEBUG\n")
    set_environment(monkeypatch, RETAKE_KEPT_DAYS="5")
    settings = load(env_file=file)
    assert (settings.kept_days, settings.log_level) == (5, "DEBUG")


def test_a_repr_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch)
    assert "token-of-the-bot" not in repr(load(env_file=None))
    assert "key-of-toapis" not in repr(load(env_file=None))


def test_the_example_file_has_every_setting() -> None:
    example = (ROOT / ".env.example").read_text()
    for field in Settings.model_fields:
        name = f"RETAKE_{field.upper()}"
        assert name in example or f"{name}_FILE" in example or name.endswith("_FILE"), name


def test_the_bot_reports_missing_settings_and_exits_with_78(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("RETAKE_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"], cwd=tmp_path, env=env | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert "RETAKE_DISCORD_TOKEN is missing." in done.stderr
    assert "Traceback" not in done.stderr
