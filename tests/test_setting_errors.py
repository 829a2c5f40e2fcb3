"""Wrong settings are reported in the host's words, with the right form, all at once, and without a secret."""

import os
import re

import pytest

from bot.setting_errors import ACCOUNT_FORMS, FORMS
from bot.settings import AccountSettings, Settings, SettingsError, load

GOOD = {"DISCORD_TOKEN": "token.of.the-bot", "ACCOUNTS__TOAPIS__KEY": "key-of-toapis"}
LIBRARY = re.compile(
    r"input should|valid (?:integer|string|number|decimal)|unable to|parsing|pydantic|errno|\[type", re.I
)

# A setting, what was written, and what the sentence must contain.
WRONG = [
    ("LOG_LEVEL", "info", ['is "info"', "Write INFO; it takes DEBUG, INFO, WARNING or ERROR."]),
    ("LOG_LEVEL", "verbose", ["Write DEBUG, INFO, WARNING or ERROR."]),
    ("LOG_FORMAT", "JSON", ["Write json; it takes console or json."]),
    ("MODERATION_FAIL", "close", ["Write closed; it takes closed or open."]),
    ("REMIX_RUNGS", "native,pixels", ['is "pixels"', "native, edit or image"]),
    ("BUDGET_DAY_USD", "2,50", ['is "2,50"', "such as 10 or 2.50", "Did you mean 2.50?"]),
    ("BUDGET_DAY_USD", "$10", ["Did you mean 10?"]),
    ("BUDGET_MONTH_USD", "1,000", ["an amount in US dollars with a point"]),
    ("BUDGET_MONTH_USD", "-1", ["an amount in US dollars"]),
    ("BUDGET_DAY_USD", "NaN", ["an amount in US dollars"]),
    ("KEEP_GB", "0,5", ["Did you mean 0.5?"]),
    ("KEEP_GB", "20 GB", ["Did you mean 20?"]),
    ("KEPT_DAYS", "soon", ['is "soon"', "a whole number of days from 1 to 365"]),
    ("KEPT_DAYS", "900", ["from 1 to 365"]),
    ("KEPT_DAYS", "7d", ["Did you mean 7?"]),
    ("UPLOAD_LIMIT_MB", "0", ["from 1 to 500"]),
    ("CLIP_LIMIT_MB", "many", ["a whole number of megabytes"]),
    ("FIRST_CHECK_S", "0", ["seconds above 0"]),
    ("CHECK_EVERY_S", "2,5", ["Did you mean 2.5?"]),
    ("HEALTH_PORT", "94640", ["a port from 1 to 65535"]),
    ("HEALTH_PORT", "127.0.0.1:9464", ["a port from 1 to 65535"]),
    ("HOST_ALARM_CHANNEL", "#alarms", ["the id of a Discord channel"]),
    ("HOST_ALARM_CHANNEL", "0", ["the id of a Discord channel"]),
    ("WEBHOOK_PORT", "https", ["a port from 1 to 65535"]),
    ("WEBHOOK_URL", "retake.example.org/webhooks", ["is not an address", "https://"]),
    ("ALLOW_HOSTS", "http://bifrost.lan:8080/v1", ["is not a host", "such as bifrost.lan:8080."]),
    ("ALLOW_HOSTS", "bifrost.lan:port", ["is not a host", "name or name:port"]),
    ("ALLOW_HOSTS", "10.0.0.0/8", ["is a network"]),
    ("ALLOW_HOSTS", "*.lan", ["is not a host"]),
    ("ALLOW_HOSTS", "bifrost.lan; litellm.lan", ["is not a host"]),
    ("NAT64_PREFIXES", "2001:db8::/97", ["is not a NAT64 prefix", "2001:db8:64::/96"]),
    ("NAT64_PREFIXES", "nat", ["is not a NAT64 prefix"]),
    ("DEFAULT_MODEL", "grok-vidoe-3", ['is "grok-vidoe-3"', "Did you mean grok-video-3?", "Write one of"]),
    ("DEFAULT_MODEL", "dall-e", ["none of your accounts has that model", "grok-video-3"]),
    ("CATALOGUE", "/nowhere/models.toml", ["models.toml: cannot be read"]),
    ("DATABASE_URL", "mysql://retake:geheim1@host/retake", ["is not an address of PostgreSQL", "postgresql://user"]),
    ("ROLE", "boss", ["all", "gateway", "worker"]),
    ("ROLE", "worker", ["share a PostgreSQL database", "RETAKE_DATABASE_URL", "leave the role at all"]),
    ("DATABASE_URL", "host=127.0.0.1 dbname=retake", ["is not an address of PostgreSQL"]),
    ("DATABASE_URL", "postgresql://retake:ge heim1@host/retake", ["contains a blank", "%20 for a blank"]),
    ("DATABASE_URL", "postgresql://retake:100%sure@host/retake", ["a % that isn't encoded", "%25"]),
    ("STORAGE_URL", "bucket/folder", ["begins with s3://, gs:// or az://"]),
    ("MODERATION_URL", "api.openai.com", ["begins with https:// or http://"]),
    ("DISCORD_API", "localhost", ["begins with https:// or http://"]),
    ("DISCORD_TOKEN", "Bot abc.def.ghi", ["begins with a word", "Reset Token"]),
    ("DISCORD_TOKEN", '"abc.def ghi"', ["contains a character that no token has"]),
    ("DISCORD_TOKEN", "1234567890123456789", ["the application's ID, not the bot token"]),
    ("DISCORD_TOKEN", "ab" * 32, ["the application's public key"]),
    ("DISCORD_TOKEN_FILE", "/nowhere/token", ["Keep one of them."]),
    ("ACCOUNTS__TOAPIS__KIND", "ToAPIs", ["Write toapis; it takes toapis, octopusx, "]),
    ("ACCOUNTS__TOAPIS__JOBS_AT_ONCE", "0", ["a whole number from 1"]),
    ("ACCOUNTS__TOAPIS__REQUESTS_PER_S", "0,5", ["Did you mean 0.5?"]),
    ("ACCOUNTS__TOAPIS__DEADLINE_H", "a day", ["a number of hours above 0"]),
    ("ACCOUNTS__TOAPIS__BASE_URL", "toapis.com", ["RETAKE_ACCOUNTS__TOAPIS", "such as https://example.com/v1"]),
    ("ACCOUNTS__TOAPIS__KEYS", "x-1234567", ["is not a setting of an account", "Did you mean KEY?"]),
    ("ACCOUNTS__TOAPIS__WEBHOOK_SECRET", "x-1234567", ["ToAPIs signs no webhooks with a secret", "remove it."]),
    ("ACCOUNTS__TOAPIS__WEBHOOK_SECRT", "x-1234567", ["Did you mean WEBHOOK_SECRET?"]),
    ("ACCOUNTS__XAI_KEY", "x-1234567", ["Write RETAKE_ACCOUNTS__XAI__KEY"]),
    ("ACCOUNTS", "x-1234567", ["RETAKE_ACCOUNTS__TOAPIS__KEY"]),
    ("DISCROD_TOKEN", "x-1234567", ["is not a setting of Retake", "Did you mean RETAKE_DISCORD_TOKEN?"]),
    ("WHAT_IS_THIS", "x-1234567", ["See .env.example"]),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("RETAKE_")]:
        monkeypatch.delenv(name)


