"""Settings of the host: environment variables, `.env`, and secrets in files. All problems are reported at once."""

import logging
import os
import stat
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.jobs.limits import HostBudget
from bot.providers.account import Account

log = logging.getLogger("retake.settings")

PREFIX = "RETAKE_"


class SettingsError(Exception):
    """The settings can't be used; `problems` has one sentence per problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class AccountSettings(BaseModel):
    """One account at one provider: `RETAKE_ACCOUNTS__<NAME>__<FIELD>`."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["toapis", "octopusx", "openai_videos", "xai"] | None = None  # None: inferred from the account's name
    title: str | None = None
    base_url: str | None = None
    key: SecretStr | None = None
    key_file: Path | None = None
    flavour: Literal["bifrost", "litellm", "plain"] = "bifrost"
    protocol: Literal["unified", "openai"] = "unified"
    encoding: Literal["json", "multipart"] = "json"
    requests_per_s: float = Field(default=10.0, gt=0)
    jobs_at_once: int = Field(default=10, ge=1)
    deadline_h: float = Field(default=24.0, gt=0)

    def account(self, name: str) -> Account:
        """Return the account that the adapters use."""
        kind = self.kind or name
        return Account(
            name=name,
            kind=kind,
            title=self.title or "",
            base_url=self.base_url or "",
            key=self.key.get_secret_value() if self.key is not None else "",
            flavour=self.flavour if kind == "openai_videos" else "",
            protocol=self.protocol if kind == "octopusx" else "",
            encoding=self.encoding,
            requests_per_s=self.requests_per_s,
            jobs_at_once=self.jobs_at_once,
            deadline_s=self.deadline_h * 3600.0,
        )


class Settings(BaseSettings):
    """Every setting of the bot process. Names are upper case with the prefix RETAKE_."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="ignore", validate_default=False
    )

    discord_token: SecretStr | None = None
    discord_token_file: Path | None = None
    data: Path = Path("data")
    accounts: dict[str, AccountSettings] = Field(default_factory=dict)
    catalogue: Path | None = None
    default_model: str | None = None
    kept_days: int = Field(default=7, ge=1, le=365)
    upload_limit_mb: int | None = Field(default=None, ge=1, le=500)
    first_check_s: float = Field(default=5.0, gt=0)
    check_every_s: float = Field(default=10.0, gt=0)
    clip_limit_mb: int = Field(default=1024, ge=1)
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    remix_rungs: Annotated[tuple[Literal["native", "edit", "image"], ...], NoDecode] = ("native", "edit", "image")
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    health_port: int | None = Field(default=None, ge=1, le=65535)  # None: no endpoints
    discord_api: str | None = None
    discord_gateway: str | None = None
    discord_cdn: str | None = None
    keep_gb: float = Field(default=20.0, gt=0)
    storage_url: str | None = None
    nat64_prefixes: Annotated[tuple[str, ...], NoDecode] = ()
    budget_day_usd: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=6)
    budget_month_usd: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=6)
    moderation_url: str | None = Field(default=None, pattern=r"^https?://")
    moderation_key: SecretStr | None = None
    moderation_key_file: Path | None = None
    moderation_model: str | None = None
    moderation_fail: Literal["closed", "open"] = "closed"

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: Any) -> Any:
        for name in ("allow_hosts", "remix_rungs", "nat64_prefixes"):
            if isinstance(listed := values.get(name), str):
                values[name] = tuple(each.strip() for each in listed.split(",") if each.strip())
        return values

    @property
    def token(self) -> str:
        """The bot token. `load` raises if there is none."""
        return self.discord_token.get_secret_value() if self.discord_token else ""

    def account_list(self) -> list[Account]:
        """Return the accounts that the adapters use."""
        return [account.account(name) for name, account in self.accounts.items()]

    def host_budget(self) -> HostBudget:
        """Return the budgets of the whole bot."""
        day, month = self.budget_day_usd, self.budget_month_usd
        return HostBudget(
            day_micros=None if day is None else int(day * 1_000_000),
            month_micros=None if month is None else int(month * 1_000_000),
        )


def load(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings. The environment overrides `.env`. Raise SettingsError with every problem."""
    written = {**(dotenv_values(env_file) if env_file else {}), **os.environ}
    names = {name.upper() for name, value in written.items() if value and name.upper().startswith(PREFIX)}
    problems = [
        f"{name} is not a setting of Retake. See .env.example for those that are." for name in _strangers(names)
    ]
    settings: Settings | None = None
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        problems += [_sentence(dict(each)) for each in error.errors(include_url=False, include_input=False)]
    if settings is not None:
        problems += _fill_secrets(settings)
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def _strangers(names: Iterable[str]) -> list[str]:
    def known(name: str) -> bool:
        field, *rest = name.removeprefix(PREFIX).lower().split("__")
        if field == "accounts":
            return len(rest) == 2
        return not rest and field in Settings.model_fields

    return sorted(name for name in names if not known(name))


