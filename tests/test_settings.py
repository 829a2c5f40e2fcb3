"""Settings: all errors are reported together, and secrets are not shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.run import secrets_of
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


def test_checks_of_well_formed_settings_are_reported_with_the_malformed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(
        monkeypatch,
        RETAKE_KEPT_DAYS="soon",
        RETAKE_ALLOW_HOSTS="http://a b",
        RETAKE_DEFAULT_MODEL="grok-vidoe-3",
        RETAKE_ACCOUNTS__XAI__PRICE="cheap",
    )
    found = "\n".join(problems())
    for name in ("KEPT_DAYS", "ALLOW_HOSTS", "ACCOUNTS__XAI__PRICE", "DEFAULT_MODEL"):
        assert f"RETAKE_{name}" in found


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


def test_the_secret_of_webhooks_comes_from_a_file_and_needs_an_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("whsec_QUJDREVGR0g=\n")
    file.chmod(0o600)
    set_environment(
        monkeypatch,
        RETAKE_ACCOUNTS__GEMINI__KEY="key-of-gemini",
        RETAKE_ACCOUNTS__GEMINI__WEBHOOK_SECRET_FILE=str(file),
    )
    settings = load(env_file=None)
    account = next(each for each in settings.account_list() if each.name == "gemini")
    assert account.webhook_secret == "whsec_QUJDREVGR0g="
    assert "whsec_QUJDREVGR0g=" in secrets_of(settings)
    assert "QUJD" not in repr((settings, account))
    needs = (
        "RETAKE_ACCOUNTS__GEMINI__WEBHOOK_SECRET has no effect without an https address in RETAKE_WEBHOOK_URL. The "
        "account is polled."
    )
    assert needs in settings.notices()
    monkeypatch.setenv("RETAKE_WEBHOOK_URL", "https://retake.example.org/webhooks")
    assert needs not in load(env_file=None).notices()


def test_a_secret_of_webhooks_that_cant_be_one_is_said_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(
        monkeypatch, RETAKE_ACCOUNTS__GEMINI__KEY="key-of-gemini", RETAKE_ACCOUNTS__GEMINI__WEBHOOK_SECRET="whsec_cut o"
    )
    (problem,) = problems()
    assert problem.startswith("RETAKE_ACCOUNTS__GEMINI: its WEBHOOK_SECRET is incomplete")
    assert "cut" not in problem


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