def problems(monkeypatch: pytest.MonkeyPatch, written: dict[str, str]) -> list[str]:
    for name, value in written.items():
        monkeypatch.setenv(f"RETAKE_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load(env_file=None)
    return caught.value.problems


@pytest.mark.parametrize(("name", "value", "wanted"), WRONG, ids=[f"{name}={value}" for name, value, _ in WRONG])
def test_a_wrong_setting_is_said_with_the_right_form(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, wanted: list[str]
) -> None:
    (problem,) = problems(monkeypatch, GOOD | {name: value})
    for words in wanted:
        assert words in problem, problem
    assert LIBRARY.search(problem) is None, problem
    assert problem.endswith((".", "?")) or ".toml" in problem
    assert "x-1234567" not in problem
    if "TOKEN" in name:
        assert value not in problem


def test_every_wrong_setting_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {"LOG_LEVEL": "info", "ALLOW_HOSTS": "http://a.lan", "DEFAULT_MODEL": "x", "KEPT_DAYS": "7"}
    said = problems(monkeypatch, GOOD | written | {"LOG_LEVEL": "INFO"})
    assert [line.split()[0].rstrip(":") for line in said] == ["RETAKE_ALLOW_HOSTS", "RETAKE_DEFAULT_MODEL"]


@pytest.mark.parametrize(
    "hosts", ["bifrost", "bifrost.lan:8080", "10.0.0.7", "10.0.0.7:80", "::1", "[::1]:8080", "my_host:1,other"]
)
def test_a_host_in_any_usual_form_is_accepted(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    for name, value in (GOOD | {"ALLOW_HOSTS": hosts}).items():
        monkeypatch.setenv(f"RETAKE_{name}", value)
    assert load(env_file=None).allow_hosts == tuple(hosts.split(","))


def test_every_setting_has_a_right_form() -> None:
    assert set(FORMS) == set(Settings.model_fields) - {"accounts"}
    assert set(ACCOUNT_FORMS) == set(AccountSettings.model_fields)