def _sentence(error: dict[str, Any]) -> str:
    name = PREFIX + "__".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name} is not a setting of an account. See .env.example for those that are."
    return f"{name}: {error['msg'].removeprefix('Value error, ')}."


def _fill_secrets(settings: Settings) -> list[str]:
    problems: list[str] = []
    settings.discord_token = _secret(
        settings.discord_token, settings.discord_token_file, f"{PREFIX}DISCORD_TOKEN", problems
    )
    if settings.moderation_key is not None or settings.moderation_key_file is not None:
        settings.moderation_key = _secret(
            settings.moderation_key, settings.moderation_key_file, f"{PREFIX}MODERATION_KEY", problems
        )
    if not settings.accounts:
        problems.append(
            f"No video provider is set up. Give at least one key, for example {PREFIX}ACCOUNTS__TOAPIS__KEY."
        )
    for name, account in settings.accounts.items():
        prefix = f"{PREFIX}ACCOUNTS__{name.upper()}__"
        account.kind = account.kind or _kind_from(name)
        if account.kind is None:
            problems.append(f"{prefix}KIND is missing. It is one of toapis, octopusx, openai_videos, xai.")
        if account.kind == "openai_videos":
            if account.base_url is None:
                problems.append(f"{prefix}BASE_URL is missing: where your gateway listens.")
            if account.key is None and account.key_file is None:
                continue  # a private gateway may not need a key
        account.key = _secret(account.key, account.key_file, f"{prefix}KEY", problems)
    return problems


def _kind_from(name: str) -> Literal["toapis", "octopusx", "openai_videos", "xai"] | None:
    kinds: tuple[Literal["toapis", "octopusx", "openai_videos", "xai"], ...] = (
        "toapis", "octopusx", "openai_videos", "xai",
    )  # fmt: skip
    if name.startswith(("bifrost", "litellm")):
        return "openai_videos"
    return next((kind for kind in kinds if name.startswith(kind)), None)


def _secret(value: SecretStr | None, file: Path | None, name: str, problems: list[str]) -> SecretStr | None:
    if value is not None and file is not None:
        problems.append(f"{name} and {name}_FILE are both set. Keep one of them.")
        return None
    if file is not None:
        try:
            value = SecretStr(file.read_text().strip())
            if file.stat().st_mode & stat.S_IROTH and not file.is_relative_to("/run/secrets"):
                log.warning(
                    "a secret can be read by everybody on this machine: chmod 600", extra={"why": f"{name}_FILE"}
                )
        except (OSError, UnicodeDecodeError):
            problems.append(f"{name}_FILE names a file that I cannot read.")
            return None
    if value is None or not value.get_secret_value().strip():
        problems.append(f"{name} is missing. Set it, or {name}_FILE with the path of a file that holds it.")
        return None
    return value
