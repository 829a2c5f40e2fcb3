"""Settings of the host: environment variables, `.env`, and secrets in files. All problems are reported at once."""

import contextlib
import math
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from bot.account_notices import account_notices
from bot.catalogue.comfy_workflows import WorkflowFolder, read_workflows
from bot.catalogue.kinds import KINDS, FlavourName, KindName, ProtocolName, infer
from bot.catalogue.model import Price
from bot.jobs.limits import HostBudget
from bot.providers.account import Account
from bot.scale_settings import ScaleSettings
from bot.setting_errors import PREFIX, describe, unknown_setting
from bot.settings_check import (
    check_address,
    check_database,
    check_hosts,
    check_models,
    check_nat64,
    check_shards,
    check_token,
    read_secret,
)
from bot.writer_settings import check_writer


class SettingsError(Exception):
    """The settings can't be used; `problems` has one sentence per problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _free_as_0(value: object) -> object:
    return 0 if value == "free" else value


class AccountSettings(BaseModel):
    """One account at one provider: `RETAKE_ACCOUNTS__<NAME>__<FIELD>`."""

    model_config = ConfigDict(extra="forbid")

    kind: KindName | None = None  # None: inferred from the account's name
    title: str | None = Field(default=None, max_length=40)
    base_url: str | None = None
    key: SecretStr | None = None
    key_file: Path | None = None
    flavour: FlavourName | None = None  # None: inferred from the account's name
    protocol: ProtocolName | None = None  # None: the kind's first
    encoding: Literal["json", "multipart"] | None = None  # None: the flavour's own
    price: Annotated[Decimal, BeforeValidator(_free_as_0), Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    requests_per_s: float = Field(default=10.0, gt=0, le=10_000)
    jobs_at_once: int = Field(default=10, ge=1, le=10_000)
    deadline_h: float = Field(default=24.0, gt=0, le=8760)
    webhook_secret: SecretStr | None = None
    webhook_secret_file: Path | None = None
    workflows: Path | None = None  # the folder of a comfy account's workflows

    def account(self, name: str) -> Account:
        """Return the account that the adapters use. Read its folder of workflows, if it has one."""
        kind = self.kind or infer(name)[0] or name
        folder = read_workflows(self.workflows) if kind == "comfy" and self.workflows is not None else WorkflowFolder()
        return Account(
            name=name,
            kind=kind,
            title=self.title or "",
            base_url=self.base_url or "",
            key=self.key.get_secret_value() if self.key is not None else "",
            flavour=self.flavour or infer(name)[1] or "",
            protocol=(self.protocol or "") if kind in KINDS and KINDS[kind].protocols else "",
            encoding=self.encoding,
            price=None if self.price is None else _own_price(self.price),
            requests_per_s=self.requests_per_s,
            jobs_at_once=self.jobs_at_once,
            deadline_s=self.deadline_h * 3600.0,
            webhook_secret=self.webhook_secret.get_secret_value() if self.webhook_secret is not None else "",
            models=tuple(replace(model, accounts=(name,)) for model in folder.models),
            problems=folder.problems,
        )


def _own_price(second_usd: Decimal) -> Price:
    """Return the price of every model of an account, per second of the result."""
    return Price(second_micros=math.ceil(second_usd * 1_000_000), source="set by the host for this account")


class Settings(ScaleSettings):
    """Every setting of the bot process. Names are upper case with the prefix RETAKE_."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="ignore", validate_default=False
    )

    discord_token: SecretStr | None = None
    discord_token_file: Path | None = None
    data: Path = Path("data")
    database_url: SecretStr | None = None  # None: SQLite in `data`
    database_url_file: Path | None = None
    accounts: dict[str, AccountSettings] = Field(default_factory=dict)
    catalogue: Path | None = None
    default_model: str | None = None
    kept_days: int = Field(default=7, ge=1, le=365)
    upload_limit_mb: int | None = Field(default=None, ge=1, le=500)
    first_check_s: float = Field(default=5.0, gt=0, le=3600)
    check_every_s: float = Field(default=10.0, gt=0, le=3600)
    clip_limit_mb: int = Field(default=1024, ge=1, le=100_000)
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    remix_rungs: Annotated[tuple[Literal["native", "edit", "image"], ...], NoDecode] = ("native", "edit", "image")
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    health_port: int | None = Field(default=None, ge=1, le=65535)  # None: no endpoints
    webhook_url: str | None = None  # None: no webhooks
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8787, ge=1, le=65535)
    discord_api: str | None = None
    discord_gateway: str | None = None
    discord_cdn: str | None = None
    keep_gb: float = Field(default=20.0, gt=0, le=1_000_000)
    storage_url: str | None = None
    nat64_prefixes: Annotated[tuple[str, ...], NoDecode] = ()
    budget_day_usd: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=6)
    budget_month_usd: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=6)
    host_alarm_channel: int | None = Field(default=None, ge=1, lt=1 << 63)  # None: message the application's owner
    moderation_url: str | None = None
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

    @property
    def postgres_url(self) -> str:
        """The address of the PostgreSQL database, empty for SQLite."""
        return self.database_url.get_secret_value() if self.database_url else ""

    def account_list(self) -> list[Account]:
        """Return the accounts that the adapters use."""
        accounts = [account.account(name) for name, account in self.accounts.items()]
        if self.webhook_url is None:
            return accounts
        url = self.webhook_url.rstrip("/")
        return [replace(account, webhook_url=f"{url}/{quote(account.name, safe='')}") for account in accounts]

    def notices(self) -> list[str]:
        """Return what the host should know about the accounts although the bot can start."""
        set_by_host = {name: (each.kind, each.flavour) for name, each in self.accounts.items()}
        return account_notices(self.account_list(), set_by_host, self.catalogue)

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
    problems = [unknown_setting(name) for name in _strangers(names)]
    settings: Settings | None = None
    try:
        with contextlib.suppress(UnreadableSetting):  # RETAKE_ACCOUNTS itself is set, which is reported above
            settings = Settings(_env_file=env_file)
    except ValidationError as error:
        told = {name.removeprefix(PREFIX).lower() for name in _strangers(names)}
        problems += [
            describe(each["loc"], each["type"], each["input"])
            for each in error.errors(include_url=False)
            if "__".join(str(part) for part in each["loc"]) not in told
        ]
        settings = _without({_field(each["loc"]) for each in error.errors(include_url=False)}, written)
    if settings is not None:
        problems += _fill_secrets(settings)
        problems += _check(settings)
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


