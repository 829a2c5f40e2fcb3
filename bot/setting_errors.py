"""Sentences about wrong settings: what is written, and the right form with an example."""

import difflib
import re
from collections.abc import Collection, Sequence
from typing import Any

from bot.catalogue.kinds import KINDS

PREFIX = "RETAKE_"
_AMOUNT = "an amount in US dollars with a point and at most six decimals, such as 10 or 2.50"
_PER_MILLION = "US dollars per million tokens from 0 to 10000 with a point, such as 0.1"
_SECONDS = "a number of seconds above 0 and up to 3600, such as 5 or 2.5"
_FOLDER = "the path of a folder, such as data"
_FILE = "the path of a file, such as /run/secrets/name"
_ADDRESS = "an address such as https://example.com/v1"
_TEXT = "plain text"
_RUNGS = ("native", "edit", "image")
_FLAVOURS = tuple(flavour for kind in KINDS.values() for flavour in kind.flavours)
_PROTOCOLS = tuple(protocol for kind in KINDS.values() for protocol in kind.protocols)

# The accepted values of a setting: a closed list, or a description with an example.
FORMS: dict[str, str | tuple[str, ...]] = {
    "discord_token": "the token of the page Bot in the Developer Portal",
    "discord_token_file": _FILE,
    "data": _FOLDER,
    "database_url": "an address such as postgresql://user:password@host/database",
    "database_url_file": _FILE,
    "role": ("all", "gateway", "worker"),
    "workers": "a whole number from 1 to 1000, such as 3",
    "shards": "0-7/16, 3/16, auto/16 or auto/16/3",
    "rest_per_s": "a number of requests a second above 0, such as 8",
    "catalogue": _FILE,
    "default_model": "the key of a model, such as grok-video-3",
    "kept_days": "a whole number of days from 1 to 365, such as 7",
    "upload_limit_mb": "a whole number of megabytes from 1 to 500, such as 10",
    "first_check_s": _SECONDS,
    "check_every_s": _SECONDS,
    "clip_limit_mb": "a whole number of megabytes from 1 to 100000, such as 1024",
    "allow_hosts": "names or name:port with commas between them, such as bifrost.lan:8080",
    "remix_rungs": _RUNGS,
    "log_format": ("console", "json"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "health_port": "a port from 1 to 65535, such as 9464",
    "webhook_url": "an address such as https://retake.example.org/webhooks",
    "webhook_host": "an address of this machine, such as 127.0.0.1",
    "webhook_port": "a port from 1 to 65535, such as 8787",
    "discord_api": _ADDRESS,
    "discord_gateway": "an address such as wss://gateway.example.com",
    "discord_cdn": _ADDRESS,
    "keep_gb": "a number of gigabytes above 0 and up to 1000000 with a point, such as 20 or 0.5",
    "storage_url": "an address such as s3://bucket/folder",
    "nat64_prefixes": "IPv6 networks with commas between them, such as 2001:db8:64::/96",
    "budget_day_usd": _AMOUNT,
    "budget_month_usd": _AMOUNT,
    "host_alarm_channel": "the id of a Discord channel, such as 1234567890123456789",
    "moderation_url": "an address such as https://api.openai.com/v1/moderations",
    "moderation_key": "the key of the moderation endpoint",
    "moderation_key_file": _FILE,
    "moderation_model": _TEXT,
    "moderation_fail": ("closed", "open"),
    "writer_url": "an address such as https://api.openai.com/v1",
    "writer_key": "the key of the writer",
    "writer_key_file": _FILE,
    "writer_model": "the name of a model, such as gpt-4.1-nano",
    "writer_input_usd": _PER_MILLION,
    "writer_output_usd": _PER_MILLION,
}
ACCOUNT_FORMS: dict[str, str | tuple[str, ...]] = {
    "kind": tuple(KINDS),
    "title": "a name of at most 40 characters",
    "base_url": _ADDRESS,
    "key": "the key of the account",
    "key_file": _FILE,
    "flavour": _FLAVOURS,
    "protocol": _PROTOCOLS,
    "encoding": ("json", "multipart"),
    "price": "free, or US dollars per second with a point, such as 0.05",
    "requests_per_s": "a number above 0 and up to 10000, such as 10 or 0.5",
    "jobs_at_once": "a whole number from 1 to 10000, such as 10",
    "deadline_h": "a number of hours above 0 and up to 8760, such as 24",
    "webhook_secret": "the secret with which the provider signs its webhooks",
    "webhook_secret_file": _FILE,
    "workflows": "the path of a folder, such as workflows",
}
_UNSHOWN = re.compile(r"token|key|secret|url|api|gateway|cdn")  # a secret, or an address that may contain one
_NUMERIC = ("a whole number", "a number", "an amount", "a port")
_NUMBER = re.compile(r"[^\d.,+-]*(\d+(?:[.,]\d{1,2})?)[^\d.,]*")


def setting_name(location: Sequence[object]) -> str:
    """Return the environment variable of a field, such as RETAKE_ACCOUNTS__XAI__KEY."""
    names = [str(part) for part in location if not isinstance(part, int)]
    return PREFIX + "__".join(names).upper()


def describe(location: Sequence[object], error_type: str, value: Any) -> str:
    """Return a sentence about a setting that was refused. A value that may be secret isn't shown."""
    name = setting_name(location)
    field = str(location[-1] if not isinstance(location[-1], int) else location[-2])
    if location[0] == "accounts" and len(location) == 2:
        return _describe_account(name)
    if error_type == "extra_forbidden":
        return f"{name} is not a setting of an account. {_nearest(field, ACCOUNT_FORMS)}"
    form = (ACCOUNT_FORMS if location[0] == "accounts" else FORMS).get(field, _TEXT)
    written = "" if _UNSHOWN.search(field) else f' is "{_shortened(str(value))}"'
    return f"{name}{written or ' is not usable'}. {_right_form(str(value), form)}"


def _describe_account(name: str) -> str:
    """An account is written with two double underscores."""
    words = name.removeprefix(f"{PREFIX}ACCOUNTS__").split("_")
    fields = [field.upper() for field in ACCOUNT_FORMS]
    end = next((field for field in fields if "_".join(words).endswith(f"_{field}")), "KEY")
    account = "_".join(words).removesuffix(f"_{end}")
    return f"{name} is not a setting. Write {PREFIX}ACCOUNTS__{account}__{end}, with two underscores on each side."


def _right_form(value: str, form: str | tuple[str, ...]) -> str:
    if isinstance(form, str):
        number = _NUMBER.fullmatch(value.strip()) if form.startswith(_NUMERIC) else None
        number_text = number[1].replace(",", ".") if number else value.strip()
        meant = "" if number_text == value.strip() else f" Did you mean {number_text}?"
        return f"Write {form}.{meant}"
    listed = f"{', '.join(form[:-1])} or {form[-1]}"
    near = next((each for each in form if each.casefold() == value.strip().casefold()), None)
    near = near or next(iter(difflib.get_close_matches(value.casefold(), form, 1)), None)
    return f"Write {near}; it takes {listed}." if near else f"Write {listed}."


def unknown_setting(name: str) -> str:
    """Return a sentence about a variable that no setting has, with the one that is probably meant."""
    field, *rest = name.removeprefix(PREFIX).lower().split("__")
    if field == "accounts":
        if len(rest) == 1:
            return _describe_account(name)
        return f"{name} is not a setting. Write a line for each, such as {PREFIX}ACCOUNTS__TOAPIS__KEY."
    return f"{name} is not a setting of Retake. {_nearest(field, FORMS, PREFIX)}"


def _nearest(field: str, known: Collection[str], prefix: str = "") -> str:
    near = difflib.get_close_matches(field.lower(), known, 1)
    return f"Did you mean {prefix}{near[0].upper()}?" if near else "See .env.example for those that are."


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}…"
