"""Checks of settings that belong together: hosts, accounts, catalogue and default model. Each problem is a sentence."""

import difflib
import ipaddress
import logging
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.catalogue.load import CatalogueError, load_catalogue
from bot.catalogue.offers import Offers
from bot.net.addresses import nat64_prefixes
from bot.ports.shards import read_plan
from bot.providers.account import Account

log = logging.getLogger("retake.settings")

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?", re.IGNORECASE)


def check_hosts(name: str, hosts: Iterable[str]) -> list[str]:
    """Check a list of `name` or `name:port`. `name` is the setting's."""
    return [_describe_host(name, host) for host in hosts if not _is_host(host)]


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        host, colon, port = text.rpartition(":") if ":" in text else (text, "", "")
        fits = not colon or (port.isascii() and port.isdigit() and 0 < int(port) < 65_536)
        return fits and (_NAME.fullmatch(host) is not None or _is_address(host))
    return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _describe_host(name: str, host: str) -> str:
    try:
        parts = urlsplit(host if "://" in host else f"//{host}")
        meant = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        meant = ""
    shown = re.sub(r"//[^/@]*@", "//", host)
    if "/" in host and _is_address(host.partition("/")[0]):
        return f'{name}: "{shown}" is a network. List each host as name or name:port, such as {host.partition("/")[0]}.'
    example = meant if meant != host and _is_host(meant) else "bifrost.lan:8080"
    return f'{name}: "{shown}" is not a host. Write name or name:port, such as {example}.'


def check_nat64(name: str, prefixes: Iterable[str]) -> list[str]:
    """Check NAT64 prefixes. `name` is the setting's."""
    problems = []
    for prefix in prefixes:
        try:
            nat64_prefixes([prefix])
        except ValueError:
            problems.append(
                f'{name}: "{prefix}" is not a NAT64 prefix. Write an IPv6 network of length 32, 40, 48, 56, 64 or 96,'
                " such as 2001:db8:64::/96."
            )
    return problems


def check_address(name: str, url: str | None, schemes: Sequence[str]) -> list[str]:
    """Check the beginning of an address. It isn't shown, because it may contain a password."""
    if url is None or (url.partition("://")[0].lower() in schemes and url.partition("://")[2].strip("/")):
        return []
    *others, last = (f"{scheme}://" for scheme in schemes)
    begins = f"{', '.join(others)} or {last}" if others else last
    return [f"{name} is not an address. It begins with {begins}."]


def check_database(prefix: str, url: str, role: str) -> list[str]:
    """Report what surely isn't an address of PostgreSQL. It isn't shown, because it may contain a password.

    A process with only one of the roles needs PostgreSQL.
    """
    name = f"{prefix}DATABASE_URL"
    example = "Write one such as postgresql://user:password@host/database"
    scheme, slashes, rest = url.partition("://")
    if not url and role != "all":
        needs = f"{prefix}ROLE is {role}, and a gateway and a worker share a PostgreSQL database"
        return [f"{needs}. Set {name}, or leave the role at all."]
    if not url:
        return []
    if scheme not in ("postgresql", "postgres") or not slashes or not rest:
        return [f"{name} is not an address of PostgreSQL. {example}."]
    if any(character.isspace() for character in url) or re.search(r"%(?![0-9A-Fa-f]{2})", url):
        return [f"{name} contains a blank or a % that isn't encoded. {example}, with %20 for a blank and %25 for a %."]
    return []


def check_shards(prefix: str, text: str | None, role: str) -> list[str]:
    """Check which shards a gateway holds. A worker, which may have the settings of its gateways, holds none."""
    if text is None:
        return []
    try:
        read_plan(text)
    except ValueError as error:
        return [f"{prefix}SHARDS {error}"]
    if role == "all":
        return [
            f"{prefix}SHARDS is set and {prefix}ROLE is all, but only a gateway shares the bot's shards with others. "
            f"Set {prefix}ROLE to gateway and run a worker too, or leave {prefix}SHARDS unset."
        ]
    return []


def check_token(name: str, token: str) -> list[str]:
    """Check what Discord would certainly refuse. The token isn't shown."""
    where = "Copy it from the Developer Portal: your application, Bot, Reset Token."
    if token.casefold().startswith(("bot ", "bearer ")):
        return [f"{name} begins with a word. Write the token alone. {where}"]
    if not token.isascii() or not token.isprintable() or " " in token:
        return [f"{name} contains a character that no token has, such as a blank or a quotation mark. {where}"]
    if token.isdigit():
        return [f"{name} is a number: that is the application's ID, not the bot token. {where}"]
    if re.fullmatch(r"[0-9a-f]{64}", token):
        return [f"{name} is the application's public key, not the bot token. {where}"]
    return []


def check_models(name: str, default: str | None, catalogue: Path | None, accounts: Sequence[Account]) -> list[str]:
    """Check the catalogue and the default model. `name` is the setting of the default model."""
    try:
        offers = Offers(load_catalogue(catalogue), accounts)
    except CatalogueError as error:
        return error.problems
    if default is None:
        return []
    usable = [offer.key for offer in offers.enabled() if offer.model.creates and not offer.model.image.required]
    offer = offers.find(default)
    listed = f"Write one of {', '.join(usable)}." if usable else "None of your accounts has a model with a price."
    if offer is None and _is_unused_workflow(default, accounts):
        return []  # said at the start, and another model is the default
    if offer is None:
        near = difflib.get_close_matches(default.casefold(), usable, 1, cutoff=0.5)
        meant = f"Did you mean {near[0]}? " if near else ""
        return [f'{name} is "{default}", and none of your accounts has that model. {meant}{listed}']
    if offer.key in usable:
        return []
    if offer.model.price is None:
        return [f"{name} is {default}, which has no price. Add one to the file in RETAKE_CATALOGUE, or: {listed}"]
    if offer.off is not None:
        return [f"{name} is {default}, which is disabled ({offer.off}). {listed}"]
    return [f"{name} is {default}, which doesn't work from a prompt alone. {listed}"]


def _is_unused_workflow(key: str, accounts: Sequence[Account]) -> bool:
    """Return whether a model would be there if its workflow could be used."""
    file = f" {key.strip().casefold().partition('@')[0]}.json "
    return any(file in problem for account in accounts for problem in account.problems)


def read_secret(value: SecretStr | None, file: Path | None, name: str, problems: list[str]) -> SecretStr | None:
    """Return the secret of a setting, or None with a sentence added to `problems`. `name` is the setting's."""
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
            problems.append(f"{name}_FILE names a file that can't be read. Check its path and its permissions.")
            return None
    if value is None or not value.get_secret_value().strip():
        problems.append(f"{name} is missing. Set it, or {name}_FILE with the path of a file that holds it.")
        return None
    return value