def _field(location: Sequence[object]) -> str:
    """Return the name of a setting in lower case, without its prefix: `accounts__toapis__price`."""
    return "__".join(str(part) for part in location if not isinstance(part, int))


def _without(refused: Collection[str], written: Mapping[str, str | None]) -> Settings | None:
    """Read the settings again without those that were refused, so that the others are checked too."""
    values: dict[str, Any] = {}
    for name, value in written.items():
        field = name.upper().removeprefix(PREFIX).lower()
        if not (value and name.upper().startswith(PREFIX)) or field in refused:
            continue
        *parents, last = field.split("__")
        inner = values
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    with contextlib.suppress(ValidationError, AttributeError, TypeError):  # a name and a table of one name
        return Settings(_env_file=None, _env_prefix="NOT_READ_AGAIN_", **values)
    return None


def _strangers(names: Iterable[str]) -> list[str]:
    def known(name: str) -> bool:
        field, *rest = name.removeprefix(PREFIX).lower().split("__")
        if field == "accounts":
            return len(rest) == 2
        return not rest and field in Settings.model_fields

    return sorted(name for name in names if not known(name))


def _check(settings: Settings) -> list[str]:
    """Return the problems of settings that are each well-formed."""
    problems = check_hosts(f"{PREFIX}ALLOW_HOSTS", settings.allow_hosts)
    problems += check_nat64(f"{PREFIX}NAT64_PREFIXES", settings.nat64_prefixes)
    problems += check_address(f"{PREFIX}STORAGE_URL", settings.storage_url, ("s3", "gs", "az"))
    problems += check_address(f"{PREFIX}MODERATION_URL", settings.moderation_url, ("https", "http"))
    problems += check_address(f"{PREFIX}WEBHOOK_URL", settings.webhook_url, ("https", "http"))
    problems += check_address(f"{PREFIX}DISCORD_API", settings.discord_api, ("https", "http"))
    problems += check_address(f"{PREFIX}DISCORD_CDN", settings.discord_cdn, ("https", "http"))
    problems += check_address(f"{PREFIX}DISCORD_GATEWAY", settings.discord_gateway, ("wss", "ws"))
    problems += check_database(PREFIX, settings.postgres_url, settings.role)
    problems += check_shards(PREFIX, settings.shards, settings.role)
    problems += check_token(f"{PREFIX}DISCORD_TOKEN", settings.token)
    problems += check_writer(settings)
    accounts = []
    for name, account in settings.accounts.items():
        if account.kind is not None and (account.key is not None or not KINDS[account.kind].needs_key):
            try:
                accounts.append(account.account(name))
            except ValueError as error:
                problems.append(f"{PREFIX}ACCOUNTS__{name.upper()}: {str(error).partition(': ')[2]}.")
    if len(accounts) == len(settings.accounts):  # an account that isn't complete is reported already
        problems += check_models(f"{PREFIX}DEFAULT_MODEL", settings.default_model, settings.catalogue, accounts)
    return problems


def _fill_secrets(settings: Settings) -> list[str]:
    problems: list[str] = []
    settings.discord_token = read_secret(
        settings.discord_token, settings.discord_token_file, f"{PREFIX}DISCORD_TOKEN", problems
    )
    if settings.moderation_key is not None or settings.moderation_key_file is not None:
        settings.moderation_key = read_secret(
            settings.moderation_key, settings.moderation_key_file, f"{PREFIX}MODERATION_KEY", problems
        )
    if settings.database_url is not None or settings.database_url_file is not None:
        settings.database_url = read_secret(
            settings.database_url, settings.database_url_file, f"{PREFIX}DATABASE_URL", problems
        )
    if not settings.accounts:
        problems.append(
            f"No video provider is set up. Give at least one key, for example {PREFIX}ACCOUNTS__TOAPIS__KEY."
        )
    for name, account in settings.accounts.items():
        prefix = f"{PREFIX}ACCOUNTS__{name.upper()}__"
        account.kind = account.kind or cast(KindName | None, infer(name)[0])
        if account.kind is None:
            problems.append(f"{prefix}KIND is missing. It is one of {', '.join(KINDS)}.")
            continue
        if account.webhook_secret is not None or account.webhook_secret_file is not None:
            account.webhook_secret = read_secret(
                account.webhook_secret, account.webhook_secret_file, f"{prefix}WEBHOOK_SECRET", problems
            )
        if not KINDS[account.kind].base_url and account.base_url is None:
            problems.append(f"{prefix}BASE_URL is missing: where your gateway listens.")
        if not KINDS[account.kind].needs_key and account.key is None and account.key_file is None:
            continue
        account.key = read_secret(account.key, account.key_file, f"{prefix}KEY", problems)
    return problems
